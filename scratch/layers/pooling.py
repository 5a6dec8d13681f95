"""Pooling: a window of the image becomes one number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._masks import keep
from scratch.layers._windows import Margins, crop, pad, sizes, windows
from scratch.module import Module

__all__ = ["MaxPool2d"]


class MaxPool2d(Module):
    """The largest element of each window.

    Math:
        forward:  output[n, c, h, w] = max_{i, j} x[n, c, h·s + i·d, w·s + j·d]
        backward: grad_x[n, c, y, x] = Σ grad_output[n, c, h, w] over the windows (h, w) that took their maximum there
        where x is the input with its padding, s the stride, d the dilation; i, j count the window's rows and columns.
        Of equal elements the first, row by row, is taken, and it alone gets the gradient. Padding counts as −∞ and is
        never taken. A NaN is larger than everything, and of several NaN the last is taken.

    Args:
        kernel_size: height and width of the window; here and below one number stands for both.
        stride: the step from one window to the next; kernel_size when None.
        padding: rows and columns added on each side, at most half of the window.
        dilation: the distance between neighbouring elements of a window.
        return_indices: whether the place of each maximum is returned too, as row · W + column in the input's own image.
        ceil_mode: whether a last window that overhangs the image is kept, if it begins inside the image or its padding
            above and to the left.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W'), where W' is as
          H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1, with ⌈⌉ for ⌊⌋ in ceil_mode;
          with return_indices a tuple of two of these.

    Raises:
        RuntimeError: an input of another shape or smaller than the window, or a padding of more than half of it.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    Example:
        >>> pool = MaxPool2d(2)
        >>> pool(np.array([[[1.0, 3.0, 0.0, 7.0], [2.0, 3.0, 5.0, 6.0]]]))
        array([[[3., 7.]]])
        >>> pool.backward(np.array([[[10.0, 20.0]]]))
        array([[[ 0., 10.,  0., 20.],
                [ 0.,  0.,  0.,  0.]]])
    """

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
        self.kernel_size = sizes(self, "kernel_size", kernel_size, dims=2, least=1)
        self.stride = self.kernel_size if stride is None else sizes(self, "stride", stride, dims=2, least=1)
        self.padding = sizes(self, "padding", padding, dims=2, least=0)
        self.dilation = sizes(self, "dilation", dilation, dims=2, least=1)
        height, width = (d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))
        self._reach = (height, width)  # rows and columns from the first element of the window to its last
        self._disjoint = self.stride[0] >= height and self.stride[1] >= width
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise RuntimeError(
                f"MaxPool2d: expected padding of at most half of kernel_size={self.kernel_size}, got {self.padding}"
            )

    def forward(self, input: Array) -> Array | tuple[Array, npt.NDArray[np.int64]]:
        self._check(input)
        images = input if input.ndim == 4 else input[None]
        margins = self._margins(images.shape)
        padded = pad(images, margins, -np.inf) if np.any(margins) else images
        output, winner = self._maximum(windows(padded, self.kernel_size, self.stride, self.dilation))
        self.save(winner, padded, margins)
        if input.ndim == 3:
            output, winner = output[0], winner[0]
        return (output, self._indices(winner, images.shape[3])) if self.return_indices else output

    def backward(self, grad_output: Array) -> Array | None:
        winner, padded, margins = self.saved(grad_output)
        if not self.needs_input_grad:
            return None
        grad = np.empty_like(winner, grad_output.dtype)  # lies in memory as the winners do
        grad[...] = grad_output
        grad_padded = np.zeros_like(padded)
        slots = windows(grad_padded, self.kernel_size, self.stride, self.dilation, writeable=True)
        for position, (i, j) in enumerate(np.ndindex(self.kernel_size)):
            kept = keep(grad, winner == position)
            slots[..., i, j] = kept if self._disjoint else slots[..., i, j] + kept
        grad_images = crop(grad_padded, margins)
        return grad_images if grad_output.ndim == 4 else grad_images[0]

    def _maximum(self, candidates: Array) -> tuple[Array, npt.NDArray[Any]]:
        """The maximum over the last two axes, and its position in the window, counted row by row."""
        positions = list(np.ndindex(self.kernel_size))
        output = np.array(candidates[..., 0, 0], order="K")  # (N, C, H', W')
        winner = np.zeros_like(output, np.min_scalar_type(len(positions) - 1))
        if any(self.padding):
            winner[...] = self._first_inside(output.shape)
        for position, (i, j) in enumerate(positions[1:], start=1):
            larger = candidates[..., i, j] > output
            # The position only grows, so this is winner[larger] = position, several times faster.
            np.maximum(winner, larger * winner.dtype.type(position), out=winner)
            np.maximum(output, candidates[..., i, j], out=output)
        if np.isnan(output).any():
            for position, (i, j) in enumerate(positions):
                winner[np.isnan(candidates[..., i, j])] = position
        return output, winner

    def _places(self, output_size: int, axis: int) -> npt.NDArray[np.int64]:
        """The row or column in the input at which each window begins; negative in the padding."""
        return np.arange(output_size) * self.stride[axis] - self.padding[axis]

    def _first_inside(self, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """For each window, its first position that is not padding: the winner if everything is −∞."""
        rows, columns = (
            np.maximum(-(self._places(shape[2 + axis], axis) // self.dilation[axis]), 0) for axis in (0, 1)
        )
        return rows[:, None] * self.kernel_size[1] + columns

    def _indices(self, winner: npt.NDArray[Any], width: int) -> npt.NDArray[np.int64]:
        """The place of each winner in the input's image, counted row by row."""
        i, j = np.divmod(winner.astype(np.int64), self.kernel_size[1])
        rows = self._places(winner.shape[-2], 0)[:, None] + i * self.dilation[0]
        columns = self._places(winner.shape[-1], 1) + j * self.dilation[1]
        indices: npt.NDArray[np.int64] = rows * width + columns
        return indices

    def _margins(self, shape: tuple[int, ...]) -> Margins:
        """The padding; in ceil_mode with as much more, below and to the right, as the last window overhangs."""
        margins = []
        for axis, size in enumerate(shape[2:]):
            padding, stride, reach = self.padding[axis], self.stride[axis], self._reach[axis]
            left_over = (size + 2 * padding - reach) % stride
            overhang = (stride - left_over) % stride
            last = size + 2 * padding - reach + overhang  # where the overhanging window would begin
            margins.append((padding, padding + (overhang if self.ceil_mode and last < size + padding else 0)))
            if size + sum(margins[-1]) < reach:
                raise RuntimeError(
                    f"MaxPool2d: expected an input at least as large as the window, kernel_size={self.kernel_size} with"
                    f" dilation={self.dilation} and padding={self.padding}, got shape {shape}"
                )
        return tuple(margins)

    def _check(self, input: Array) -> None:
        if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
            raise RuntimeError(
                f"MaxPool2d: expected an input of shape (N, C, H, W) or (C, H, W), where only N may be 0,"
                f" got shape {input.shape}"
            )
