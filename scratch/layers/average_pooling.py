"""Average pooling and power-average pooling: a window becomes the mean of its elements, or their p-norm."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.layers._pooling import Indices, MaxPool, check_images, check_padding, count_windows, find_margins
from scratch.layers._windows import Sizes, crop, pad, sizes
from scratch.layers.max_pooling import MaxPool1d, MaxPool2d, MaxPool3d
from scratch.module import Module

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "LPPool1d", "LPPool2d", "LPPool3d"]


class _WindowSums(Module):
    """The sum of each window, on one axis after the other, and its derivative. Comments speak of two axes."""

    _dims: int  # axes of the image
    _too_few: type[Exception] = RuntimeError  # what PyTorch raises where the input lacks axes

    def _set_windows(
        self,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None,
        padding: int | Iterable[int],
        ceil_mode: bool,
    ) -> None:
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
            parts = [sums[slot] for slot in slots]
            sums = np.add(parts[0], parts[1]) if len(parts) > 1 else np.array(parts[0], order="K")
            for part in parts[2:]:
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
        numbers = []
        options = zip(image, self._count(image), self.kernel_size, self.stride, self.padding, margin, strict=True)
        for size, n, k, s, p, m in options:
            start: Indices = np.arange(n) * s - p
            numbers.append(np.minimum(start + k, size + m) - np.maximum(start, -m))
        product: Indices = np.prod(np.broadcast_arrays(*np.ix_(*numbers)), axis=0)
        return product.astype(dtype)


class _AvgPool(_WindowSums):
    def __init__(
        self,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None = None,
        padding: int | Iterable[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self._set_windows(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override
        if divisor_override == 0:
            raise RuntimeError(f"{type(self).__name__}: expected divisor_override other than 0, got 0")

    @np.errstate(over="ignore", invalid="ignore")  # infinities that meet, and sums of huge numbers
    def forward(self, input: Array) -> Array:
        images = self._batched(input)  # (N, C, H, W)
        image = images.shape[2:]
        divisor: Array | int | None = self.divisor_override
        if divisor is None:
            margin = self.padding if self.count_include_pad else (0,) * self._dims
            divisor = self._elements(image, margin, input.dtype)
        output: Array = self._sum(images) / divisor  # (N, C, H', W')
        self.save(image, divisor)
        return output if input is images else output[0]

    def backward(self, grad_output: Array) -> Array:
        image, divisor = self.saved(grad_output)
        batched = grad_output.ndim == self._dims + 2
        grad = self._spread((grad_output if batched else grad_output[None]) / divisor, image)
        return grad if batched else grad[0]
