"""One thread each for NumPy and torch: they fight over the cores, and a result would depend on the machine."""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import torch  # noqa: E402  (the variables above must be set first)

torch.set_num_threads(1)

collect_ignore_glob = ["students/*", "styles/*", "foreign/*"]  # submissions, which run in a jail
