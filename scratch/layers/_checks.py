"""What layers check about their input."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from scratch.module import Module

__all__ = ["check_floating", "resolve_dim"]


def check_floating(layer: Module, input: npt.NDArray[Any]) -> None:
    """Integers have no gradient, and NumPy would promote them to float64."""
    if input.dtype.kind != "f":
        raise RuntimeError(f"{type(layer).__name__}: expected a floating-point input, got dtype {input.dtype}")


def resolve_dim(layer: Module, dim: int, ndim: int) -> int:
    """An axis that may be counted from the end, counted from the start. An input without axes is taken to have one."""
    axes = max(ndim, 1)
    if not -axes <= dim < axes:
        raise IndexError(f"{type(layer).__name__}: expected an axis from {-axes} to {axes - 1}, got {dim}")
    return dim % axes
