"""Pooling: a window of the image becomes one number."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._windows import Margins, Pair, crop, pad, pair, windows
from scratch.module import Module

__all__ = ["MaxPool2d"]


class MaxPool2d(Module):
    """The largest element of each window.

    Math:
        forward:  output[n, c, h, w] = max_{i, j} x[n, c, h·s + i·d, w·s + j·d]
        backward: grad_x[n, c, y, x] = Σ grad_output[n, c, h, w] over the windows (h, w) that took their maximum from there
        where x is the input with its padding, s the stride, d the dilation, and i, j count the window's rows and columns.
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
        - Output: (N, C, H', W') or (C, H', W'), where H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1, with ⌈⌉ for
          ⌊⌋ in ceil_mode, and W' likewise; with return_indices a tuple of two of these.

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
        self.kernel_size = pair(self, "kernel_size", kernel_size, least=1)
        self.stride = self.kernel_size if stride is None else pair(self, "stride", stride, least=1)
        self.padding = pair(self, "padding", padding, least=0)
        self.dilation = pair(self, "dilation", dilation, least=1)
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise RuntimeError(
                f"MaxPool2d: expected padding of at most half of kernel_size={self.kernel_size}, got {self.padding}"
            )

    def forward(self, input: Array) -> Array | tuple[Array, npt.NDArray[np.int64]]:
        images = self._images(input)
        margins = self._margins(images)
        padded = pad(images, margins, -np.inf)
        candidates = windows(padded, self.kernel_size, self.stride, self.dilation)  # (N, C, H', W', kH, kW)
        output = np.array(candidates[..., 0, 0], order="K")
        winner = self._first_inside(output)
        for position, (i, j) in enumerate(np.ndindex(self.kernel_size)):
            candidate = candidates[..., i, j]
            np.copyto(winner, position, where=(candidate > output) | np.isnan(candidate))
            np.maximum(output, candidate, out=output)
        self.save(winner, padded.shape, margins)
        output = output if input.ndim == 4 else output[0]
        return (output, self._indices(winner, ...)) if self.return_indices else output
