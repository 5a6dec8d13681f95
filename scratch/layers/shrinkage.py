"""Activation functions that move numbers toward 0."""

from __future__ import annotations

import numpy as np

from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.layers._masks import keep
from scratch.module import Module

__all__ = ["Hardshrink", "Softshrink", "Tanhshrink"]


class Hardshrink(Module):
    """The identity, with a gap around 0.

    Math:
        forward:  output_i = 0 if |input_i| <= lambd, else input_i
        backward: grad_input_i = 0 if |input_i| <= lambd, else grad_output_i

    Args:
        lambd: half the width of the gap.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html

    Example:
        >>> hardshrink = Hardshrink()
        >>> hardshrink(np.array([-3.0, 0.5, 2.0]))
        array([-3.,  0.,  2.])
        >>> hardshrink.backward(np.array([1.0, 1.0, 1.0]))
        array([1., 0., 1.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = float(lambd)

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        outside = ~(np.abs(input) <= self.lambd)  # nan stays, as in PyTorch
        self.save(outside)
        return keep(input, outside)

    def backward(self, grad_output: Array) -> Array:
        (outside,) = self.saved(grad_output)
        return keep(grad_output, outside)


class Softshrink(Module):
    """Moves every number toward 0 by the same amount, and what is nearer than that to 0.

    Math:
        forward:  output_i = input_i − lambd if input_i > lambd, input_i + lambd if input_i < −lambd, else 0
        backward: grad_input_i = grad_output_i if |input_i| > lambd, else 0, as at the kinks

    Args:
        lambd: the amount, 0 or more.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: a negative lambd; an input that is not floating-point; or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Softshrink.html

    Example:
        >>> softshrink = Softshrink()
        >>> softshrink(np.array([-3.0, 0.5, 2.0]))
        array([-2.5,  0. ,  1.5])
        >>> softshrink.backward(np.array([1.0, 1.0, 1.0]))
        array([1., 0., 1.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        if not lambd >= 0:
            raise RuntimeError(f"Softshrink: expected a lambd of 0 or more, got {lambd}")
        self.lambd = float(lambd)

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        self.save(np.abs(input) > self.lambd)
        output: Array = input - np.clip(input, -self.lambd, self.lambd)
        return output

    def backward(self, grad_output: Array) -> Array:
        (outside,) = self.saved(grad_output)
        return keep(grad_output, outside)


class Tanhshrink(Module):
    """The input without its tanh: nearly 0 around 0, and the input less 1 far away.

    Math:
        forward:  output_i = input_i − tanh(input_i)
        backward: grad_input_i = grad_output_i tanh(input_i)²

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html

    Example:
        >>> tanhshrink = Tanhshrink()
        >>> tanhshrink(np.array([-1000.0, 0.0, 1000.0]))
        array([-999.,    0.,  999.])
        >>> tanhshrink.backward(np.array([1.0, 1.0, 1.0]))
        array([1., 0., 1.])
    """

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        tanh = np.tanh(input)
        self.save(tanh)
        output: Array = input - tanh
        return output

    def backward(self, grad_output: Array) -> Array:
        (tanh,) = self.saved(grad_output)
        grad: Array = grad_output * (tanh * tanh)
        return grad
