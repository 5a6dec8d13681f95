"""Rectified Adam."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.module import Parameter
from scratch.optimizers._moments import advance_moments
from scratch.optimizers._options import check_betas, check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["RAdam"]


class RAdam(Optimizer):
    """Adam that does not trust its mean square before it has seen enough: plain momentum first, then a growing rate.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        m ← β₁ · m + (1 − β₁) · g
        v ← β₂ · v + (1 − β₂) · g²
        ρ∞ = 2 / (1 − β₂) − 1
        ρ  = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
        r  = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
        p ← p − lr · m̂                                        if ρ ≤ 5
        p ← p − lr · r · m̂ · √(1 − β₂ᵗ) / (√v + eps)          if ρ > 5
        where p is the parameter, m and v are its `exp_avg` and `exp_avg_sq`, t = 1, 2, … is its `step`, and
        m̂ = m / (1 − β₁ᵗ). ρ counts the gradients that v is about the mean of, ρ∞ how many they will be in the end;
        r grows to 1. With β₂ = 0.999 the first five steps are plain. eps stands beside √v, not beside √v̂ as in Adam.
        With decoupled_weight_decay the decay leaves g alone: p ← p · (1 − lr · weight_decay) comes first.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: β₁ and β₂, the shares of the running means that are kept; with β₂ ≤ ⅔ all steps are plain.
        eps: added to the root, outside it, so that nothing is divided by zero.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        decoupled_weight_decay: shrink the parameter itself instead of adding to its gradient.
        maximize: climb instead of descend.

    Shape:
        - step: (); exp_avg, exp_avg_sq: as the parameter.

    Raises:
        ValueError: one of lr, eps and weight_decay is below 0, or a beta is outside [0, 1).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.RAdam.html
        Liu et al. 2019, https://arxiv.org/abs/1908.03265, where the rectified steps begin at ρ > 4, and eps is absent.

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = RAdam([weight], lr=0.1)
        >>> weight.grad = np.array([3.0])
        >>> optimizer.step()
        >>> weight.data.round(6)  # 1 − 0.1 · 3: the first steps are not divided by anything
        array([0.7])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_not_negative("RAdam", lr=lr, eps=eps, weight_decay=weight_decay)
        check_betas("RAdam", betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        t, _ = advance_moments(parameter, grad, state, group)
        beta1, beta2 = group["betas"]
        rectification = self.rectification(t, beta2)
        step = float(group["lr"]) / (1 - beta1**t) * state["exp_avg"]
        if rectification is not None:
            step *= rectification * math.sqrt(1 - beta2**t)
            step /= np.sqrt(state["exp_avg_sq"]) + group["eps"]
        parameter -= step

    def rectification(self, t: float, beta2: float) -> float | None:
        """r, or None as long as the mean square is about too few gradients."""
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        if length <= 5:
            return None
        return math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
