"""Mistakes in activation functions."""

from __future__ import annotations

import numpy as np

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.layers import (
    ELU,
    GELU,
    GLU,
    SELU,
    LeakyReLU,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    RReLU,
    Sigmoid,
    Softmax,
    Softmin,
    Softplus,
    Tanh,
)  # fmt: skip

__all__ = ["MISTAKES", "TanhPrimeOfInput", "naive_log_softmax"]


class InputChanged(ReLU):
    """`x[x < 0] = 0; return x`: the output is right, and the caller's array is gone."""

    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        input[...] = output
        return output


class UpstreamChanged(ReLU):
    """`grad_output[x < 0] = 0; return grad_output`: the gradient is right, and the caller's array is gone."""

    def backward(self, grad_output: Array) -> Array:
        grad_output[...] = super().backward(grad_output)
        return grad_output


class ReluKink(ReLU):
    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        self.save(input)
        return output

    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        return np.where(input < 0, 0, grad_output)


class ReluOfGradient(ReLU):
    """The activation is applied to the gradient instead of its derivative."""

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        return np.maximum(grad_output, 0)


class LeakySlopeForgotten(LeakyReLU):
    def backward(self, grad_output: Array) -> Array:
        (positive,) = self.saved(grad_output)
        return np.where(positive, grad_output, 0)


class PReluGradUnsummed(PReLU):
    """One slope has one gradient; here it gets one for each element of the input."""

    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        self.weight.accumulate(np.where(input > 0, 0, grad_output * input))
        return np.where(input > 0, grad_output, grad_output * self._slopes(input.ndim))


class RandomSlopesInEvaluation(RReLU):
    def forward(self, input: Array) -> Array:
        mode, self.training = self.training, True
        try:
            return super().forward(input)
        finally:
            self.training = mode


class EluWithoutAlphaInDerivative(ELU):
    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        grad: Array = grad_output * np.exp(np.minimum(input, 0))
        return grad


class SeluConstantsSwapped(SELU):
    def __init__(self) -> None:
        super().__init__()
        self.alpha, self._scale = self._scale, self.alpha


class SoftplusOverflow(Softplus):
    @np.errstate(over="ignore")
    def forward(self, input: Array) -> Array:
        super().forward(input)
        output: Array = np.log1p(np.exp(input * self.beta)) / self.beta
        return output


