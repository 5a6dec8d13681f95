"""Layers that change the shape, or the order of the elements, only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scratch.dtypes import Array
from scratch.layers._checks import resolve_dim
from scratch.module import Module

__all__ = ["ChannelShuffle", "Flatten", "PixelShuffle", "PixelUnshuffle", "Unflatten"]


class ChannelShuffle(Module):
    """Deals the channels of each group out, as one shuffles cards: the first of each group, then the second, and so on.

    Math:
        forward:  output[n, k G + g] = input[n, g K + k]
        backward: grad_input[n, g K + k] = grad_output[n, k G + g]
        where G is the number of groups and K = C / G that of channels in a group.

    Args:
        groups: the number of groups G, which divides the number of channels.

    Shape:
        - Input, output: (N, C, *), at least 3 axes.

    Raises:
        RuntimeError: groups below 1 or that do not divide C, an input of fewer axes, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html; Zhang et al., 2018

    Example:
        >>> ChannelShuffle(2)(np.array([[[1.0], [2.0], [3.0], [4.0]]])).ravel()
        array([1., 3., 2., 4.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups
        _check_positive(self, "groups", groups)

    def forward(self, input: Array) -> Array:
        if input.ndim < 3 or input.shape[1] % self.groups:
            raise RuntimeError(
                f"ChannelShuffle: expected an input of shape (N, C, *), where groups={self.groups} divides C,"
                f" got shape {input.shape}"
            )
        self.save()
        return _deal(input, self.groups)

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        return _deal(grad_output, grad_output.shape[1] // self.groups)


class Flatten(Module):
    """Makes one axis of the axes from start_dim to end_dim.

    Math:
        forward:  output[n, i S_2 + j] = input[n, i, j]
        backward: grad_input[n, i, j] = grad_output[n, i S_2 + j]
        for two flattened axes, of sizes S_1 and S_2; more of them in the same way.

    Args:
        start_dim: the first axis to flatten; the default keeps the batch.
        end_dim: the last axis to flatten.

    Shape:
        - Input: (*, S_start, ..., S_end, *).
        - Output: (*, S_start · ... · S_end, *).

    Raises:
        IndexError: an axis that the input does not have.
        RuntimeError: start_dim comes after end_dim, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html

    Example:
        >>> Flatten()(np.array([[[1.0, 2.0], [3.0, 4.0]]]))  # (1, 2, 2) becomes (1, 4)
        array([[1., 2., 3., 4.]])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Array) -> Array:
        start = resolve_dim(self, self.start_dim, input.ndim)
        end = resolve_dim(self, self.end_dim, input.ndim)
        if start > end:
            raise RuntimeError(
                f"Flatten: expected start_dim before end_dim, got start_dim={self.start_dim} and end_dim={self.end_dim}"
                f" for an input of {input.ndim} axes"
            )
        self.save(input.shape)
        # The size is worked out rather than left to reshape's −1, which cannot be told where another axis has size 0.
        return input.reshape(*input.shape[:start], math.prod(input.shape[start : end + 1]), *input.shape[end + 1 :])

    def backward(self, grad_output: Array) -> Array:
        (shape,) = self.saved(grad_output)
        return grad_output.reshape(shape)


class PixelShuffle(Module):
    """Makes an image r times as large in each direction, of r² channels a time: each pixel becomes r × r pixels.

    Math:
        forward:  output[n, c, h r + i, w r + j] = input[n, c r² + i r + j, h, w]
        backward: grad_input[n, c r² + i r + j, h, w] = grad_output[n, c, h r + i, w r + j]
        where i and j count from 0 to r − 1 and r is upscale_factor.

    Args:
        upscale_factor: how many times larger the image becomes.

    Shape:
        - Input: (*, C · r², H, W).
        - Output: (*, C, H · r, W · r).

    Raises:
        RuntimeError: a factor below 1, or whose square does not divide the channels; an input of fewer than 3 axes.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html; Shi et al., 2016

    Example:
        >>> PixelShuffle(2)(np.array([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]))  # four channels of one pixel
        array([[[1., 2.],
                [3., 4.]]])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor
        _check_positive(self, "upscale_factor", upscale_factor)

    def forward(self, input: Array) -> Array:
        if input.ndim < 3 or input.shape[-3] % self.upscale_factor**2:
            raise RuntimeError(
                f"PixelShuffle: expected an input of shape (*, C, H, W), where the square of"
                f" upscale_factor={self.upscale_factor} divides C, got shape {input.shape}"
            )
        self.save()
        return _spread(input, self.upscale_factor)

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        return _gather(grad_output, self.upscale_factor)


class PixelUnshuffle(Module):
    """Makes an image r times as small in each direction, with r² channels for one: the inverse of `PixelShuffle`.

    Math:
        forward:  output[n, c r² + i r + j, h, w] = input[n, c, h r + i, w r + j]
        backward: grad_input[n, c, h r + i, w r + j] = grad_output[n, c r² + i r + j, h, w]
        where i and j count from 0 to r − 1 and r is downscale_factor.

    Args:
        downscale_factor: how many times smaller the image becomes.

    Shape:
        - Input: (*, C, H · r, W · r).
        - Output: (*, C · r², H, W).

    Raises:
        RuntimeError: a factor below 1 or that does not divide height and width; an input of fewer than 3 axes.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html; Shi et al., 2016

    Example:
        >>> PixelUnshuffle(2)(np.array([[[1.0, 2.0], [3.0, 4.0]]])).shape
        (4, 1, 1)
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor
        _check_positive(self, "downscale_factor", downscale_factor)

    def forward(self, input: Array) -> Array:
        r = self.downscale_factor
        if input.ndim < 3 or input.shape[-2] % r or input.shape[-1] % r:
            raise RuntimeError(
                f"PixelUnshuffle: expected an input of shape (*, C, H, W), where downscale_factor={r} divides H and W,"
                f" got shape {input.shape}"
            )
        self.save()
        return _gather(input, r)

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        return _spread(grad_output, self.downscale_factor)


class Unflatten(Module):
    """Makes several axes of one: the inverse of `Flatten`.

    Math:
        forward:  output[n, i, j] = input[n, i S_2 + j]
        backward: grad_input[n, i S_2 + j] = grad_output[n, i, j]
        for two new axes, of sizes S_1 and S_2; more of them in the same way.

    Args:
        dim: the axis to unfold; it may be counted from the end.
        unflattened_size: the sizes of the new axes; one of them may be −1, and is worked out.

    Shape:
        - Input: (*, S_dim, *).
        - Output: (*, S_1, ..., S_n, *), where S_1 · ... · S_n = S_dim.

    Raises:
        TypeError: dim is not a whole number, or the sizes are not a sequence of whole numbers.
        IndexError: an axis that the input does not have.
        RuntimeError: sizes that do not multiply to the size of the axis, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html

    Example:
        >>> Unflatten(1, (2, -1))(np.array([[1.0, 2.0, 3.0, 4.0]]))
        array([[[1., 2.],
                [3., 4.]]])
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(f"Unflatten: expected dim to be a whole number, got {dim!r}")
        if not isinstance(unflattened_size, tuple | list) or not all(isinstance(s, int) for s in unflattened_size):
            raise TypeError(f"Unflatten: expected unflattened_size to be whole numbers, got {unflattened_size!r}")
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: Array) -> Array:
        dim = resolve_dim(self, self.dim, input.ndim)
        self.save(input.shape)
        return input.reshape(*input.shape[:dim], *self._new_sizes(input.shape, dim), *input.shape[dim + 1 :])

    def backward(self, grad_output: Array) -> Array:
        (shape,) = self.saved(grad_output)
        return grad_output.reshape(shape)

    def _new_sizes(self, shape: tuple[int, ...], dim: int) -> tuple[int, ...]:
        sizes = self.unflattened_size
        rest = -math.prod(sizes)  # the product of the others, where one is −1
        if sizes.count(-1) == 1 and rest > 0:
            sizes = tuple(shape[dim] // rest if size == -1 else size for size in sizes)
        if not sizes or min(sizes) < 0 or not shape or math.prod(sizes) != shape[dim]:
            raise RuntimeError(
                f"Unflatten: expected unflattened_size={self.unflattened_size} to multiply to the size of axis"
                f" {self.dim}, got an input of shape {shape}"
            )
        return sizes


def _check_positive(layer: Module, name: str, value: int) -> None:
    if value < 1:
        raise RuntimeError(f"{type(layer).__name__}: expected {name} of 1 or more, got {value}")


def _deal(input: Array, groups: int) -> Array:
    """Channel g K + k of G groups of K becomes channel k G + g."""
    N, C, *rest = input.shape
    split = input.reshape(N, groups, C // groups, *rest)  # (N, G, K, *)
    return split.swapaxes(1, 2).reshape(input.shape)


def _spread(input: Array, r: int) -> Array:
    """Channels become pixels, r² of them each r × r pixels."""
    *batch, C, H, W = input.shape
    split = input.reshape(*batch, C // r**2, r, r, H, W)
    interleaved = np.moveaxis(split, (-4, -3), (-3, -1))  # (*, C / r², H, r, W, r)
    return interleaved.reshape(*batch, C // r**2, H * r, W * r)


def _gather(input: Array, r: int) -> Array:
    """Pixels become channels: the inverse of `_spread`, and its derivative."""
    *batch, C, H, W = input.shape
    split = input.reshape(*batch, C, H // r, r, W // r, r)
    sorted_out = np.moveaxis(split, (-3, -1), (-4, -3))  # (*, C, r, r, H / r, W / r)
    return sorted_out.reshape(*batch, C * r**2, H // r, W // r)
