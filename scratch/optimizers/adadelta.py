"""Adadelta."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers._options import check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    """Steps as long as the earlier steps were, for gradients as large as the earlier gradients were.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        s ← rho · s + (1 − rho) · g²
        Δ = √(u + eps) / √(s + eps) · g
        u ← rho · u + (1 − rho) · Δ²
        p ← p − lr · Δ
        where p is the parameter, and s and u, which start at 0, are its `square_avg` and `acc_delta`. The step Δ has
        the units of p, whatever those of the gradient: that is why the paper needs no lr. At first u is 0, so that eps
        alone gets the parameter moving; it stands inside both roots.

    Args:
        params: parameters, or groups of them.
        lr: factor of the step.
        rho: share of the running means that is kept.
        eps: added inside the roots; the larger, the longer the first steps.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        maximize: climb instead of descend.

    Shape:
        - step: (); square_avg, acc_delta: as the parameter.

    Raises:
        ValueError: one of lr, eps and weight_decay is below 0, or rho is outside [0, 1].

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Adadelta.html
        Zeiler 2012, https://arxiv.org/abs/1212.5701, which has no lr.

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = Adadelta([weight], lr=0.5, rho=0.75, eps=9.0)
        >>> weight.grad = np.array([8.0])
        >>> optimizer.step()
        >>> weight.data  # 1 − 0.5 · √(0 + 9) / √(0.25 · 64 + 9) · 8
        array([-1.4])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        check_not_negative("Adadelta", lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0 <= rho <= 1:
            raise ValueError(f"Adadelta: expected rho in [0, 1], got {rho}")
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = np.zeros((), get_default_dtype())
            state["square_avg"] = np.zeros_like(parameter)
            state["acc_delta"] = np.zeros_like(parameter)
        state["step"] += 1
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * parameter

        rho, eps = group["rho"], group["eps"]
        state["square_avg"] *= rho
        state["square_avg"] += (1 - rho) * np.square(grad)
        delta = np.sqrt(state["acc_delta"] + eps) / np.sqrt(state["square_avg"] + eps) * grad
        state["acc_delta"] *= rho
        state["acc_delta"] += (1 - rho) * np.square(delta)
        parameter -= float(group["lr"]) * delta
