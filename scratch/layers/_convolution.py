"""What the convolutions over one, two and three axes share. Comments speak of two: (N, C, H, W)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from scratch import init
from scratch.dtypes import Array, resolve_dtype
from scratch.layers._correlation import (
    band_correlate,
    band_grad_input,
    band_grad_weight,
    band_order,
    correlate,
    correlate_grad_input,
    correlate_grad_weight,
)
from scratch.layers._windows import Margins, Sizes, crop, extend, fold, pad, sizes
from scratch.module import Module, Parameter

__all__ = ["Conv", "ConvTranspose"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
_AXES = {1: "C, L", 2: "C, H, W", 3: "C, D, H, W"}  # of an image, by how many follow the channels


class _Convolution(Module):
    """The arguments, the parameters and the checks of a convolution and of its transpose."""

    _dims: int  # axes of the image

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int],
        dilation: int | Iterable[int],
        groups: int,
    ) -> None:
        super().__init__()
        if in_channels < 1 or out_channels < 1:
            raise RuntimeError(
                f"{type(self).__name__}: expected in_channels and out_channels of 1 or more, got {in_channels}"
                f" and {out_channels}"
            )
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{type(self).__name__}: expected groups to divide in_channels={in_channels} and"
                f" out_channels={out_channels}, got {groups}"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = sizes(self, "kernel_size", kernel_size, self._dims, least=1)
        self.stride = sizes(self, "stride", stride, self._dims, least=1)
        self.dilation = sizes(self, "dilation", dilation, self._dims, least=1)
        self.groups = groups
        # From the first element of the kernel to its last.
        self._reach = tuple(d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True))
        self._options = (self.stride, self.dilation, self.groups)

    def _make_parameters(self, channels: tuple[int, int], bias: bool, dtype: npt.DTypeLike | None) -> None:
        self.weight = Parameter(np.empty((*channels, *self.kernel_size), resolve_dtype(dtype)))
        self.bias = Parameter(np.empty(self.out_channels, self.weight.dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew, in PyTorch's order."""
        init.kaiming_uniform_(self.weight.data, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias.data, -bound, bound)

    def _is_usual(self, margins: Margins) -> bool:
        """Whether the `band_` functions serve; they turn margins over, and so none may be wider than the kernel."""
        return (
            self._dims < 3
            and self.groups == 1
            and all(number == 1 for number in (*self.stride, *self.dilation))
            and all(max(margin) < k for margin, k in zip(margins, self.kernel_size, strict=True))
        )

    def _check(self, input: Array) -> None:
        image, batched = input.shape[-self._dims :], self._dims + 2
        if input.ndim not in (batched - 1, batched) or input.shape[-batched + 1] != self.in_channels or 0 in image:
            axes = _AXES[self._dims]
            raise RuntimeError(
                f"{type(self).__name__}: expected an input of shape (N, {axes}) or ({axes}) with"
                f" C = in_channels={self.in_channels}, got shape {input.shape}"
            )
        if input.dtype != self.weight.dtype:
            raise RuntimeError(
                f"{type(self).__name__}: expected an input of the weight's dtype {self.weight.dtype}, got {input.dtype}"
            )

    def _batched(self, images: Array) -> Array:
        return images if images.ndim == self._dims + 2 else images[None]

    def _add_bias(self, output: Array) -> None:
        if self.bias is not None:
            output += self.bias.data.reshape(self.out_channels, *[1] * self._dims)

    def _grad_bias(self, grad_output: Array) -> None:
        if self.bias is not None:
            self.bias.accumulate(grad_output.sum(axis=(0, *range(2, grad_output.ndim))))


