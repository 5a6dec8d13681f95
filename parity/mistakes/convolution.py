"""Mistakes in convolutions, transposed convolutions and padding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from parity.mistakes.layers import turned
from scratch import init
from scratch.dtypes import Array
from scratch.layers import (
    CircularPad2d,
    ConstantPad2d,
    Conv1d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ReflectionPad1d,
)
from scratch.layers._windows import Margins

__all__ = ["MISTAKES"]


def half_turn(kernel: Array) -> Array:
    return np.flip(kernel, axis=(2, 3))


class TransposedKernelFlipped(ConvTranspose2d):
    """The convolution's gradient needs a kernel turned by half a turn; here it is turned once more."""

    def forward(self, input: Array, output_size: Sequence[int] | None = None) -> Array:
        with turned(self.weight, half_turn):
            return super().forward(input, output_size)

    def backward(self, grad_output: Array) -> Any:
        with turned(self.weight, half_turn):
            return super().backward(grad_output)


class TransposedFanIn(ConvTranspose2d):
    """The fan-in is a convolution's; PyTorch's follows the shape of the weight, where the channels are exchanged."""

    def reset_parameters(self) -> None:
        bound = 1 / math.sqrt(self.in_channels // self.groups * math.prod(self.kernel_size))
        init.uniform_(self.weight.data, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias.data, -bound, bound)


class OutputPaddingBefore(ConvTranspose1d):
    """The places that output_padding adds come first, and not last."""

    def forward(self, input: Array, output_size: Sequence[int] | None = None) -> Array:
        return np.roll(super().forward(input, output_size), self.output_padding[0], axis=-1)


class GroupsInterleaved(Conv3d):
    """Group g sees the channels g, g + groups, … where its channels are neighbours."""

    def forward(self, input: Array) -> Array:
        channels = np.arange(self.in_channels).reshape(-1, self.groups).T.ravel()
        return super().forward(np.take(input, channels, axis=-4))


class DilationForgottenInBackward(Conv1d):
    """The gradient of the input is laid out as if the kernel had no holes."""

    def _grad_images(self, grad: Array, shape: tuple[int, ...], padded_shape: tuple[int, ...]) -> Array:
        options = self._options
        self._options = (self.stride, (1,), self.groups)
        try:
            return super()._grad_images(grad, shape, padded_shape)
        finally:
            self._options = options


class SamePadsBefore(Conv1d):
    """Where "same" cannot add as much on both sides, the odd place is on the left."""

    def _find_margins(self) -> Margins:
        return tuple((after, before) for before, after in super()._find_margins())


class ReflectionRepeatsEdge(ReflectionPad1d):
    """The mirror stands behind the last place, not on it."""

    def forward(self, input: Array) -> Array:
        super().forward(input)
        (before, after), size = self._margins[0], input.shape[-1]
        places = np.arange(-before, size + after) % (2 * size)
        mirrored: Array = np.take(input, np.minimum(places, 2 * size - 1 - places), axis=-1)
        return mirrored


class FirstAxisFirst(ConstantPad2d):
    """Padding is read as height first, then width."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding, value)
        self._margins = self._margins[::-1]


class GradientNotFolded(CircularPad2d):
    """The margins are cut off the gradient, although they are copies that depend on the image, too."""

    def backward(self, grad_output: Array) -> Array:
        (top, bottom), (left, right) = (tuple(max(margin, 0) for margin in pair) for pair in self._margins)
        height, width = grad_output.shape[-2:]
        cut = np.zeros_like(grad_output)
        inside = (..., slice(top, height - bottom), slice(left, width - right))
        cut[inside] = grad_output[inside]
        return super().backward(cut)


MISTAKES = [
    Mistake(
        "conv-transpose-kernel-flipped", "ConvTranspose2d", "forward", TransposedKernelFlipped, "the kernel is flipped"
    ),
    Mistake(
        "conv-transpose-fan-in", "ConvTranspose2d", "initial", TransposedFanIn, "the fan-in is that of a convolution"
    ),
    Mistake(
        "output-padding-before",
        "ConvTranspose1d",
        "forward",
        OutputPaddingBefore,
        "output_padding comes first, not last",
    ),
    Mistake("conv-groups-interleaved", "Conv3d", "forward", GroupsInterleaved, "a group's channels are not neighbours"),
    Mistake(
        "dilation-forgotten-in-backward", "Conv1d", "grad", DilationForgottenInBackward, "grad_input without the holes"
    ),
    Mistake("same-pads-before", "Conv1d", "forward", SamePadsBefore, 'the odd place of "same" is on the left'),
    Mistake("reflection-repeats-edge", "ReflectionPad1d", "forward", ReflectionRepeatsEdge, "the edge is repeated"),
    Mistake("padding-first-axis-first", "ConstantPad2d", "forward", FirstAxisFirst, "padding begins with the height"),
    Mistake(
        "circular-gradient-not-folded", "CircularPad2d", "grad", GradientNotFolded, "copies in the margins do not count"
    ),
]
