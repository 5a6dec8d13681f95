"""Enlarging or shrinking one axis: each new number is a weighted sum of a few old ones."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array

__all__ = ["Taps", "collect", "find_taps", "resample"]

# For each new place, the old places that it is made of, and their weights; both (new_size, number of taps).
Taps: TypeAlias = tuple[npt.NDArray[np.intp], Array]

_CUBIC = -0.75  # the parameter a of Keys' kernel, as in PyTorch and OpenCV


def find_taps(
    kind: str, size: int, new_size: int, factor: float | None, align_corners: bool, dtype: np.dtype[Any]
) -> Taps:
    """The taps of "nearest", "nearest-exact", "area", "linear" or "cubic".

    `factor` is the scale factor to go by; None takes the ratio of the sizes. Positions are rounded as PyTorch rounds
    them, since next to a whole number a last digit decides which neighbour is taken.
    """
    if kind == "area":
        return _average(size, new_size, dtype)
    one = dtype.type
    if align_corners:
        step = np.float64(one(size - 1) / one(max(new_size - 1, 1)))
    else:
        step = np.float64(one(size) / one(new_size) if factor is None else one(1 / factor))
    places = np.arange(new_size)
    if kind == "nearest":
        return _nearest(places * step, size, dtype)
    # Rounded once, after the subtraction: PyTorch's is a fused multiply-add.
    positions = (places * step if align_corners else (places + 0.5) * step - 0.5).astype(dtype)
    if kind == "nearest-exact":
        return _nearest(positions + one(0.5), size, dtype)
    if kind == "cubic":
        return _cubic(positions, size)
    if size == new_size:  # a copy, whatever the factor
        return places[:, None], np.ones((size, 1), dtype)
    return _linear(np.maximum(positions, 0), size)


def resample(input: Array, axis: int, taps: Taps) -> Array:
    """output[..., o, ...] = Σ_k weights[o, k] · input[..., indices[o, k], ...]."""
    indices, weights = taps
    shape = [-1 if a == axis else 1 for a in range(input.ndim)]
    parts = (np.take(input, i, axis) * w.reshape(shape) for i, w in zip(indices.T, weights.T, strict=True))
    output: Array = next(parts)
    for part in parts:
        output += part
    return output


def collect(grad_output: Array, axis: int, taps: Taps, size: int) -> Array:
    """The derivative of `resample`: each old number collects from the new ones that it is in."""
    indices, weights = taps
    matrix = np.zeros((len(indices), size), weights.dtype)
    np.add.at(matrix, (np.arange(len(indices))[:, None], indices), weights)
    return np.moveaxis(np.tensordot(grad_output, matrix, (axis, 0)), -1, axis)


def _nearest(positions: Array, size: int, dtype: np.dtype[Any]) -> Taps:
    # PyTorch rounds down in float32, also for float64: a position just below a whole number counts as that number.
    indices = np.minimum(positions.astype(np.float32).astype(np.intp), size - 1)
    return indices[:, None], np.ones((len(indices), 1), dtype)


def _average(size: int, new_size: int, dtype: np.dtype[Any]) -> Taps:
    """The mean of the old places that a new one covers, wholly or in part."""
    places = np.arange(new_size)
    first, end = places * size // new_size, -(-(places + 1) * size // new_size)
    indices = first[:, None] + np.arange((end - first).max())
    weights = np.where(indices < end[:, None], 1 / (end - first)[:, None], 0).astype(dtype)
    return np.minimum(indices, end[:, None] - 1), weights


def _linear(positions: Array, size: int) -> Taps:
    before, t = _split(positions)
    return np.stack([before, np.minimum(before + 1, size - 1)], axis=1), np.stack([1 - t, t], axis=1)


def _cubic(positions: Array, size: int) -> Taps:
    before, t = _split(positions)
    a = _CUBIC

    def near(x: Array) -> Array:
        """The kernel up to a distance of 1."""
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Array) -> Array:
        """The kernel from a distance of 1 to 2."""
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    weights = np.stack([far(t + 1), near(t), near(1 - t), far(2 - t)], axis=1)
    return np.clip(before[:, None] + np.arange(-1, 3), 0, size - 1), weights


def _split(positions: Array) -> tuple[npt.NDArray[np.intp], Array]:
    """The old place before each position, and how far the position lies behind it, from 0 to 1."""
    before = np.floor(positions)
    return before.astype(np.intp), positions - before
