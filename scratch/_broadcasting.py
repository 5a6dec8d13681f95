"""Arrays of several shapes in one formula, and the way back."""

from __future__ import annotations

import numpy as np

from scratch.dtypes import Array

__all__ = ["check_broadcast", "sum_to_shape"]


def check_broadcast(name: str, *arrays: Array) -> None:
    """Raise what PyTorch raises where shapes do not broadcast, which is not what NumPy raises."""
    shapes = [array.shape for array in arrays]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise RuntimeError(f"{name}: expected shapes that broadcast, got {' and '.join(map(str, shapes))}") from error


def sum_to_shape(grad: Array, shape: tuple[int, ...]) -> Array:
    """The gradient of an array that was broadcast: the sum over every axis along which it was repeated."""
    added = grad.ndim - len(shape)
    repeated = tuple(axis for axis in range(added, grad.ndim) if shape[axis - added] == 1 != grad.shape[axis])
    return grad.sum(axis=(*range(added), *repeated)).reshape(shape) if added or repeated else grad