class GeluTanhForErf(GELU):
    """The approximation is taken even where the exact form was asked for."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__("tanh")


class GateIsAConstant(Mish):
    """The product rule is forgotten: the gate depends on the input, too."""

    def backward(self, grad_output: Array) -> Array:
        _, exponential = self.saved(grad_output)
        gate: Array = np.tanh(np.log1p(exponential))
        return grad_output * gate


class GluHalvesSwapped(GLU):
    def forward(self, input: Array) -> Array:
        return super().forward(np.roll(input, input.shape[self.dim] // 2, axis=self.dim) if input.ndim else input)

    def backward(self, grad_output: Array) -> Array:
        grad = super().backward(grad_output)
        return np.roll(grad, grad.shape[self.dim] // 2, axis=self.dim)


class SoftminSign(Softmin):
    """The derivative of −x is forgotten."""

    def backward(self, grad_output: Array) -> Array:
        return -super().backward(grad_output)


class SigmoidPrimeOfActivation(Sigmoid):
    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        again = 1 / (1 + np.exp(-output))
        result: Array = grad_output * again * (1 - again)
        return result


class SigmoidOverflow(Sigmoid):
    @np.errstate(over="ignore", invalid="ignore")
    def forward(self, input: Array) -> Array:
        super().forward(input)
        exponential = np.exp(input)
        output: Array = exponential / (exponential + 1)
        self.save(output)
        return output


class TanhPrimeOfInput(Tanh):
    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        self.save(input)
        return output


class ContiguousTakenForGranted(Tanh):
    """Reads the memory of the input in the order in which it lies, which for a transposed array is another."""

    def forward(self, input: Array) -> Array:
        return super().forward(input.ravel(order="K").reshape(input.shape))


@np.errstate(all="ignore")
def naive_log_softmax(input: Array, axis: int) -> Array:
    """log(exp(x) / Σ exp(x)), which overflows. Its softmax is that of x, so that a right class can go on from it.

    What is no input of a softmax is left to the right class, which refuses it.
    """
    axes = max(input.ndim, 1)
    if input.dtype.kind != "f" or not -axes <= axis < axes:
        return input
    logarithm: Array = input - np.log(np.exp(input).sum(axis=axis, keepdims=True))
    return logarithm


def guessed(dim: int | None, ndim: int) -> int:
    return dim if dim is not None else 0 if ndim in (0, 1, 3) else 1


class SoftmaxUnstable(Softmax):
    def forward(self, input: Array) -> Array:
        return super().forward(naive_log_softmax(input, guessed(self.dim, input.ndim)))


class LogSoftmaxUnstable(LogSoftmax):
    def forward(self, input: Array) -> Array:
        return super().forward(naive_log_softmax(input, guessed(self.dim, input.ndim)))


class SoftmaxWrongAxis(Softmax):
    """Takes each column of a matrix where its rows are meant."""

    def forward(self, input: Array) -> Array:
        asked = self.dim
        if input.ndim == 2 and asked in (1, -1):
            self.dim = 0
        try:
            return super().forward(input)
        finally:
            self.dim = asked


class SoftmaxJacobianDiagonal(Softmax):
    def backward(self, grad_output: Array) -> Array:
        output, _ = self.saved(grad_output)
        result: Array = grad_output * output * (1 - output)
        return result


class ProbabilitiesEdited(Softmax):
    """The backward works in the array of the probabilities, which the forward had handed out."""

    def backward(self, grad_output: Array) -> Array:
        output, dim = self.saved(grad_output)
        output *= grad_output - (grad_output * output).sum(axis=dim, keepdims=True)
        grad: Array = output
        return grad


MISTAKES = [
    Mistake("input-changed", "ReLU", "unchanged", InputChanged, "the input is changed in place"),
    Mistake("upstream-changed", "ReLU", "unchanged", UpstreamChanged, "the upstream gradient is changed in place"),
    Mistake("relu-kink", "ReLU", "grad", ReluKink, "the derivative at exactly 0 is 1"),
    Mistake("relu-of-gradient", "ReLU", "grad", ReluOfGradient, "ReLU is applied to the gradient"),
    Mistake("leaky-slope-forgotten", "LeakyReLU", "grad", LeakySlopeForgotten, "no negative slope in the backward"),
    Mistake("sigmoid-prime-of-activation", "Sigmoid", "grad", SigmoidPrimeOfActivation, "σ'(σ(x)) for σ'(x)"),
    Mistake("sigmoid-overflow", "Sigmoid", "forward", SigmoidOverflow, "exp(x) / (exp(x) + 1) overflows"),
    Mistake("prelu-grad-unsummed", "PReLU", "grad", PReluGradUnsummed, "a gradient of the slope for each element"),
    Mistake("rrelu-random-in-eval", "RReLU", "eval", RandomSlopesInEvaluation, "random slopes in evaluation"),
    Mistake("elu-alpha-missing-in-derivative", "ELU", "grad", EluWithoutAlphaInDerivative, "exp(x) for alpha exp(x)"),
    Mistake("selu-constants-swapped", "SELU", "forward", SeluConstantsSwapped, "alpha and the scale change places"),
    Mistake("softplus-overflow", "Softplus", "forward", SoftplusOverflow, "no threshold: exp(x) overflows"),
    Mistake("gelu-tanh-for-erf", "GELU", "forward", GeluTanhForErf, "the approximate form for the exact one"),
    Mistake("gate-is-a-constant", "Mish", "grad", GateIsAConstant, "the derivative of the gate is left out"),
    Mistake("glu-halves-swapped", "GLU", "forward", GluHalvesSwapped, "the sigmoid of the wrong half"),
    Mistake("softmin-grad-sign", "Softmin", "grad", SoftminSign, "the derivative of −x is forgotten"),
    Mistake("tanh-prime-of-input", "Tanh", "grad", TanhPrimeOfInput, "1 − x² where 1 − tanh(x)² is meant"),
    Mistake("layout-taken-for-granted", "Tanh", "strided", ContiguousTakenForGranted, "reads memory as it lies"),
    Mistake("softmax-unstable", "Softmax", "forward", SoftmaxUnstable, "no maximum is subtracted before exp"),
    Mistake("softmax-unstable", "LogSoftmax", "forward", LogSoftmaxUnstable, "no maximum is subtracted before exp"),
    Mistake("softmax-wrong-axis", "Softmax", "forward", SoftmaxWrongAxis, "normalised along another axis"),
    Mistake("softmax-jacobian-diagonal", "Softmax", "grad", SoftmaxJacobianDiagonal, "only the Jacobian's diagonal"),
    Mistake("cached-probabilities-edited", "Softmax", "kept", ProbabilitiesEdited, "edits what it had handed out"),
]
