"""Adagrad."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers.optimizer import Optimizer

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """A rate for each element: the more gradient it has seen, the smaller its steps.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        s ← s + g²
        p ← p − lr / (1 + (t − 1) · lr_decay) · g / (√s + eps)
        where p is the parameter, s its `sum`, which starts at `initial_accumulator_value`, and t = 1, 2, … its `step`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        lr_decay: how fast the rate falls with the steps.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        initial_accumulator_value: what the sums start from.
        eps: added to the root, outside it, so that nothing is divided by zero.
        maximize: climb instead of descend.

    Shape:
        - step: (); sum: as the parameter.

    Raises:
        ValueError: one of lr, lr_decay, weight_decay, initial_accumulator_value and eps is below 0.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = Adagrad([weight], lr=0.5, eps=0.0)
        >>> for grad in (3.0, 4.0):
        ...     weight.grad = np.array([grad])
        ...     optimizer.step()
        >>> weight.data  # 1 − 0.5 · 3 / √9 − 0.5 · 4 / √(9 + 16)
        array([0.1])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "maximize": maximize,
        }
        for name, value in defaults.items():
            if not value >= 0:
                raise ValueError(f"Adagrad: expected {name} >= 0, got {value}")
        super().__init__(params, defaults)
        # Unlike its siblings, PyTorch's Adagrad has its state before the first step.
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter] = self._initial_state(parameter.data)

    def _initial_state(self, parameter: Array) -> dict[str, Any]:
        return {
            "step": np.zeros((), get_default_dtype()),
            "sum": np.full_like(parameter, self.defaults["initial_accumulator_value"]),
        }

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state.update(self._initial_state(parameter))
        state["step"] += 1
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * parameter
        state["sum"] += np.square(grad)
        lr = float(group["lr"]) / (1 + (float(state["step"]) - 1) * group["lr_decay"])
        parameter -= lr * (grad / (np.sqrt(state["sum"]) + group["eps"]))
