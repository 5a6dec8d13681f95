"""The softmaxes: numbers along an axis to probabilities."""

from __future__ import annotations

import warnings

import numpy as np

from scratch.dtypes import Array
from scratch.layers._checks import check_floating, resolve_dim
from scratch.module import Module

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


class _AlongDim(Module):
    """A module that is told along which axis it works."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def _axis(self, ndim: int) -> int:
        """The axis to use; PyTorch's guess where none was given."""
        dim = self.dim
        if dim is None:
            dim = 0 if ndim in (0, 1, 3) else 1
            warnings.warn(f"{type(self).__name__}: no dim was given, and {dim} was guessed; give dim=", stacklevel=4)
        return resolve_dim(self, dim, ndim)


class Softmax(_AlongDim):
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

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        dim = self._axis(input.ndim)
        output = _softmax(input, dim)
        self.save(output, dim)
        return output

    def backward(self, grad_output: Array) -> Array:
        output, dim = self.saved(grad_output)
        return _softmax_backward(grad_output, output, dim)


class LogSoftmax(_AlongDim):
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

    @np.errstate(divide="ignore", invalid="ignore")  # inf − inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        dim = self._axis(input.ndim)
        shifted = input - input.max(axis=dim, keepdims=True, initial=-np.inf)
        output: Array = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
        self.save(output, dim)
        return output

    def backward(self, grad_output: Array) -> Array:
        output, dim = self.saved(grad_output)
        grad: Array = grad_output - np.exp(output) * grad_output.sum(axis=dim, keepdims=True)
        return grad


class Softmin(_AlongDim):
    """Turns the numbers along an axis into probabilities, of which the smallest number has the largest.

    Math:
        forward:  p_i = exp(−x_i) / Σ_j exp(−x_j), where x is the input along `dim`: the softmax of −x
        backward: grad_x_i = −p_i (grad_output_i − Σ_j grad_output_j p_j)

    Args:
        dim: the axis. None is deprecated in PyTorch: it warns and takes 0 for an input of 0, 1 or 3 axes, else 1.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        IndexError: an axis that the input does not have.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmin.html

    Example:
        >>> softmin = Softmin(dim=0)
        >>> softmin(np.array([0.0, 0.0, 1000.0]))
        array([0.5, 0.5, 0. ])
        >>> softmin.backward(np.array([1.0, 0.0, 0.0]))
        array([-0.25,  0.25,  0.  ])
    """

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        dim = self._axis(input.ndim)
        output = _softmax(-input, dim)
        self.save(output, dim)
        return output

    def backward(self, grad_output: Array) -> Array:
        output, dim = self.saved(grad_output)
        return -_softmax_backward(grad_output, output, dim)


class Softmax2d(Module):
    """`Softmax` over the channels, at each place of an image.

    Math:
        forward:  p[n, c, h, w] = exp(x[n, c, h, w]) / Σ_k exp(x[n, k, h, w]), where x is the input
        backward: grad_x = p (grad_output − Σ_k grad_output[n, k, h, w] p[n, k, h, w])

    Shape:
        - Input, output: (N, C, H, W) or (C, H, W).

    Raises:
        ValueError: an input that has neither 3 nor 4 axes.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html

    Example:
        >>> softmax = Softmax2d()
        >>> softmax(np.array([[[0.0, 1000.0]], [[0.0, 0.0]]]))  # two channels, one row of two places
        array([[[0.5, 1. ]],
        <BLANKLINE>
               [[0.5, 0. ]]])
        >>> softmax.backward(np.array([[[1.0, 1.0]], [[0.0, 0.0]]]))
        array([[[ 0.25,  0.  ]],
        <BLANKLINE>
               [[-0.25, -0.  ]]])
    """

    def forward(self, input: Array) -> Array:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected an input of 3 or 4 axes, got {input.ndim}")
        check_floating(self, input)
        output = _softmax(input, -3)
        self.save(output)
        return output

    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        return _softmax_backward(grad_output, output, -3)


@np.errstate(invalid="ignore")  # inf − inf is nan, as in PyTorch, without a warning
def _softmax(x: Array, dim: int) -> Array:
    exponentials = np.exp(x - x.max(axis=dim, keepdims=True, initial=-np.inf))
    probabilities: Array = exponentials / exponentials.sum(axis=dim, keepdims=True)
    return probabilities


def _softmax_backward(grad_output: Array, output: Array, dim: int) -> Array:
    grad: Array = output * (grad_output - (grad_output * output).sum(axis=dim, keepdims=True))
    return grad
