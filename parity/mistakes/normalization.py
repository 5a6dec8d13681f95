"""Mistakes in layers that normalise, and in the dropouts of channels and of SELU networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.layers import (
    AlphaDropout,
    Dropout2d,
    GroupNorm,
    InstanceNorm1d,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
    instance_norm,
    layer_norm,
)
from scratch.layers._standardize import standardize, standardize_grad

__all__ = ["MISTAKES"]


@contextmanager
def replaced(module: ModuleType, **functions: Callable[..., Any]) -> Iterator[None]:
    """Inside, the module calls these functions in place of its own of the same names."""
    own = {name: getattr(module, name) for name in functions}
    for name, function in functions.items():
        setattr(module, name, function)
    try:
        yield
    finally:
        for name, function in own.items():
            setattr(module, name, function)


def standardize_unbiased(rows: Array, eps: float) -> tuple[Array, Array]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    inverse_std = 1 / np.sqrt((centred**2).sum(axis=1) / max(rows.shape[1] - 1, 1) + eps)
    return centred * inverse_std[:, None], inverse_std


def standardize_columns(rows: Array, eps: float) -> tuple[Array, Array]:
    normalized, inverse_std = standardize(rows.T, eps)
    return normalized.T, inverse_std


def standardize_columns_grad(grad: Array, normalized: Array, inverse_std: Array, sums: Any) -> Array:
    return standardize_grad(grad.T, normalized.T, inverse_std).T


def scaled_only(grad: Array, normalized: Array, inverse_std: Array, sums: Any) -> Array:
    scaled: Array = grad * inverse_std[:, None]
    return scaled


class UnbiasedVariance(LayerNorm):
    def forward(self, input: Array) -> Array:
        with replaced(layer_norm, standardize=standardize_unbiased):
            return super().forward(input)


class OverBatch(LayerNorm):
    """Each element is normalised over the samples, as BatchNorm1d does in training."""

    def forward(self, input: Array) -> Array:
        with replaced(layer_norm, standardize=standardize_columns):
            return super().forward(input)

    def backward(self, grad_output: Array) -> Any:
        with replaced(layer_norm, standardize_grad=standardize_columns_grad):
            return super().backward(grad_output)


class LayerStatisticsConstant(LayerNorm):
    """Mean and variance are taken for constants in the backward, although they depend on the input."""

    def backward(self, grad_output: Array) -> Any:
        with replaced(layer_norm, standardize_grad=scaled_only):
            return super().backward(grad_output)


class GroupsDealtOut(GroupNorm):
    """Channel c goes to group c % num_groups; a group's channels follow one another."""

    def _groups(self, array: Array) -> Array:
        each = self.num_channels // self.num_groups
        dealt = array.reshape(len(array), each, self.num_groups, *array.shape[2:])
        return super()._groups(dealt.swapaxes(1, 2))

    def _channels(self, array: Array, input: Array) -> Array:
        samples, channels, places = super()._channels(array, input).shape
        groups = array.reshape(samples, self.num_groups, channels // self.num_groups, places)
        return groups.swapaxes(1, 2).reshape(samples, channels, places)


class Centred(RMSNorm):
    """The mean is subtracted first, as in LayerNorm."""

    @np.errstate(invalid="ignore")
    def forward(self, input: Array) -> Array:
        self._check(input)
        return super().forward(input - input.mean(axis=-1, keepdims=True))


class EpsOutsideRoot(RMSNorm):
    @np.errstate(over="ignore", invalid="ignore")
    def forward(self, input: Array) -> Array:
        self._check(input)
        rows = self._rows(input)
        eps = float(np.finfo(input.dtype).eps) if self.eps is None else self.eps
        inverse_rms = 1 / (np.sqrt((rows**2).mean(axis=1)) + eps)
        normalized = rows * inverse_rms[:, None]
        self.save(normalized, inverse_rms)
        return self._scaled(normalized).reshape(input.shape)


class InstanceOverBatch(InstanceNorm1d):
    """The statistics of a channel are taken over all samples together, as in BatchNorm1d."""

    def forward(self, input: Array) -> Array:
        def over_batch(rows: Array, eps: float) -> tuple[Array, Array]:
            normalized, inverse_std = standardize(self._together(rows), eps)  # (C, N·L), (C,)
            return self._apart(normalized, rows), inverse_std

        with replaced(instance_norm, standardize=over_batch):
            return super().forward(input)

    def backward(self, grad_output: Array) -> Any:
        def over_batch(grad: Array, normalized: Array, inverse_std: Array) -> Array:
            together = standardize_grad(self._together(grad), self._together(normalized), inverse_std)
            return self._apart(together, grad)

        with replaced(instance_norm, standardize_grad=over_batch):
            return super().backward(grad_output)

    def _together(self, rows: Array) -> Array:
        samples = len(rows) // self.num_features
        channels = rows.reshape(samples, self.num_features, rows.shape[1]).swapaxes(0, 1)
        return channels.reshape(self.num_features, samples * rows.shape[1])

    def _apart(self, together: Array, rows: Array) -> Array:
        samples = len(rows) // self.num_features
        return together.reshape(self.num_features, samples, rows.shape[1]).swapaxes(0, 1).reshape(rows.shape)


class ElementMask(Dropout2d):
    """Single pixels are left out, as in Dropout, where whole channels are meant."""

    def _mask_shape(self, input: Array) -> tuple[int, ...]:
        return input.shape


class ZeroFilled(AlphaDropout):
    """What is left out becomes 0, which is not where SELU saturates."""

    @np.errstate(invalid="ignore")
    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        (mask,) = self._saved or (None,)
        return output if mask is None else input * mask


class WindowShifted(LocalResponseNorm):
    """An even window reaches one channel further up than down."""

    def forward(self, input: Array) -> Array:
        return super().forward(input[:, ::-1])[:, ::-1]

    def backward(self, grad_output: Array) -> Array:
        return super().backward(grad_output[:, ::-1])[:, ::-1]


class AlphaUndivided(LocalResponseNorm):
    """alpha weighs the sum over the window, as in the paper, not its mean."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__(size, alpha * size, beta, k)


MISTAKES = [
    Mistake("layernorm-unbiased-variance", "LayerNorm", "forward", UnbiasedVariance, "divides by n − 1, not n"),
    Mistake("layernorm-over-batch", "LayerNorm", "forward", OverBatch, "normalises over the samples, not each sample"),
    Mistake(
        "layernorm-statistics-constant", "LayerNorm", "grad", LayerStatisticsConstant, "mean and variance as constants"
    ),
    Mistake("groupnorm-groups-swapped", "GroupNorm", "forward", GroupsDealtOut, "channel c in group c % num_groups"),
    Mistake("rmsnorm-centred", "RMSNorm", "forward", Centred, "the mean is subtracted first"),
    Mistake("rmsnorm-eps-outside-root", "RMSNorm", "forward", EpsOutsideRoot, "eps is added to the root"),
    Mistake(
        "instancenorm-over-batch", "InstanceNorm1d", "forward", InstanceOverBatch, "statistics over the whole batch"
    ),
    Mistake("dropout2d-element-mask", "Dropout2d", "forward", ElementMask, "single pixels are left out, not channels"),
    Mistake("alpha-dropout-zero-filled", "AlphaDropout", "forward", ZeroFilled, "0 in place of SELU's limit"),
    Mistake("lrn-window-shifted", "LocalResponseNorm", "forward", WindowShifted, "an even window reaches up, not down"),
    Mistake("lrn-alpha-undivided", "LocalResponseNorm", "forward", AlphaUndivided, "alpha is not divided by the size"),
]
