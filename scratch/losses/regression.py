"""Losses of a number that is to be predicted."""

from __future__ import annotations

from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.losses._reduction import check_reduction, check_same_shape, reduce, spread
from scratch.module import Module

__all__ = ["L1Loss", "MSELoss"]


class MSELoss(Module):
    """The squared error.

    Math:
        forward:  l_i = (input_i − target_i)²; output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_input_i = 2 (input_i − target_i) · grad_output / n, "/ n" for "mean" only
        where n counts every element, not only the batch.

    Args:
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or shapes that differ (PyTorch warns and broadcasts, which is hardly ever meant).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html

    Example:
        >>> loss = MSELoss()
        >>> float(loss(np.array([1.0, 3.0]), np.array([0.0, 1.0])))  # (1² + 2²) / 2
        2.5
        >>> loss.backward()
        array([1., 2.])
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(self, reduction)

    @np.errstate(over="ignore", invalid="ignore")  # inf − inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        difference = input - target
        self.save(difference)
        return reduce(np.square(difference), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (difference,) = self.saved(grad_output)
        grad: Array = 2 * difference * spread(grad_output, difference, self.reduction)
        return grad


class L1Loss(Module):
    """The absolute error.

    Math:
        forward:  l_i = |input_i − target_i|; output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_input_i = sign(input_i − target_i) · grad_output / n, "/ n" for "mean" only
        where n counts every element, and sign(0) = sign(nan) = 0.

    Args:
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or shapes that differ (PyTorch warns and broadcasts, which is hardly ever meant).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html

    Example:
        >>> loss = L1Loss()
        >>> float(loss(np.array([1.0, 3.0]), np.array([0.0, 5.0])))  # (1 + 2) / 2
        1.5
        >>> loss.backward()
        array([ 0.5, -0.5])
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(self, reduction)

    @np.errstate(over="ignore", invalid="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        difference = input - target
        self.save(difference)
        return reduce(np.abs(difference), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (difference,) = self.saved(grad_output)
        # Not np.sign, which gives nan for nan: PyTorch's sign of it is 0.
        sign = (difference > 0).astype(difference.dtype) - (difference < 0)
        grad: Array = sign * spread(grad_output, difference, self.reduction)
        return grad
