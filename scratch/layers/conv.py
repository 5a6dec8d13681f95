"""Convolution.

The mathematics stands in three plain functions, `correlate`, `correlate_grad_weight` and `correlate_grad_input`, which
serve every stride, dilation and number of groups. The usual convolution, where all of these are 1, takes the three
`band_` functions: they compute the same numbers several times faster.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from scratch import init
from scratch.dtypes import Array, resolve_dtype
from scratch.layers._windows import Margins, Sizes, crop, extend, fold, pad, sizes, windows
from scratch.module import Module, Parameter

__all__ = ["Conv2d"]


def correlate(input: Array, weight: Array, stride: Sizes, dilation: Sizes, groups: int) -> Array:
    """Every window of the input times the kernel, summed; a group of outputs sees a group of the input's channels."""
    seen = windows(input, weight.shape[2:], stride, dilation)
    parts = [
        np.einsum("nchwij,ocij->nohw", window, kernel, optimize=True)
        for window, kernel in zip(np.split(seen, groups, axis=1), np.split(weight, groups), strict=True)
    ]
    return np.concatenate(parts, axis=1)


def correlate_grad_weight(
    grad_output: Array, input: Array, shape: tuple[int, ...], stride: Sizes, dilation: Sizes, groups: int
) -> Array:
    """A weight collects each input that it met, times the gradient of the output that the product went into."""
    seen = windows(input, shape[2:], stride, dilation)
    parts = [
        np.einsum("nohw,nchwij->ocij", grad, window, optimize=True)
        for grad, window in zip(np.split(grad_output, groups, axis=1), np.split(seen, groups, axis=1), strict=True)
    ]
    return np.concatenate(parts)


def correlate_grad_input(
    grad_output: Array, weight: Array, shape: tuple[int, ...], stride: Sizes, dilation: Sizes, groups: int
) -> Array:
    """An input collects each weight that it met, times the gradient of the output that the product went into."""
    grad_input = np.zeros(shape, grad_output.dtype)
    seen = windows(grad_input, weight.shape[2:], stride, dilation, writeable=True)
    parts = zip(
        np.split(seen, groups, axis=1), np.split(grad_output, groups, axis=1), np.split(weight, groups), strict=True
    )
    for window, grad, kernel in parts:
        for i, j in np.ndindex(weight.shape[2:]):
            window[..., i, j] += np.einsum("nohw,oc->nchw", grad, kernel[:, :, i, j], optimize=True)
    return grad_input


def band_order(images: Array) -> Array:
    """The same images, lying in memory as (H, C, W, N): what the `band_` functions work on, and what they return."""
    rows: Array = np.ascontiguousarray(images.transpose(2, 1, 3, 0))
    return rows.transpose(3, 1, 0, 2)


def band_correlate(input: Array, weight: Array) -> Array:
    """`correlate` for stride, dilation and groups of 1, in one batched matrix product per column of the kernel."""
    out_channels, _, kH, kW = weight.shape
    kernel = weight.transpose(3, 0, 2, 1).reshape(kW, out_channels, -1)  # (kW, O, kH·C)
    output: Array = kernel[0] @ _bands(input, (kH, kW), 0)  # (H', O, W'·N)
    for j in range(1, kW):
        output += kernel[j] @ _bands(input, (kH, kW), j)
    return output.reshape(*output.shape[:2], input.shape[3] - kW + 1, len(input)).transpose(3, 1, 0, 2)


def band_grad_weight(grad_output: Array, input: Array, shape: tuple[int, ...]) -> Array:
    """`correlate_grad_weight` for stride, dilation and groups of 1."""
    out_channels, in_channels, kH, kW = shape
    rows = grad_output.transpose(2, 3, 0, 1).reshape(grad_output.shape[2], -1, out_channels)  # (H', W'·N, O), a view
    columns = [(_bands(input, (kH, kW), j) @ rows).sum(axis=0) for j in range(kW)]  # kW × (kH·C, O)
    return np.stack(columns).reshape(kW, kH, in_channels, out_channels).transpose(3, 2, 1, 0).copy()


