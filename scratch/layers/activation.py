"""Activation functions: applied to each element alone, except the softmaxes."""

from __future__ import annotations

import warnings

import numpy as np

from scratch.dtypes import Array
from scratch.layers._checks import check_floating, resolve_dim
from scratch.layers._masks import keep
from scratch.module import Module

__all__ = ["LeakyReLU", "LogSoftmax", "ReLU", "Sigmoid", "Softmax", "Tanh"]


class ReLU(Module):
    """The rectified linear unit: what is negative becomes zero.

    Math:
        forward:  output_i = max(input_i, 0)
        backward: grad_input_i = grad_output_i if output_i > 0, else 0; at the kink, input_i = 0, the slope is 0

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html

    Example:
        >>> relu = ReLU()
        >>> relu(np.array([-1.0, 0.0, 2.0]))
        array([0., 0., 2.])
        >>> relu.backward(np.array([5.0, 5.0, 5.0]))
        array([0., 0., 5.])
    """

    def forward(self, input: Array) -> Array:
        output: Array = np.maximum(input, 0)
        self.save(output)
        return output

    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        return keep(grad_output, ~(output <= 0))  # nan passes, as in PyTorch


class LeakyReLU(Module):
    """A rectified linear unit that lets a little of what is negative through.

    Math:
        forward:  output_i = input_i if input_i > 0, else a input_i
        backward: grad_input_i = grad_output_i if input_i > 0, else a grad_output_i
        where a is the negative_slope, which is also the slope at the kink, input_i = 0.

    Args:
        negative_slope: the slope for what is not positive.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html

    Example:
        >>> leaky = LeakyReLU(negative_slope=0.5)
        >>> leaky(np.array([-4.0, 0.0, 2.0]))
        array([-2.,  0.,  2.])
        >>> leaky.backward(np.array([1.0, 1.0, 1.0]))
        array([0.5, 0.5, 1. ])
    """

    def __init__(self, negative_slope: float = 1e-2) -> None:
        super().__init__()
        self.negative_slope = float(negative_slope)

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        positive = input > 0
        self.save(positive)
        return np.where(positive, input, input * self.negative_slope)

    def backward(self, grad_output: Array) -> Array:
        (positive,) = self.saved(grad_output)
        return np.where(positive, grad_output, grad_output * self.negative_slope)


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

    @np.errstate(over="ignore")  # exp overflows to inf for what is very negative, and 1 / inf is the right result, 0
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        output: Array = 1 / (1 + np.exp(-input))
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


class Softmax(Module):
    """Turns the numbers along an axis into probabilities: positive, with the sum 1.

    Math:
        forward:  p_i = exp(x_i − max x) / Σ_j exp(x_j − max x), where x is the input along `dim`; the maximum is
                  taken away because it changes nothing and keeps exp finite
        backward: grad_x_i = p_i (grad_output_i − Σ_j grad_output_j p_j): every output depends on every input

    Args:
        dim: the axis. None is deprecated in PyTorch: it warns and takes 0 for an input of 0, 1 or 3 axes, else 1.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        IndexError: an axis that the input does not have.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html

    Example:
        >>> softmax = Softmax(dim=1)
        >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
        array([[0.5, 0.5],
               [1. , 0. ]])
        >>> softmax.backward(np.array([[1.0, 0.0], [0.0, 1.0]]))
        array([[ 0.25, -0.25],
               [ 0.  ,  0.  ]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    @np.errstate(invalid="ignore")  # inf − inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        dim = _softmax_dim(self, self.dim, input.ndim)
        exponentials = np.exp(input - input.max(axis=dim, keepdims=True, initial=-np.inf))
        output: Array = exponentials / exponentials.sum(axis=dim, keepdims=True)
        self.save(output, dim)
        return output

    def backward(self, grad_output: Array) -> Array:
        output, dim = self.saved(grad_output)
        grad: Array = output * (grad_output - (grad_output * output).sum(axis=dim, keepdims=True))
        return grad


class LogSoftmax(Module):
    """The logarithm of `Softmax`, computed in one so that a tiny probability does not become log 0.

    Math:
        forward:  log p_i = x_i − max x − log Σ_j exp(x_j − max x), where x is the input along `dim`
        backward: grad_x_i = grad_output_i − p_i Σ_j grad_output_j

    Args:
        dim: the axis. None is deprecated in PyTorch: it warns and takes 0 for an input of 0, 1 or 3 axes, else 1.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        IndexError: an axis that the input does not have.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html

    Example:
        >>> log_softmax = LogSoftmax(dim=0)
        >>> log_softmax(np.array([1000.0, 0.0]))
        array([    0., -1000.])
        >>> log_softmax.backward(np.array([0.0, 3.0]))  # p is [1, 0]
        array([-3.,  3.])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    @np.errstate(divide="ignore", invalid="ignore")  # inf − inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        dim = _softmax_dim(self, self.dim, input.ndim)
        shifted = input - input.max(axis=dim, keepdims=True, initial=-np.inf)
        output: Array = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
        self.save(output, dim)
        return output

    def backward(self, grad_output: Array) -> Array:
        output, dim = self.saved(grad_output)
        grad: Array = grad_output - np.exp(output) * grad_output.sum(axis=dim, keepdims=True)
        return grad


def _softmax_dim(layer: Module, dim: int | None, ndim: int) -> int:
    """The axis to use; PyTorch's guess where none was given."""
    if dim is None:
        dim = 0 if ndim in (0, 1, 3) else 1
        warnings.warn(f"{type(layer).__name__}: no dim was given, and {dim} was guessed; give dim=", stacklevel=4)
    return resolve_dim(layer, dim, ndim)
