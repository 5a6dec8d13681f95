"""Mistakes in losses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from parity.mistakes.activations import naive_log_softmax
from scratch import valor
from scratch.dtypes import Array
from scratch.losses import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, NLLLoss
from scratch.valor import Valor

__all__ = ["MISTAKES"]


def classes_axis(input: Array) -> int:
    return 0 if input.ndim == 1 else 1


@np.errstate(all="ignore")
def softmax(input: Array) -> Array:
    axis = classes_axis(input)
    exponentials = np.exp(input - input.max(axis=axis, keepdims=True, initial=-np.inf))
    probabilities: Array = exponentials / exponentials.sum(axis=axis, keepdims=True)
    return probabilities


@np.errstate(all="ignore")
def through_softmax(probabilities: Array, grad: Array) -> Array:
    """The gradient of a softmax's input, from that of its output."""
    inner = (grad * probabilities).sum(axis=classes_axis(probabilities), keepdims=True)
    grad_input: Array = probabilities * (grad - inner)
    return grad_input


class DoubleSoftmax(CrossEntropyLoss):
    """The network ends in a softmax, and the loss takes another."""

    def forward(self, input: Array, target: Any) -> Any:
        super().forward(input, target)  # for what it checks
        self.probabilities = softmax(input)
        return super().forward(self.probabilities, target)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        return through_softmax(self.probabilities, super().backward(grad_output))


class DerivativeTwice(CrossEntropyLoss):
    """p − y is the derivative through the softmax already; here the softmax's own is applied once more."""

    def forward(self, input: Array, target: Any) -> Any:
        output = super().forward(input, target)
        self.probabilities = softmax(input)
        return output

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        return through_softmax(self.probabilities, super().backward(grad_output))


class CrossEntropyUnstable(CrossEntropyLoss):
    def forward(self, input: Array, target: Any) -> Any:
        return super().forward(naive_log_softmax(input, classes_axis(input)), target)


class LogClipped(CrossEntropyLoss):
    """log(p + 1e-7), so that the logarithm of 0 is never taken: no loss can exceed 16.118."""

    def forward(self, input: Array, target: Any) -> Any:
        super().forward(input, target)  # for what it checks
        return super().forward(np.log(softmax(input) + input.dtype.type(1e-7)), target)


class ProbabilityClipped(BCELoss):
    """p is moved into [1e-7, 1 − 1e-7] before its logarithm is taken, as books do."""

    def forward(self, input: Array, target: Array) -> Any:
        super().forward(input, target)  # for what it checks
        return super().forward(np.clip(input, 1e-7, 1 - 1e-7), target)


