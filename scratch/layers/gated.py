"""Activation functions that multiply a value by a gate, a number between 0 and 1."""

from __future__ import annotations

import math

import numpy as np

from scratch._special import normal, sigmoid
from scratch.dtypes import Array
from scratch.layers._checks import check_floating, resolve_dim
from scratch.module import Module

__all__ = ["GELU", "GLU", "Mish", "SiLU"]

# Of the approximate GELU.
_ROOT = math.sqrt(2 / math.pi)
_CUBIC = 0.044715


class SiLU(Module):
    """The input times its sigmoid, also called swish.

    Math:
        forward:  output_i = input_i σ_i, where σ_i = 1 / (1 + exp(−input_i))
        backward: grad_input_i = grad_output_i σ_i (1 + input_i (1 − σ_i))

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html;
        Elfwing et al., "Sigmoid-weighted linear units for neural network function approximation", 2017

    Example:
        >>> silu = SiLU()
        >>> silu(np.array([-1000.0, 0.0, 1000.0]))
        array([  -0.,    0., 1000.])
        >>> silu.backward(np.array([1.0, 1.0, 1.0]))
        array([-0. ,  0.5,  1. ])
    """

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        gate = sigmoid(input)
        self.save(input, gate)
        output: Array = input * gate
        return output

    @np.errstate(invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        input, gate = self.saved(grad_output)
        grad: Array = grad_output * (gate * (1 + input * (1 - gate)))
        return grad


class GELU(Module):
    """The input times the probability that a normal number is smaller than it.

    Math:
        forward:  output_i = input_i Φ(input_i)
        backward: grad_input_i = grad_output_i (Φ(input_i) + input_i φ(input_i))
        where Φ is the normal distribution function and φ its derivative, the density:
        "none": Φ(x) = (1 + erf(x / √2)) / 2, and φ(x) = exp(−x² / 2) / √(2π)
        "tanh": Φ(x) = (1 + tanh u) / 2, where u = √(2/π) (x + 0.044715 x³), and
                φ(x) = 2 Φ(x) (1 − Φ(x)) √(2/π) (1 + 3 · 0.044715 x²)

    Args:
        approximate: "none", or "tanh" for a formula without erf.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: another approximate; an input that is not floating-point; or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html;
        Hendrycks and Gimpel, "Gaussian error linear units", 2016

    Example:
        >>> gelu = GELU()
        >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4)  # a normal number is smaller than 1 with probability 0.8413
        array([-0.1587,  0.    ,  0.8413])
        >>> gelu.backward(np.array([1.0, 1.0, 1.0])).round(4)  # 0.8413 + φ(1), which is 0.2420
        array([-0.0833,  0.5   ,  1.0833])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise RuntimeError(f"GELU: expected approximate to be 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    @np.errstate(over="ignore", invalid="ignore")  # x³ may be inf, whose tanh is 1; 0 · inf is nan, as in PyTorch
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        below, slope = normal(input) if self.approximate == "none" else _nearly_normal(input)
        slope *= input
        slope += below  # Φ(x) + x φ(x)
        below *= input
        self.save(slope)
        return below

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        (slope,) = self.saved(grad_output)
        grad: Array = grad_output * slope
        return grad


class Mish(Module):
    """The input times the tanh of its softplus.

    Math:
        forward:  output_i = input_i t_i, where t_i = tanh(log(1 + exp(input_i)))
        backward: grad_input_i = grad_output_i (t_i + input_i σ_i (1 − t_i²)), where σ_i is the sigmoid of input_i
        With e = exp(input_i), t_i = ((1 + e)² − 1) / ((1 + e)² + 1) = n / (n + 2), where n = e (e + 2), and
        σ_i = e / (1 + e): one exponential is enough.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Mish.html;
        Misra, "Mish: a self regularized non-monotonic neural activation function", 2019

    Example:
        >>> mish = Mish()
        >>> mish(np.array([0.0, np.log(2.0)])).round(4)  # tanh(log 3) = (9 − 1) / (9 + 1)
        array([0.    , 0.5545])
        >>> mish.backward(np.array([1.0, 0.0]))  # tanh(log 2) = (4 − 1) / (4 + 1)
        array([0.6, 0. ])
    """

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        exponential = np.exp(np.minimum(input, 20))  # from there on t is 1
        self.save(input, exponential)
        output: Array = input * _tanh_softplus(exponential)
        return output

    @np.errstate(invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        input, exponential = self.saved(grad_output)
        gate = _tanh_softplus(exponential)
        sigmoid = exponential / (1 + exponential)
        grad: Array = grad_output * (gate + input * sigmoid * (1 - gate * gate))
        return grad


class GLU(Module):
    """One half of the input, let through as far as the sigmoid of the other half says.

    Math:
        forward:  output = a ⊙ σ(b), where a is the first half of the input along `dim`, b the second, and σ the sigmoid
        backward: grad_a = grad_output ⊙ σ(b)
                  grad_b = grad_output ⊙ a ⊙ σ(b) ⊙ (1 − σ(b))

    Args:
        dim: the axis that is halved.

    Shape:
        - Input: (*, n, *), where n, the size of axis `dim`, is even.
        - Output: (*, n / 2, *).

    Raises:
        IndexError: an axis that the input does not have.
        RuntimeError: an axis of odd size, or an input without axes; an input that is not floating-point; or backward
            without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html;
        Dauphin et al., "Language modeling with gated convolutional networks", 2016

    Example:
        >>> glu = GLU()
        >>> glu(np.array([4.0, 8.0, 0.0, 1000.0]))
        array([2., 8.])
        >>> glu.backward(np.array([1.0, 1.0]))  # 4 · ½ · ½ for the open half of the first gate
        array([0.5, 1. , 1. , 0. ])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        dim = resolve_dim(self, self.dim, input.ndim) if input.ndim else None
        if dim is None or input.shape[dim] % 2:
            raise RuntimeError(f"GLU: expected an even size of axis {self.dim} of input, got shape {input.shape}")
        value, logit = np.split(input, 2, axis=dim)
        gate = sigmoid(logit)
        self.save(value, gate, dim)
        output: Array = value * gate
        return output

    @np.errstate(invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        value, gate, dim = self.saved(grad_output)
        grad_value = grad_output * gate
        return np.concatenate([grad_value, grad_value * (value * (1 - gate))], axis=dim)


def _tanh_softplus(exponential: Array) -> Array:
    """tanh(log(1 + e)) for e, an exponential."""
    squared = exponential * (exponential + 2)  # (1 + e)² − 1
    gate: Array = squared / (squared + 2)
    return gate


def _nearly_normal(x: Array) -> tuple[Array, Array]:
    """Φ(x) and φ(x) of the approximate GELU."""
    below: Array = 0.5 + 0.5 * np.tanh(_ROOT * (x + _CUBIC * (x * x * x)))
    return below, 2 * below * (1 - below) * (_ROOT * (1 + 3 * _CUBIC * (x * x)))
