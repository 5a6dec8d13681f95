"""Speed against PyTorch and against what people use instead: ratios measured side by side in one process.

`python -m benchmarks` runs everything, prints the ratios with their spread and writes JSON.
"""

import os

# One thread each, since they fight over the cores otherwise. Read when NumPy and torch are imported, so it comes first.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"
