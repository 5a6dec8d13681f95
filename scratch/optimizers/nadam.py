"""Adam with Nesterov momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers._moments import advance_moments
from scratch.optimizers._options import check_betas, check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["NAdam"]


class NAdam(Optimizer):
    """Adam that looks ahead along its mean, as Nesterov's momentum does, with a momentum that grows to its full size.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        m ← β₁ · m + (1 − β₁) · g
        v ← β₂ · v + (1 − β₂) · g²
        μₜ = β₁ · (1 − ½ · 0.96^(t · momentum_decay))
        π ← π · μₜ
        p ← p − lr · ((1 − μₜ) / (1 − π) · g + μₜ₊₁ / (1 − π · μₜ₊₁) · m) / (√v̂ + eps), where v̂ = v / (1 − β₂ᵗ)
        where p is the parameter, m and v are its `exp_avg` and `exp_avg_sq`, t = 1, 2, … is its `step`, and π, which
        starts at 1, its `mu_product`: it corrects a mean whose shares change from step to step, as β₁ᵗ does in Adam.
        With decoupled_weight_decay the decay leaves g alone: p ← p · (1 − lr · weight_decay) comes first.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: β₁ and β₂, the shares of the running means that are kept.
        eps: added to the corrected root, outside it, so that nothing is divided by zero.
        weight_decay: factor λ of an L2 penalty λ/2 · p²: the gradient of it is λ · p.
        momentum_decay: how fast the momentum grows from β₁ / 2 to β₁; at 0 it stays at the half.
        decoupled_weight_decay: shrink the parameter itself instead of adding to its gradient.
        maximize: climb instead of descend.

    Shape:
        - step, mu_product: (); exp_avg, exp_avg_sq: as the parameter.

    Raises:
        ValueError: one of lr, eps, weight_decay and momentum_decay is below 0, or a beta is outside [0, 1).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.NAdam.html
        Dozat 2016, Incorporating Nesterov momentum into Adam; there m is a mean with the shares μₜ, not β₁.

    Example:
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = NAdam([weight], lr=0.75, betas=(0.5, 0.0), momentum_decay=0.0, eps=0.0)
        >>> weight.grad = np.array([42.0])
        >>> optimizer.step()
        >>> weight.data.round(6)  # μ = ¼: 1 − 0.75 · (¾ / ¾ + ¼ / (1 − 1/16) · ½), whatever the gradient
        array([0.15])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_not_negative("NAdam", lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        check_betas("NAdam", betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _state_shape(self, key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        return () if key == "mu_product" else shape

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["mu_product"] = np.ones((), get_default_dtype())
        t, grad = advance_moments(parameter, grad, state, group)
        mu, mu_next = self.momentum(t, group), self.momentum(t + 1, group)
        state["mu_product"] *= mu
        product = float(state["mu_product"])
        now = (1 - mu) / (1 - product) * grad
        ahead = mu_next / (1 - product * mu_next) * state["exp_avg"]
        root = np.sqrt(state["exp_avg_sq"] / (1 - group["betas"][1] ** t))
        parameter -= float(group["lr"]) * ((now + ahead) / (root + group["eps"]))

    def momentum(self, t: float, group: dict[str, Any]) -> float:
        """μₜ: half of β₁ at the start, all of it in the end."""
        return float(group["betas"][0] * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])))
