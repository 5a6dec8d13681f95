"""The element type of new arrays: float32 unless the learner asks for another, as in PyTorch."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["get_default_dtype", "resolve_dtype", "set_default_dtype"]

Array: TypeAlias = npt.NDArray[np.floating[Any]]

_FLOATING = (np.dtype(np.float32), np.dtype(np.float64))
_default_dtype: np.dtype[np.floating[Any]] = np.dtype(np.float32)


def get_default_dtype() -> np.dtype[np.floating[Any]]:
    """Return the dtype of arrays that are created without `dtype=`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.get_default_dtype.html

    Example:
        >>> get_default_dtype()
        dtype('float32')
    """
    return _default_dtype


def set_default_dtype(d: npt.DTypeLike) -> None:
    """Set the dtype of arrays that are created without `dtype=`.

    Args:
        d: float32 or float64. PyTorch also takes its half-precision types, which nothing here computes in.

    Raises:
        TypeError: for any other type.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.set_default_dtype.html

    Example:
        >>> set_default_dtype(np.float64)
        >>> get_default_dtype()
        dtype('float64')
        >>> set_default_dtype(np.float32)
    """
    global _default_dtype
    if d is None:
        raise TypeError("set_default_dtype: expected float32 or float64, got None")
    _default_dtype = _checked(d, "set_default_dtype")


def resolve_dtype(dtype: npt.DTypeLike | None) -> np.dtype[np.floating[Any]]:
    """Return `dtype`, or the default dtype where it is None.

    Args:
        dtype: the `dtype=` that a layer or a function was given.

    Raises:
        TypeError: for a type other than float32 and float64.

    Example:
        >>> resolve_dtype(None), resolve_dtype("float64")
        (dtype('float32'), dtype('float64'))
    """
    return _default_dtype if dtype is None else _checked(dtype, "resolve_dtype")


def _checked(dtype: npt.DTypeLike, name: str) -> np.dtype[np.floating[Any]]:
    for floating in _FLOATING:
        if np.dtype(dtype) == floating:
            return floating
    raise TypeError(f"{name}: expected float32 or float64, got {np.dtype(dtype)}")
