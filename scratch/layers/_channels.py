"""What the layers share that normalise channels: parameters, running statistics, the scale and shift of a channel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array, resolve_dtype
from scratch.layers._standardize import skip_buffers
from scratch.module import Module, Parameter

__all__ = ["ChannelNorm", "scale_channels", "scale_channels_grad"]


class ChannelNorm(Module):
    """The parameters and the running statistics of batch and instance normalisation."""

    running_mean: Any  # (C,), or None without running statistics, as the next two
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        dtype: npt.DTypeLike | None,
        bias: bool,
    ) -> None:
        super().__init__()
        dtype = resolve_dtype(dtype)
        self.num_features = num_features
        self.eps = float(eps)
        self.momentum = None if momentum is None else float(momentum)
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = Parameter(np.ones(num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_features, dtype)) if affine and bias else None
        self.register_buffer("running_mean", np.zeros(num_features, dtype) if track_running_stats else None)
        self.register_buffer("running_var", np.ones(num_features, dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", np.array(0, np.int64) if track_running_stats else None)

    def reset_running_stats(self) -> None:
        """Forget the batches seen."""
        if self.track_running_stats:
            self.running_mean[...] = 0
            self.running_var[...] = 1
            self.num_batches_tracked[...] = 0

    def reset_parameters(self) -> None:
        """Make the layer a plain normalisation again."""
        self.reset_running_stats()
        if self.weight is not None:
            self.weight.data[...] = 1
        if self.bias is not None:
            self.bias.data[...] = 0

    def check_dtype(self, input: Array) -> None:
        for own in (self.weight, self.running_mean):
            if own is not None and own.dtype != input.dtype:
                raise RuntimeError(
                    f"{type(self).__name__}: expected an input of the layer's dtype {own.dtype}, got {input.dtype}"
                )


@np.errstate()
def scale_channels(normalized: Array, weight: Parameter | None, bias: Parameter | None) -> Array:
    """γ x̂ + β, where x̂ is (N, C, L) and γ, β are (C,); x̂ itself without them."""
    if weight is None:
        return normalized
    skip_buffers(normalized.shape[2])
    output: Array = normalized * weight.data[:, None]
    if bias is not None:
        output += bias.data[:, None]
    return output


@np.errstate()
def scale_channels_grad(
    grad_output: Array, normalized: Array, weight: Parameter | None, bias: Parameter | None
) -> Array:
    """The gradient of x̂, in a new array, after those of γ and β were accumulated."""
    if weight is None:
        return grad_output.copy()
    skip_buffers(grad_output.shape[2])
    weight.accumulate(np.einsum("ncl,ncl->c", grad_output, normalized))
    if bias is not None:
        bias.accumulate(grad_output.sum(axis=(0, 2)))
    grad: Array = grad_output * weight.data[:, None]
    return grad
