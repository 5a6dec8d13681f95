"""Mistakes in layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch import init, random
from scratch.dtypes import Array
from scratch.layers import (
    BatchNorm1d,
    Conv2d,
    Dropout,
    Flatten,
    LeakyReLU,
    Linear,
    LogSoftmax,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from scratch.layers._windows import Margins, crop, windows
from scratch.module import Parameter, Sequential

__all__ = ["MISTAKES", "naive_log_softmax"]


@contextmanager
def turned(parameter: Parameter, turn: Callable[[Array], Array]) -> Iterator[None]:
    """Inside, the parameter is seen another way round; a gradient that it gets there is turned back."""
    data, grad = parameter.data, parameter.grad
    parameter.data, parameter.grad = turn(data), None
    try:
        yield
    finally:
        new = parameter.grad
        parameter.data, parameter.grad = data, grad
        if new is not None:
            parameter.accumulate(turn(new))


class _LinearBackward(Linear):
    """A Linear whose gradients are given by three small methods, so that a variant changes one of them."""

    def backward(self, grad_output: Array) -> Any:
        (input,) = self.saved(grad_output)
        self.weight.accumulate(self.grad_weight(input.reshape(-1, self.in_features), grad_output))
        if self.bias is not None:
            self.bias.accumulate(self.grad_bias(grad_output))
        return self.grad_input(grad_output)

    def rows(self, grad_output: Array) -> Array:
        return grad_output.reshape(-1, self.out_features)

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return self.rows(grad_output).T @ input

    def grad_bias(self, grad_output: Array) -> Any:
        return self.rows(grad_output).sum(axis=0)

    def grad_input(self, grad_output: Array) -> Any:
        return grad_output @ self.weight.data


class BatchMeanTwice(_LinearBackward):
    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return super().grad_weight(input, grad_output) / max(len(input), 1)


class BiasGradMean(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return super().grad_bias(grad_output) / max(len(self.rows(grad_output)), 1)


class BiasGradUnsummed(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return grad_output


class BiasGradFirstAxis(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return grad_output.sum(axis=0) if grad_output.ndim > 1 else grad_output


class WeightNotTransposed(_LinearBackward):
    def grad_input(self, grad_output: Array) -> Any:
        return grad_output @ self.weight.data.T


class UpstreamIgnored(_LinearBackward):
    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return super().grad_weight(input, np.ones_like(grad_output))


class WeightsUpdatedFirst(_LinearBackward):
    """The step is taken inside backward, before the gradient of the input is computed from the changed weight."""

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        grad = super().grad_weight(input, grad_output)
        self.weight.data -= np.asarray(0.1, grad.dtype) * grad
        return grad


class IntegerGradient(_LinearBackward):
    """The gradient is collected in an array that was made of whole numbers."""

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return super().grad_weight(input, grad_output).astype(np.int64)


class IntegerParameter(Parameter):
    """np.array([1, 2, 3]) is taken as it is: an array of whole numbers, to which no small step can be added."""

    def __init__(self, data: Array) -> None:
        super().__init__(np.zeros(0))
        self.data = data


class GradOverwritten(Linear):
    """`self.weight.grad = …` where `+=` is meant."""

    def backward(self, grad_output: Array) -> Any:
        self.zero_grad()
        return super().backward(grad_output)


class GradBufferReused(Linear):
    """The gradient is written into one array that was already handed out."""

    def backward(self, grad_output: Array) -> Any:
        held = self.weight.grad
        result = super().backward(grad_output)
        if held is not None and self.weight.grad is not None:
            held[...] = self.weight.grad
            self.weight.grad = held
        return result


class WeightStoredTransposed(Linear):
    """The weight is (in, out), as in many books; PyTorch's is (out, in)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.weight = Parameter(self.weight.data.T)

    def forward(self, input: Array) -> Array:
        with turned(self.weight, np.transpose):
            return super().forward(input)

    def backward(self, grad_output: Array) -> Any:
        with turned(self.weight, np.transpose):
            return super().backward(grad_output)


class FansSwapped(Linear):
    def reset_parameters(self) -> None:
        bound = 1 / np.sqrt(self.out_features)
        random.uniform_(self.weight.data, -bound, bound)
        if self.bias is not None:
            random.uniform_(self.bias.data, -bound, bound)


class ConstantInit(Linear):
    def reset_parameters(self) -> None:
        super().reset_parameters()
        self.weight.data[...] = 0.5


class BiasForgotten(Linear):
    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        return output if self.bias is None else output - self.bias.data


class DoubleOutput(Linear):
    """Computes in float64 whatever comes in."""

    def forward(self, input: Array) -> Array:
        return super().forward(input).astype(np.float64)


class NoShapeCheck(Linear):
    """A wrong shape reaches NumPy, whose message names neither the layer nor what it expected."""

    def forward(self, input: Array) -> Array:
        self.save(input)
        output: Array = input @ self.weight.data.T
        return output if self.bias is None else output + self.bias.data


class ConstructorRenamed(Linear):
    def __init__(self, input_size: int, output_size: int, bias: bool = True, dtype: Any = None) -> None:
        super().__init__(input_size, output_size, bias, dtype)


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
    """log(exp(x) / Σ exp(x)), which overflows. A softmax of it is that of x, so that a right class can go on from it."""
    logarithm: Array = input - np.log(np.exp(input).sum(axis=axis, keepdims=True))
    return logarithm


def guessed(dim: int | None, ndim: int) -> int:
    return dim if dim is not None else 0 if ndim in (0, 1, 3) else 1


class SoftmaxUnstable(Softmax):
    def forward(self, input: Array) -> Array:
        super().forward(input)  # for what it checks
        return super(SoftmaxUnstable, _silent(self)).forward(naive_log_softmax(input, guessed(self.dim, input.ndim)))


class LogSoftmaxUnstable(LogSoftmax):
    def forward(self, input: Array) -> Array:
        super().forward(input)
        return super().forward(naive_log_softmax(input, guessed(self.dim, input.ndim)))
