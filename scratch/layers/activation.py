"""The classic smooth activation functions, applied to each element alone."""

from __future__ import annotations

import numpy as np

from scratch._choose import choose
from scratch._special import sigmoid
from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.module import Module

__all__ = ["LogSigmoid", "Sigmoid", "Softplus", "Softsign", "Tanh"]


class Sigmoid(Module):
    """The logistic function: any number to one between 0 and 1.

    Math:
        forward:  σ_i = 1 / (1 + exp(−input_i))
        backward: grad_input_i = grad_output_i σ_i (1 − σ_i), where σ is the output, not the input

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html

    Example:
        >>> sigmoid = Sigmoid()
        >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
        array([0. , 0.5, 1. ])
        >>> sigmoid.backward(np.array([1.0, 1.0, 1.0]))
        array([0.  , 0.25, 0.  ])
    """

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        output = sigmoid(input)
        self.save(output)
        return output

    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        grad: Array = grad_output * (1 - output) * output
        return grad


class Tanh(Module):
    """The hyperbolic tangent: any number to one between −1 and 1.

    Math:
        forward:  output_i = (exp(input_i) − exp(−input_i)) / (exp(input_i) + exp(−input_i))
        backward: grad_input_i = grad_output_i (1 − output_i²): the square is the output's, not the input's

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html

    Example:
        >>> tanh = Tanh()
        >>> tanh(np.array([-1000.0, 0.0, 1000.0]))
        array([-1.,  0.,  1.])
        >>> tanh.backward(np.array([1.0, 1.0, 1.0]))
        array([0., 1., 0.])
    """

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        output: Array = np.tanh(input)
        self.save(output)
        return output

    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        grad: Array = grad_output * (1 - np.square(output))
        return grad


class LogSigmoid(Module):
    """The logarithm of `Sigmoid`, computed in one so that a tiny probability does not become log 0.

    Math:
        forward:  output_i = log(1 / (1 + exp(−input_i))) = min(input_i, 0) − log(1 + exp(−|input_i|))
        backward: grad_input_i = grad_output_i (1 − σ(input_i)) = grad_output_i (1 − exp(output_i))
        where σ is the sigmoid.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html

    Example:
        >>> log_sigmoid = LogSigmoid()
        >>> log_sigmoid(np.array([-1000.0, 0.0])).round(4)
        array([-1.000e+03, -6.931e-01])
        >>> log_sigmoid.backward(np.array([1.0, 1.0]))
        array([1. , 0.5])
    """

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        output: Array = np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))
        self.save(output)
        return output

    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        grad: Array = -grad_output * np.expm1(output)
        return grad


class Softplus(Module):
    """A smooth ReLU.

    Math:
        forward:  output_i = log(1 + exp(beta input_i)) / beta, and input_i if beta input_i > threshold
        backward: grad_input_i = grad_output_i σ(beta input_i), and grad_output_i if beta input_i > threshold
        where σ is the sigmoid. Above the threshold the two are as good as equal, and exp would overflow at last.

    Args:
        beta: the larger, the nearer to ReLU.
        threshold: where the straight line begins.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html

    Example:
        >>> softplus = Softplus()
        >>> softplus(np.array([-1000.0, 0.0, 1000.0])).round(4)
        array([0.000e+00, 6.931e-01, 1.000e+03])
        >>> softplus.backward(np.array([1.0, 1.0, 1.0]))
        array([0. , 0.5, 1. ])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = float(beta)
        self.threshold = float(threshold)

    @np.errstate(over="ignore")  # where exp overflows, the input is taken
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        self.save(input)
        scaled = input * self.beta
        return choose(scaled > self.threshold, input, np.log1p(np.exp(scaled)) / self.beta)

    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        scaled = input * self.beta
        return choose(scaled > self.threshold, grad_output, grad_output * sigmoid(scaled))


class Softsign(Module):
    """Any number to one between −1 and 1, as `Tanh`, with longer tails.

    Math:
        forward:  output_i = input_i / (1 + |input_i|)
        backward: grad_input_i = grad_output_i / (1 + |input_i|)² = grad_output_i (1 − |output_i|)²

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Softsign.html

    Example:
        >>> softsign = Softsign()
        >>> softsign(np.array([-3.0, 0.0, 1.0]))
        array([-0.75,  0.  ,  0.5 ])
        >>> softsign.backward(np.array([1.0, 1.0, 1.0]))
        array([0.0625, 1.    , 0.25  ])
    """

    @np.errstate(invalid="ignore")  # inf / inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        output: Array = input / (1 + np.abs(input))
        self.save(output)
        return output

    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        grad: Array = grad_output * np.square(1 - np.abs(output))
        return grad
