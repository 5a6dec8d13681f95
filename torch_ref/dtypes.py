"""The element type of new tensors, in PyTorch: it keeps one for the whole process."""

from typing import TypeAlias

import torch
from torch import get_default_dtype, set_default_dtype

__all__ = ["get_default_dtype", "resolve_dtype", "set_default_dtype"]

Array: TypeAlias = torch.Tensor


def resolve_dtype(dtype: torch.dtype | None) -> torch.dtype:
    """PyTorch's factories take `dtype=None` and look up the default themselves; this shows what they find."""
    return torch.empty(0, dtype=dtype).dtype
