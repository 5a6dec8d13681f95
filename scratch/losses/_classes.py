"""What the losses of a class index share: which axis holds the classes, reading the labels, the weighted mean."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.losses._reduction import upstream

__all__ = [
    "ClassLoss",
    "check_input",
    "classes_back",
    "classes_first",
    "count_classes",
    "positions",
    "read_labels",
    "reduce_positions",
    "spread_positions",
]


class ClassLoss(Protocol):
    """A loss with a weight for each class, and a label that does not count."""

    weight: Array | None
    ignore_index: int


def count_classes(shape: tuple[int, ...]) -> int:
    """The classes stand on the axis after the batch, or alone."""
    return shape[0] if len(shape) == 1 else shape[1]


def classes_first(input: Array) -> Array:
    """(N, C, d1, ...) as (C, n), where n counts the positions: NumPy is fastest over an axis whose rows are long."""
    moved = np.moveaxis(input, 1, 0) if input.ndim > 1 else input
    return np.ascontiguousarray(moved).reshape(len(moved), math.prod(moved.shape[1:]))


def classes_back(values: Array, shape: tuple[int, ...]) -> Array:
    """(C, n) as (N, C, d1, ...) again."""
    return (
        np.moveaxis(values.reshape(count_classes(shape), *positions(shape)), 0, 1) if len(shape) > 1 else values[:, 0]
    )


def positions(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without its classes."""
    return shape[:1] + shape[2:] if len(shape) > 1 else ()


def check_input(loss: ClassLoss, input: Array) -> None:
    name = type(loss).__name__
    if input.ndim == 0:
        raise np.exceptions.AxisError(
            f"{name}: expected an input of shape (N, C), (C,) or (N, C, d1, ...), got shape ()"
        )
    if input.dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating-point input, got dtype {input.dtype}")
    if loss.weight is not None and loss.weight.shape != (count_classes(input.shape),):
        raise RuntimeError(
            f"{name}: expected a weight of shape ({count_classes(input.shape)},), got {loss.weight.shape}"
        )
    if loss.weight is not None and loss.weight.dtype != input.dtype:
        raise RuntimeError(f"{name}: expected a weight of the input's dtype {input.dtype}, got {loss.weight.dtype}")


def read_labels(
    loss: ClassLoss, input: Array, target: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.intp], Array, npt.NDArray[np.bool_]]:
    """The class, its weight, and whether it is ignored, at each of the n positions.

    An ignored position gets class 0 and weight 0, so that what follows needs no special case.
    """
    check_input(loss, input)
    name, classes, expected = type(loss).__name__, count_classes(input.shape), positions(input.shape)
    if target.dtype not in (np.int64, np.uint8):
        raise RuntimeError(f"{name}: expected a target of int64 or uint8, got {target.dtype}")
    if target.shape != expected:
        error = ValueError if target.shape[:1] != expected[:1] else RuntimeError
        raise error(f"{name}: expected a target of shape {expected} for an input of {input.shape}, got {target.shape}")
    flat = target.reshape(-1)
    ignored = flat == loss.ignore_index
    labels = np.where(ignored, 0, flat)
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise IndexError(f"{name}: expected targets from 0 to {classes - 1}, got {labels.min()} to {labels.max()}")
    weights = np.ones(flat.size, input.dtype) if loss.weight is None else loss.weight[labels]
    return labels, np.where(ignored, 0, weights), ignored


def reduce_positions(losses: Array, divisor: Any, reduction: str, shape: tuple[int, ...]) -> Any:
    if reduction == "none":
        return losses.reshape(positions(shape))
    if reduction == "sum":
        return losses.sum()
    return losses.sum() / (divisor or np.nan)  # nan where nothing counts, as in PyTorch


def spread_positions(
    grad_output: Array | float, ignored: npt.NDArray[np.bool_], divisor: Any, reduction: str, shape: tuple[int, ...]
) -> Array:
    """The gradient of each position's loss, (n,): the derivative of `reduce_positions`."""
    grad = upstream(grad_output, positions(shape) if reduction == "none" else (), divisor.dtype).reshape(-1)
    return np.where(ignored, 0, grad / divisor if reduction == "mean" else grad)
