"""Cutting images into blocks that may overlap, and adding the blocks together again."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.layers._windows import Sizes, crop, sizes, windows
from scratch.module import Module

__all__ = ["Fold", "Unfold"]


class _Blocks(Module):
    """Where the blocks lie. To cut them out and to add them up are each other's derivative."""

    def __init__(
        self,
        kernel_size: int | Iterable[int],
        dilation: int | Iterable[int],
        padding: int | Iterable[int],
        stride: int | Iterable[int],
    ) -> None:
        super().__init__()
        self.kernel_size = sizes(self, "kernel_size", kernel_size, dims=2, least=1)
        self.dilation = sizes(self, "dilation", dilation, dims=2, least=1)
        self.padding = sizes(self, "padding", padding, dims=2, least=0)
        self.stride = sizes(self, "stride", stride, dims=2, least=1)
        self._margins = tuple((p, p) for p in self.padding)

    def _count(self, image: Sizes) -> Sizes:
        """How many blocks lie above one another, and how many side by side."""
        options = zip(image, self.kernel_size, self.dilation, self.padding, self.stride, strict=True)
        return tuple((size + 2 * p - d * (k - 1) - 1) // s + 1 for size, k, d, p, s in options)

    def _cut(self, images: Array) -> Array:
        """Images (N, C, H, W) into blocks (N, C · kH · kW, L)."""
        N, C, *image = images.shape
        padded = np.pad(images, ((0, 0), (0, 0), *self._margins))
        seen = windows(padded, self.kernel_size, self.stride, self.dilation)  # (N, C, H', W', kH, kW)
        blocks = np.array(seen.transpose(0, 1, 4, 5, 2, 3), order="C")  # a copy, for blocks may share memory
        return blocks.reshape(N, C * math.prod(self.kernel_size), math.prod(self._count(tuple(image))))

    def _add(self, blocks: Array, image: Sizes) -> Array:
        """Blocks (N, C · kH · kW, L) into images (N, C, H, W), each place the sum of the blocks that cover it."""
        N, C = len(blocks), blocks.shape[1] // math.prod(self.kernel_size)
        split = blocks.reshape(N, C, *self.kernel_size, *self._count(image))  # (N, C, kH, kW, H', W')
        height, width = (size + 2 * p for size, p in zip(image, self.padding, strict=True))
        padded = np.zeros((N, C, height, width), blocks.dtype)
        slots = windows(padded, self.kernel_size, self.stride, self.dilation, writeable=True)
        for i, j in np.ndindex(*self.kernel_size):  # one position in all blocks: these do not overlap
            slots[..., i, j] += split[:, :, i, j]
        return crop(padded, self._margins)


class Fold(_Blocks):
    """Adds blocks up to images: where blocks overlap, their numbers are summed.

    Math:
        forward:  output[n, c, y, x] = Σ input[n, (c kH + i) kW + j, h W' + w]
                  over all i, j, h, w with y = h·s + i·d − p and x = w·s + j·d − p
        backward: grad_input[n, (c kH + i) kW + j, h W' + w] = grad_output[n, c, h·s + i·d − p, w·s + j·d − p],
                  0 where that lies in the padding
        where (i, j) is a place in the block of kH × kW, (h, w) the block among H' × W', s the stride, d the dilation
        and p the padding. It is the derivative of `Unfold`, and its inverse only where no blocks overlap.

    Args:
        output_size: height and width of the images; here and below one number stands for both.
        kernel_size: height kH and width kW of a block.
        dilation: the distance between neighbouring elements of a block.
        padding: rows and columns on each side of the image that blocks may cover, and that are cut off.
        stride: the step from one block to the next.

    Shape:
        - Input: (N, C · kH · kW, L) or (C · kH · kW, L), where L = H' · W' as in `Unfold`.
        - Output: (N, C, H, W) or (C, H, W).

    Raises:
        RuntimeError: an argument out of range, or an input of another shape or not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html

    Example:
        >>> Fold((1, 3), (1, 2))(np.array([[1.0, 2.0], [10.0, 20.0]]))  # blocks 1, 10 and 2, 20 share the middle
        array([[[ 1., 12., 20.]]])
    """

    def __init__(
        self,
        output_size: int | Iterable[int],
        kernel_size: int | Iterable[int],
        dilation: int | Iterable[int] = 1,
        padding: int | Iterable[int] = 0,
        stride: int | Iterable[int] = 1,
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = sizes(self, "output_size", output_size, dims=2, least=1)

    def forward(self, input: Array) -> Array:
        self._check(input)
        self.save()
        images = self._add(input if input.ndim == 3 else input[None], self.output_size)
        return images if input.ndim == 3 else images[0]

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        batched = grad_output.ndim == 4
        grad = self._cut(grad_output if batched else grad_output[None])
        return grad if batched else grad[0]

    def _check(self, input: Array) -> None:
        check_floating(self, input)
        rows = math.prod(self.kernel_size)
        blocks = math.prod(max(count, 0) for count in self._count(self.output_size))
        if input.ndim not in (2, 3) or 0 in input.shape[-2:] or input.shape[-2] % rows or input.shape[-1] != blocks:
            raise RuntimeError(
                f"Fold: expected an input of shape (N, C · {rows}, {blocks}) or (C · {rows}, {blocks}), where only N"
                f" may be 0, got shape {input.shape}"
            )


class Unfold(_Blocks):
    """Cuts images into blocks that may overlap; each block becomes a column.

    Math:
        forward:  output[n, (c kH + i) kW + j, h W' + w] = x[n, c, h·s + i·d, w·s + j·d]
        backward: grad_x[n, c, y, x] = Σ grad_output[n, (c kH + i) kW + j, h W' + w]
                  over all i, j, h, w with y = h·s + i·d and x = w·s + j·d
        where x is the input with its padding of zeros, (i, j) a place in the block of kH × kW, (h, w) the block among
        H' × W', s the stride and d the dilation. A convolution is a matrix product of its kernels with these columns.

    Args:
        kernel_size: height kH and width kW of a block; here and below one number stands for both.
        dilation: the distance between neighbouring elements of a block.
        padding: rows and columns of zeros added on each side.
        stride: the step from one block to the next.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C · kH · kW, L) or (C · kH · kW, L), where L = H' · W' and W' is as
          H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1.

    Raises:
        RuntimeError: an argument out of range, an input of another shape, smaller than a block or not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html

    Example:
        >>> Unfold((1, 2))(np.array([[[1.0, 2.0, 3.0]]]))  # the blocks are 1, 2 and 2, 3
        array([[1., 2.],
               [2., 3.]])
    """

    def __init__(
        self,
        kernel_size: int | Iterable[int],
        dilation: int | Iterable[int] = 1,
        padding: int | Iterable[int] = 0,
        stride: int | Iterable[int] = 1,
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)

    def forward(self, input: Array) -> Array:
        self._check(input)
        self.save(input.shape[-2:])
        blocks = self._cut(input if input.ndim == 4 else input[None])
        return blocks if input.ndim == 4 else blocks[0]

    def backward(self, grad_output: Array) -> Array:
        (image,) = self.saved(grad_output)
        batched = grad_output.ndim == 3
        grad = self._add(grad_output if batched else grad_output[None], image)
        return grad if batched else grad[0]

    def _check(self, input: Array) -> None:
        check_floating(self, input)
        if input.ndim not in (3, 4) or 0 in input.shape[-3:] or min(self._count(input.shape[-2:])) < 1:
            raise RuntimeError(
                f"Unfold: expected an input of shape (N, C, H, W) or (C, H, W), where only N may be 0, at least as"
                f" large as a block of kernel_size={self.kernel_size}, got shape {input.shape}"
            )
