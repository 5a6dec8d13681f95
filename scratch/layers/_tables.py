"""What the layers share that look rows up in a table."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from scratch import init
from scratch.dtypes import Array, resolve_dtype
from scratch.module import Module, Parameter

__all__ = ["Indices", "Table", "collect", "reduce_bags", "table_shape"]

Indices: TypeAlias = npt.NDArray[np.integer[Any]]
PIECE = 1 << 16  # numbers


class Table(Module):
    """What both layers are: a weight of which a row is a word."""

    def __init__(
        self,
        shape: tuple[int, int],
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        weight: Array | None,
        freeze: bool,
        dtype: npt.DTypeLike | None,
    ) -> None:
        super().__init__()
        name, rows = type(self).__name__, shape[0]
        if min(shape) < 0:
            raise RuntimeError(f"{name}: expected sizes of 0 or more, got {shape}")
        if padding_idx is not None and not -rows <= padding_idx < rows:
            raise AssertionError(f"{name}: expected padding_idx from {-rows} to {rows - 1}, got {padding_idx}")
        if weight is not None and weight.shape != shape:
            raise AssertionError(f"{name}: expected a _weight of shape {shape}, got {weight.shape}")
        self.num_embeddings, self.embedding_dim = shape
        self.padding_idx = None if padding_idx is None else padding_idx % rows
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.frozen = freeze
        self.weight = Parameter(np.empty(shape, resolve_dtype(dtype)) if weight is None else weight)
        if weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight anew; the row of the padding is zero."""
        init.normal_(self.weight.data)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0

    def check(self, indices: Indices, outside: type[Exception]) -> None:
        name, rows = type(self).__name__, self.num_embeddings
        if indices.dtype not in (np.int64, np.int32):
            raise RuntimeError(f"{name}: expected whole numbers, int64 or int32, got dtype {indices.dtype}")
        if indices.size and not 0 <= indices.min() <= indices.max() < rows:
            raise outside(f"{name}: expected indices from 0 to {rows - 1}, got {indices.min()} to {indices.max()}")

    # An order below 0 divides by the zeros of a row; an infinite row becomes nan, as in PyTorch.
    @np.errstate(divide="ignore", invalid="ignore")
    def renormalize(self, indices: Indices) -> None:
        """Shorten, for good, the rows that are looked up and longer than max_norm."""
        if self.max_norm is None:
            return
        used = np.unique(indices)
        norms = np.linalg.norm(self.weight.data[used], self.norm_type, axis=1, keepdims=True)
        long = norms[:, 0] > self.max_norm
        self.weight.data[used[long]] *= self.max_norm / (norms[long] + 1e-7)

    def accumulate(self, indices: Indices, grad_rows: Array) -> None:
        """Add to the weight's gradient: a row collects from every place at which it was looked up."""
        if self.frozen:
            return
        grad = collect(indices, grad_rows, self.num_embeddings)
        if self.scale_grad_by_freq:
            grad /= np.maximum(np.bincount(indices.ravel(), minlength=self.num_embeddings), 1)[:, None]
        if self.padding_idx is not None:
            grad[self.padding_idx] = 0
        self.weight.accumulate(grad)


def table_shape(layer: type[Table], embeddings: Array) -> tuple[int, int]:
    """The sizes of a table that is given."""
    if embeddings.ndim != 2:
        raise AssertionError(f"{layer.__name__}: expected embeddings of 2 axes, got shape {embeddings.shape}")
    rows, dim = embeddings.shape
    return rows, dim


def collect(indices: Indices, values: Array, rows: int) -> Array:
    """total[indices[n, d], d] += values[n, d], repeated indices included; indices may be (n, 1).

    On a flat array np.add.at is five times as fast as on rows, and as fast as sorting. In pieces, since the places in
    the flat array take more memory than the values.
    """
    dim = values.shape[1]
    total = np.zeros(rows * dim, values.dtype)
    step = max(PIECE // max(dim, 1), 1)
    for start in range(0, len(values), step):
        piece = slice(start, start + step)
        np.add.at(total, (indices[piece] * np.intp(dim) + np.arange(dim)).ravel(), values[piece].ravel())
    return total.reshape(rows, dim)


def reduce_bags(function: np.ufunc, rows: npt.NDArray[Any], sizes: Indices) -> npt.NDArray[Any]:
    """One row for each bag of rows that follow one another; zeros for an empty bag."""
    reduced = np.zeros((len(sizes), rows.shape[1]), rows.dtype)
    filled = sizes > 0
    if filled.any():
        reduced[filled] = function.reduceat(rows, (np.cumsum(sizes) - sizes)[filled], axis=0)
    return reduced
