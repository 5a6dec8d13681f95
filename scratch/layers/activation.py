"""Activation functions: applied to each element alone, except the softmaxes."""

from __future__ import annotations

import numpy as np

from scratch.dtypes import Array
from scratch.module import Module

__all__ = ["ReLU"]


class ReLU(Module):
    """The rectified linear unit: what is negative becomes zero.

    Math:
        forward:  output_i = max(input_i, 0)
        backward: grad_input_i = grad_output_i if output_i > 0, else 0; the slope at the kink, input_i = 0, is taken as 0

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
        return np.where(output <= 0, 0, grad_output)
