"""What the pooling layers share. Comments speak of two axes: (N, C, H, W)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
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
    "MaxPoolOfIntervals",
    "WindowSums",
    "check_images",
]

Indices: TypeAlias = npt.NDArray[np.int64]

_AXES = {1: "C, L", 2: "C, H, W", 3: "C, D, H, W"}


def check_images(layer: Module, input: npt.NDArray[Any], dims: int, too_few: type[Exception] = RuntimeError) -> None:
    """Images of so many axes, in a batch or one alone. `too_few` is what PyTorch raises where axes lack."""
    check_floating(layer, input)
    if input.ndim not in (dims + 1, dims + 2) or 0 in input.shape[-dims - 1 :]:
        raise (too_few if input.ndim <= dims else RuntimeError)(
            f"{type(layer).__name__}: expected an input of shape (N, {_AXES[dims]}) or ({_AXES[dims]}), where only N"
            f" may be 0, got shape {input.shape}"
        )


def check_padding(layer: Module, padding: Sizes, kernel_size: Sizes) -> None:
    if any(2 * p > k for p, k in zip(padding, kernel_size, strict=True)):
        raise RuntimeError(
            f"{type(layer).__name__}: expected padding of at most half of kernel_size={kernel_size}, got {padding}"
        )


def count_windows(layer: Module, image: Sizes, reach: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool) -> Sizes:
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
        winner = np.zeros_like(output, np.min_scalar_type(len(offsets)))
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


class WindowSums(Module):
    """The sum of each window, on one axis after the other, and its derivative. Comments speak of two axes."""

    _dims: int  # axes of the image
    _too_few: type[Exception] = RuntimeError  # what PyTorch raises where the input lacks axes

    def __init__(
        self,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None,
        padding: int | Iterable[int],
        ceil_mode: bool,
    ) -> None:
        super().__init__()
        self.kernel_size = sizes(self, "kernel_size", kernel_size, self._dims, least=1)
        self.stride = self.kernel_size if stride is None else sizes(self, "stride", stride, self._dims, least=1)
        self.padding = sizes(self, "padding", padding, self._dims, least=0)
        self.ceil_mode = ceil_mode
        check_padding(self, self.padding, self.kernel_size)

    def _batched(self, input: Array) -> Array:
        check_images(self, input, self._dims, self._too_few)
        image = input.shape[-self._dims :]
        # PyTorch counts no padding here, in three dimensions only.
        if self._dims == 3 and any(size < k for size, k in zip(image, self.kernel_size, strict=True)):
            raise RuntimeError(
                f"{type(self).__name__}: expected images at least as large as the window,"
                f" kernel_size={self.kernel_size}, got shape {input.shape}"
            )
        return input if input.ndim == self._dims + 2 else input[None]

    def _count(self, image: Sizes) -> Sizes:
        return count_windows(self, image, self.kernel_size, self.stride, self.padding, self.ceil_mode)

    def _slots(self, counts: Sizes) -> Iterator[tuple[int, list[tuple[slice, ...]]]]:
        """For each axis, what picks the first element of all its windows, the second, and so on."""
        for axis, (n, k, s) in enumerate(zip(counts, self.kernel_size, self.stride, strict=True), start=2):
            yield axis, [(slice(None),) * axis + (slice(i, i + (n - 1) * s + 1, s),) for i in range(k)]

    def _sum(self, images: Array) -> Array:
        counts = self._count(images.shape[2:])
        margins = find_margins(images.shape[2:], counts, self.kernel_size, self.stride, self.padding)
        sums = pad(images, margins) if np.any(margins) else images
        for _, slots in self._slots(counts):
            first, *rest = (sums[slot] for slot in slots)
            sums = first + 0.0  # a copy, in which −0 is 0, as in PyTorch's sums
            for part in rest:
                sums += part
        return sums  # (N, C, H', W')

    def _spread(self, grad: Array, image: Sizes) -> Array:
        """The derivative of `_sum`: each element gets the gradients of all windows that it is in."""
        counts = grad.shape[2:]
        margins = find_margins(image, counts, self.kernel_size, self.stride, self.padding)
        for axis, slots in reversed(list(self._slots(counts))):
            shape = list(grad.shape)
            shape[axis] = image[axis - 2] + sum(margins[axis - 2])
            wide = np.zeros_like(grad, shape=shape)
            for slot in slots:
                wide[slot] += grad
            grad = wide
        return crop(grad, margins)

    def _elements(self, image: Sizes, margin: Sizes, dtype: np.dtype[Any]) -> Array:
        """How many elements each window has inside the image with this margin, (H', W')."""
        elements: Array = np.ones((), dtype)
        options = zip(image, self._count(image), self.kernel_size, self.stride, self.padding, margin, strict=True)
        for size, n, k, s, p, m in options:
            start = np.arange(n) * s - p
            inside = np.minimum(start + k, size + m) - np.maximum(start, -m)
            elements = np.multiply.outer(elements, inside.astype(dtype))
        return elements


class MaxPoolOfIntervals(Module):
    """The base of the adaptive and the fractional max poolings, whose windows do not lie at regular steps.

    A window is an interval on each axis, so that the maximum is found on one axis after the other.
    """

    _dims: int
    _too_few: type[Exception] = RuntimeError  # what PyTorch raises where the input lacks axes
    return_indices: bool

    def _find_intervals(self, images: Array) -> list[tuple[Indices, Indices]]:
        """For each axis, where its windows begin and where they end: (H',), or (N, C, H') where images differ."""
        raise NotImplementedError(f"{type(self).__name__} is a base")

    def forward(self, input: Array) -> Array | tuple[Array, Indices]:
        check_images(self, input, self._dims, self._too_few)
        images = input if input.ndim == self._dims + 2 else input[None]  # (N, C, H, W)
        output = np.ascontiguousarray(images)  # what lies otherwise would be copied at every step
        places: list[Indices] = []
        for axis, (start, end) in reversed(list(enumerate(self._find_intervals(images), start=2))):
            output, place = _largest(output, axis, start, end)
            places = [place, *(np.take_along_axis(other, place, axis) for other in places)]
        indices = row_by_row(places, images.shape[2:])
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


def _largest(values: Array, axis: int, start: Indices, end: Indices) -> tuple[Array, Indices]:
    """The largest of each window on one axis, and its place. The first of equals, but of several NaN the last."""
    others = [a for a in range(values.ndim) if a != axis and (start.ndim == 1 or a > 1)]
    first, last = np.expand_dims(start, others), np.expand_dims(end - 1, others)

    def element(number: int) -> Array:
        """The last one stands for what a shorter window lacks; it is no larger than itself."""
        if start.ndim == 1:
            return np.take(values, np.minimum(start + number, end - 1), axis)
        return np.take_along_axis(values, np.minimum(first + number, last), axis)

    count = int((end - start).max(initial=1))
    output = element(0)
    winner = np.zeros(output.shape, np.min_scalar_type(count))
    for number in range(1, count):
        candidates = element(number)
        larger = (candidates > output) | np.isnan(candidates)
        # The number only grows, so this is winner[larger] = number, several times faster.
        np.maximum(winner, larger * winner.dtype.type(number), out=winner)
        np.maximum(output, candidates, out=output)
    return output, np.minimum(first + winner, last)
