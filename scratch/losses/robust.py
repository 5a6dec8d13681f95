"""Losses of a number that is to be predicted, which are square near zero and straight far out."""

from __future__ import annotations

from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.losses._reduction import check_reduction, check_same_shape, reduce, spread
from scratch.module import Module

__all__ = ["HuberLoss", "SmoothL1Loss"]


class HuberLoss(Module):
    """Half the squared error up to delta, a straight line beyond: an outlier pulls no harder than delta.

    Math:
        forward:  l_i = d_i² / 2 where |d_i| ≤ δ, else δ (|d_i| − δ/2);
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_input_i = min(max(d_i, −δ), δ) · grad_output / n, "/ n" for "mean" only
        where d = input − target, δ is `delta`, and n counts every element.

    Args:
        reduction: "mean", "sum" or "none".
        delta: where the parabola goes over into the line; above 0. The line's slope is delta.

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        TypeError: delta is not a number.
        ValueError: unknown reduction, or shapes that differ (PyTorch warns and broadcasts, which is hardly ever meant).
        RuntimeError: delta is not above 0, or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
        P. J. Huber, "Robust Estimation of a Location Parameter", 1964.

    Example:
        >>> loss = HuberLoss(reduction="none", delta=2.0)
        >>> loss(np.array([1.0, 5.0]), np.array([0.0, 0.0]))  # 1² / 2, and 2 (5 − 1)
        array([0.5, 8. ])
        >>> loss.backward(np.array([1.0, 1.0]))
        array([1., 2.])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__()
        self.reduction = check_reduction(self, reduction)
        if not isinstance(delta, float | int):
            raise TypeError(f"HuberLoss: expected delta to be a float or an int, got {type(delta).__name__}")
        if not delta > 0:
            raise RuntimeError(f"HuberLoss: expected delta above 0, got {delta}")
        self.delta = delta

    @np.errstate(over="ignore", invalid="ignore")  # inf − inf is nan, as in PyTorch; a square that is not taken
    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        difference = input - target
        self.save(difference)
        distance = np.abs(difference)
        straight = self.delta * (distance - 0.5 * self.delta)
        return reduce(np.where(distance <= self.delta, 0.5 * np.square(difference), straight), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (difference,) = self.saved(grad_output)
        grad: Array = np.clip(difference, -self.delta, self.delta)
        return grad * spread(grad_output, difference, self.reduction)


class SmoothL1Loss(Module):
    """The absolute error with its corner rounded: `HuberLoss` divided by its delta, so that the line's slope is 1.

    Math:
        forward:  l_i = d_i² / (2β) where |d_i| < β, else |d_i| − β/2;
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_input_i = min(max(d_i / β, −1), 1) · grad_output / n, "/ n" for "mean" only;
                  for β = 0 it is sign(d_i) as in `L1Loss`, with sign(0) = sign(nan) = 0
        where d = input − target, β is `beta`, and n counts every element.

    Args:
        reduction: "mean", "sum" or "none".
        beta: where the parabola goes over into the line; 0 or more.

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or shapes that differ (PyTorch warns and broadcasts, which is hardly ever meant).
        RuntimeError: a beta below 0, or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
        R. Girshick, "Fast R-CNN", 2015, which has β = 1.

    Example:
        >>> loss = SmoothL1Loss(reduction="none", beta=2.0)
        >>> loss(np.array([1.0, 5.0]), np.array([0.0, 0.0]))  # 1² / 4, and 5 − 1
        array([0.25, 4.  ])
        >>> loss.backward(np.array([1.0, 1.0]))
        array([0.5, 1. ])
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__()
        self.reduction = check_reduction(self, reduction)
        if not beta >= 0:
            raise RuntimeError(f"SmoothL1Loss: expected beta of 0 or more, got {beta}")
        self.beta = beta

    @np.errstate(over="ignore", invalid="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        difference = input - target
        self.save(difference)
        losses = np.abs(difference)
        if self.beta > 0:
            rounded = np.square(difference) * (0.5 / self.beta)
            losses = np.where(losses < self.beta, rounded, losses - 0.5 * self.beta)
        return reduce(losses, self.reduction)

    @np.errstate(over="ignore")
    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (difference,) = self.saved(grad_output)
        if self.beta > 0:
            slope = np.clip(difference / self.beta, -1, 1)
        else:
            slope = (difference > 0).astype(difference.dtype) - (difference < 0)
        grad: Array = slope * spread(grad_output, difference, self.reduction)
        return grad
