"""Convolution.

The mathematics stands in three plain functions, `correlate`, `correlate_grad_weight` and `correlate_grad_input`, which
serve every stride, dilation and number of groups. The usual convolution (all three 1) takes the `band_` functions,
which compute the same several times faster.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt

from scratch import init
from scratch.dtypes import Array, resolve_dtype
from scratch.layers._windows import Margins, crop, extend, fold, pad, pair, windows
from scratch.module import Module, Parameter

__all__ = ["Conv2d"]

Pair = tuple[int, int]


def correlate(input: Array, weight: Array, stride: Pair, dilation: Pair, groups: int) -> Array:
    """Every window of the (padded) input times the kernel, summed. A group of outputs sees its own input channels."""
    seen = windows(input, _size(weight), stride, dilation)
    parts = [
        np.einsum("nchwij,ocij->nohw", window, kernel, optimize=True)
        for window, kernel in zip(np.split(seen, groups, axis=1), np.split(weight, groups), strict=True)
    ]
    return np.concatenate(parts, axis=1)


def correlate_grad_weight(
    grad_output: Array, input: Array, kernel_size: Pair, stride: Pair, dilation: Pair, groups: int
) -> Array:
    """A weight collects what it was multiplied by, times the gradient of what it went into."""
    seen = windows(input, kernel_size, stride, dilation)
    parts = [
        np.einsum("nohw,nchwij->ocij", grad, window, optimize=True)
        for grad, window in zip(np.split(grad_output, groups, axis=1), np.split(seen, groups, axis=1), strict=True)
    ]
    return np.concatenate(parts)


def correlate_grad_input(
    grad_output: Array, weight: Array, shape: tuple[int, ...], stride: Pair, dilation: Pair, groups: int
) -> Array:
    """An input element collects from every window in which it was seen."""
    grad_input = np.zeros(shape, grad_output.dtype)
    seen = windows(grad_input, _size(weight), stride, dilation, writeable=True)
    for window, grad, kernel in zip(
        np.split(seen, groups, axis=1), np.split(grad_output, groups, axis=1), np.split(weight, groups), strict=True
    ):
        for i, j in np.ndindex(_size(weight)):
            window[..., i, j] += np.einsum("nohw,oc->nchw", grad, kernel[:, :, i, j], optimize=True)
    return grad_input


def band_correlate(input: Array, weight: Array) -> Array:
    """`correlate` for stride, dilation and groups of 1: as many matrix products as the kernel has columns.

    An array lies in memory as (H, C, W, N) here. The kH rows of all channels that a row of the output is made from then
    follow each other: they are one matrix of kH·C rows, the *band*, and no window need be copied.
    """
    O, C, kH, kW = weight.shape
    kernel_columns = weight.transpose(3, 0, 2, 1).reshape(kW, O, kH * C)
    output: Array | None = None
    for kernel, band in zip(kernel_columns, _bands(input, (kH, kW)), strict=True):
        product = kernel @ band  # (H', O, W'·N)
        output = product if output is None else np.add(output, product, out=output)
    assert output is not None
    return output.reshape(*output.shape[:2], -1, len(input)).transpose(3, 1, 0, 2)


def band_grad_weight(grad_output: Array, input: Array, kernel_size: Pair) -> Array:
    """`correlate_grad_weight`, a kernel column at a time: the sum over the bands of band · grad_outputᵀ."""
    return grad_output


def _size(weight: Array) -> Pair:
    return weight.shape[2], weight.shape[3]
