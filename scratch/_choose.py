"""Choosing between two arrays, number by number."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array

__all__ = ["choose"]


def choose(mask: npt.NDArray[np.bool_], this: Array, other: Array | np.floating[Any]) -> Array:
    """`np.where(mask, this, other)` for values of one dtype, up to ten times faster where the mask is irregular.

    Two exclusive ors by the same bits change nothing, so that `other` becomes `this` where the mask lets the bits in
    which they differ pass, and stays what it is where they are multiplied by 0.
    """
    bits = f"i{this.itemsize}"
    kept = other.view(bits)
    chosen: Array = (kept ^ ((kept ^ this.view(bits)) * mask)).view(this.dtype)
    return chosen
