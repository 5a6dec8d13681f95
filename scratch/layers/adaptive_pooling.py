"""Adaptive pooling: as many windows as are wanted, as large as that takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from scratch.dtypes import Array
from scratch.layers._pooling import Indices, MaxPoolOfIntervals, check_images
from scratch.layers._windows import Sizes, sizes
from scratch.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]

# None leaves an axis as it is.
OutputSize: TypeAlias = tuple[int | None, ...]
Windows: TypeAlias = list[tuple[int, int]]  # on one axis, where each begins and where it ends


def _read_output_size(layer: Module, output_size: int | Iterable[int | None] | None, dims: int) -> OutputSize:
    given = tuple(output_size) if isinstance(output_size, Iterable) else (output_size,) * dims
    if output_size is None or (dims == 1 and None in given):
        raise TypeError(
            f"{type(layer).__name__}: expected output_size to be a number or a tuple of {dims}, got {output_size}"
        )
    sizes(layer, "output_size", [1 if size is None else size for size in given], dims, least=1)
    return given


def _find_windows(image: Sizes, output_size: OutputSize) -> list[Windows]:
    """For each axis its windows: the o-th of O takes from the o-th to the (o + 1)-th O-th part, begun ones too."""
    windows = []
    for size, wanted in zip(image, output_size, strict=True):
        count = size if wanted is None else wanted
        windows.append([(o * size // count, -(-(o + 1) * size // count)) for o in range(count)])
    return windows


class _AdaptiveAvgPool(Module):
    _dims: int  # axes of the image

    def __init__(self, output_size: int | Iterable[int | None]) -> None:
        super().__init__()
        self.output_size = _read_output_size(self, output_size, self._dims)

    @np.errstate(over="ignore", invalid="ignore")  # sums of huge numbers, infinities that meet
    def forward(self, input: Array) -> Array:
        check_images(self, input, self._dims)
        image = input.shape[-self._dims :]
        output = input
        for axis, windows in enumerate(_find_windows(image, self.output_size), start=-self._dims):
            rows = np.moveaxis(output, axis, 0)
            output = np.moveaxis(np.stack([rows[start:end].mean(axis=0) for start, end in windows]), 0, axis)
        self.save(image)
        return output

    def backward(self, grad_output: Array) -> Array:
        (image,) = self.saved(grad_output)
        grad = grad_output
        for axis, windows in enumerate(_find_windows(image, self.output_size), start=-self._dims):
            rows = np.moveaxis(grad, axis, 0)
            wide = np.zeros((image[axis], *rows.shape[1:]), grad.dtype)
            for row, (start, end) in zip(rows, windows, strict=True):
                wide[start:end] += row / (end - start)
            grad = np.moveaxis(wide, 0, axis)
        return grad


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The means of so many windows of a sequence, whatever its length.

    Math:
        forward:  output[n, c, o] = Σ_l input[n, c, l] / m[o], l from ⌊o L / O⌋ up to, but without, ⌈(o + 1) L / O⌉
        backward: grad_input[n, c, l] = Σ grad_output[n, c, o] / m[o] over the windows o that cover l
        where L is the length of the sequence, O how many windows there are, and m[o] how many elements window o has.
        Windows overlap where O does not divide L.

    Args:
        output_size: how many windows O.

    Shape:
        - Input: (N, C, L) or (C, L).
        - Output: (N, C, O) or (C, O).

    Raises:
        TypeError: an output_size of None.
        RuntimeError: an output_size below 1, or an input of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html

    Example:
        >>> pool = AdaptiveAvgPool1d(2)
        >>> pool(np.array([[1.0, 2.0, 6.0]]))  # the middle stands in both windows
        array([[1.5, 4. ]])
        >>> pool.backward(np.array([[2.0, 20.0]]))
        array([[ 1., 11., 10.]])
    """

    _dims = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means of so many windows of an image, whatever its size.

    Math:
        forward:  output[n, c, h, w] = Σ_{y, x} input[n, c, y, x] / m[h, w],
                  y from ⌊h H / H'⌋ up to, but without, ⌈(h + 1) H / H'⌉, x likewise
        backward: grad_input[n, c, y, x] = Σ grad_output[n, c, h, w] / m[h, w] over the windows that cover (y, x)
        where H × W is the size of the image, H' × W' that of the output, and m[h, w] how many elements a window has.
        Windows overlap where H' does not divide H, or W' does not divide W.

    Args:
        output_size: height H' and width W' of the output; one number stands for both, and None in a tuple for the
            input's own.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W').

    Raises:
        TypeError: an output_size of None alone.
        RuntimeError: an output_size below 1, or an input of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html

    Example:
        >>> AdaptiveAvgPool2d((None, 2))(np.array([[[1.0, 2.0, 6.0], [10.0, 20.0, 60.0]]]))
        array([[[ 1.5,  4. ],
                [15. , 40. ]]])
    """

    _dims = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The means of so many windows of a volume, whatever its size.

    Math:
        forward:  output[n, c, t, h, w] = Σ_{z, y, x} input[n, c, z, y, x] / m[t, h, w],
                  z from ⌊t D / D'⌋ up to, but without, ⌈(t + 1) D / D'⌉, y and x likewise
        backward: grad_input[n, c, z, y, x] = Σ grad_output[n, c, t, h, w] / m[t, h, w] over the windows that cover it
        where D × H × W is the size of the volume, D' × H' × W' that of the output, and m[t, h, w] how many elements a
        window has. Windows overlap where the new size does not divide the old.

    Args:
        output_size: depth, height and width of the output; one number stands for all three, and None in a tuple for
            the input's own.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W).
        - Output: (N, C, D', H', W') or (C, D', H', W').

    Raises:
        TypeError: an output_size of None alone.
        RuntimeError: an output_size below 1, or an input of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html

    Example:
        >>> AdaptiveAvgPool3d((1, None, 2))(np.array([[[[1.0, 2.0, 6.0]], [[3.0, 2.0, 10.0]]]]))
        array([[[[2., 5.]]]])
    """

    _dims = 3


