"""Adam."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers.optimizer import Optimizer

__all__ = ["Adam"]


class Adam(Optimizer):
    """Adaptive moments: running means of the gradient and of its square, each corrected for having started at 0.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        m ← β₁ · m + (1 − β₁) · g
        v ← β₂ · v + (1 − β₂) · g²
        p ← p − lr · m̂ / (√v̂ + eps), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ)
        where p is the parameter, m and v are its `exp_avg` and `exp_avg_sq`, and t = 1, 2, … is its `step`. With
        amsgrad, v̂ takes the largest v so far, `max_exp_avg_sq`. With decoupled_weight_decay the decay leaves g alone:
        p ← p · (1 − lr · weight_decay) comes first (AdamW).

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: β₁ and β₂, the shares of the running means that are kept.
        eps: added to the corrected root, outside it, so that nothing is divided by zero.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        amsgrad: divide by the largest mean square so far, so that the rate of an element never grows.
        maximize: climb instead of descend.
        decoupled_weight_decay: shrink the parameter itself instead of adding to its gradient.

    Shape:
        - step: (); exp_avg, exp_avg_sq, max_exp_avg_sq: as the parameter.

    Raises:
        ValueError: lr, eps or weight_decay below 0, or a beta that is not a float in [0, 1).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = Adam([weight], lr=0.1)
        >>> weight.grad = np.array([42.0])
        >>> optimizer.step()
        >>> weight.data.round(6)  # the first step has length lr, however large the gradient
        array([0.9])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        name = type(self).__name__
        for option, value in (("lr", lr), ("eps", eps), ("weight_decay", weight_decay)):
            if not value >= 0:
                raise ValueError(f"{name}: expected {option} >= 0, got {value}")
        shares: tuple[Any, ...] = tuple(betas)
        if not all(isinstance(share, float) and 0 <= share < 1 for share in shares):
            raise ValueError(f"{name}: expected betas as two floats in [0, 1), got {betas}")
        defaults = {
            "lr": lr,
            "betas": shares,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = np.zeros((), get_default_dtype())
            state["exp_avg"] = np.zeros_like(parameter)
            state["exp_avg_sq"] = np.zeros_like(parameter)
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = np.zeros_like(parameter)
        state["step"] += 1
        lr, (beta1, beta2), t = float(group["lr"]), group["betas"], float(state["step"])
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] and group["decoupled_weight_decay"]:
            parameter *= 1 - lr * group["weight_decay"]
        elif group["weight_decay"]:
            grad = grad + group["weight_decay"] * parameter

        mean, mean_square = state["exp_avg"], state["exp_avg_sq"]
        work = (1 - beta1) * grad  # one array for all the intermediate results: new ones would cost as much as the sums
        mean *= beta1
        mean += work
        np.square(grad, out=work)
        work *= 1 - beta2
        mean_square *= beta2
        mean_square += work
        if group["amsgrad"]:
            mean_square = np.maximum(state["max_exp_avg_sq"], mean_square, out=state["max_exp_avg_sq"])
        # Numerator and denominator are multiplied by √(1 − β₂ᵗ): one number each, where v̂ would be an array.
        correction = math.sqrt(1 - beta2**t)
        np.sqrt(mean_square, out=work)
        work += group["eps"] * correction
        np.divide(mean, work, out=work)
        work *= lr * correction / (1 - beta1**t)
        parameter -= work