class ThroughTheProbability(BCEWithLogitsLoss):
    """log(sigmoid(x)): where the sigmoid is rounded to 0 or 1, the logit cannot be had back from it."""

    @np.errstate(all="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        if input.dtype.kind != "f":
            return super().forward(input, target)
        sigmoid = 1 / (1 + np.exp(-input))
        return super().forward(np.log(sigmoid) - np.log(1 - sigmoid), target)


class SignOfDifference(CrossEntropyLoss):
    """y − p where p − y is meant."""

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        return -super().backward(grad_output)


class AbsoluteSign(L1Loss):
    def backward(self, grad_output: Array | float = 1.0) -> Array:
        return -super().backward(grad_output)


def summed(loss: CrossEntropyLoss) -> CrossEntropyLoss:
    """The same loss, with the reduction "sum"."""
    return CrossEntropyLoss(loss.weight, loss.ignore_index, "sum", loss.label_smoothing)


class BatchMeanMissing(CrossEntropyLoss):
    """The loss is a mean, and its gradient that of the sum."""

    grad: Callable[..., Array]

    def forward(self, input: Array, target: Any) -> Any:
        output = super().forward(input, target)
        if self.reduction == "mean":
            total = summed(self)
            total(input, target)
            self.grad = total.backward
        return output

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        grad = super().backward(grad_output)
        return self.grad(grad_output) if self.reduction == "mean" else grad


class WeightedMeanByCount(CrossEntropyLoss):
    """The weighted losses are divided by their number, where PyTorch divides by the sum of their weights."""

    def forward(self, input: Array, target: Any) -> Any:
        mean = super().forward(input, target)
        self.factor: Any = 1
        if self.weight is not None and self.reduction == "mean" and input.shape != target.shape:
            counted = target[target != self.ignore_index]
            self.factor = self.weight[counted].sum() / input.dtype.type(max(counted.size, 1))
        return mean * self.factor

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        grad: Array = super().backward(grad_output) * self.factor
        return grad


class WeightForgottenInGradient(NLLLoss):
    """The backward knows nothing of the class weights, but for their sum."""

    def forward(self, input: Array, target: Any) -> Any:
        output = super().forward(input, target)
        shape, labels, weights, ignored, divisor = self.saved(None)
        self.save(shape, labels, np.where(ignored, 0, np.ones_like(weights)), ignored, divisor)
        return output


class HalfSquare(MSELoss):
    """½ (input − target)², whose derivative is the plain difference."""

    def forward(self, input: Array, target: Array) -> Any:
        return super().forward(input, target) * 0.5

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        return super().backward(grad_output) * 0.5


class SumOverFeatures(MSELoss):
    """A mean over the batch of sums over the features."""

    def forward(self, input: Array, target: Array) -> Any:
        output = super().forward(input, target)
        self.factor = math.prod(input.shape[1:]) if self.reduction == "mean" else 1
        return output * self.factor

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        return super().backward(grad_output) * self.factor


class GradientNotDivided(MSELoss):
    """The loss is a mean, and its gradient that of the sum."""

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        grad = super().backward(grad_output)
        return grad * max(grad.size, 1) if self.reduction == "mean" else grad


class ColumnBroadcast(MSELoss):
    """(N,) minus (N, 1) is N × N."""

    def forward(self, input: Array, target: Array) -> Any:
        return super().forward(*np.broadcast_arrays(input, target))


class UpstreamDemanded(MSELoss):
    """`loss.backward()` wants an argument, where a loss starts from 1."""

    def backward(self, grad_output: Array | float) -> Array:  # type: ignore[override]  # which is the mistake
        return super().backward(grad_output)


def naive_logsumexp(values: list[Valor]) -> Valor:
    return valor.sum([value.exp() for value in values]).log() if values else valor.logsumexp(values)


MISTAKES = [
    Mistake("double-softmax", "CrossEntropyLoss", "forward", DoubleSoftmax, "a softmax before the loss, which has one"),
    Mistake(
        "activation-derivative-twice",
        "CrossEntropyLoss",
        "grad",
        DerivativeTwice,
        "the softmax's derivative is applied again, after p − y",
    ),
    Mistake("softmax-unstable", "CrossEntropyLoss", "forward", CrossEntropyUnstable, "no maximum is subtracted"),
    Mistake("softmax-unstable", "valor.logsumexp", "result", naive_logsumexp, "no maximum is subtracted"),
    Mistake("log-clipped", "CrossEntropyLoss", "forward", LogClipped, "log(p + 1e-7) caps the loss at 16.118"),
    Mistake("log-clipped", "BCELoss", "forward", ProbabilityClipped, "probabilities are moved into [1e-7, 1 − 1e-7]"),
    Mistake("bce-naive", "BCEWithLogitsLoss", "forward", ThroughTheProbability, "log(sigmoid(x)), infinite for 800"),
    Mistake("loss-sign", "CrossEntropyLoss", "grad", SignOfDifference, "y − p where p − y is meant"),
    Mistake("loss-sign", "L1Loss", "grad", AbsoluteSign, "the sign of target − input"),
    Mistake("batch-mean-missing", "CrossEntropyLoss", "grad", BatchMeanMissing, "the gradient is not divided by N"),
    Mistake("batch-mean-missing", "MSELoss", "grad", GradientNotDivided, "the gradient is not divided by n"),
    Mistake(
        "weighted-mean-by-count",
        "CrossEntropyLoss",
        "forward",
        WeightedMeanByCount,
        "divided by N instead of by the sum of the weights",
    ),
    Mistake("class-weight-forgotten", "NLLLoss", "grad", WeightForgottenInGradient, "no class weight in the gradient"),
    Mistake("mse-half", "MSELoss", "forward", HalfSquare, "half the squared error"),
    Mistake("mse-sum-over-features", "MSELoss", "forward", SumOverFeatures, "a mean over the batch only"),
    Mistake("broadcast-column", "MSELoss", "errors", ColumnBroadcast, "(N,) minus (N, 1) gives N × N differences"),
    Mistake("upstream-demanded", "MSELoss", "unit", UpstreamDemanded, "backward() of a loss does not start from 1"),
]