class _AdaptiveMaxPool(MaxPoolOfIntervals):
    def __init__(self, output_size: int | Iterable[int | None], return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = _read_output_size(self, output_size, self._dims)
        self.return_indices = return_indices

    def _find_intervals(self, images: Array) -> list[tuple[Indices, Indices]]:
        windows = _find_windows(images.shape[2:], self.output_size)
        return [(start, end) for start, end in (np.array(pairs).T for pairs in windows)]


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest elements of so many windows of a sequence, whatever its length.

    Math:
        forward:  output[n, c, o] = max_l input[n, c, l], l from ⌊o L / O⌋ up to, but without, ⌈(o + 1) L / O⌉
        backward: grad_input[n, c, l] = Σ grad_output[n, c, o] over the windows o that took their maximum there
        where L is the length of the sequence and O how many windows there are; they overlap where O does not divide L.
        Of equal elements the first is taken, and it alone gets the gradient. A NaN is larger than everything, and of
        several NaN the last is taken.

    Args:
        output_size: how many windows O.
        return_indices: whether the place of each maximum in its sequence is returned too.

    Shape:
        - Input: (N, C, L) or (C, L).
        - Output: (N, C, O) or (C, O); with return_indices a tuple of two of these.

    Raises:
        TypeError: an output_size of None.
        RuntimeError: an output_size below 1, or an input of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html

    Example:
        >>> pool = AdaptiveMaxPool1d(2, return_indices=True)
        >>> pool(np.array([[1.0, 6.0, 2.0]]))  # the middle stands in both windows
        (array([[6., 6.]]), array([[1, 1]]))
        >>> pool.backward(np.array([[2.0, 20.0]]))
        array([[ 0., 22.,  0.]])
    """

    _dims = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest elements of so many windows of an image, whatever its size.

    Math:
        forward:  output[n, c, h, w] = max_{y, x} input[n, c, y, x],
                  y from ⌊h H / H'⌋ up to, but without, ⌈(h + 1) H / H'⌉, x likewise
        backward: grad_input[n, c, y, x] = Σ grad_output[n, c, h, w] over the windows that took their maximum there
        where H × W is the size of the image and H' × W' that of the output. Windows overlap where H' does not divide H,
        or W' does not divide W. Of equal elements the first, row by row, is taken, and it alone gets the gradient. A
        NaN is larger than everything, and of several NaN the last is taken.

    Args:
        output_size: height H' and width W' of the output; one number stands for both, and None in a tuple for the
            input's own.
        return_indices: whether the place of each maximum is returned too, as y · W + x.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W'); with return_indices a tuple of two of these.

    Raises:
        TypeError: an output_size of None alone.
        RuntimeError: an output_size below 1, or an input of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html

    Example:
        >>> AdaptiveMaxPool2d((None, 2))(np.array([[[1.0, 2.0, 6.0], [10.0, 60.0, 20.0]]]))
        array([[[ 2.,  6.],
                [60., 60.]]])
    """

    _dims = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest elements of so many windows of a volume, whatever its size.

    Math:
        forward:  output[n, c, t, h, w] = max_{z, y, x} input[n, c, z, y, x],
                  z from ⌊t D / D'⌋ up to, but without, ⌈(t + 1) D / D'⌉, y and x likewise
        backward: grad_input[n, c, z, y, x] = Σ grad_output[n, c, t, h, w] over the windows with their maximum there
        where D × H × W is the size of the volume and D' × H' × W' that of the output. Windows overlap where the new
        size does not divide the old. Of equal elements the first, plane by plane and row by row, is taken, and it alone
        gets the gradient. A NaN is larger than everything, and of several NaN the last is taken.

    Args:
        output_size: depth, height and width of the output; one number stands for all three, and None in a tuple for
            the input's own.
        return_indices: whether the place of each maximum is returned too, as (z · H + y) · W + x.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W).
        - Output: (N, C, D', H', W') or (C, D', H', W'); with return_indices a tuple of two of these.

    Raises:
        TypeError: an output_size of None alone.
        RuntimeError: an output_size below 1, or an input of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html

    Example:
        >>> AdaptiveMaxPool3d((1, None, 2))(np.array([[[[1.0, 2.0, 6.0]], [[3.0, 1.0, 10.0]]]]))
        array([[[[ 3., 10.]]]])
    """

    _dims = 3
