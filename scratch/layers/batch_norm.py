"""Layers that normalise each channel over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._channels import ChannelNorm
from scratch.layers._checks import check_floating

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"]


class _BatchNorm(ChannelNorm):
    """Batch normalisation over every axis but the second, the channels."""

    _dims: tuple[int, ...]  # how many axes the input may have

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: npt.DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype, bias)

    def forward(self, input: Array) -> Array:
        of_batch = self.training or self.running_mean is None
        self._check(input, of_batch)
        count = input.size // self.num_features if of_batch else 0  # n
        mean = input.sum(axis=_all_but_channels(input)) / max(count, 1) if of_batch else self.running_mean  # (C,)
        normalized = input - _over_channels(mean, input)
        var = _channel_dot(normalized, normalized) / max(count, 1) if of_batch else self.running_var  # (C,)
        if self.training and self.track_running_stats:
            self._follow(mean, var, count)
        inverse_std = 1 / np.sqrt(var + self.eps)
        normalized *= _over_channels(inverse_std, input)
        self.save(normalized, inverse_std, count)
        output: Array = normalized if self.weight is None else normalized * _over_channels(self.weight.data, input)
        if self.bias is not None:
            output += _over_channels(self.bias.data, input)
        return output

    def backward(self, grad_output: Array) -> Array | None:
        normalized, inverse_std, count = self.saved(grad_output)
        grad_bias = grad_output.sum(axis=_all_but_channels(grad_output))  # (C,)
        grad_weight = _channel_dot(grad_output, normalized)  # (C,)
        scale = _over_channels(inverse_std if self.weight is None else inverse_std * self.weight.data, grad_output)
        if self.weight is not None:
            self.weight.accumulate(grad_weight)
        if self.bias is not None:
            self.bias.accumulate(grad_bias)
        if not self.needs_input_grad:
            return None
        grad: Array
        if count == 0:  # running statistics do not depend on the input
            grad = grad_output * scale
            return grad
        grad = normalized * _over_channels(grad_weight / -count, grad_output)  # through the variance
        grad -= _over_channels(grad_bias / count, grad_output)  # through the mean
        grad += grad_output
        grad *= scale
        return grad

    def _follow(self, mean: Array, var: Array, count: int) -> None:
        """Move the running statistics towards the batch's."""
        self.num_batches_tracked += 1
        factor = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        if count > 0:  # an empty batch says nothing
            self.running_mean[...] = (1 - factor) * self.running_mean + factor * mean
            self.running_var[...] = (1 - factor) * self.running_var + factor * var * (count / (count - 1))

    def _check(self, input: Array, of_batch: bool) -> None:
        name = type(self).__name__
        check_floating(self, input)
        if input.ndim not in self._dims:
            raise ValueError(
                f"{name}: expected an input of {' or '.join(map(str, self._dims))} axes, got shape {input.shape}"
            )
        if input.shape[1] != self.num_features:
            raise RuntimeError(
                f"{name}: expected num_features={self.num_features} on axis 1 of input, got shape {input.shape}"
            )
        self.check_dtype(input)
        if of_batch and input.size == input.shape[1]:
            raise ValueError(f"{name}: expected more than 1 value per channel when training, got shape {input.shape}")
        if self.eps < 0 or (of_batch and self.eps == 0):
            raise ValueError(f"{name}: expected a positive eps, got {self.eps}")


