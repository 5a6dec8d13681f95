"""bfloat16, the upper half of a float32: its range, and eight binary digits instead of twenty-four."""

from __future__ import annotations

from typing import Any

import numpy as np

from scratch.dtypes import Array

__all__ = ["to_bfloat16"]


def to_bfloat16(x: Any) -> Array:
    """The nearest bfloat16, ties to even; it is kept as a float32 whose lower half is zero.

    A bfloat16 operation of PyTorch's computes in float32 and rounds at its end, and so may NumPy with this function.
    """
    single = np.asarray(x, np.float32)
    bits = single.view(np.uint32)
    to_even = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = ((bits + np.uint32(0x7FFF) + to_even) & np.uint32(0xFFFF0000)).view(np.float32)
    return np.where(np.isnan(single), single, rounded)
