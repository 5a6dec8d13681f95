"""What the padding layers for one, two and three axes share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.layers._windows import Margins, Sizes, extend, fold
from scratch.module import Module

__all__ = ["ConstantPad", "ImagePad"]


class _Pad(Module):
    """The margins: PyTorch names those of the last axis first; a negative one crops."""

    _dims: int  # axes of the image

    def __init__(self, padding: int | Iterable[int]) -> None:
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, Iterable) else (padding,) * (2 * self._dims)
        if len(self.padding) != 2 * self._dims:
            raise RuntimeError(
                f"{type(self).__name__}: expected padding to be one number or {2 * self._dims}, got {padding}"
            )
        self._margins: Margins = tuple(zip(self.padding[::2], self.padding[1::2], strict=True))[::-1]


class ConstantPad(_Pad):
    """The base of the layers that pad with a constant."""

    def __init__(self, padding: int | Iterable[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Array) -> Array:
        if input.ndim < self._dims:
            raise RuntimeError(
                f"{type(self).__name__}: expected an input with at least {self._dims} axes, got shape {input.shape}"
            )
        batch, sides = input.shape[: -self._dims], input.shape[-self._dims :]
        padded = (before + size + after for size, (before, after) in zip(sides, self._margins, strict=True))
        in_output, in_input = self._overlap(sides)
        output = np.full_like(input, self.value, shape=(*batch, *padded))
        output[in_output] = input[in_input]
        self.save(input.shape)
        return output

    def backward(self, grad_output: Array) -> Array:
        (shape,) = self.saved(grad_output)
        in_output, in_input = self._overlap(shape[-self._dims :])
        grad_input = np.zeros_like(grad_output, shape=shape)
        grad_input[in_input] = grad_output[in_output]
        return grad_input

    def _overlap(self, sides: Sizes) -> tuple[Any, Any]:
        """Where the image lies in the output, and where in the input what is left of it."""
        left = tuple(size + min(b, 0) + min(a, 0) for size, (b, a) in zip(sides, self._margins, strict=True))
        if min(left) < 0:
            raise RuntimeError(
                f"{type(self).__name__}: expected an input with sides no shorter than what padding={self.padding}"
                f" crops, got {sides}"
            )
        in_output = (slice(max(b, 0), max(b, 0) + size) for size, (b, _) in zip(left, self._margins, strict=True))
        in_input = (slice(max(-b, 0), max(-b, 0) + size) for size, (b, _) in zip(left, self._margins, strict=True))
        return (..., *in_output), (..., *in_input)


class ImagePad(_Pad):
    """The base of the layers that pad with the image itself."""

    _mode: str
    _wrong_axes: type[Exception] = NotImplementedError

    def forward(self, input: Array) -> Array:
        if input.ndim - self._dims not in (1, 2):
            raise self._wrong_axes(
                f"{type(self).__name__}: expected an input with {self._dims + 1} or {self._dims + 2} axes,"
                f" got shape {input.shape}"
            )
        if self._mode != "circular" and 0 in input.shape[-self._dims - 1 :]:
            raise RuntimeError(
                f"{type(self).__name__}: expected an input of which only the batch may be empty,"
                f" got shape {input.shape}"
            )
        if any(size + sum(margin) < 0 for size, margin in zip(input.shape[-self._dims :], self._margins, strict=True)):
            raise RuntimeError(
                f"{type(self).__name__}: expected an input with sides no shorter than what padding={self.padding}"
                f" crops, got shape {input.shape}"
            )
        self.save(input.shape)
        return extend(self, input, self._margins, self._mode)

    def backward(self, grad_output: Array) -> Array:
        (shape,) = self.saved(grad_output)
        return fold(self, grad_output, shape, self._margins, self._mode)
