"""Averaged stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers._options import check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["ASGD"]


class ASGD(Optimizer):
    """Gradient descent with a falling rate, beside it the mean of where it has been.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        p ← p · (1 − lambd · η) − η · g
        a ← p if μ is 1, else a + μ · (p − a)
        η ← lr / (1 + lambd · lr · t)^alpha
        μ ← 1 / max(1, t − t0)
        where p is the parameter, t = 1, 2, … its `step`, and η, μ and a are its `eta`, which starts at lr, `mu`, which
        starts at 1, and `ax`. From step t0 + 2 on, a is the mean of p, and up to there p itself. Only p is trained;
        whoever wants the mean takes it from the state.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        lambd: decay of the parameter, and of the rate.
        alpha: how fast the rate falls with the steps.
        t0: step after which the mean begins.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        maximize: climb instead of descend.

    Shape:
        - step, eta, mu: (); ax: as the parameter.

    Raises:
        ValueError: lr or weight_decay is below 0.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.ASGD.html
        Polyak and Juditsky 1992, Acceleration of stochastic approximation by averaging.

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = ASGD([weight], lr=0.5, lambd=0.0, t0=0)
        >>> for _ in range(3):
        ...     weight.grad = np.array([1.0])
        ...     optimizer.step()
        >>> weight.data  # 1 − 3 · 0.5
        array([-0.5])
        >>> optimizer.state[weight]["ax"]  # the mean of 0 and −0.5, where steps 2 and 3 led
        array([-0.25])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        maximize: bool = False,
    ) -> None:
        check_not_negative("ASGD", lr=lr, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _state_shape(self, key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        return () if key in ("eta", "mu") else shape

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, lambd = float(group["lr"]), group["lambd"]
        if not state:
            state["step"] = np.zeros((), get_default_dtype())
            state["eta"] = np.full((), lr, get_default_dtype())
            state["mu"] = np.ones((), get_default_dtype())
            state["ax"] = np.zeros_like(parameter)
        state["step"] += 1
        eta, mu, mean, t = float(state["eta"]), float(state["mu"]), state["ax"], float(state["step"])
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * parameter

        parameter *= 1 - lambd * eta
        parameter -= eta * grad
        if mu == 1:
            mean[...] = parameter
        else:
            mean += mu * (parameter - mean)
        state["eta"][...] = lr / (1 + lambd * lr * t) ** group["alpha"]
        state["mu"][...] = 1 / max(1, t - group["t0"])
