"""Max pooling: the largest element of each window; and unpooling, which puts the maxima back into their places."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._pooling import Indices, MaxPool, check_images
from scratch.layers._windows import Sizes, sizes
from scratch.module import Module

__all__ = ["MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]


class MaxPool1d(MaxPool):
    """The largest element of each window of a sequence.

    Math:
        forward:  output[n, c, l] = max_i x[n, c, l·s + i·d]
        backward: grad_x[n, c, y] = Σ grad_output[n, c, l] over the windows l that took their maximum there
        where x is the input with its padding, s the stride, d the dilation; i counts the elements of the window.
        Of equal elements the first is taken, and it alone gets the gradient. Padding counts as −∞ and is never taken.
        A NaN is larger than everything, and of several NaN the last is taken.

    Args:
        kernel_size: how many elements a window has.
        stride: the step from one window to the next; kernel_size when None.
        padding: the elements added on each side, at most half of the window.
        dilation: the distance between neighbouring elements of a window.
        return_indices: whether the place of each maximum in its sequence is returned too.
        ceil_mode: whether a last window that overhangs is kept, if it begins inside the sequence or its padding before.

    Shape:
        - Input: (N, C, L) or (C, L).
        - Output: (N, C, L') or (C, L'), where
          L' = ⌊(L + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1, with ⌈⌉ for ⌊⌋ in ceil_mode;
          with return_indices a tuple of two of these.

    Raises:
        RuntimeError: an input of another shape or dtype or smaller than the window, or a padding of more than half.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html

    Example:
        >>> pool = MaxPool1d(2, return_indices=True)
        >>> pool(np.array([[1.0, 3.0, 0.0, 7.0]]))
        (array([[3., 7.]]), array([[1, 3]]))
        >>> pool.backward(np.array([[10.0, 20.0]]))
        array([[ 0., 10.,  0., 20.]])
    """

    _dims = 1


class MaxPool2d(MaxPool):
    """The largest element of each window of an image.

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
        RuntimeError: an input of another shape or dtype or smaller than the window, or a padding of more than half.

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

    _dims = 2


class MaxPool3d(MaxPool):
    """The largest element of each window of a volume.

    Math:
        forward:  output[n, c, t, h, w] = max_{k, i, j} x[n, c, t·s + k·d, h·s + i·d, w·s + j·d]
        backward: grad_x[n, c, z, y, x] = Σ grad_output[n, c, t, h, w] over the windows that took their maximum there
        where x is the input with its padding, s the stride, d the dilation; k, i, j are a place in the window.
        Of equal elements the first, plane by plane and row by row, is taken, and it alone gets the gradient. Padding
        counts as −∞ and is never taken. A NaN is larger than everything, and of several NaN the last is taken.

    Args:
        kernel_size: depth, height and width of the window; here and below one number stands for all three.
        stride: the step from one window to the next; kernel_size when None.
        padding: the planes, rows and columns added on each side, at most half of the window.
        dilation: the distance between neighbouring elements of a window.
        return_indices: whether the place of each maximum is returned too, as (plane · H + row) · W + column.
        ceil_mode: whether a last window that overhangs is kept, if it begins inside the volume or its padding before.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W).
        - Output: (N, C, D', H', W') or (C, D', H', W'), where H' and W' are as
          D' = ⌊(D + 2·padding − dilation·(kD − 1) − 1) / stride⌋ + 1, with ⌈⌉ for ⌊⌋ in ceil_mode;
          with return_indices a tuple of two of these.

    Raises:
        RuntimeError: an input of another shape or dtype or smaller than the window, or a padding of more than half.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html

    Example:
        >>> pool = MaxPool3d((2, 1, 2), return_indices=True)
        >>> pool(np.array([[[[1.0, 3.0, 0.0, 7.0]], [[2.0, 8.0, 5.0, 6.0]]]]))  # two planes of one row of four
        (array([[[[8., 7.]]]]), array([[[[5, 3]]]]))
    """

    _dims = 3


