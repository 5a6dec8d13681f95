"""Mistakes in pooling and unpooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.layers import (
    AdaptiveAvgPool1d,
    AdaptiveMaxPool2d,
    AvgPool1d,
    AvgPool2d,
    FractionalMaxPool2d,
    LPPool1d,
    MaxPool2d,
    MaxUnpool1d,
    _pooling,
    adaptive_pooling,
)
from scratch.layers._pooling import Indices
from scratch.layers._windows import Margins, Sizes, pad

__all__ = ["MISTAKES"]


class ZerosAround(MaxPool2d):
    """Where everything is negative, the padding is the maximum."""

    def forward(self, input: Array) -> Any:
        with mock.patch.object(_pooling, "pad", _with_zeros):
            return super().forward(input)


def _with_zeros(images: Array, margins: Margins, value: float) -> Array:
    return pad(images, margins)


class PlacesInTheWindow(MaxPool2d):
    """An unpooling cannot know which window they count in."""

    def _indices(self, winner: npt.NDArray[Any], image: Sizes) -> Indices:
        return winner.astype(np.int64)


class PlacesInThePadding(MaxPool2d):
    def _indices(self, winner: npt.NDArray[Any], image: Sizes) -> Indices:
        (above, before), width = self.padding, image[1] + 2 * self.padding[1]
        rows, columns = np.divmod(super()._indices(winner, image), image[1])
        return (rows + above) * width + columns + before


class SharedMaximumOverwritten(MaxPool2d):
    """= where += is meant."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._disjoint = True


class MaximaAdded(MaxUnpool1d):
    """Windows that overlap may have one maximum, which stands in the image once."""

    def forward(self, input: Array, indices: Indices, output_size: Sequence[int] | None = None) -> Array:
        output = np.zeros_like(super().forward(input, indices, output_size))
        images = indices.reshape(-1, indices.shape[-1]) + output.shape[-1] * np.arange(output[..., 0].size)[:, None]
        np.add.at(output.reshape(-1), images, input.reshape(images.shape))
        return output


class PaddingCounted(AvgPool2d):
    """count_include_pad is not looked at."""

    def _elements(self, image: Sizes, margin: Sizes, dtype: np.dtype[Any]) -> Array:
        return super()._elements(image, self.padding, dtype)


class OverhangCounted(AvgPool1d):
    """In ceil_mode the last window is divided by its full size."""

    def _elements(self, image: Sizes, margin: Sizes, dtype: np.dtype[Any]) -> Array:
        inside = super()._elements(image, margin, dtype)
        return np.maximum(inside, self.kernel_size[0]) if self.count_include_pad else inside


class AbsoluteValues(LPPool1d):
    """A p-norm, as its name says; PyTorch takes the powers of the elements themselves."""

    def forward(self, input: Array) -> Array:
        self.sign = np.where(input < 0, -1, 1).astype(input.dtype)
        return super().forward(np.abs(input))

    def backward(self, grad_output: Array) -> Array:
        grad: Array = self.sign * super().backward(grad_output)
        return grad


class FixedStep(AdaptiveAvgPool1d):
    """All windows have one size and one step, as in the formula that is often quoted."""

    def forward(self, input: Array) -> Array:
        with mock.patch.object(adaptive_pooling, "_find_windows", _at_fixed_steps):
            return super().forward(input)

    def backward(self, grad_output: Array) -> Array:
        with mock.patch.object(adaptive_pooling, "_find_windows", _at_fixed_steps):
            return super().backward(grad_output)


def _at_fixed_steps(image: Sizes, output_size: adaptive_pooling.OutputSize) -> list[adaptive_pooling.Windows]:
    windows = []
    for size, wanted in zip(image, output_size, strict=True):
        count = size if wanted is None else wanted
        step = size // count
        length = size - (count - 1) * step
        windows.append([(o * step, o * step + length) for o in range(count)])
    return windows


class EndsRoundedDown(AdaptiveMaxPool2d):
    """The windows are made not to overlap."""

    def _find_intervals(self, images: Array) -> list[tuple[Indices, Indices]]:
        found = super()._find_intervals(images)
        return [(start, np.maximum(np.append(start[1:], end[-1]), start + 1)) for start, end in found]


class RowsDrawnFirst(FractionalMaxPool2d):
    _sample_of_axis = (0, 1)


class OneDrawForAll(FractionalMaxPool2d):
    """The images of a batch are pooled by the same windows."""

    def _find_samples(self, images: Array) -> Array:
        samples = super()._find_samples(images)
        return np.broadcast_to(samples[:1], samples.shape)


MISTAKES = [
    Mistake("max-pool-zeros-around", "MaxPool2d", "forward", ZerosAround, "the padding is zero, and not −∞"),
    Mistake(
        "max-pool-places-in-window", "MaxPool2d", "forward", PlacesInTheWindow, "indices count the window's elements"
    ),
    Mistake("max-pool-places-in-padding", "MaxPool2d", "forward", PlacesInThePadding, "indices count the padded image"),
    Mistake(
        "max-pool-gradient-overwritten",
        "MaxPool2d",
        "grad",
        SharedMaximumOverwritten,
        "a maximum of two windows gets the gradient of one",
    ),
    Mistake("unpool-maxima-added", "MaxUnpool1d", "forward", MaximaAdded, "a maximum of two windows is added up"),
    Mistake(
        "avg-pool-padding-counted", "AvgPool2d", "forward", PaddingCounted, "the mean counts the padding in any case"
    ),
    Mistake("avg-pool-overhang-counted", "AvgPool1d", "forward", OverhangCounted, "the mean counts what overhangs"),
    Mistake("lp-pool-absolute-values", "LPPool1d", "forward", AbsoluteValues, "the powers are of absolute values"),
    Mistake("adaptive-fixed-step", "AdaptiveAvgPool1d", "forward", FixedStep, "windows of one size at a fixed step"),
    Mistake("adaptive-ends-rounded-down", "AdaptiveMaxPool2d", "forward", EndsRoundedDown, "windows do not overlap"),
    Mistake(
        "fractional-rows-first", "FractionalMaxPool2d", "forward", RowsDrawnFirst, "the rows' random number comes first"
    ),
    Mistake(
        "fractional-one-draw-for-all", "FractionalMaxPool2d", "forward", OneDrawForAll, "a batch shares its windows"
    ),
]
