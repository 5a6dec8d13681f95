"""How the tests are shared out among processes: by the file, so that what a file's tests have in common is made once.

NumPy and torch have one thread each: they fight over the cores, and a result would depend on the machine.
"""

import os
from pathlib import Path

import psutil
import pytest

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

MEMORY = 2 << 30  # a process takes less
# These files come first, so that no process is left alone with one of them at the end.
LONGEST = ("notebooks", "published", "mutants", "published_jax", "parity", "curves", "jail", "diagnosis", "dialects")

collect_ignore_glob = ["students/*", "styles/*", "foreign/*", "wrapped/*"]  # submissions, which run in a jail


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many processes as there are cores, memory and files for; 0, which is none but pytest's own, in place of 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = min(cores, psutil.virtual_memory().available // MEMORY)
    files = {argument.split("::")[0] for argument in config.args}
    if all(Path(file).is_file() for file in files):
        count = min(count, len(files))
    return count if count > 1 else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    import torch  # not above: the process that hands the tests out needs none

    torch.set_num_threads(1)
    ranks = {f"test_{name}.py": rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))
