"""Rows of mean 0 and variance 1: what layer, group and instance normalisation have in common."""

from __future__ import annotations

import numpy as np

from scratch.dtypes import Array

__all__ = ["column_sums", "row_sums", "skip_buffers", "standardize", "standardize_grad"]

LONG = 512  # numbers in a row, from where NumPy's buffers cost more than they save


def skip_buffers(length: int) -> None:
    """Within the `np.errstate` around it: operate on long rows where they lie, twice as fast.

    Where an operand is broadcast, NumPy first copies the others into buffers, to make one long run of several short
    rows. A buffer smaller than a row keeps it from that.
    """
    if length >= LONG:
        np.setbufsize(16)  # the smallest; forgotten at the end of the errstate


@np.errstate()
def standardize(rows: Array, eps: float) -> tuple[Array, Array]:
    """(x − mean) / √(variance + eps) for each row x, and 1 / √(variance + eps), (R,)."""
    skip_buffers(rows.shape[1])
    count = max(rows.shape[1], 1)
    normalized = rows - (row_sums(rows) / count)[:, None]
    inverse_std = 1 / np.sqrt(np.vecdot(normalized, normalized) / count + eps)
    normalized *= inverse_std[:, None]
    return normalized, inverse_std


@np.errstate()
def standardize_grad(
    grad: Array, normalized: Array, inverse_std: Array, sums: tuple[Array, Array] | None = None
) -> Array:
    """From the gradient of the normalised rows, which is overwritten, to that of the rows.

    A row x̂ has the mean 0 and the mean square 1 whatever the input, so the parts of its gradient g along (1, …, 1) and
    along x̂ are lost: grad_x = (g − mean(g) − x̂ mean(g x̂)) / √(variance + eps). `sums` are Σ g and Σ g x̂ of each row,
    where the caller has them.
    """
    skip_buffers(grad.shape[1])
    count = max(grad.shape[1], 1)
    total, along = sums or (row_sums(grad), np.vecdot(grad, normalized))  # (R,)
    grad -= normalized * (along / count)[:, None]
    grad -= (total / count)[:, None]
    grad *= inverse_std[:, None]
    return grad


def column_sums(rows: Array) -> Array:
    """`rows.sum(axis=0)`, several times faster as a matrix product."""
    sums: Array = np.ones(len(rows), rows.dtype) @ rows
    return sums


def row_sums(rows: Array) -> Array:
    """`rows.sum(axis=1)`, several times faster as a matrix product."""
    sums: Array = rows @ np.ones(rows.shape[1], rows.dtype)
    return sums
