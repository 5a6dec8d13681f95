"""Losses of a yes-or-no answer that is to be predicted."""

from __future__ import annotations

from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.losses._reduction import check_reduction, check_same_shape, reduce, spread
from scratch.module import Module

__all__ = ["BCELoss", "BCEWithLogitsLoss"]

# PyTorch keeps this constant in float32, in float64 computations too.
_BCE_GRADIENT_FLOOR = float(np.float32(1e-12))


class BCELoss(Module):
    """The cross-entropy of yes-or-no predictions that are given as probabilities.

    Math:
        forward:  l_i = −w_i (t_i log p_i + (1 − t_i) log(1 − p_i)), each logarithm at least −100;
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_p_i = w_i (p_i − t_i) / max(p_i (1 − p_i), 1e-12) · grad_output / n, "/ n" for "mean" only
        where p is the input, t the target, w the weight, and n counts every element.

    Args:
        weight: multiplies each element's loss; any shape that broadcasts to the input's. The mean still divides by n.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or shapes that differ.
        RuntimeError: an input or a target outside [0, 1] (nan is outside), a dtype or a weight that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html

    Example:
        >>> loss = BCELoss(reduction="sum")
        >>> round(float(loss(np.array([0.5, 0.8]), np.array([1.0, 0.0]))), 4)  # log 2 + log 5
        2.3026
        >>> loss.backward().round(4)  # −1 / 0.5 and 1 / 0.2
        array([-2.,  5.])
    """

    weight: Array | None

    def __init__(self, weight: Array | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.reduction = check_reduction(self, reduction)

    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        for name, values in (("input", input), ("target", target)):
            if not np.all((values >= 0) & (values <= 1)):
                raise RuntimeError(f"BCELoss: expected every element of {name} between 0 and 1")
        with np.errstate(divide="ignore"):  # log 0 is −inf, which the floor makes −100
            losses = (target - 1) * np.maximum(np.log1p(-input), -100) - target * np.maximum(np.log(input), -100)
        self.save(input, target)
        return reduce(_weighted(self, "weight", self.weight, losses), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        input, target = self.saved(grad_output)
        grad = (input - target) / np.maximum((1 - input) * input, _BCE_GRADIENT_FLOOR)
        return _weighted(self, "weight", self.weight, grad) * spread(grad_output, input, self.reduction)


class BCEWithLogitsLoss(Module):
    """The cross-entropy of yes-or-no predictions that are given as logits: a sigmoid and `BCELoss` in one, stable.

    Math:
        forward:  l_i = w_i ((1 − t_i) x_i − (1 + (v_i − 1) t_i) log σ(x_i));
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_x_i = w_i ((1 − t_i) σ(x_i) − v_i t_i (1 − σ(x_i))) · grad_output / n, "/ n" for "mean" only
        log σ(x) = min(x, 0) − log(1 + exp(−|x|)) never overflows;
        where x is the input, t the target, w the weight, v the pos_weight, σ the sigmoid, and n counts every element.

    Args:
        weight: multiplies each element's loss; any shape that broadcasts to the input's. The mean still divides by n.
        reduction: "mean", "sum" or "none".
        pos_weight: multiplies the positive part of the loss; any shape that broadcasts to the input's.

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or shapes that differ.
        RuntimeError: a dtype, a weight or a pos_weight that does not fit the input.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html

    Example:
        >>> loss = BCEWithLogitsLoss(reduction="none")
        >>> loss(np.array([0.0, 800.0]), np.array([1.0, 0.0])).round(4)  # log 2, and no overflow
        array([6.931e-01, 8.000e+02])
        >>> loss.backward(np.array([1.0, 1.0]))
        array([-0.5,  1. ])
    """

    weight: Array | None
    pos_weight: Array | None

    def __init__(self, weight: Array | None = None, reduction: str = "mean", pos_weight: Array | None = None) -> None:
        super().__init__()
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.register_buffer("pos_weight", None if pos_weight is None else np.array(pos_weight))
        self.reduction = check_reduction(self, reduction)

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch
    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        positive = _weighted(self, "pos_weight", self.pos_weight, target)
        small = np.exp(-np.abs(input))
        log_sigmoid = np.minimum(input, 0) - np.log1p(small)
        losses = (1 - target) * input - (positive + (1 - target)) * log_sigmoid
        sigmoid = np.where(input >= 0, 1, small) / (1 + small)
        self.save(sigmoid, target, positive)
        return reduce(_weighted(self, "weight", self.weight, losses), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        sigmoid, target, positive = self.saved(grad_output)
        grad = (positive + (1 - target)) * sigmoid - positive
        return _weighted(self, "weight", self.weight, grad) * spread(grad_output, sigmoid, self.reduction)


def _weighted(loss: Module, name: str, weight: Array | None, values: Array) -> Array:
    """The values times a weight that broadcasts to them; the values where there is none."""
    if weight is None:
        return values
    try:
        spread_out = np.broadcast_to(weight, values.shape)
    except ValueError as error:
        raise RuntimeError(
            f"{type(loss).__name__}: expected a {name} that broadcasts to the input's shape {values.shape},"
            f" got shape {weight.shape}"
        ) from error
    return values * spread_out.astype(values.dtype, copy=False)
