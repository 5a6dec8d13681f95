"""Average pooling and power-average pooling: a window becomes the mean of its elements, or their p-norm."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from scratch.dtypes import Array
from scratch.layers._pooling import MaxPool, WindowSums
from scratch.layers.max_pooling import MaxPool1d, MaxPool2d, MaxPool3d

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "LPPool1d", "LPPool2d", "LPPool3d"]


class _AvgPool(WindowSums):
    def __init__(
        self,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None = None,
        padding: int | Iterable[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
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


class AvgPool1d(_AvgPool):
    """The mean of each window of a sequence.

    Math:
        forward:  output[n, c, l] = Σ_i x[n, c, l·s + i] / m[l]
        backward: grad_x[n, c, y] = Σ grad_output[n, c, l] / m[l] over the windows l that cover y
        where x is the input with its padding of zeros, s the stride, i counts the elements of the window, and m[l] how
        many elements of window l lie inside the sequence and, with count_include_pad, its padding. What overhangs in
        ceil_mode never counts.

    Args:
        kernel_size: how many elements a window has.
        stride: the step from one window to the next; kernel_size when None.
        padding: the zeros added on each side, at most half of the window.
        ceil_mode: whether a last window that overhangs is kept, if it begins inside the sequence or its padding before.
        count_include_pad: whether the mean counts the zeros of the padding.

    Shape:
        - Input: (N, C, L) or (C, L).
        - Output: (N, C, L') or (C, L'), where L' = ⌊(L + 2·padding − kernel_size) / stride⌋ + 1, with ⌈⌉ for ⌊⌋ in
          ceil_mode.

    Raises:
        RuntimeError: an input of another shape or dtype or smaller than the window, or a padding of more than half.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html

    Example:
        >>> pool = AvgPool1d(2)
        >>> pool(np.array([[1.0, 3.0, 0.0, 7.0]]))
        array([[2. , 3.5]])
        >>> pool.backward(np.array([[10.0, 20.0]]))
        array([[ 5.,  5., 10., 10.]])
    """

    _dims = 1

    def __init__(
        self,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None = None,
        padding: int | Iterable[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)


class AvgPool2d(_AvgPool):
    """The mean of each window of an image.

    Math:
        forward:  output[n, c, h, w] = Σ_{i, j} x[n, c, h·s + i, w·s + j] / m[h, w]
        backward: grad_x[n, c, y, x] = Σ grad_output[n, c, h, w] / m[h, w] over the windows (h, w) that cover (y, x)
        where x is the input with its padding of zeros, s the stride, i, j count the window's rows and columns, and
        m[h, w] how many elements of the window lie inside the image and, with count_include_pad, its padding. What
        overhangs in ceil_mode never counts.

    Args:
        kernel_size: height and width of the window; here and below one number stands for both.
        stride: the step from one window to the next; kernel_size when None.
        padding: rows and columns of zeros added on each side, at most half of the window.
        ceil_mode: whether a last window that overhangs the image is kept, if it begins inside the image or its padding
            above and to the left.
        count_include_pad: whether the mean counts the zeros of the padding.
        divisor_override: what to divide by in place of m.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W'), where W' is as H' = ⌊(H + 2·padding − kH) / stride⌋ + 1, with ⌈⌉ for
          ⌊⌋ in ceil_mode.

    Raises:
        IndexError: an input of fewer than three axes, as in PyTorch.
        RuntimeError: an input of another shape or dtype or smaller than the window, a padding of more than half, or a
            divisor of 0.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html

    Example:
        >>> pool = AvgPool2d(2)
        >>> pool(np.array([[[1.0, 3.0, 0.0, 7.0], [2.0, 2.0, 5.0, 8.0]]]))
        array([[[2., 5.]]])
        >>> pool.backward(np.array([[[4.0, 20.0]]]))
        array([[[1., 1., 5., 5.],
                [1., 1., 5., 5.]]])
    """

    _dims = 2
    _too_few = IndexError


class AvgPool3d(_AvgPool):
    """The mean of each window of a volume.

    Math:
        forward:  output[n, c, t, h, w] = Σ_{k, i, j} x[n, c, t·s + k, h·s + i, w·s + j] / m[t, h, w]
        backward: grad_x[n, c, z, y, x] = Σ grad_output[n, c, t, h, w] / m[t, h, w] over the windows that cover it
        where x is the input with its padding of zeros, s the stride, k, i, j are a place in the window, and m[t, h, w]
        how many elements of the window lie inside the volume and, with count_include_pad, its padding. What overhangs
        in ceil_mode never counts.

    Args:
        kernel_size: depth, height and width of the window; here and below one number stands for all three.
        stride: the step from one window to the next; kernel_size when None.
        padding: planes, rows and columns of zeros added on each side, at most half of the window.
        ceil_mode: whether a last window that overhangs is kept, if it begins inside the volume or its padding before.
        count_include_pad: whether the mean counts the zeros of the padding.
        divisor_override: what to divide by in place of m.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W), no side smaller than the window's.
        - Output: (N, C, D', H', W') or (C, D', H', W'), where H' and W' are as
          D' = ⌊(D + 2·padding − kD) / stride⌋ + 1, with ⌈⌉ for ⌊⌋ in ceil_mode.

    Raises:
        RuntimeError: an input of another shape or dtype or smaller than the window, a padding of more than half, or a
            divisor of 0.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html

    Example:
        >>> AvgPool3d((2, 1, 2))(np.array([[[[1.0, 3.0, 0.0, 7.0]], [[2.0, 2.0, 5.0, 8.0]]]]))  # two planes of a row
        array([[[[2., 5.]]]])
    """

    _dims = 3


class _LPPool(WindowSums):
    _max_pool: type[MaxPool]

    def __init__(
        self,
        norm_type: float,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, 0, ceil_mode)
        self.norm_type = float(norm_type)
        if self.norm_type == 0:
            raise ZeroDivisionError(f"{type(self).__name__}: expected norm_type other than 0, got {norm_type}")
        self._largest: MaxPool | None = None
        if math.isinf(self.norm_type):
            self._largest = self._max_pool(self.kernel_size, self.stride, ceil_mode=ceil_mode)

    # As in PyTorch, roots of what is negative are nan, and a slope may be infinite.
    @np.errstate(all="ignore")
    def forward(self, input: Array) -> Array:
        if self._largest is not None:
            self.save(input)
            sign = math.copysign(1, self.norm_type)
            largest: Array = sign * self._largest(sign * np.abs(input))
            return largest
        images = self._batched(input)  # (N, C, H, W)
        image = images.shape[2:]
        scale = math.prod(self.kernel_size) / self._elements(image, self.padding, input.dtype)
        powers = scale * self._sum(images**self.norm_type)  # (N, C, H', W')
        self.save(images, powers, scale)
        output: Array = powers ** (1 / self.norm_type)
        return output if input is images else output[0]

    @np.errstate(all="ignore")
    def backward(self, grad_output: Array) -> Array:
        images, *parts = self.saved(grad_output)
        if self._largest is not None:
            # Not np.sign, which gives nan for nan: PyTorch's sign of it is 0.
            sign = (images > 0).astype(images.dtype) - (images < 0)
            grad: Array = sign * self._largest.backward(grad_output)
            return grad
        powers, scale = parts
        slope = np.where(powers == 0, 0, powers ** (1 / self.norm_type - 1))
        grad = self._spread(grad_output.reshape(powers.shape) * slope * scale, images.shape[2:])
        grad = grad * images ** (self.norm_type - 1)
        return grad if grad_output.ndim == images.ndim else grad[0]


class LPPool1d(_LPPool):
    """The p-norm of each window of a sequence, without the absolute values: power-average pooling.

    Math:
        forward:  S[n, c, l] = k / m[l] · Σ_i input[n, c, l·s + i]^p, output = S^(1/p)
        backward: grad_input[y] = input[y]^(p−1) · Σ grad_output[l] · k / m[l] · S[l]^(1/p − 1) over the windows l that
                  cover y, in each n and c; a window with S[l] = 0 counts as 0
        where k is kernel_size, s the stride, and m[l] how many elements of window l lie inside the sequence: k, but for
        a last window in ceil_mode. For an odd p, S may be negative and the output nan.
        For p = ∞ the output is max_i |input[l·s + i]|, for p = −∞ min_i |input[l·s + i]|, with slope sign(input) there.

    Args:
        norm_type: the power p.
        kernel_size: how many elements a window has.
        stride: the step from one window to the next; kernel_size when None.
        ceil_mode: whether a last window that overhangs is kept, if it begins inside the sequence.

    Shape:
        - Input: (N, C, L) or (C, L).
        - Output: (N, C, L') or (C, L'), where L' = ⌊(L − kernel_size) / stride⌋ + 1, with ⌈⌉ for ⌊⌋ in ceil_mode.

    Raises:
        ZeroDivisionError: a norm_type of 0.
        RuntimeError: an input of another shape or dtype or smaller than the window.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html; it leaves out the factor k / m.

    Example:
        >>> pool = LPPool1d(norm_type=2, kernel_size=2)
        >>> pool(np.array([[3.0, 4.0, 0.0, -2.0]]))
        array([[5., 2.]])
        >>> pool.backward(np.array([[5.0, 1.0]]))
        array([[ 3.,  4.,  0., -1.]])
    """

    _dims = 1
    _max_pool = MaxPool1d


class LPPool2d(_LPPool):
    """The p-norm of each window of an image, without the absolute values: power-average pooling.

    Math:
        forward:  S[n, c, h, w] = k / m[h, w] · Σ_{i, j} input[n, c, h·s + i, w·s + j]^p, output = S^(1/p)
        backward: grad_input[y, x] = input[y, x]^(p−1) · Σ grad_output[h, w] · k / m[h, w] · S[h, w]^(1/p − 1) over the
                  windows that cover (y, x), in each n and c; a window with S[h, w] = 0 counts as 0
        where k = kH · kW, s is the stride, and m[h, w] how many elements of the window lie inside the image: k, but for
        windows that overhang in ceil_mode. For an odd p, S may be negative and the output nan.
        For p = ∞ the output is the window's largest |input|, for p = −∞ the smallest, with slope sign(input) there.

    Args:
        norm_type: the power p.
        kernel_size: height kH and width kW of the window; here and below one number stands for both.
        stride: the step from one window to the next; kernel_size when None.
        ceil_mode: whether a last window that overhangs the image is kept, if it begins inside.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W'), where W' is as H' = ⌊(H − kH) / stride⌋ + 1, with ⌈⌉ for ⌊⌋ in
          ceil_mode.

    Raises:
        ZeroDivisionError: a norm_type of 0.
        IndexError: an input of fewer than three axes, as in PyTorch.
        RuntimeError: an input of another shape or dtype or smaller than the window.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html; it leaves out the factor k / m.

    Example:
        >>> LPPool2d(norm_type=2, kernel_size=2)(np.array([[[1.0, 1.0], [1.0, -1.0]]]))
        array([[[2.]]])
    """

    _dims = 2
    _max_pool = MaxPool2d
    _too_few = IndexError


class LPPool3d(_LPPool):
    """The p-norm of each window of a volume, without the absolute values: power-average pooling.

    Math:
        forward:  S = k / m · Σ input^p over the window, output = S^(1/p)
        backward: grad_input = input^(p−1) · Σ grad_output · k / m · S^(1/p − 1) over the windows that cover the place;
                  a window with S = 0 counts as 0
        where k = kD · kH · kW, and m is how many elements of the window lie inside the volume: k, but for windows that
        overhang in ceil_mode. For an odd p, S may be negative and the output nan.
        For p = ∞ the output is the window's largest |input|, for p = −∞ the smallest, with slope sign(input) there.

    Args:
        norm_type: the power p.
        kernel_size: depth kD, height kH and width kW of the window; here and below one number stands for all three.
        stride: the step from one window to the next; kernel_size when None.
        ceil_mode: whether a last window that overhangs the volume is kept, if it begins inside.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W); unless p is infinite, no side smaller than the window's.
        - Output: (N, C, D', H', W') or (C, D', H', W'), where H' and W' are as D' = ⌊(D − kD) / stride⌋ + 1, with ⌈⌉
          for ⌊⌋ in ceil_mode.

    Raises:
        ZeroDivisionError: a norm_type of 0.
        RuntimeError: an input of another shape or dtype or smaller than the window.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool3d.html; it leaves out the factor k / m.

    Example:
        >>> LPPool3d(norm_type=2, kernel_size=(2, 1, 2))(np.array([[[[1.0, 1.0]], [[-1.0, 1.0]]]]))
        array([[[[2.]]]])
    """

    _dims = 3
    _max_pool = MaxPool3d