def band_grad_input(grad_output: Array, weight: Array, margins: Margins) -> Array:
    """`correlate_grad_input` for stride, dilation and groups of 1, and cropped by margins.

    A kernel that slides down meets an input row with its last row first. So the input's gradient is a correlation,
    too: of the output's gradient with the kernel turned by half a turn.
    """
    kH, kW = weight.shape[2:]
    reach = (kH - 1, kW - 1)
    around = pad(
        grad_output,
        tuple((r - before, r - after) for r, (before, after) in zip(reach, margins, strict=True)),
    )
    return band_correlate(around, weight[:, :, ::-1, ::-1].swapaxes(0, 1))


def _bands(input: Array, kernel_size: Sizes, j: int) -> Array:
    """For each row of the output, what column j of the kernel meets: a view, (H', kH·C, W'·N).

    In band order a row of all channels follows the row above it, so the kH rows that a row of the output is made from
    are one matrix, and the next such matrix begins one row further on. They overlap in memory; nothing is copied.
    """
    rows = input.transpose(2, 1, 3, 0)[:, :, j:]  # (H, C, W - j, N)
    (kH, kW), (N, C, H, W) = kernel_size, input.shape
    shape = (H - kH + 1, kH * C, (W - kW + 1) * N)
    return np.lib.stride_tricks.as_strided(
        rows, shape, (rows.strides[0], rows.strides[1], rows.itemsize), writeable=False
    )


