"""Adamax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers._options import check_betas, check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """Adam with the largest gradient of late, where Adam has a root mean square.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        m ← β₁ · m + (1 − β₁) · g
        u ← max(β₂ · u, |g| + eps)
        p ← p − lr / (1 − β₁ᵗ) · m / u
        where p is the parameter, m and u, which start at 0, are its `exp_avg` and `exp_inf`, and t = 1, 2, … is its
        `step`. The largest needs no correction for having started at 0, and eps stands inside it: a gradient of 0
        divides by eps, not by 0.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: β₁, the share of the running mean that is kept, and β₂, by which the largest fades at each step.
        eps: added to the size of the gradient.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        maximize: climb instead of descend.

    Shape:
        - step: (); exp_avg, exp_inf: as the parameter.

    Raises:
        ValueError: one of lr, eps and weight_decay is below 0, or a beta is outside [0, 1).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Adamax.html
        Kingma and Ba 2014, https://arxiv.org/abs/1412.6980, section 7.1, which has no eps.

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = Adamax([weight], lr=0.1)
        >>> weight.grad = np.array([42.0])
        >>> optimizer.step()
        >>> weight.data.round(6)  # the first step has length lr, however large the gradient
        array([0.9])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        check_not_negative("Adamax", lr=lr, eps=eps, weight_decay=weight_decay)
        check_betas("Adamax", betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = np.zeros((), get_default_dtype())
            state["exp_avg"] = np.zeros_like(parameter)
            state["exp_inf"] = np.zeros_like(parameter)
        state["step"] += 1
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * parameter

        beta1, beta2 = group["betas"]
        mean, largest = state["exp_avg"], state["exp_inf"]
        mean += (1 - beta1) * (grad - mean)
        np.maximum(beta2 * largest, np.abs(grad) + group["eps"], out=largest)
        parameter -= float(group["lr"]) / (1 - beta1 ** float(state["step"])) * (mean / largest)
