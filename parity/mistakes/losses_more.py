"""Mistakes in the losses of outliers, distributions, margins and embeddings."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.losses import (
    CosineEmbeddingLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiMarginLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from scratch.module import Module

__all__ = ["MISTAKES"]


class LineOfSlopeOne(HuberLoss):
    """|d| − δ/2 beyond the bend, where the line's slope is δ: it does not meet the parabola."""

    @np.errstate(all="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        reduction, self.reduction = self.reduction, "none"
        losses = super().forward(input, target)
        self.reduction = reduction
        losses = np.where(np.abs(input - target) <= self.delta, losses, losses / self.delta)
        totals = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / input.dtype.type(losses.size or np.nan)}
        return totals[reduction]


class LineOfSlopeBeta(SmoothL1Loss):
    """Huber's loss, which is beta times as large."""

    def forward(self, input: Array, target: Array) -> Any:
        return super().forward(input, target) * (self.beta or 1)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        return super().backward(grad_output) * (self.beta or 1)


class VarianceUnclamped(GaussianNLLLoss):
    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(full=full, eps=0.0, reduction=reduction)


class VarianceStopped(GaussianNLLLoss):
    """The maximum is differentiated: a variance below eps gets no gradient, and so stays there."""

    def forward(self, input: Array, target: Array, var: Array | float) -> Any:
        self.below = var < self.eps
        return super().forward(input, target, var)

    def backward(self, grad_output: Array | float = 1.0) -> tuple[Array, None, Array | None]:
        grad_input, _, grad_var = super().backward(grad_output)
        return grad_input, None, None if grad_var is None else np.where(self.below, 0, grad_var)


class WholeConstant(GaussianNLLLoss):
    """log 2π, where half of it belongs to the standard deviation."""

    def forward(self, input: Array, target: Array, var: Array | float) -> Any:
        output = super().forward(input, target, var)
        if not self.full:
            return output
        count = input.size if self.reduction == "sum" else 1
        return output + 0.5 * math.log(2 * math.pi) * count


class MeanForBatchmean(KLDivLoss):
    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__("mean" if reduction == "batchmean" else reduction, log_target)