class Conv2d(Module):
    """A two-dimensional convolution: the same small kernel is laid over every place of an image.

    Math:
        forward:  output[n, o, h, w] = b[o] + Σ_{c, i, j} W[o, c, i, j] x[n, c, h·s + i·d, w·s + j·d]
        backward: grad_x[n, c, y, x] = Σ_{o, i, j} W[o, c, i, j] grad_output[n, o, h, w]
                                       over the h, w with h·s + i·d = y and w·s + j·d = x
                  grad_W[o, c, i, j] = Σ_{n, h, w} grad_output[n, o, h, w] x[n, c, h·s + i·d, w·s + j·d]
                  grad_b[o]          = Σ_{n, h, w} grad_output[n, o, h, w]
        where x is the input with its padding, s the stride, d the dilation; i, j count the kernel's rows and columns.
        What is called a convolution here is, in mathematics, a cross-correlation: the kernel is not turned over.
        With g groups, output channel o sees only the input channels of its own group, in_channels / g of them.
        Initially W and b are uniform in ±1/√(kH · kW · in_channels / g).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output, a kernel for each.
        kernel_size: height and width of the kernel; here and below one number stands for both.
        stride: the step from one place to the next.
        padding: rows and columns added on each side, or "valid" (none), or "same" (the output keeps the input's size;
            where the sides cannot be equal, one more below and to the right).
        dilation: the distance between neighbouring elements of the kernel.
        groups: into how many groups the channels are divided.
        bias: whether b is added.
        padding_mode: what the padding is filled with: "zeros", or the image itself: "reflect" (mirrored, the edge not
            repeated), "replicate" (the edge repeated) or "circular" (the opposite side).
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, C, H, W) or (C, H, W), where C is in_channels.
        - Output: (N, O, H', W') or (O, H', W'), where O is out_channels, and W' is as
          H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1.
        - weight: (O, C / groups, kH, kW); bias: (O,).

    Raises:
        ValueError: `groups` does not divide the channels, "same" with a stride, an unknown padding or padding_mode.
        RuntimeError: an input of another shape or dtype, or smaller, padding included, than the kernel.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    Example:
        >>> layer = Conv2d(1, 1, kernel_size=2, bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[[1.0, 0.0], [0.0, 10.0]]]])})
        >>> layer(np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]))  # 1·1 + 10·5, 1·2 + 10·6
        array([[[51., 62.]]])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] = 1,
        padding: str | int | Iterable[int] = 0,
        dilation: int | Iterable[int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"Conv2d: expected groups to divide in_channels={in_channels} and out_channels={out_channels},"
                f" got {groups}"
            )
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                f'Conv2d: expected padding_mode "zeros", "reflect", "replicate" or "circular", got {padding_mode!r}'
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = sizes(self, "kernel_size", kernel_size, dims=2, least=1)
        self.stride = sizes(self, "stride", stride, dims=2, least=1)
        self.dilation = sizes(self, "dilation", dilation, dims=2, least=1)
        self.padding = padding if isinstance(padding, str) else sizes(self, "padding", padding, dims=2, least=0)
        self.groups = groups
        self.padding_mode = padding_mode
        height, width = (d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True))
        self._reach = (height, width)  # from the first element of the kernel to its last
        self._margins = self._find_margins()
        self._usual = (
            groups == 1
            and self.stride == self.dilation == (1, 1)
            and all(max(margin) < k for margin, k in zip(self._margins, self.kernel_size, strict=True))
        )
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(np.empty(shape, resolve_dtype(dtype)))
        self.bias = Parameter(np.empty(out_channels, self.weight.dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew, in PyTorch's order."""
        init.kaiming_uniform_(self.weight.data, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0.0
            init.uniform_(self.bias.data, -bound, bound)

    def forward(self, input: Array) -> Array:
        self._check(input)
        images = input if input.ndim == 4 else input[None]  # (N, C, H, W)
        padded = self._pad(images)
        if self._usual:
            output = band_correlate(padded, self.weight.data)
        else:
            output = correlate(padded, self.weight.data, self.stride, self.dilation, self.groups)
        if self.bias is not None:
            output += self.bias.data[:, None, None]
        self.save(images.shape, padded)
        return output if input.ndim == 4 else output[0]

    def backward(self, grad_output: Array) -> Array | None:
        shape, padded = self.saved(grad_output)
        grad = grad_output if grad_output.ndim == 4 else grad_output[None]
        if self._usual:
            grad = band_order(grad)
            self.weight.accumulate(band_grad_weight(grad, padded, self.weight.shape))
        else:
            options = (self.weight.shape, self.stride, self.dilation, self.groups)
            self.weight.accumulate(correlate_grad_weight(grad, padded, *options))
        if self.bias is not None:
            self.bias.accumulate(grad.sum(axis=(0, 2, 3)))
        if not self.needs_input_grad:
            return None
        grad_input = self._grad_images(grad, shape, padded.shape)
        return grad_input if grad_output.ndim == 4 else grad_input[0]

    def _pad(self, images: Array) -> Array:
        if self.padding_mode == "zeros":
            padded = pad(images, self._margins)
        else:
            padded = pad(extend(self, images, self._margins, self.padding_mode), ((0, 0), (0, 0)))
        if padded.shape[2] <= self._reach[0] or padded.shape[3] <= self._reach[1]:
            raise RuntimeError(
                f"Conv2d: expected an input at least as large as the kernel, kernel_size={self.kernel_size} with"
                f" dilation={self.dilation}, got shape {images.shape}, padded before and after each axis by"
                f" {self._margins}"
            )
        return padded

    def _grad_images(self, grad: Array, shape: tuple[int, ...], padded_shape: tuple[int, ...]) -> Array:
        """The gradient of the input, from that of the padded input."""
        zeros = self.padding_mode == "zeros"
        margins = self._margins if zeros else ((0, 0), (0, 0))
        if self._usual:
            grad_images = band_grad_input(grad, self.weight.data, margins)
        else:
            options = (padded_shape, self.stride, self.dilation, self.groups)
            grad_images = crop(correlate_grad_input(grad, self.weight.data, *options), margins)
        return grad_images if zeros else fold(self, grad_images, shape, self._margins, self.padding_mode)

    def _find_margins(self) -> Margins:
        """Rows to add above and below, columns to the left and to the right."""
        if isinstance(self.padding, tuple):
            return tuple((p, p) for p in self.padding)
        if self.padding == "valid":
            return (0, 0), (0, 0)
        if self.padding != "same" or self.stride != (1, 1):
            raise ValueError(
                f'Conv2d: expected padding to be numbers, "valid", or "same" with stride=1,'
                f" got padding={self.padding!r}, stride={self.stride}"
            )
        return tuple((reach // 2, reach - reach // 2) for reach in self._reach)

    def _check(self, input: Array) -> None:
        if input.ndim not in (3, 4) or input.shape[-3] != self.in_channels or 0 in input.shape[-2:]:
            raise RuntimeError(
                f"Conv2d: expected an input of shape (N, C, H, W) or (C, H, W) with C = in_channels={self.in_channels},"
                f" got shape {input.shape}"
            )
        if input.dtype != self.weight.dtype:
            raise RuntimeError(
                f"Conv2d: expected an input of the weight's dtype {self.weight.dtype}, got {input.dtype}"
            )
