"""What convolution and pooling share: margins around images, and the windows that a kernel sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.module import Module

__all__ = ["Margins", "Pair", "crop", "extend", "fold", "pad", "pair", "windows"]

Pair: TypeAlias = tuple[int, int]  # height, width
Margins: TypeAlias = tuple[int, int, int, int]  # top, bottom, left, right

_NUMPY_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pair(module: Module, name: str, value: int | Iterable[int], least: int) -> tuple[int, int]:
    """One number for height and width, or one for each; neither below `least`."""
    values = tuple(value) if isinstance(value, Iterable) else (value, value)
    if len(values) != 2 or min(values) < least:
        raise RuntimeError(
            f"{type(module).__name__}: expected {name} to be one or two numbers of at least {least}, got {value}"
        )
    return values


def windows(
    input: Array,
    kernel_size: tuple[int, ...],
    stride: Pair,
    dilation: Pair,
    writeable: bool = False,
) -> Array:
    """A view in which `[n, c, h, w, i, j]` is the input at row h·stride + i·dilation; columns w and j likewise."""
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=True))
    view = np.lib.stride_tricks.sliding_window_view(input, reach, axis=(2, 3), writeable=writeable)
    return view[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]  # (N, C, H', W', kH, kW)


def pad(input: Array, margins: Margins, value: float = 0.0) -> Array:
    """A copy of images, surrounded by a constant, that lies in memory as (H, C, W, N).

    It has a column to spare, which nobody looks at: where the length of a row is a power of two, all rows compete for
    the same few places in the processor's cache, and a matrix product takes a quarter longer.
    """
    N, C, H, W = input.shape
    top, bottom, left, right = margins
    padded = np.full((H + top + bottom, C, W + left + right + 1, N), value, input.dtype)[:, :, :-1].transpose(
        3, 1, 0, 2
    )
    crop(padded, margins)[...] = input
    return padded


def crop(padded: Array, margins: Margins) -> Array:
    """A view without the margins: both the inverse of `pad` and its derivative."""
    top, bottom, left, right = margins
    H, W = padded.shape[2:]
    return padded[:, :, top : H - bottom, left : W - right]


def extend(module: Module, input: Array, margins: Margins, mode: str) -> Array:
    """Surround images by their own rows and columns: "reflect", "replicate" or "circular"."""
    rows, columns = _sources(module, input.shape, margins, mode)
    return input[:, :, rows][:, :, :, columns]


def fold(module: Module, grad_padded: Array, shape: tuple[int, ...], margins: Margins, mode: str) -> Array:
    """The derivative of `extend`: each row and column collects from all its copies."""
    rows, columns = _sources(module, shape, margins, mode)
    grad_rows = np.zeros((*shape[:3], grad_padded.shape[3]), grad_padded.dtype)  # (N, C, H, padded W)
    for copy, source in enumerate(rows):
        grad_rows[:, :, source] += grad_padded[:, :, copy]
    grad = np.zeros(shape, grad_padded.dtype)
    for copy, source in enumerate(columns):
        grad[:, :, :, source] += grad_rows[:, :, :, copy]
    return grad


def _sources(
    module: Module, shape: tuple[int, ...], margins: Margins, mode: str
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """For each row and each column of the padded image, the one that it is a copy of."""
    H, W = shape[2:]
    top, bottom, left, right = margins
    limits = {"reflect": (H - 1, W - 1), "replicate": (top + bottom, left + right), "circular": (H, W)}[mode]
    if max(top, bottom) > limits[0] or max(left, right) > limits[1]:
        raise RuntimeError(
            f'{type(module).__name__}: expected a padding of at most {limits} for "{mode}", got {margins} (top, bottom,'
            f" left, right) for an input of shape {shape}"
        )
    rows = np.pad(np.arange(H), (top, bottom), mode=_NUMPY_MODES[mode])  # type: ignore[call-overload]
    columns = np.pad(np.arange(W), (left, right), mode=_NUMPY_MODES[mode])  # type: ignore[call-overload]
    return rows, columns
