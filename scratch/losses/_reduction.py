"""What the losses share: from a loss per element to one number, and the way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.module import Module

__all__ = ["check_reduction", "check_same_shape", "reduce", "spread", "upstream"]


def check_reduction(loss: Module, reduction: str) -> str:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f'{type(loss).__name__}: expected reduction "none", "mean" or "sum", got {reduction!r}')
    return reduction


def check_same_shape(loss: Module, input: Array, target: Array) -> None:
    if input.shape != target.shape:
        raise ValueError(
            f"{type(loss).__name__}: expected a target of the input's shape {input.shape}, got shape {target.shape}"
        )
    if input.dtype.kind != "f":
        raise RuntimeError(f"{type(loss).__name__}: expected a floating-point input, got dtype {input.dtype}")
    if input.dtype != target.dtype:
        raise RuntimeError(
            f"{type(loss).__name__}: expected a target of the input's dtype {input.dtype}, got {target.dtype}"
        )


def reduce(losses: Array, reduction: str) -> Any:
    """The sum, the mean over every element, or the losses as they are."""
    if reduction == "none":
        return losses
    # PyTorch's mean of nothing is nan; NumPy's warns about it, so the division is spelt out.
    total = losses.sum()
    return total if reduction == "sum" else total / losses.dtype.type(losses.size or np.nan)


def upstream(grad_output: Array | float, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """The upstream gradient as an array of the output's shape and dtype."""
    grad = np.asarray(grad_output, dtype)
    if grad.shape != shape:
        raise RuntimeError(f"backward: expected grad_output of shape {shape}, as the output, got shape {grad.shape}")
    return grad


def spread(grad_output: Array | float, losses: Array, reduction: str) -> Array:
    """The gradient of each element's loss: the derivative of `reduce`, in the dtype of the losses."""
    grad = upstream(grad_output, losses.shape if reduction == "none" else (), losses.dtype)
    return grad / losses.dtype.type(max(losses.size, 1)) if reduction == "mean" else grad
