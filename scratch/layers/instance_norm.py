"""Layers that normalise each channel of each sample."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._channels import ChannelNorm, scale_channels, scale_channels_grad
from scratch.layers._checks import check_floating
from scratch.layers._standardize import standardize, standardize_grad

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(ChannelNorm):
    """Instance normalisation over the last axes."""

    _places: int  # how many axes follow the channels

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        dtype: npt.DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype, bias)

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")  # inf and nan stay in their channel, as in PyTorch
    def forward(self, input: Array) -> Array:
        of_sample = self.training or not self.track_running_stats
        self._check(input, of_sample)
        channels = input.reshape(self._shape(input))  # (N, C, L)
        if of_sample:
            rows, inverse_std = standardize(_rows(channels), self.eps)  # (N·C, L), (N·C,)
            normalized = rows.reshape(channels.shape)
            if self.training and self.track_running_stats:
                self._follow(channels)
        else:
            inverse_std = 1 / np.sqrt(self.running_var + self.eps)  # (C,)
            normalized = (channels - self.running_mean[:, None]) * inverse_std[:, None]
        self.save(normalized, inverse_std, of_sample)
        return scale_channels(normalized, self.weight, self.bias).reshape(input.shape)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array) -> Array | None:
        normalized, inverse_std, of_sample = self.saved(grad_output)
        grad = scale_channels_grad(grad_output.reshape(normalized.shape), normalized, self.weight, self.bias)
        if not self.needs_input_grad:
            return None
        if of_sample:
            grad = standardize_grad(_rows(grad), _rows(normalized), inverse_std)  # (N·C, L)
        else:  # running statistics do not depend on the input
            grad *= inverse_std[:, None]
        return grad.reshape(grad_output.shape)

    def _follow(self, channels: Array) -> None:
        """Move the running statistics towards the samples' own."""
        factor = 0.0 if self.momentum is None else self.momentum
        if channels.size > 0:  # an empty batch says nothing
            mean, var = channels.mean(axis=2), channels.var(axis=2, ddof=1)  # (N, C)
            self.running_mean[...] = (1 - factor) * self.running_mean + factor * mean.mean(axis=0)
            self.running_var[...] = (1 - factor) * self.running_var + factor * var.mean(axis=0)

    def _shape(self, input: Array) -> tuple[int, int, int]:
        """(N, C, L), where N is 1 for an input without a batch axis, and L counts all places."""
        samples = len(input) if input.ndim == self._places + 2 else 1
        return samples, self.num_features, math.prod(input.shape[-self._places :])

    def _check(self, input: Array, of_sample: bool) -> None:
        name = type(self).__name__
        check_floating(self, input)
        if input.ndim not in (self._places + 1, self._places + 2):
            raise ValueError(
                f"{name}: expected an input of {self._places + 1} or {self._places + 2} axes, got shape {input.shape}"
            )
        if input.shape[-self._places - 1] != self.num_features:
            raise (RuntimeError if self.weight is None else ValueError)(
                f"{name}: expected num_features={self.num_features} on axis {-self._places - 1} of input,"
                f" got shape {input.shape}"
            )
        self.check_dtype(input)
        if of_sample and math.prod(input.shape[-self._places :]) == 1:
            raise ValueError(f"{name}: expected more than 1 place per channel, got shape {input.shape}")


def _rows(channels: Array) -> Array:
    samples, count, places = channels.shape
    return channels.reshape(samples * count, places)  # −1 would not do for a size of 0


