"""Layers that normalise each sample by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array, resolve_dtype
from scratch.layers._channels import scale_channels, scale_channels_grad
from scratch.layers._checks import check_floating
from scratch.layers._standardize import column_sums, row_sums, skip_buffers, standardize, standardize_grad
from scratch.module import Module, Parameter

__all__ = ["GroupNorm", "LayerNorm", "RMSNorm"]


class _OverLastAxes(Module):
    """Sees the last axes of the input as one, and everything before them as rows."""

    def __init__(
        self, normalized_shape: int | Sequence[int], elementwise_affine: bool, dtype: npt.DTypeLike | None
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int | np.integer) else tuple(normalized_shape)
        if len(shape) == 0 or min(shape) < 0:
            raise RuntimeError(
                f"{type(self).__name__}: expected a normalized_shape of one or more sizes, none below 0, got {shape}"
            )
        self.normalized_shape = shape
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(np.ones(shape, resolve_dtype(dtype))) if elementwise_affine else None

    def _rows(self, array: Array) -> Any:
        """(*, normalized_shape) as (R, n)."""
        lead = array.ndim - len(self.normalized_shape)
        return array.reshape(math.prod(array.shape[:lead]), math.prod(self.normalized_shape))

    def _scaled(self, rows: Array) -> Array:
        return rows if self.weight is None else rows * self.weight.data.ravel()

    def _scaled_grad(self, rows: Array, normalized: Array) -> tuple[Array, Array, Array]:
        """The gradient g of x̂, in a new array, then Σ g and Σ g x̂ of each row; the weight gets its gradient."""
        if self.weight is None:
            return rows.copy(), row_sums(rows), np.vecdot(rows, normalized)
        weight = self.weight.data.ravel()
        product = rows * normalized
        self.weight.accumulate(column_sums(product).reshape(self.normalized_shape))
        total, along = rows @ weight, product @ weight
        return np.multiply(rows, weight, out=product), total, along

    def _check(self, input: Array) -> None:
        check_floating(self, input)
        name, shape = type(self).__name__, self.normalized_shape
        if input.shape[max(input.ndim - len(shape), 0) :] != shape:
            sizes = ", ".join(map(str, shape))
            raise RuntimeError(f"{name}: expected an input of shape (*, {sizes}), got {input.shape}")
        if self.weight is not None and self.weight.dtype != input.dtype:
            raise RuntimeError(f"{name}: expected an input of the layer's dtype {self.weight.dtype}, got {input.dtype}")


class LayerNorm(_OverLastAxes):
    """Normalises each sample over its last axes: mean 0, variance 1, then a learnt scale and shift of each element.

    Math:
        forward:  x̂ = (x − μ) / √(σ² + eps); output = γ x̂ + β
        backward: grad_γ = Σ grad_output x̂;  grad_β = Σ grad_output, over the samples
                  grad_x = (g − mean(g) − x̂ mean(g x̂)) / √(σ² + eps), where g = γ grad_output
        where x is one sample, the last axes of the input, μ and σ² the mean and the biased variance of its n elements
        (divided by n), and mean(·) runs over the same elements. γ is the weight and β the bias, initially 1 and 0.
        Training and evaluation are alike, and no sample depends on another.

    Args:
        normalized_shape: the sizes of the last axes, over which it normalises; an int for the last axis alone.
        eps: added to the variance, under the root.
        elementwise_affine: whether γ and β exist.
        bias: whether β exists; without `elementwise_affine` it never does.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input, output: (*, normalized_shape), any number of leading axes, none included.
        - weight, bias: normalized_shape.

    Raises:
        RuntimeError: a normalized_shape without sizes or with one below 0; an input that does not end in it, of another
            dtype than the weight's, or not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
        Layer Normalization (Ba, Kiros & Hinton, 2016), https://arxiv.org/abs/1607.06450, which has no eps.

    Example:
        >>> layer = LayerNorm(2, eps=5.0, dtype=np.float64)
        >>> layer(np.array([[0.0, 4.0], [3.0, 3.0]])).round(4)  # mean 2, variance 4: ±2 / √(4 + 5)
        array([[-0.6667,  0.6667],
               [ 0.    ,  0.    ]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__(normalized_shape, elementwise_affine, dtype)
        self.eps = float(eps)
        self.bias = Parameter(np.zeros_like(self.weight.data)) if self.weight is not None and bias else None

    def reset_parameters(self) -> None:
        """Make the layer a plain normalisation again."""
        if self.weight is not None:
            self.weight.data[...] = 1
        if self.bias is not None:
            self.bias.data[...] = 0

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")  # inf and nan stay in their row, as in PyTorch
    def forward(self, input: Array) -> Array:
        self._check(input)
        rows = self._rows(input)  # (R, n)
        skip_buffers(rows.shape[1])
        normalized, inverse_std = standardize(rows, self.eps)  # (R, n), (R,)
        self.save(normalized, inverse_std)
        output = self._scaled(normalized)
        if self.bias is not None:
            output += self.bias.data.ravel()
        return output.reshape(input.shape)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array) -> Array | None:
        normalized, inverse_std = self.saved(grad_output)
        rows = self._rows(grad_output)  # (R, n)
        skip_buffers(rows.shape[1])
        if self.bias is not None:
            self.bias.accumulate(column_sums(rows).reshape(self.normalized_shape))
        grad, total, along = self._scaled_grad(rows, normalized)
        if not self.needs_input_grad:
            return None
        return standardize_grad(grad, normalized, inverse_std, (total, along)).reshape(grad_output.shape)


class RMSNorm(_OverLastAxes):
    """Divides each sample by its root mean square, then scales each element: `LayerNorm` without mean and shift.

    Math:
        forward:  x̂ = x / √(mean(x²) + eps); output = γ x̂
        backward: grad_γ = Σ grad_output x̂, over the samples
                  grad_x = (g − x̂ mean(g x̂)) / √(mean(x²) + eps), where g = γ grad_output
        where x is one sample, the last axes of the input, mean(·) runs over its elements, and γ is the weight,
        initially 1.

    Args:
        normalized_shape: the sizes of the last axes, over which it normalises; an int for the last axis alone.
        eps: added to the mean square, under the root; the distance from 1 to the next number of the input's dtype
            when None.
        elementwise_affine: whether γ exists.
        dtype: of the weight; the default dtype when None.

    Shape:
        - Input, output: (*, normalized_shape), any number of leading axes, none included.
        - weight: normalized_shape.

    Raises:
        RuntimeError: a normalized_shape without sizes or with one below 0; an input that does not end in it, of another
            dtype than the weight's, or not of floats.
        ValueError: an input with fewer axes than normalized_shape.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html
        Root Mean Square Layer Normalization (Zhang & Sennrich, 2019), https://arxiv.org/abs/1910.07467, without eps.

    Example:
        >>> layer = RMSNorm(2, dtype=np.float64)
        >>> layer(np.array([1.0, 7.0])).round(4)  # the mean square is 25
        array([0.2, 1.4])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__(normalized_shape, elementwise_affine, dtype)
        self.eps = None if eps is None else float(eps)

    def reset_parameters(self) -> None:
        """Make the layer a plain normalisation again."""
        if self.weight is not None:
            self.weight.data[...] = 1

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")  # inf and nan stay in their row, as in PyTorch
    def forward(self, input: Array) -> Array:
        if input.ndim < len(self.normalized_shape):
            raise ValueError(f"RMSNorm: expected {len(self.normalized_shape)} axes or more, got shape {input.shape}")
        self._check(input)
        rows = self._rows(input)  # (R, n)
        skip_buffers(rows.shape[1])
        eps = float(np.finfo(input.dtype).eps) if self.eps is None else self.eps
        inverse_rms = 1 / np.sqrt(np.vecdot(rows, rows) / max(rows.shape[1], 1) + eps)  # (R,)
        normalized = rows * inverse_rms[:, None]
        self.save(normalized, inverse_rms)
        return self._scaled(normalized).reshape(input.shape)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array) -> Array | None:
        normalized, inverse_rms = self.saved(grad_output)
        rows = self._rows(grad_output)  # (R, n)
        skip_buffers(rows.shape[1])
        grad, _, along = self._scaled_grad(rows, normalized)
        if not self.needs_input_grad:
            return None
        grad -= normalized * (along / max(rows.shape[1], 1))[:, None]
        grad *= inverse_rms[:, None]
        return grad.reshape(grad_output.shape)


class GroupNorm(Module):
    """Normalises groups of channels of each sample: mean 0, variance 1, then a learnt scale and shift of each channel.

    Math:
        forward:  x̂ = (x − μ) / √(σ² + eps); output = γ x̂ + β
        backward: grad_γ = Σ grad_output x̂;  grad_β = Σ grad_output, over the samples and the places of a channel
                  grad_x = (g − mean(g) − x̂ mean(g x̂)) / √(σ² + eps), where g = γ grad_output
        where x is one group of one sample, C / num_groups channels that follow one another, with all their places;
        μ and σ² are the mean and the biased variance of its n elements (divided by n), and mean(·) runs over the same
        elements. γ is the channel's weight and β its bias, initially 1 and 0. One group normalises like `LayerNorm`,
        C groups like `InstanceNorm`.

    Args:
        num_groups: into how many groups the channels are divided.
        num_channels: the number of channels, C.
        eps: added to the variance, under the root.
        affine: whether γ and β exist.
        dtype: of the parameters; the default dtype when None.
        bias: whether β exists; without `affine` it never does.

    Shape:
        - Input, output: (N, C, *).
        - weight, bias: (C,).

    Raises:
        ValueError: num_channels is no multiple of num_groups; an input with a single value per group in all.
        ZeroDivisionError: num_groups of 0.
        RuntimeError: a negative size; an input of fewer than 2 axes, of another number of channels, of another dtype
            than the weight's, or not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
        Group Normalization (Wu & He, 2018), https://arxiv.org/abs/1803.08494

    Example:
        >>> layer = GroupNorm(2, 4, eps=5.0, dtype=np.float64)
        >>> layer(np.array([[0.0, 4.0, 7.0, 7.0]])).round(4)  # mean 2, variance 4: ±2 / √(4 + 5)
        array([[-0.6667,  0.6667,  0.    ,  0.    ]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: npt.DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_groups == 0:
            raise ZeroDivisionError("GroupNorm: expected num_groups of 1 or more, got 0")
        if num_groups < 0 or num_channels < 0:
            raise RuntimeError(f"GroupNorm: expected sizes of 1 or more, got {num_groups} and {num_channels}")
        if num_channels % num_groups != 0:
            raise ValueError(f"GroupNorm: expected num_channels in {num_groups} equal groups, got {num_channels}")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = float(eps)
        self.affine = affine
        self.weight = Parameter(np.ones(num_channels, resolve_dtype(dtype))) if affine else None
        self.bias = Parameter(np.zeros(num_channels, resolve_dtype(dtype))) if affine and bias else None

    def reset_parameters(self) -> None:
        """Make the layer a plain normalisation again."""
        if self.weight is not None:
            self.weight.data[...] = 1
        if self.bias is not None:
            self.bias.data[...] = 0

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")  # inf and nan stay in their group, as in PyTorch
    def forward(self, input: Array) -> Array:
        self._check(input)
        normalized, inverse_std = standardize(self._groups(input), self.eps)  # (N·G, n), (N·G,)
        self.save(normalized, inverse_std)
        return scale_channels(self._channels(normalized, input), self.weight, self.bias).reshape(input.shape)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array) -> Array | None:
        normalized, inverse_std = self.saved(grad_output)
        seen = self._channels(normalized, grad_output)  # (N, C, L)
        grad = scale_channels_grad(grad_output.reshape(seen.shape), seen, self.weight, self.bias)
        if not self.needs_input_grad:
            return None
        return standardize_grad(self._groups(grad), normalized, inverse_std).reshape(grad_output.shape)

    def _groups(self, array: Array) -> Array:
        """(N, C, *) as (N · num_groups, n): each group a row."""
        rows = len(array) * self.num_groups
        return array.reshape(rows, array.size // max(rows, 1))

    def _channels(self, array: Array, input: Array) -> Array:
        return array.reshape(*input.shape[:2], math.prod(input.shape[2:]))

    def _check(self, input: Array) -> None:
        check_floating(self, input)
        if input.ndim < 2 or input.shape[1] != self.num_channels:
            raise RuntimeError(f"GroupNorm: expected an input of shape (N, {self.num_channels}, *), got {input.shape}")
        if self.weight is not None and self.weight.dtype != input.dtype:
            raise RuntimeError(
                f"GroupNorm: expected an input of the layer's dtype {self.weight.dtype}, got {input.dtype}"
            )
        if input.size == self.num_groups:
            raise ValueError(f"GroupNorm: expected more than 1 value per group, got shape {input.shape}")
