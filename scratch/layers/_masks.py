"""Letting some numbers of an array pass and making the others zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array

__all__ = ["keep"]


def keep(values: Array, mask: npt.NDArray[np.bool_]) -> Array:
    """`np.where(mask, values, 0)`, up to ten times faster.

    The bits are multiplied by 0 or 1, since as numbers 0 · ∞ would be nan.
    """
    bits = values.view(f"i{values.itemsize}")
    kept: Array = (bits * mask).view(values.dtype)
    return kept
