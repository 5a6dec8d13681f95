"""Activation functions of straight pieces, which imitate smooth ones cheaply."""

from __future__ import annotations

import numpy as np

from scratch._choose import choose
from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.layers._masks import keep
from scratch.module import Module

__all__ = ["Hardsigmoid", "Hardswish", "Hardtanh", "ReLU6"]

_SIXTH = float(np.float32(1 / 6))  # PyTorch's constant in either dtype


class Hardtanh(Module):
    """A straight line between two bounds, and flat beyond them: a tanh of three straight pieces.

    Math:
        forward:  output_i = min(max(input_i, min_val), max_val)
        backward: grad_input_i = grad_output_i if min_val < input_i < max_val, else 0, as at the kinks

    Args:
        min_val, max_val: the bounds.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        AssertionError: max_val is not greater than min_val.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html

    Example:
        >>> hardtanh = Hardtanh(min_val=-1.0, max_val=2.0)
        >>> hardtanh(np.array([-3.0, 0.5, 2.0]))
        array([-1. ,  0.5,  2. ])
        >>> hardtanh.backward(np.array([1.0, 1.0, 1.0]))
        array([0., 1., 0.])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        if max_val <= min_val:
            raise AssertionError(f"Hardtanh: expected max_val greater than min_val, got {max_val} and {min_val}")
        self.min_val = float(min_val)
        self.max_val = float(max_val)

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        self.save((input > self.min_val) & (input < self.max_val))
        output: Array = np.clip(input, self.min_val, self.max_val)
        return output

    def backward(self, grad_output: Array) -> Array:
        (between,) = self.saved(grad_output)
        return keep(grad_output, between)


class ReLU6(Hardtanh):
    """A rectified linear unit that stops at 6.

    Math:
        forward:  output_i = min(max(input_i, 0), 6)
        backward: grad_input_i = grad_output_i if 0 < input_i < 6, else 0, as at the kinks

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html

    Example:
        >>> relu6 = ReLU6()
        >>> relu6(np.array([-1.0, 5.0, 7.0]))
        array([0., 5., 6.])
        >>> relu6.backward(np.array([1.0, 1.0, 1.0]))
        array([0., 1., 0.])
    """

    def __init__(self) -> None:
        super().__init__(0.0, 6.0)


class Hardsigmoid(Module):
    """A sigmoid of three straight pieces.

    Math:
        forward:  output_i = min(max(input_i + 3, 0), 6) / 6
        backward: grad_input_i = grad_output_i / 6 if −3 < input_i < 3, else 0, as at the kinks

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html; PyTorch rounds the slope 1/6 to
        float32, in float64 too, and so does this class.

    Example:
        >>> hardsigmoid = Hardsigmoid()
        >>> hardsigmoid(np.array([-4.0, 0.0, 1.5]))
        array([0.  , 0.5 , 0.75])
        >>> hardsigmoid.backward(np.array([6.0, 6.0, 0.0])).round(6)
        array([0., 1., 0.])
    """

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        self.save((input > -3) & (input < 3))
        output: Array = np.clip(input + 3, 0, 6) / 6
        return output

    def backward(self, grad_output: Array) -> Array:
        (between,) = self.saved(grad_output)
        return keep(grad_output * _SIXTH, between)


class Hardswish(Module):
    """The input times its `Hardsigmoid`, which resembles `SiLU` and needs no exponential.

    Math:
        forward:  output_i = input_i min(max(input_i + 3, 0), 6) / 6
        backward: grad_input_i = grad_output_i s_i, where s_i = 0 if input_i <= −3, 1 if input_i >= 3, else
                  input_i / 3 + 1/2

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html;
        Howard et al., "Searching for MobileNetV3", 2019

    Example:
        >>> hardswish = Hardswish()
        >>> hardswish(np.array([-4.0, 1.5, 4.0]))  # 1.5 · 4.5 / 6
        array([-0.   ,  1.125,  4.   ])
        >>> hardswish.backward(np.array([1.0, 1.0, 1.0]))
        array([0., 1., 1.])
    """

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        self.save(input)
        output: Array = input * np.clip(input + 3, 0, 6) / 6
        return output

    @np.errstate(invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        sloped = choose(input < 3, grad_output * (input / 3 + 0.5), grad_output)
        return keep(sloped, ~(input <= -3))
