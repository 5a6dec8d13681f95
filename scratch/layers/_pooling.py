"""What the pooling layers share. Comments speak of two axes: (N, C, H, W)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.layers._masks import keep
from scratch.layers._windows import Margins, Sizes, crop, pad, sizes, windows
from scratch.module import Module

__all__ = [
    "Indices",
    "MaxPool",
    "MaxPoolOfPlaces",
    "check_images",
    "check_padding",
    "count_windows",
    "find_margins",
]

Indices: TypeAlias = npt.NDArray[np.int64]


def check_images(layer: Module, input: npt.NDArray[Any], dims: int, too_few: type[Exception] = RuntimeError) -> None:
    """Images of so many axes, in a batch or one alone. `too_few` is what PyTorch raises where axes lack."""
    check_floating(layer, input)
    if input.ndim not in (dims + 1, dims + 2) or 0 in input.shape[-dims - 1 :]:
        axes = "C, " + ", ".join("DHW"[-dims:] if dims > 1 else "L")
        raise (too_few if input.ndim <= dims else RuntimeError)(
            f"{type(layer).__name__}: expected an input of shape (N, {axes}) or ({axes}), where only N may be 0,"
            f" got shape {input.shape}"
        )


def check_padding(layer: Module, padding: Sizes, kernel_size: Sizes) -> None:
    if any(2 * p > k for p, k in zip(padding, kernel_size, strict=True)):
        raise RuntimeError(
            f"{type(layer).__name__}: expected padding of at most half of kernel_size={kernel_size}, got {padding}"
        )


def count_windows(
    layer: Module, image: Sizes, reach: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool
) -> Sizes:
    """How many windows there are on each axis; the reach of a window is from its first element to its last."""
    counts = []
    for size, r, s, p in zip(image, reach, stride, padding, strict=True):
        steps = size + 2 * p - r
        count = 1 + (-(-steps // s) if ceil_mode else steps // s)
        if ceil_mode and (count - 1) * s >= size + p:  # the last one would begin in the padding behind the image
            count -= 1
        counts.append(count)
    if min(counts) < 1:
        raise RuntimeError(
            f"{type(layer).__name__}: expected images at least as large as the window, {reach} with padding={padding},"
            f" got {image}"
        )
    return tuple(counts)


def find_margins(image: Sizes, counts: Sizes, reach: Sizes, stride: Sizes, padding: Sizes) -> Margins:
    """What must be added to the image so that all its windows are whole."""
    ends = ((n - 1) * s + r - p for n, r, s, p in zip(counts, reach, stride, padding, strict=True))
    return tuple((p, max(end - size, 0)) for size, p, end in zip(image, padding, ends, strict=True))


def row_by_row(places: Sequence[npt.NDArray[Any]], image: Sizes) -> npt.NDArray[Any]:
    """A place on each axis as one number, counted row by row: h · W + w."""
    number = places[0]
    for place, size in zip(places[1:], image[1:], strict=True):
        number = number * size + place
    return number


class MaxPool(Module):
    """The base of MaxPool1d, MaxPool2d and MaxPool3d."""

    _dims: int  # axes of the image

    def __init__(
        self,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None = None,
        padding: int | Iterable[int] = 0,
        dilation: int | Iterable[int] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = sizes(self, "kernel_size", kernel_size, self._dims, least=1)
        self.stride = self.kernel_size if stride is None else sizes(self, "stride", stride, self._dims, least=1)
        self.padding = sizes(self, "padding", padding, self._dims, least=0)
        self.dilation = sizes(self, "dilation", dilation, self._dims, least=1)
        check_padding(self, self.padding, self.kernel_size)
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode
        self._reach = tuple(d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))
        self._disjoint = all(s >= r for s, r in zip(self.stride, self._reach, strict=True))

    def forward(self, input: Array) -> Array | tuple[Array, Indices]:
        check_images(self, input, self._dims)
        images = input if input.ndim == self._dims + 2 else input[None]  # (N, C, H, W)
        image = images.shape[2:]
        counts = count_windows(self, image, self._reach, self.stride, self.padding, self.ceil_mode)
        margins = find_margins(image, counts, self._reach, self.stride, self.padding)
        padded = pad(images, margins, -np.inf) if np.any(margins) else images
        output, winner = self._maximum(windows(padded, self.kernel_size, self.stride, self.dilation))
        self.save(winner, padded, margins)
        if input is not images:
            output, winner = output[0], winner[0]
        return (output, self._indices(winner, image)) if self.return_indices else output

    def backward(self, grad_output: Array) -> Array | None:
        winner, padded, margins = self.saved(grad_output)
        if not self.needs_input_grad:
            return None
        grad = np.empty_like(winner, grad_output.dtype)  # lies in memory as the winners do
        grad[...] = grad_output
        grad_padded = np.zeros_like(padded)
        slots = windows(grad_padded, self.kernel_size, self.stride, self.dilation, writeable=True)
        for position, offset in enumerate(np.ndindex(self.kernel_size)):
            kept = keep(grad, winner == position)
            slots[(..., *offset)] = kept if self._disjoint else slots[(..., *offset)] + kept
        grad_images = crop(grad_padded, margins)
        return grad_images if grad_output.ndim == grad_images.ndim else grad_images[0]

    def _maximum(self, candidates: Array) -> tuple[Array, npt.NDArray[Any]]:
        """The maximum over the window's axes, the last ones, and its position in the window, counted row by row."""
        offsets = [(..., *offset) for offset in np.ndindex(self.kernel_size)]
        output = np.array(candidates[offsets[0]], order="K")  # (N, C, H', W')
        winner = np.zeros_like(output, np.min_scalar_type(len(offsets) - 1))
        if any(self.padding):
            winner[...] = self._first_inside(output.shape[2:])
        for position, offset in enumerate(offsets[1:], start=1):
            larger = candidates[offset] > output
            # The position only grows, so this is winner[larger] = position, several times faster.
            np.maximum(winner, larger * winner.dtype.type(position), out=winner)
            np.maximum(output, candidates[offset], out=output)
        if np.isnan(output).any():
            for position, offset in enumerate(offsets):
                winner[np.isnan(candidates[offset])] = position
        return output, winner

    def _starts(self, counts: Sizes) -> list[Indices]:
        """On each axis, the places in the image at which the windows begin; negative in the padding."""
        return [np.arange(n) * s - p for n, s, p in zip(counts, self.stride, self.padding, strict=True)]

    def _first_inside(self, counts: Sizes) -> Indices:
        """For each window, its first position that is not padding: the winner if everything is −∞."""
        starts = zip(self._starts(counts), self.dilation, strict=True)
        return row_by_row(np.ix_(*(np.maximum(-(start // d), 0) for start, d in starts)), self.kernel_size)

    def _indices(self, winner: npt.NDArray[Any], image: Sizes) -> Indices:
        """The place of each winner in the image, counted row by row."""
        starts = np.ix_(*self._starts(winner.shape[-self._dims :]))
        offsets = zip(starts, np.unravel_index(winner, self.kernel_size), self.dilation, strict=True)
        return row_by_row([start + i * d for start, i, d in offsets], image)


class MaxPoolOfPlaces(Module):
    """The base of the adaptive and the fractional max poolings, whose windows do not lie at regular steps.

    A window is a product of intervals, one on each axis, so that the maximum is found on one axis after the other.
    """

    _dims: int
    return_indices: bool

    def _find_places(self, images: Array) -> list[Indices]:
        """For each axis `[n, c, h, i]`, the i-th place of window h in this image, or 1 for n, c where all are alike."""
        raise NotImplementedError(f"{type(self).__name__} is a base")

    def _check(self, input: Array) -> None:
        check_images(self, input, self._dims)

    def forward(self, input: Array) -> Array | tuple[Array, Indices]:
        self._check(input)
        images = input if input.ndim == self._dims + 2 else input[None]  # (N, C, H, W)
        image = images.shape[2:]
        output, indices = images, np.broadcast_to(np.arange(math.prod(image)).reshape(image), images.shape)
        for axis, places in reversed(list(enumerate(self._find_places(images), start=2))):
            output, indices = _largest(output, indices, axis, places)
        self.save(indices, images.shape)
        if input is not images:
            output, indices = output[0], indices[0]
        return (output, indices) if self.return_indices else output

    def backward(self, grad_output: Array) -> Array:
        indices, shape = self.saved(grad_output)
        N, C, *image = shape
        image_number = np.arange(N * C).reshape(N, C, *[1] * self._dims)
        everywhere = (image_number * math.prod(image) + indices).ravel()
        # Counting weighs in float64, and is far faster than np.add.at.
        grad = np.bincount(everywhere, grad_output.ravel(), minlength=math.prod(shape)).astype(grad_output.dtype)
        return grad.reshape(shape if grad_output.ndim == len(shape) else shape[1:])


def _largest(values: Array, indices: Indices, axis: int, places: Indices) -> tuple[Array, Indices]:
    """The largest of each window on one axis, and its index. The first of equals, but of several NaN the last."""
    output, winner = values, indices
    for number, place in enumerate(np.moveaxis(places, -1, 0)):  # (n, c, H')
        at = np.expand_dims(place, tuple(a for a in range(2, values.ndim) if a != axis))
        candidates, theirs = (np.take_along_axis(array, at, axis) for array in (values, indices))
        if number == 0:
            output, winner = candidates, theirs
        else:
            larger = (candidates > output) | np.isnan(candidates)
            output, winner = np.where(larger, candidates, output), np.where(larger, theirs, winner)
    return output, winner
