"""What convolution, pooling and padding share: margins around images, and the windows that a kernel sees.

An image has one, two or three axes of its own (length; height, width; depth, height, width) behind the batch and the
channels. Comments speak of two: (N, C, H, W).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.module import Module

__all__ = ["Margins", "Sizes", "crop", "extend", "fold", "pad", "sizes", "windows"]

Sizes: TypeAlias = tuple[int, ...]  # a number for each axis of the image
Margins: TypeAlias = tuple[tuple[int, int], ...]  # what is added before and after, for each axis of the image

_WORDS = {1: "one number", 2: "one or two numbers", 3: "one or three numbers"}


def sizes(module: Module, name: str, value: int | Iterable[int], dims: int, least: int) -> Sizes:
    """One number for all the axes of the image, or one for each; none below `least`."""
    values = tuple(value) if isinstance(value, Iterable) else (value,) * dims
    if len(values) != dims or min(values) < least:
        raise RuntimeError(
            f"{type(module).__name__}: expected {name} to be {_WORDS[dims]} of at least {least}, got {value}"
        )
    return values


def windows(input: Array, kernel_size: Sizes, stride: Sizes, dilation: Sizes, writeable: bool = False) -> Array:
    """A view in which `[n, c, h, w, i, j]` is the input at row h·stride + i·dilation; columns w and j likewise."""
    dims = len(kernel_size)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=True))
    axes = tuple(range(2, 2 + dims))
    view = np.lib.stride_tricks.sliding_window_view(input, reach, axis=axes, writeable=writeable)
    steps = (slice(None, None, step) for step in (1, 1, *stride, *dilation))
    return view[tuple(steps)]  # (N, C, H', W', kH, kW)


def pad(input: Array, margins: Margins, value: float = 0.0) -> Array:
    """A copy of images, surrounded by a constant, that lies in memory as (H, C, W, N).

    It has a column to spare, which nobody looks at: where the length of a row is a power of two, all rows compete for
    the same few places in the processor's cache, and a matrix product takes a quarter longer.
    """
    N, C, *image = input.shape
    height, *rest = (before + size + after for size, (before, after) in zip(image, margins, strict=True))
    if rest:
        rest[-1] += 1
    spare = np.full((height, C, *rest, N), value, input.dtype)
    padded = spare[..., :-1, :] if rest else spare
    padded = padded.transpose(len(image) + 1, 1, 0, *range(2, len(image) + 1))  # (N, C, H, W)
    crop(padded, margins)[...] = input
    return padded


def crop(padded: Array, margins: Margins) -> Array:
    """A view without the margins: both the inverse of `pad` and its derivative."""
    inside = (slice(before, size - after) for size, (before, after) in zip(padded.shape[2:], margins, strict=True))
    return padded[(slice(None), slice(None), *inside)]


def extend(module: Module, input: Array, margins: Margins, mode: str) -> Array:
    """Surround images by their own rows and columns: "reflect", "replicate" or "circular". Negative margins crop.

    The margins are those of the last axes, whatever comes before.
    """
    for axis, source in _sources(module, input.shape, margins, mode):
        input = np.take(input, source, axis)
    return input


def fold(module: Module, grad_padded: Array, shape: tuple[int, ...], margins: Margins, mode: str) -> Array:
    """The derivative of `extend`: each row and column collects from all its copies."""
    grad = grad_padded
    for axis, source in _sources(module, shape, margins, mode):
        copies = np.moveaxis(grad, axis, 0)
        collected = np.zeros((shape[axis], *copies.shape[1:]), grad.dtype)
        for copy, place in enumerate(source):
            collected[place] += copies[copy]
        grad = np.moveaxis(collected, 0, axis)
    return grad


def _sources(
    module: Module, shape: tuple[int, ...], margins: Margins, mode: str
) -> list[tuple[int, npt.NDArray[np.intp]]]:
    """The axes of the image; for each, and each place on it when padded, the place that it is a copy of."""
    image = shape[len(shape) - len(margins) :]
    left = tuple(size + min(before, 0) + min(after, 0) for size, (before, after) in zip(image, margins, strict=True))
    limits = {"reflect": tuple(size - 1 for size in image), "circular": left}.get(mode)
    if limits is not None and any(max(margin) > limit for margin, limit in zip(margins, limits, strict=True)):
        raise RuntimeError(
            f'{type(module).__name__}: expected a padding of at most {limits} for "{mode}", got {margins} (before and'
            f" after, for each axis) for an input of shape {shape}"
        )
    sources = [_source(size, *margin, mode) for size, margin in zip(image, margins, strict=True)]
    return list(enumerate(sources, start=len(shape) - len(margins)))


def _source(size: int, before: int, after: int, mode: str) -> npt.NDArray[np.intp]:
    places: npt.NDArray[np.intp] = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(places, 0, size - 1)
    if mode == "reflect":
        places = size - 1 - np.abs(size - 1 - np.abs(places))
    else:
        first, left = max(-before, 0), size + min(before, 0) + min(after, 0)
        places = first + (places - first) % left  # what is cropped does not come around
    return places
