"""What the losses of pairs and of labels share: reading their inputs, and a weight that is spread over the elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.module import Module

__all__ = ["broadcast", "check_floating", "read_target", "weighted"]


def check_floating(loss: Module, *inputs: Array) -> None:
    """The inputs are floating-point, all of one dtype."""
    dtypes = [input.dtype for input in inputs]
    if dtypes[0].kind != "f" or any(dtype != dtypes[0] for dtype in dtypes):
        names = " and ".join(map(str, dtypes))
        raise RuntimeError(f"{type(loss).__name__}: expected inputs of one floating-point dtype, got {names}")


def read_target(loss: Module, input: Array, target: npt.NDArray[Any]) -> Array:
    """The target of the input's shape, in the input's dtype: labels and counts may come as whole numbers."""
    check_floating(loss, input)
    if input.shape != target.shape:
        raise RuntimeError(
            f"{type(loss).__name__}: expected a target of the input's shape {input.shape}, got shape {target.shape}"
        )
    if target.dtype.kind in "iu":
        return target.astype(input.dtype)
    if target.dtype != input.dtype:
        raise RuntimeError(
            f"{type(loss).__name__}: expected a target of the input's dtype {input.dtype} or of whole numbers,"
            f" got {target.dtype}"
        )
    return target


def broadcast(loss: Module, name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The array, repeated to the input's shape."""
    try:
        return np.broadcast_to(array, shape)
    except ValueError as error:
        raise RuntimeError(
            f"{type(loss).__name__}: expected a {name} that broadcasts to the input's shape {shape},"
            f" got shape {array.shape}"
        ) from error


def weighted(loss: Module, weight: Array | None, values: Array) -> Array:
    """The values times a weight that broadcasts to them; the values where there is none."""
    if weight is None:
        return values
    return values * broadcast(loss, "weight", weight, values.shape).astype(values.dtype, copy=False)