class ArgumentsSwapped(KLDivLoss):
    """The divergence of the target from the input, not of the input from the target."""

    @np.errstate(all="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        super().forward(input, target)  # for what it checks
        log_target, self.log_target = self.log_target, True
        output = super().forward(target if log_target else np.log(target), input)
        self.log_target = log_target
        return output


class ZeroTimesLogarithm(KLDivLoss):
    """0 · log 0, which is nan."""

    @np.errstate(all="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        super().forward(input, target)  # for what it checks
        return super().forward(input, target if self.log_target else np.where(target == 0, np.nan, target))


class CountTakenForItsLogarithm(PoissonNLLLoss):
    """The loss of a logarithm, whatever `log_input` says."""

    def __init__(self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean") -> None:
        super().__init__(True, full, eps, reduction)


class MarginSubtracted(MarginRankingLoss):
    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(-margin, reduction)


class AlikeAndUnlikeSwapped(HingeEmbeddingLoss):
    def forward(self, input: Array, target: Any) -> Any:
        return super().forward(input, -target)


class ZeroForUnlike(CosineEmbeddingLoss):
    """Targets of 1 and 0, where PyTorch's are 1 and −1."""

    def forward(self, input1: Array, input2: Array, target: Any) -> Any:
        return super().forward(input1, input2, np.where(target == 0, -1, target))


class ComparedWithItself(MultiMarginLoss):
    """The right class is among those that it is compared with: a constant, which no gradient shows."""

    def forward(self, input: Array, target: Any) -> Any:
        output = super().forward(input, target)
        weights = np.ones(target.shape, input.dtype) if self.weight is None else self.weight[target]
        constant = weights * input.dtype.type(self.margin**self.p / max(input.shape[-1], 1))
        totals = {"none": constant, "sum": constant.sum(), "mean": constant.sum() / max(constant.size, 1)}
        return output + totals[self.reduction]


class ReadsOn(MultiLabelMarginLoss):
    """Every class in the target's row counts, those after the first −1 too."""

    def forward(self, input: Array, target: Any) -> Any:
        first = np.sort(np.atleast_1d(target), axis=-1)[..., ::-1]
        return super().forward(input, first.reshape(target.shape))


class SwapIgnored(TripletMarginLoss):
    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, reduction: str = "mean"
    ) -> None:
        super().__init__(margin, p, eps, False, reduction)


class AnchorOnce(TripletMarginLoss):
    """The anchor is drawn to the positive, and not pushed from the negative: without swap, −grad_q is left out."""

    def backward(self, grad_output: Array | float = 1.0) -> tuple[Any, Any, Any]:
        anchor, positive, negative = super().backward(grad_output)
        if anchor is None or negative is None or anchor.shape != negative.shape or self.swap:
            return anchor, positive, negative
        return anchor + negative, positive, negative


class ParametersCopied(TripletMarginWithDistanceLoss):
    """Each use of the distance has parameters of its own, whose gradients nobody sees."""

    def distance(self) -> Module:
        return deepcopy(self.distance_function)


MISTAKES = [
    Mistake("huber-delta-missing", "HuberLoss", "forward", LineOfSlopeOne, "beyond the bend the slope is 1, not delta"),
    Mistake("smooth-l1-as-huber", "SmoothL1Loss", "forward", LineOfSlopeBeta, "the parabola is not divided by beta"),
    Mistake(
        "gaussian-nll-var-unclamped", "GaussianNLLLoss", "forward", VarianceUnclamped, "a variance of 0 is divided by"
    ),
    Mistake(
        "gaussian-nll-var-stopped",
        "GaussianNLLLoss",
        "grad",
        VarianceStopped,
        "a variance below eps has the gradient of the maximum, 0",
    ),
    Mistake("gaussian-nll-constant", "GaussianNLLLoss", "forward", WholeConstant, "log 2π is added, not half of it"),
    Mistake("kldiv-mean-for-batchmean", "KLDivLoss", "forward", MeanForBatchmean, "divided by every element"),
    Mistake("kldiv-arguments-swapped", "KLDivLoss", "forward", ArgumentsSwapped, "input and target change places"),
    Mistake("kldiv-zero-log-zero", "KLDivLoss", "forward", ZeroTimesLogarithm, "0 log 0 is nan, where its limit is 0"),
    Mistake(
        "poisson-log-input-ignored",
        "PoissonNLLLoss",
        "forward",
        CountTakenForItsLogarithm,
        "an expected count is taken for its logarithm",
    ),
    Mistake("margin-sign", "MarginRankingLoss", "forward", MarginSubtracted, "the margin is subtracted"),
    Mistake("hinge-embedding-swapped", "HingeEmbeddingLoss", "forward", AlikeAndUnlikeSwapped, "1 is taken for unlike"),
    Mistake("cosine-zero-for-unlike", "CosineEmbeddingLoss", "forward", ZeroForUnlike, "0 is taken for unlike, too"),
    Mistake("multi-margin-own-class", "MultiMarginLoss", "forward", ComparedWithItself, "the right class counts, too"),
    Mistake(
        "multi-label-reads-on", "MultiLabelMarginLoss", "forward", ReadsOn, "classes after the first −1 count, too"
    ),
    Mistake("triplet-swap-ignored", "TripletMarginLoss", "forward", SwapIgnored, "the positive is never swapped in"),
    Mistake("triplet-anchor-once", "TripletMarginLoss", "grad", AnchorOnce, "the anchor has one distance's gradient"),
    Mistake(
        "triplet-parameters-copied",
        "TripletMarginWithDistanceLoss",
        "result",
        ParametersCopied,
        "the distance is copied with its parameters, which are never trained",
    ),
]
