"""RMSprop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers.optimizer import Optimizer

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Divides the gradient by the root of a running mean of its square.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        s ← alpha · s + (1 − alpha) · g²
        d = √s + eps
        a ← alpha · a + (1 − alpha) · g, and d = √(s − a²) + eps     if centered
        p ← p − lr · g / d                                            without momentum
        b ← momentum · b + g / d, then p ← p − lr · b                 with momentum
        where p is the parameter and s, a, b, which start at 0, are its `square_avg`, `grad_avg` and `momentum_buffer`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        alpha: share of the running means that is kept.
        eps: added to the root, outside it, so that nothing is divided by zero.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        momentum: share of the buffer that is kept.
        centered: divide by the standard deviation of the gradient, not by its root mean square.
        maximize: climb instead of descend.

    Shape:
        - step: (); square_avg, grad_avg, momentum_buffer: as the parameter.

    Raises:
        ValueError: one of lr, alpha, eps, weight_decay and momentum is below 0.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = RMSprop([weight], lr=0.1, alpha=0.75, eps=0.0)
        >>> weight.grad = np.array([3.0])
        >>> optimizer.step()
        >>> weight.data  # 1 − 0.1 · 3 / √(0.25 · 9)
        array([0.8])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        for name, value in defaults.items():
            if not value >= 0:
                raise ValueError(f"RMSprop: expected {name} >= 0, got {value}")
        super().__init__(params, defaults)

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = np.zeros((), get_default_dtype())
            state["square_avg"] = np.zeros_like(parameter)
            if group["momentum"] > 0:
                state["momentum_buffer"] = np.zeros_like(parameter)
            if group["centered"]:
                state["grad_avg"] = np.zeros_like(parameter)
        state["step"] += 1
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * parameter

        alpha = group["alpha"]
        variance = state["square_avg"]
        variance *= alpha
        variance += (1 - alpha) * np.square(grad)
        if group["centered"]:
            state["grad_avg"] += (1 - alpha) * (grad - state["grad_avg"])
            variance = variance - np.square(state["grad_avg"])
        scaled = grad / (np.sqrt(variance) + group["eps"])
        if group["momentum"] > 0:
            state["momentum_buffer"] *= group["momentum"]
            state["momentum_buffer"] += scaled
            scaled = state["momentum_buffer"]
        parameter -= float(group["lr"]) * scaled