class BatchNorm1d(_BatchNorm):
    """Normalises each feature, or channel, over the batch: mean 0, variance 1, then a learnt scale and shift.

    Math:
        forward:  x̂ = (x − μ) / √(σ² + eps); output = γ x̂ + β
        backward: grad_γ = Σ grad_output x̂;  grad_β = Σ grad_output
                  grad_x = γ / √(σ² + eps) · (grad_output − grad_β / n − x̂ grad_γ / n), from the batch's statistics
                  grad_x = γ / √(σ² + eps) · grad_output, from the running ones
        for each channel, where γ is the weight, β the bias, and the sums run over the channel's n values in the batch.
        In training μ and σ² are their mean and biased variance (divided by n), and the running statistics follow:
        running = (1 − momentum) running + momentum · batch, where the variance is the unbiased one (divided by n − 1).
        In evaluation μ and σ² are the running ones.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance, under the root.
        momentum: the weight of the newest batch; None makes the running statistics plain averages of all batches.
        affine: whether γ and β exist.
        track_running_stats: whether there are running statistics; without them the batch's are used in evaluation, too.
        dtype: of the parameters and the statistics; the default dtype when None.
        bias: whether β exists; without `affine` it never does.

    Shape:
        - Input, output: (N, C) or (N, C, L).
        - weight, bias, running_mean, running_var: (C,); num_batches_tracked: ().

    Raises:
        ValueError: another number of axes, an eps that is not positive, or statistics of a single value per channel.
        RuntimeError: another number of channels, or another dtype than the layer's.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
        Batch Normalization (Ioffe & Szegedy, 2015), https://arxiv.org/abs/1502.03167. There evaluation averages over
        many batches alike; here the newest counts most, unless momentum is None.

    Example:
        >>> layer = BatchNorm1d(1, eps=1.0, dtype=np.float64)
        >>> layer(np.array([[0.0], [4.0]])).round(4)  # mean 2, variance 4: ±2 / √(4 + 1)
        array([[-0.8944],
               [ 0.8944]])
        >>> layer.running_mean, layer.running_var  # 0.1 · 2, and 0.9 · 1 + 0.1 · 8
        (array([0.2]), array([1.7]))
    """

    _dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Normalises each channel of a batch of images: `BatchNorm1d`, with the sums over the height and the width, too.

    Math:
        forward:  output = γ (x − μ) / √(σ² + eps) + β for each channel, with the mean μ and the variance σ² of its
                  N · H · W values in training, and the running ones in evaluation
        backward: as in BatchNorm1d, with n = N · H · W

    Args:
        num_features: the number of channels, C.
        eps: added to the variance, under the root.
        momentum: the weight of the newest batch; None makes the running statistics plain averages of all batches.
        affine: whether γ and β exist.
        track_running_stats: whether there are running statistics; without them the batch's are used in evaluation, too.
        dtype: of the parameters and the statistics; the default dtype when None.
        bias: whether β exists; without `affine` it never does.

    Shape:
        - Input, output: (N, C, H, W).
        - weight, bias, running_mean, running_var: (C,); num_batches_tracked: ().

    Raises:
        ValueError: another number of axes, an eps that is not positive, or statistics of a single value per channel.
        RuntimeError: another number of channels, or another dtype than the layer's.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html

    Example:
        >>> layer = BatchNorm2d(1, eps=1.0, dtype=np.float64)
        >>> layer(np.array([[[[0.0, 4.0]]]])).round(4)  # mean 2, variance 4: ±2 / √(4 + 1)
        array([[[[-0.8944,  0.8944]]]])
    """

    _dims = (4,)


class BatchNorm3d(_BatchNorm):
    """Normalises each channel of a batch of volumes: `BatchNorm1d`, with the sums over the three sides, too.

    Math:
        forward:  output = γ (x − μ) / √(σ² + eps) + β for each channel, with the mean μ and the variance σ² of its
                  N · D · H · W values in training, and the running ones in evaluation
        backward: as in BatchNorm1d, with n = N · D · H · W

    Args:
        num_features: the number of channels, C.
        eps: added to the variance, under the root.
        momentum: the weight of the newest batch; None makes the running statistics plain averages of all batches.
        affine: whether γ and β exist.
        track_running_stats: whether there are running statistics; without them the batch's are used in evaluation, too.
        dtype: of the parameters and the statistics; the default dtype when None.
        bias: whether β exists; without `affine` it never does.

    Shape:
        - Input, output: (N, C, D, H, W).
        - weight, bias, running_mean, running_var: (C,); num_batches_tracked: ().

    Raises:
        ValueError: another number of axes, an eps that is not positive, or statistics of a single value per channel.
        RuntimeError: another number of channels, or another dtype than the layer's.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html

    Example:
        >>> layer = BatchNorm3d(1, eps=1.0, dtype=np.float64)
        >>> layer(np.array([[[[[0.0, 4.0]]]]])).round(4).ravel()  # mean 2, variance 4: ±2 / √(4 + 1)
        array([-0.8944,  0.8944])
    """

    _dims = (5,)


def _all_but_channels(input: Array) -> tuple[int, ...]:
    """The axes of an (N, C, ...) input over which statistics are taken."""
    return (0, *range(2, input.ndim))


def _over_channels(values: Any, input: Array) -> Any:
    """(C,) in the shape that meets the channels of an (N, C, ...) input: (C, 1, ...)."""
    return values.reshape(-1, *(1,) * (input.ndim - 2))


def _channel_dot(a: Array, b: Array) -> Any:
    """Σ a b over all but the channels, (C,), without the product in memory."""
    axes = "ncdhw"[: a.ndim]
    return np.einsum(f"{axes},{axes}->c", a, b)