class InstanceNorm1d(_InstanceNorm):
    """Normalises each channel of each sequence by itself: mean 0, variance 1; on demand a learnt scale and shift.

    Math:
        forward:  x̂ = (x − μ) / √(σ² + eps); output = γ x̂ + β
        backward: grad_γ = Σ grad_output x̂;  grad_β = Σ grad_output, over the samples and the places of a channel
                  grad_x = (g − mean(g) − x̂ mean(g x̂)) / √(σ² + eps), where g = γ grad_output, from own statistics
                  grad_x = g / √(σ² + eps), from the running ones
        where x is one channel of one sample, μ and σ² are the mean and the biased variance of its n places (divided by
        n), and mean(·) runs over the same places. γ is the channel's weight and β its bias, where there are any.
        With `track_running_stats`, μ and σ² are the running ones in evaluation, and in training these follow:
        running = (1 − momentum) running + momentum · the mean over the samples, of μ and of the unbiased variance
        (divided by n − 1).

    Args:
        num_features: the number of channels, C.
        eps: added to the variance, under the root.
        momentum: the weight of the newest batch in the running statistics; with None they stay as they are.
        affine: whether γ and β exist.
        track_running_stats: whether there are running statistics; without them each sample's own are used in
            evaluation, too.
        dtype: of the parameters and the statistics; the default dtype when None.
        bias: whether β exists; without `affine` it never does.

    Shape:
        - Input, output: (N, C, L) or (C, L).
        - weight, bias, running_mean, running_var: (C,); num_batches_tracked: (), which stays 0, as in PyTorch.

    Raises:
        ValueError: another number of axes; a single place per channel, where its own statistics are used; another
            number of channels than the weight's.
        RuntimeError: another number of channels where there is no weight; another dtype than the layer's, or not of
            floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html
        Instance Normalization (Ulyanov, Vedaldi & Lempitsky, 2016), https://arxiv.org/abs/1607.08022

    Example:
        >>> layer = InstanceNorm1d(1, eps=5.0)
        >>> layer(np.array([[0.0, 4.0]]))  # mean 2, variance 4: ±2 / √(4 + 5)
        array([[-0.66666667,  0.66666667]])
    """

    _places = 1


class InstanceNorm2d(_InstanceNorm):
    """Normalises each channel of each image by itself: `InstanceNorm1d`, over the height and the width.

    Math:
        forward:  output = γ (x − μ) / √(σ² + eps) + β for each channel of each sample, with the mean μ and the biased
                  variance σ² of its n = H · W places
        backward: as in InstanceNorm1d

    Args:
        num_features: the number of channels, C.
        eps: added to the variance, under the root.
        momentum: the weight of the newest batch in the running statistics; with None they stay as they are.
        affine: whether γ and β exist.
        track_running_stats: whether there are running statistics; without them each sample's own are used in
            evaluation, too.
        dtype: of the parameters and the statistics; the default dtype when None.
        bias: whether β exists; without `affine` it never does.

    Shape:
        - Input, output: (N, C, H, W) or (C, H, W).
        - weight, bias, running_mean, running_var: (C,); num_batches_tracked: (), which stays 0, as in PyTorch.

    Raises:
        ValueError: another number of axes; a single place per channel, where its own statistics are used; another
            number of channels than the weight's.
        RuntimeError: another number of channels where there is no weight; another dtype than the layer's, or not of
            floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html

    Example:
        >>> layer = InstanceNorm2d(1, eps=5.0)
        >>> layer(np.array([[[0.0, 4.0]]]))  # mean 2, variance 4: ±2 / √(4 + 5)
        array([[[-0.66666667,  0.66666667]]])
    """

    _places = 2


class InstanceNorm3d(_InstanceNorm):
    """Normalises each channel of each volume by itself: `InstanceNorm1d`, over all three sides.

    Math:
        forward:  output = γ (x − μ) / √(σ² + eps) + β for each channel of each sample, with the mean μ and the biased
                  variance σ² of its n = D · H · W places
        backward: as in InstanceNorm1d

    Args:
        num_features: the number of channels, C.
        eps: added to the variance, under the root.
        momentum: the weight of the newest batch in the running statistics; with None they stay as they are.
        affine: whether γ and β exist.
        track_running_stats: whether there are running statistics; without them each sample's own are used in
            evaluation, too.
        dtype: of the parameters and the statistics; the default dtype when None.
        bias: whether β exists; without `affine` it never does.

    Shape:
        - Input, output: (N, C, D, H, W) or (C, D, H, W).
        - weight, bias, running_mean, running_var: (C,); num_batches_tracked: (), which stays 0, as in PyTorch.

    Raises:
        ValueError: another number of axes; a single place per channel, where its own statistics are used; another
            number of channels than the weight's.
        RuntimeError: another number of channels where there is no weight; another dtype than the layer's, or not of
            floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html

    Example:
        >>> layer = InstanceNorm3d(1, eps=5.0)
        >>> layer(np.array([[[[0.0, 4.0]]]]))  # mean 2, variance 4: ±2 / √(4 + 5)
        array([[[[-0.66666667,  0.66666667]]]])
    """

    _places = 3
