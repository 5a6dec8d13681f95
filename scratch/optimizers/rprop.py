"""Resilient backpropagation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers._options import check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["Rprop"]


class Rprop(Optimizer):
    """Follows the sign of the gradient, with a step size for each element that grows until the sign flips.

    Math:
        g ← grad (−grad if maximize)
        Δ ← Δ · etaplus     where g · h > 0: the same direction as before
        Δ ← Δ · etaminus    where g · h < 0: it has jumped over a minimum
        Δ ← Δ               where g · h = 0
        Δ ← the nearest number within `step_sizes`
        g ← 0               where g · h was below 0: this step is left out, and the next one does not shrink again
        p ← p − Δ · sign(g)
        h ← g
        where p is the parameter, and Δ and h are its `step_size`, which starts at lr, and `prev`, which starts at 0.
        The size of the gradient plays no part, so the gradient of the whole data set is wanted: noise flips signs.

    Args:
        params: parameters, or groups of them.
        lr: the first step size.
        etas: etaminus and etaplus, the factors by which the step shrinks and grows.
        step_sizes: the smallest and the largest step.
        maximize: climb instead of descend.

    Shape:
        - step: (); prev, step_size: as the parameter.

    Raises:
        ValueError: lr is below 0, or the etas are not 0 < etaminus < 1 < etaplus.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Rprop.html
        Riedmiller and Braun 1993, A direct adaptive method for faster backpropagation learning: the RPROP algorithm;
        there a step that flipped the sign is also taken back.

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = Rprop([weight], lr=0.1)
        >>> for grad in (3.0, 7.0, -1.0):
        ...     weight.grad = np.array([grad])
        ...     optimizer.step()
        >>> weight.data  # 1 − 0.1 − 0.12; the third step is left out
        array([0.78])
        >>> optimizer.state[weight]["step_size"]  # 0.1 · 1.2 · 0.5
        array([0.06])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
    ) -> None:
        check_not_negative("Rprop", lr=lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Rprop: expected etas with 0 < etaminus < 1 < etaplus, got {etas}")
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = np.zeros((), get_default_dtype())
            state["prev"] = np.zeros_like(parameter)
            state["step_size"] = np.full_like(parameter, group["lr"])
        state["step"] += 1
        if group["maximize"]:
            grad = -grad

        etaminus, etaplus = group["etas"]
        step_size = state["step_size"]
        agreement = grad * state["prev"]
        step_size *= np.where(agreement > 0, etaplus, np.where(agreement < 0, etaminus, np.ones_like(grad)))
        np.clip(step_size, *group["step_sizes"], out=step_size)
        state["prev"][...] = np.where(agreement < 0, 0, grad)
        parameter -= step_size * np.nan_to_num(np.sign(state["prev"]))  # a nan has no sign, in PyTorch
