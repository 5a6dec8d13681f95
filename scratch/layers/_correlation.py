"""The mathematics of convolution, for images with any number of axes; comments speak of two, (N, C, H, W).

`correlate`, `correlate_grad_weight` and `correlate_grad_input` serve every stride, dilation and number of groups. The
usual convolution over one or two axes, where all of these are 1, takes the three `band_` functions: they compute the
same numbers faster. All of them are at their best where images lie in memory as (H, C, W, N), and return such images:
what a kernel does in all images of a batch is then one long vector.
"""

from __future__ import annotations

import math

import numpy as np

from scratch.dtypes import Array
from scratch.layers._windows import Margins, Sizes, pad, windows

__all__ = [
    "band_correlate",
    "band_grad_input",
    "band_grad_weight",
    "band_order",
    "correlate",
    "correlate_grad_input",
    "correlate_grad_weight",
]


FEW = 16  # images


def correlate(input: Array, weight: Array, stride: Sizes, dilation: Sizes, groups: int) -> Array:
    """Every window of the input times the kernel, summed; a group of outputs sees a group of the input's channels."""
    out_channels, N = len(weight), len(input)
    columns, (height, *rest) = _columns(input, weight.shape[2:], stride, dilation, groups)
    kernel = weight.reshape(groups, out_channels // groups, columns.shape[2])
    output: Array = kernel @ columns  # (H', g, O/g, W'·N)
    return _images(output.reshape(height, out_channels, *rest, N))


def correlate_grad_weight(
    grad_output: Array, input: Array, shape: tuple[int, ...], stride: Sizes, dilation: Sizes, groups: int
) -> Array:
    """A weight collects each input that it met, times the gradient of the output that the product went into."""
    columns, _ = _columns(input, shape[2:], stride, dilation, groups)
    grad_kernel: Array = (columns @ _rows(grad_output, groups).swapaxes(2, 3)).sum(axis=0)  # (g, C/g·kH·kW, O/g)
    return grad_kernel.swapaxes(1, 2).reshape(shape)


def correlate_grad_input(
    grad_output: Array, weight: Array, shape: tuple[int, ...], stride: Sizes, dilation: Sizes, groups: int
) -> Array:
    """An input collects each weight that it met, times the gradient of the output that the product went into."""
    (N, C, height, *rest), (height_out, *rest_out) = shape, grad_output.shape[2:]
    grad_input = _images(np.zeros((height, C, *rest, N), grad_output.dtype))
    seen = windows(grad_input, weight.shape[2:], stride, dilation, writeable=True)
    seen = seen[:, :, *map(slice, grad_output.shape[2:])]  # a transposed convolution may have rows to spare
    rows = _rows(grad_output, groups)  # (H', g, O/g, W'·N)
    # A group of one output is an outer product, for which NumPy's matmul is slow.
    times = np.multiply if rows.shape[2] == 1 else np.matmul
    for place in np.ndindex(weight.shape[2:]):
        kernel = weight[..., *place].reshape(groups, rows.shape[2], C // groups).swapaxes(1, 2)
        product = times(kernel, rows).reshape(height_out, C, *rest_out, N)
        seen[..., *place] += _images(product)
    return grad_input


def _columns(
    input: Array, kernel_size: Sizes, stride: Sizes, dilation: Sizes, groups: int
) -> tuple[Array, tuple[int, ...]]:
    """For each row of the output, what the kernel meets: a copy, (H', g, C/g·kH·kW, W'·N); and (H', W').

    The books call it "im2col": side by side stand the windows, each as a column, so that the sum over the kernel is a
    matrix product.
    """
    dims, (N, C) = len(kernel_size), input.shape[:2]
    seen = windows(input, kernel_size, stride, dilation)
    height, *rest = seen.shape[2 : 2 + dims]
    rows = seen.transpose(2, 1, *range(2 + dims, 2 + 2 * dims), *range(3, 2 + dims), 0)  # (H', C, kH, kW, W', N)
    columns = rows.reshape(height, groups, C // groups * math.prod(kernel_size), math.prod(rest) * N)
    return columns, (height, *rest)


def _rows(images: Array, groups: int) -> Array:
    """The images row by row, (H, g, C/g, W·N): a view where they lie in memory as (H, C, W, N)."""
    N, C, height, *rest = images.shape
    return _memory_order(images).reshape(height, groups, C // groups, math.prod(rest) * N)


def _memory_order(images: Array) -> Array:
    """A view, (H, C, W, N)."""
    return images.transpose(2, 1, *range(3, images.ndim), 0)


def _images(rows: Array) -> Array:
    """The inverse of `_memory_order`, (N, C, H, W)."""
    return rows.transpose(rows.ndim - 1, 1, 0, *range(2, rows.ndim - 1))


def band_order(images: Array) -> Array:
    """The same images, lying in memory as (H, C, W, N).

    A few are copied at a time: where an image takes a multiple of 4096 bytes, all of them compete for the same few
    places in the processor's cache.
    """
    rows = _memory_order(images)
    if rows.flags.c_contiguous:
        return images
    copy = np.empty(rows.shape, rows.dtype)
    for start in range(0, len(images), FEW):
        copy[..., start : start + FEW] = rows[..., start : start + FEW]
    return _images(copy)


def band_correlate(input: Array, weight: Array) -> Array:
    """`correlate` for stride, dilation and groups of 1, in one batched matrix product per column of the kernel."""
    (out_channels, in_channels, kH, *kW), N = weight.shape, len(input)
    kernel = weight.transpose(*range(3, weight.ndim), 0, 2, 1).reshape(math.prod(kW), out_channels, kH * in_channels)
    output: Array = kernel[0] @ _bands(input, (kH, *kW), 0)  # (H', O, W'·N)
    for j in range(1, len(kernel)):
        output += kernel[j] @ _bands(input, (kH, *kW), j)
    width = [size - k + 1 for size, k in zip(input.shape[3:], kW, strict=True)]
    return _images(output.reshape(*output.shape[:2], *width, N))


def band_grad_weight(grad_output: Array, input: Array, shape: tuple[int, ...]) -> Array:
    """`correlate_grad_weight` for stride, dilation and groups of 1."""
    out_channels, in_channels, kH, *kW = shape
    rows = _rows(grad_output, 1)[:, 0].swapaxes(1, 2)  # (H', W'·N, O)
    columns = [(_bands(input, (kH, *kW), j) @ rows).sum(axis=0) for j in range(math.prod(kW))]  # kW × (kH·C, O)
    grad_weight = np.stack(columns).reshape(*kW, kH, in_channels, out_channels)
    return grad_weight.transpose().copy()  # (O, C, kH, kW)


def band_grad_input(grad_output: Array, weight: Array, margins: Margins) -> Array:
    """`correlate_grad_input` for stride, dilation and groups of 1, and cropped by margins.

    A kernel that slides down meets an input row with its last row first. So the input's gradient is a correlation,
    too: of the output's gradient with the kernel turned by half a turn.
    """
    around = pad(
        grad_output,
        tuple((k - 1 - before, k - 1 - after) for k, (before, after) in zip(weight.shape[2:], margins, strict=True)),
    )
    return band_correlate(around, np.flip(weight, axis=tuple(range(2, weight.ndim))).swapaxes(0, 1))


def _bands(input: Array, kernel_size: Sizes, j: int) -> Array:
    """For each row of the output, what column j of the kernel meets: a view, (H', kH·C, W'·N).

    As images lie in memory, a row of all channels follows the row above it, so the kH rows that a row of the output is
    made from are one matrix, and the next such matrix begins one row further on. They overlap; nothing is copied.
    Over one axis a row is a single place, and the kernel has a single column.
    """
    rows = _memory_order(input)[:, :, j:]  # (H, C, W - j, N)
    kH, *kW = kernel_size
    N, C, height, *width = input.shape
    shape = (height - kH + 1, kH * C, math.prod(size - k + 1 for size, k in zip(width, kW, strict=True)) * N)
    return np.lib.stride_tricks.as_strided(
        rows, shape, (rows.strides[0], rows.strides[1], rows.itemsize), writeable=False
    )
