"""Losses that ask for a margin, for targets of 1 and −1: which of two is larger, whether two belong together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.losses._reduction import check_reduction, reduce, spread
from scratch.losses._targets import check_floating, read_target
from scratch.module import Module

__all__ = ["HingeEmbeddingLoss", "MarginRankingLoss", "SoftMarginLoss"]


class MarginRankingLoss(Module):
    """Two scores in the right order, and a margin apart.

    Math:
        forward:  l_i = max(0, m − t_i (a_i − b_i)); output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_a_i = −t_i · grad_output / n where m − t_i (a_i − b_i) ≥ 0, else 0; grad_b_i = −grad_a_i;
                  "/ n" for "mean" only
        where a is input1, b is input2, t the target: 1 where a is to be larger, −1 where b is; m is `margin`, and n
        counts every element. A pair exactly at the margin has a gradient, as in PyTorch.

    Args:
        margin: by how much the scores must differ.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input1, input2, target: (*), the same shape. The target may be of whole numbers.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction.
        RuntimeError: shapes that differ (PyTorch broadcasts where it can), or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html

    Example:
        >>> loss = MarginRankingLoss(margin=1.0, reduction="sum")
        >>> float(loss(np.array([3.0, 3.0]), np.array([0.0, 0.0]), np.array([1, -1])))  # 0, and 1 + 3
        4.0
        >>> loss.backward()  # the second pair is in the wrong order
        (array([-0.,  1.]), array([ 0., -1.]), None)
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__()
        self.margin = margin
        self.reduction = check_reduction(self, reduction)

    @np.errstate(invalid="ignore", over="ignore")  # inf − inf is nan, as in PyTorch
    def forward(self, input1: Array, input2: Array, target: npt.NDArray[Any]) -> Any:
        check_floating(self, input1, input2)
        if input1.shape != input2.shape:
            raise RuntimeError(
                f"MarginRankingLoss: expected inputs of the same shape, got {input1.shape} and {input2.shape}"
            )
        target = read_target(self, input1, target)
        missing = self.margin - target * (input1 - input2)
        self.save(np.where(missing >= 0, target, 0))
        return reduce(np.maximum(missing, 0), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> tuple[Array, Array, None]:
        (slope,) = self.saved(grad_output)
        grad = slope * spread(grad_output, slope, self.reduction)
        return -grad, grad, None


class HingeEmbeddingLoss(Module):
    """A distance that is to be small where two things are alike, and beyond a margin where they are not.

    Math:
        forward:  l_i = x_i where t_i = 1, max(0, m − x_i) where t_i = −1;
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_x_i = grad_output / n where t_i = 1; where t_i = −1, −grad_output / n if x_i ≤ m, else 0;
                  "/ n" for "mean" only
        where x is the input, a distance; t the target; m is `margin`; n counts every element. At the margin itself
        there is a gradient, and a target other than 1 and −1 has both terms, as in PyTorch.

    Args:
        margin: how far apart unlike things have to be.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*), the same shape. The target may be of whole numbers.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction.
        RuntimeError: shapes that differ (PyTorch broadcasts where it can), or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html

    Example:
        >>> loss = HingeEmbeddingLoss(reduction="none")
        >>> loss(np.array([0.5, 0.25, 4.0]), np.array([1, -1, -1]))  # 0.5, 1 − 0.25, and far enough
        array([0.5 , 0.75, 0.  ])
        >>> loss.backward(np.ones(3))
        array([ 1., -1.,  0.])
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        self.margin = margin
        self.reduction = check_reduction(self, reduction)

    def forward(self, input: Array, target: npt.NDArray[Any]) -> Any:
        target = read_target(self, input, target)
        alike, unlike = target != -1, target != 1
        missing = self.margin - input
        self.save(alike.astype(input.dtype) - (unlike & (missing >= 0)))
        return reduce(np.where(alike, input, 0) + np.where(unlike, np.maximum(missing, 0), 0), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (slope,) = self.saved(grad_output)
        grad: Array = slope * spread(grad_output, slope, self.reduction)
        return grad


class SoftMarginLoss(Module):
    """The cross-entropy of a score whose target is 1 or −1: `BCEWithLogitsLoss` with other names for yes and no.

    Math:
        forward:  l_i = log(1 + exp(−t_i x_i)); output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_x_i = −t_i z_i / (1 + z_i) · grad_output / n, where z_i = exp(−t_i x_i); "/ n" for "mean" only
        where x is the input, t the target, and n counts every element. As in PyTorch z overflows: for −t x above 709,
        above 88 in float32, the loss is infinite and its gradient nan. `BCEWithLogitsLoss` has no such limit.

    Args:
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*), the same shape. The target may be of whole numbers.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction.
        RuntimeError: shapes that differ (PyTorch broadcasts where it can), or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html

    Example:
        >>> loss = SoftMarginLoss(reduction="sum")
        >>> round(float(loss(np.array([0.0, np.log(3.0)]), np.array([1, -1]))), 4)  # log 2 + log 4
        2.0794
        >>> loss.backward().round(4)
        array([-0.5 ,  0.75])
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(self, reduction)

    @np.errstate(over="ignore", invalid="ignore")  # ∞ / ∞ is nan, as in PyTorch
    def forward(self, input: Array, target: npt.NDArray[Any]) -> Any:
        target = read_target(self, input, target)
        exponential = np.exp(-target * input)
        self.save(-target * exponential / (1 + exponential))
        return reduce(np.log1p(exponential), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (slope,) = self.saved(grad_output)
        grad: Array = slope * spread(grad_output, slope, self.reduction)
        return grad
