"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.module import Parameter
from scratch.optimizers.optimizer import Optimizer

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's variant.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        b ← g at the first step, then momentum · b + (1 − dampening) · g
        p ← p − lr · g         without momentum
        p ← p − lr · b         with momentum
        p ← p − lr · (g + momentum · b)   with Nesterov momentum
        where p is the parameter and b its `momentum_buffer`. The rate stands outside the buffer, so that a schedule
        scales old gradients too; Sutskever et al. put it inside.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        momentum: share of the buffer that is kept.
        dampening: share of the gradient that is left out of the buffer, except at the first step.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        nesterov: look ahead along the buffer.
        maximize: climb instead of descend.

    Shape:
        - momentum_buffer: as the parameter.

    Raises:
        ValueError: lr, momentum or weight_decay below 0, or Nesterov without momentum or with dampening.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = SGD([weight], lr=0.1, momentum=0.9)
        >>> for _ in range(2):
        ...     weight.grad = np.array([1.0])
        ...     optimizer.step()
        >>> weight.data  # 1 − 0.1 · 1 − 0.1 · 1.9
        array([0.71])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0:
                raise ValueError(f"SGD: expected {name} >= 0, got {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                "SGD: expected momentum > 0 and dampening 0 with nesterov=True,"
                f" got momentum {momentum} and dampening {dampening}"
            )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        momentum = group["momentum"]
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * parameter
        if momentum != 0:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = np.copy(grad)
            else:
                buffer *= momentum
                buffer += (1 - group["dampening"]) * grad
            grad = grad + momentum * buffer if group["nesterov"] else buffer
        parameter -= float(group["lr"]) * grad
