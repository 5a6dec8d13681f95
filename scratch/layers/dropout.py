"""Layers that leave elements out at random, in training only."""

from __future__ import annotations

import numpy as np

from scratch import random
from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """Sets each element to zero with probability p, and makes up for it by enlarging the others.

    Math:
        forward:  output_i = input_i m_i, where m_i = 1 / (1 − p) with probability 1 − p, else 0
        backward: grad_input_i = grad_output_i m_i, with the mask m of the forward
        The expected output is the input, so that evaluation, where output = input, needs no scale.

    Args:
        p: probability that an element is set to zero, from 0 to 1.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        ValueError: p is not between 0 and 1.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html

    Example:
        >>> from scratch import random
        >>> _ = random.manual_seed(3)
        >>> dropout = Dropout(p=0.5)
        >>> dropout(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))  # what is left is divided by 1 − 0.5
        array([2., 4., 0., 8., 0., 0.])
        >>> dropout.eval()(np.array([1.0, 2.0]))
        array([1., 2.])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: expected a probability p between 0 and 1, got {p}")
        self.p = float(p)

    @np.errstate(invalid="ignore")  # inf · 0 is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        mask = self._draw_mask(input) if self.training and self.p > 0 else None
        self.save(mask)
        return input if mask is None else input * mask

    def backward(self, grad_output: Array) -> Array:
        (mask,) = self.saved(grad_output)
        return grad_output if mask is None else grad_output * mask

    def _draw_mask(self, input: Array) -> Array:
        # PyTorch fills its mask in the order in which the input lies in memory, and its activations are contiguous.
        # Ours may be views of another layout, as Conv2d's output is, so the mask is not laid out like them but in rows.
        mask = np.zeros(input.shape, input.dtype)
        if self.p < 1:  # at p = 1, too, PyTorch draws nothing
            random.bernoulli_(mask, 1 - self.p)
            mask /= 1 - self.p
        return mask