class Conv(_Convolution):
    """The base of Conv1d, Conv2d and Conv3d."""

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
        super().__init__(in_channels, out_channels, kernel_size, stride, dilation, groups)
        if padding_mode not in PADDING_MODES:
            modes = ", ".join(f'"{mode}"' for mode in PADDING_MODES)
            raise ValueError(f"{type(self).__name__}: expected padding_mode {modes}, got {padding_mode!r}")
        self.padding = padding if isinstance(padding, str) else sizes(self, "padding", padding, self._dims, least=0)
        self.padding_mode = padding_mode
        self._margins = self._find_margins()
        self._usual = self._is_usual(self._margins)
        self._make_parameters((out_channels, in_channels // groups), bias, dtype)

    def forward(self, input: Array) -> Array:
        self._check(input)
        images = self._batched(input)  # (N, C, H, W)
        padded = self._pad(images)
        if self._usual:
            output = band_correlate(padded, self.weight.data)
        else:
            output = correlate(padded, self.weight.data, *self._options)
        self._add_bias(output)
        self.save(images.shape, padded)
        return output if input is images else output[0]

    def backward(self, grad_output: Array) -> Array | None:
        shape, padded = self.saved(grad_output)
        grad = band_order(self._batched(grad_output))
        if self._usual:
            self.weight.accumulate(band_grad_weight(grad, padded, self.weight.shape))
        else:
            self.weight.accumulate(correlate_grad_weight(grad, padded, self.weight.shape, *self._options))
        self._grad_bias(grad)
        if not self.needs_input_grad:
            return None
        grad_input = self._grad_images(grad, shape, padded.shape)
        return grad_input if grad_output.ndim == grad.ndim else grad_input[0]

    def _pad(self, images: Array) -> Array:
        if self.padding_mode == "zeros":
            padded = pad(images, self._margins)
        else:
            padded = pad(extend(self, images, self._margins, self.padding_mode), ((0, 0),) * self._dims)
        if any(size <= reach for size, reach in zip(padded.shape[2:], self._reach, strict=True)):
            raise RuntimeError(
                f"{type(self).__name__}: expected an input at least as large as the kernel,"
                f" kernel_size={self.kernel_size} with dilation={self.dilation}, got shape {images.shape}, padded"
                f" before and after each axis by {self._margins}"
            )
        return padded

    def _grad_images(self, grad: Array, shape: tuple[int, ...], padded_shape: tuple[int, ...]) -> Array:
        """The gradient of the input, from that of the padded input."""
        zeros = self.padding_mode == "zeros"
        margins = self._margins if zeros else ((0, 0),) * self._dims
        if self._usual:
            grad_images = band_grad_input(grad, self.weight.data, margins)
        else:
            grad_images = crop(correlate_grad_input(grad, self.weight.data, padded_shape, *self._options), margins)
        return grad_images if zeros else fold(self, grad_images, shape, self._margins, self.padding_mode)

    def _find_margins(self) -> Margins:
        """Rows to add above and below, columns to the left and to the right."""
        if isinstance(self.padding, tuple):
            return tuple((p, p) for p in self.padding)
        if self.padding == "valid":
            return ((0, 0),) * self._dims
        if self.padding != "same" or any(step != 1 for step in self.stride):
            raise ValueError(
                f'{type(self).__name__}: expected padding to be numbers, "valid", or "same" with stride=1,'
                f" got padding={self.padding!r}, stride={self.stride}"
            )
        return tuple((reach // 2, reach - reach // 2) for reach in self._reach)


class ConvTranspose(_Convolution):
    """The base of ConvTranspose1d, ConvTranspose2d and ConvTranspose3d.

    Forward and backward are those of a convolution with the roles exchanged: what was the gradient of the output is
    the input here, and what was the gradient of the input is the output.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Iterable[int],
        stride: int | Iterable[int] = 1,
        padding: int | Iterable[int] = 0,
        output_padding: int | Iterable[int] = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | Iterable[int] = 1,
        padding_mode: str = "zeros",
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, dilation, groups)
        if padding_mode != "zeros":
            raise ValueError(f'{type(self).__name__}: expected padding_mode "zeros", got {padding_mode!r}')
        if isinstance(padding, str):
            raise TypeError(f"{type(self).__name__}: expected padding to be numbers, got {padding!r}")
        self.padding = sizes(self, "padding", padding, self._dims, least=0)
        self.output_padding = sizes(self, "output_padding", output_padding, self._dims, least=0)
        steps = tuple(max(pair) for pair in zip(self.stride, self.dilation, strict=True))
        if any(extra >= step for extra, step in zip(self.output_padding, steps, strict=True)):
            raise RuntimeError(
                f"{type(self).__name__}: expected output_padding smaller than stride or dilation, {steps},"
                f" got {self.output_padding}"
            )
        self.padding_mode = padding_mode
        self._margins: Margins = tuple((p, p) for p in self.padding)
        self._usual = self._is_usual(self._margins)
        self._make_parameters((in_channels, out_channels // groups), bias, dtype)

    def forward(self, input: Array, output_size: Sequence[int] | None = None) -> Array:
        self._check(input)
        images = self._batched(input)  # (N, C, H, W)
        extra = self.output_padding if output_size is None else self._find_output_padding(input.shape, output_size)
        shape = (len(images), self.out_channels, *self._padded_sizes(images.shape[2:], extra))
        if self._usual:
            output = band_grad_input(images, self.weight.data, self._margins)
        else:
            output = crop(correlate_grad_input(images, self.weight.data, shape, *self._options), self._margins)
        self._add_bias(output)
        self.save(images, extra)
        return output if input is images else output[0]

    def backward(self, grad_output: Array) -> Array | None:
        images, extra = self.saved(grad_output)
        grad = self._batched(grad_output)
        self._grad_bias(grad)
        padded = crop(pad(grad, self._margins), tuple((0, more) for more in extra))
        if self._usual:
            self.weight.accumulate(band_grad_weight(band_order(images), padded, self.weight.shape))
        else:
            self.weight.accumulate(correlate_grad_weight(images, padded, self.weight.shape, *self._options))
        if not self.needs_input_grad:
            return None
        if self._usual:
            grad_input = band_correlate(padded, self.weight.data)
        else:
            grad_input = correlate(padded, self.weight.data, *self._options)
        return grad_input if grad_output is grad else grad_input[0]

    def _full_sizes(self, image: Sizes) -> Sizes:
        """The sides of all that the kernel covers, laid over every place."""
        return tuple(
            (size - 1) * step + reach + 1 for size, step, reach in zip(image, self.stride, self._reach, strict=True)
        )

    def _padded_sizes(self, image: Sizes, extra: Sizes) -> Sizes:
        """The sides of the output before its margins are cropped."""
        padded = tuple(size + more for size, more in zip(self._full_sizes(image), extra, strict=True))
        if any(size <= 2 * p for size, p in zip(padded, self.padding, strict=True)):
            raise RuntimeError(
                f"{type(self).__name__}: expected padding that leaves something of an output of sides {padded},"
                f" got {self.padding}"
            )
        return padded

    def _find_output_padding(self, shape: tuple[int, ...], output_size: Sequence[int]) -> Sizes:
        """The output_padding that leads to this size; the sizes of batch and channels may stand before it."""
        if len(output_size) not in (self._dims, len(shape)):
            raise ValueError(
                f"{type(self).__name__}: expected an output_size of {self._dims} or {len(shape)} numbers,"
                f" got {tuple(output_size)}"
            )
        full = self._full_sizes(shape[-self._dims :])
        least = tuple(size - 2 * p for size, p in zip(full, self.padding, strict=True))
        extra = tuple(size - low for size, low in zip(output_size[-self._dims :], least, strict=True))
        if any(not 0 <= more < step for more, step in zip(extra, self.stride, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: expected an output_size of {least}, or more by less than stride={self.stride},"
                f" for an input of shape {shape}, got {tuple(output_size)}"
            )
        return extra
