"""How often a single operation gives PyTorch's very bits, and how far it is at most.

Not a matter of speed, but of what the curves can be asked for: `parity run` shows what becomes of these differences.

`python -m benchmarks.bench_exactness` prints the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

import scratch
from benchmarks.measure import Row, main

__all__ = ["run"]

Array = np.ndarray[Any, Any]
COUNT = 200_000
OPERATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[torch.Tensor], torch.Tensor]]] = {
    "exp": (np.exp, torch.exp),
    "log of the absolute value": (lambda x: np.log(np.abs(x)), lambda x: x.abs().log()),
    "tanh": (scratch.Tanh(), torch.tanh),
    "sigmoid": (scratch.Sigmoid(), torch.sigmoid),
    "division": (lambda x: x / x[::-1], lambda x: x / x.flip(0)),
    "softmax over rows of 10": (
        lambda x: scratch.Softmax(dim=1)(x.reshape(-1, 10)),
        lambda x: F.softmax(x.reshape(-1, 10), dim=1),
    ),
    "product of 400 × 500 and 500 × 400": (
        lambda x: x.reshape(400, 500) @ x.reshape(500, 400),
        lambda x: x.reshape(400, 500) @ x.reshape(500, 400),
    ),
}


def run(repeats: int = 1) -> list[Row]:
    """A row an operation: the share of equal results in percent, and the largest difference relative to the largest."""
    rows = []
    for dtype in ("float64", "float32"):
        x = np.random.default_rng(0).normal(0, 3, COUNT).astype(dtype)
        for name, (ours, theirs) in OPERATIONS.items():
            got, expected = ours(x), theirs(torch.from_numpy(x)).numpy()
            share = 100 * float(np.mean(got == expected))
            largest = float(np.abs(got - expected).max() / np.abs(expected).max())
            title = f"{name}, {dtype}; largest difference {largest:.0e}"
            rows.append(Row("exactness", title, share, None, share, share, share, "", "% equal"))
    return rows


if __name__ == "__main__":
    main(run, __doc__)