class _MaxUnpool(Module):
    """The base of MaxUnpool1d, MaxUnpool2d and MaxUnpool3d."""

    _dims: int  # axes of the image

    def __init__(
        self,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None = None,
        padding: int | Iterable[int] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size = sizes(self, "kernel_size", kernel_size, self._dims, least=1)
        self.stride = self.kernel_size if stride is None else sizes(self, "stride", stride, self._dims, least=1)
        self.padding = sizes(self, "padding", padding, self._dims, least=0)

    def forward(self, input: Array, indices: Indices, output_size: Sequence[int] | None = None) -> Array:
        check_images(self, input, self._dims)
        image = self._find_image(input.shape[-self._dims :], output_size)
        self._check_indices(indices, input.shape, math.prod(image))
        *leading, count = *input.shape[: -self._dims], math.prod(input.shape[-self._dims :])  # (N, C), how many maxima
        places = indices.reshape(*leading, count)
        output = np.zeros((*leading, math.prod(image)), input.dtype)
        np.put_along_axis(output, places, input.reshape(*leading, count), axis=-1)
        self.save(places, input.shape)
        return output.reshape(*leading, *image)

    def backward(self, grad_output: Array) -> Array:
        places, shape = self.saved(grad_output)
        *leading, _ = places.shape
        grad = grad_output.reshape(*leading, math.prod(grad_output.shape[-self._dims :]))  # (N, C, H'·W')
        return np.take_along_axis(grad, places, axis=-1).reshape(shape)

    def _find_image(self, pooled: Sizes, output_size: Sequence[int] | None) -> Sizes:
        """The size of what was pooled: the one of which nothing was left over, or the one that is given."""
        options = zip(pooled, self.kernel_size, self.stride, self.padding, strict=True)
        whole = image = tuple((size - 1) * s + k - 2 * p for size, k, s, p in options)
        if output_size is not None:
            image = tuple(output_size[-self._dims :])
            too_far = (abs(size - w) >= s for size, w, s in zip(image, whole, self.stride, strict=False))
            if len(output_size) not in (self._dims, self._dims + 2) or any(too_far):
                raise ValueError(
                    f"{type(self).__name__}: expected an output_size of {self._dims} or {self._dims + 2} numbers, its"
                    f" last ones less than stride={self.stride} away from {whole}, got {tuple(output_size)}"
                )
        if min(image) < 0:
            raise ValueError(f"{type(self).__name__}: expected an output_size of at least 0, got {image}")
        return image

    def _check_indices(self, indices: npt.NDArray[Any], shape: tuple[int, ...], count: int) -> None:
        name = type(self).__name__
        if indices.shape != shape or indices.dtype != np.int64:
            raise RuntimeError(
                f"{name}: expected indices of shape {shape}, as the input, and dtype int64, got {indices.shape} and"
                f" {indices.dtype}"
            )
        if indices.size and not 0 <= indices.min() <= indices.max() < count:
            raise RuntimeError(
                f"{name}: expected indices from 0 to {count - 1}, got {indices.min()} to {indices.max()}"
            )


class MaxUnpool1d(_MaxUnpool):
    """Puts maxima back into the places from which `MaxPool1d` took them; everything else is 0.

    Math:
        forward:  output[n, c, indices[n, c, l]] = input[n, c, l]
        backward: grad_input[n, c, l] = grad_output[n, c, indices[n, c, l]]
        Where two windows had the same maximum, the last one's is put there, though both get the gradient.

    Args:
        kernel_size: how many elements a window of the pooling has.
        stride: the pooling's step from one window to the next; kernel_size when None.
        padding: the elements that the pooling added on each side.

    Shape:
        - Input: (N, C, L) or (C, L), and indices of the same shape.
        - output_size, an optional third argument: L', or a shape (N, C, L'), where the pooling left something over.
        - Output: (N, C, L') or (C, L'), where L' = (L − 1)·stride + kernel_size − 2·padding.

    Raises:
        ValueError: an output_size that the pooling would not lead to the input's.
        RuntimeError: an input of another shape, or indices of another shape or dtype or outside the output.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html

    Example:
        >>> unpool = MaxUnpool1d(2)
        >>> unpool(np.array([[3.0, 7.0]]), np.array([[1, 3]]))
        array([[0., 3., 0., 7.]])
        >>> unpool.backward(np.array([[1.0, 10.0, 100.0, 1000.0]]))
        array([[  10., 1000.]])
    """

    _dims = 1


class MaxUnpool2d(_MaxUnpool):
    """Puts maxima back into the places from which `MaxPool2d` took them; everything else is 0.

    Math:
        forward:  output[n, c, y, x] = input[n, c, h, w] where indices[n, c, h, w] = y · W' + x
        backward: grad_input[n, c, h, w] = grad_output[n, c, y, x] at that place
        Where two windows had the same maximum, the last one's is put there, though both get the gradient.

    Args:
        kernel_size: height and width of the pooling's window; here and below one number stands for both.
        stride: the pooling's step from one window to the next; kernel_size when None.
        padding: the rows and columns that the pooling added on each side.

    Shape:
        - Input: (N, C, H, W) or (C, H, W), and indices of the same shape.
        - output_size, an optional third argument: (H', W') or (N, C, H', W'), where the pooling left something over.
        - Output: (N, C, H', W') or (C, H', W'), where W' is as H' = (H − 1)·stride + kH − 2·padding.

    Raises:
        ValueError: an output_size that the pooling would not lead to the input's.
        RuntimeError: an input of another shape, or indices of another shape or dtype or outside the output.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html

    Example:
        >>> MaxUnpool2d((2, 3))(np.array([[[7.0, 8.0]]]), np.array([[[2, 10]]]))  # row 0, column 2; row 1, column 4
        array([[[0., 0., 7., 0., 0., 0.],
                [0., 0., 0., 0., 8., 0.]]])
    """

    _dims = 2


class MaxUnpool3d(_MaxUnpool):
    """Puts maxima back into the places from which `MaxPool3d` took them; everything else is 0.

    Math:
        forward:  output[n, c, z, y, x] = input[n, c, t, h, w] where indices[n, c, t, h, w] = (z · H' + y) · W' + x
        backward: grad_input[n, c, t, h, w] = grad_output[n, c, z, y, x] at that place
        Where two windows had the same maximum, the last one's is put there, though both get the gradient.

    Args:
        kernel_size: depth, height and width of the pooling's window; here and below one number stands for all three.
        stride: the pooling's step from one window to the next; kernel_size when None.
        padding: the planes, rows and columns that the pooling added on each side.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W), and indices of the same shape.
        - output_size, an optional third argument: (D', H', W') or (N, C, D', H', W'), where the pooling left something
          over.
        - Output: (N, C, D', H', W') or (C, D', H', W'), where H' and W' are as D' = (D − 1)·stride + kD − 2·padding.

    Raises:
        ValueError: an output_size that the pooling would not lead to the input's.
        RuntimeError: an input of another shape, or indices of another shape or dtype or outside the output.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html

    Example:
        >>> MaxUnpool3d((2, 1, 2))(np.array([[[[8.0, 7.0]]]]), np.array([[[[5, 3]]]]))
        array([[[[0., 0., 0., 7.]],
        <BLANKLINE>
                [[0., 8., 0., 0.]]]])
    """

    _dims = 3
