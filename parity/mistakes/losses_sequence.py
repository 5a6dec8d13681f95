"""Mistakes in losses of sequences and of very many classes, and in penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.losses import AdaptiveLogSoftmaxWithLoss, CTCLoss, LinearCrossEntropyLoss
from scratch.penalties import L2Penalty

__all__ = ["MISTAKES"]


class RepeatsMerged(CTCLoss):
    """From a label straight to the next, also where both are the same: such alignments say it once."""

    def skips(self, states: Any) -> npt.NDArray[np.bool_]:
        may = np.zeros(states.shape, bool)
        may[:, 3::2] = True
        return may


class MeanWithoutTargetLength(CTCLoss):
    def divisors(self, sizes: Any, dtype: npt.DTypeLike) -> Array:
        return np.full(sizes.shape, len(sizes) if self.reduction == "mean" else 1, dtype)


class EmissionTwice(CTCLoss):
    """Both α and β contain p_t, and it is not divided out once: shares that do not sum to one."""

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        ndim, frames, times, sizes, states, skips, alpha, losses = self.saved(grad_output)
        twice = alpha.copy()
        twice[1:, :, 2:] += np.take_along_axis(frames, states[np.newaxis], axis=2)
        self.save(ndim, frames, times, sizes, states, skips, twice, losses)
        return super().backward(grad_output)


class ClusterNotConditional(AdaptiveLogSoftmaxWithLoss):
    """The probability of a rare class given its cluster, without that of the cluster."""

    def forward(self, input_: Array, target_: Any) -> Any:
        result = super().forward(input_, target_)
        ndim, head, choice, tails = self.saved(None)
        self.save(ndim, head, choice, tails)
        of_cluster = np.where(choice < self.shortlist_size, 0, head[np.arange(len(head)), choice])
        output = result.output - (of_cluster if ndim == 2 else of_cluster[0])
        return type(result)(output, result.loss + of_cluster.sum() / max(len(head), 1))


class ClassesLast(LinearCrossEntropyLoss):
    """The layer's outputs are read position by position, where PyTorch numbers them class by class."""

    def logits(self, outputs: Array) -> Array:
        return np.moveaxis(
            outputs.reshape(*outputs.shape[:-1], *self.out_features, self.num_classes), -1, outputs.ndim - 1
        )


class HalfSlope(L2Penalty):
    """λ p, the slope of λ/2 Σ p²."""

    def slope(self, values: Array) -> Array:
        return values


MISTAKES = [
    Mistake("ctc-repeats-merged", "CTCLoss", "forward", RepeatsMerged, "no blank is needed between equal labels"),
    Mistake(
        "ctc-mean-without-target-length",
        "CTCLoss",
        "forward",
        MeanWithoutTargetLength,
        "the mean is not divided by the lengths of the targets",
    ),
    Mistake("ctc-emission-twice", "CTCLoss", "grad", EmissionTwice, "p_t stands in α and in β, and thus twice in α β"),
    Mistake(
        "adaptive-cluster-not-conditional",
        "AdaptiveLogSoftmaxWithLoss",
        "forward",
        ClusterNotConditional,
        "a rare class's probability is not multiplied by its cluster's",
    ),
    Mistake(
        "linear-classes-last",
        "LinearCrossEntropyLoss",
        "forward",
        ClassesLast,
        "the classes are taken for the last axis of the layer's outputs",
    ),
    Mistake("decay-l2-factor", "L2Penalty", "result", HalfSlope, "λp where the gradient of λ · p² is 2λp"),
]
