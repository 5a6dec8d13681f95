"""Adam with decoupled weight decay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scratch.module import Parameter
from scratch.optimizers.adam import Adam

__all__ = ["AdamW"]


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself and stays out of the moments.

    Math:
        p ← p · (1 − lr · weight_decay), then Adam's step with the gradient alone.
        In Adam the decay is part of the gradient, so that dividing by its root mean square takes most of it away from
        the parameters with large gradients. Here every parameter decays at the same rate.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: β₁ and β₂, the shares of the running means that are kept.
        eps: added to the corrected root, outside it, so that nothing is divided by zero.
        weight_decay: the share, times lr, by which the parameter shrinks at each step.
        amsgrad: divide by the largest mean square so far, so that the rate of an element never grows.
        maximize: climb instead of descend.

    Shape:
        - step: (); exp_avg, exp_avg_sq, max_exp_avg_sq: as the parameter.

    Raises:
        ValueError: lr, eps or weight_decay below 0, or a beta that is not a float in [0, 1).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html

    Example:
        >>> import numpy as np
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = AdamW([weight], lr=0.1, weight_decay=0.5)
        >>> weight.grad = np.array([0.0])
        >>> optimizer.step()
        >>> weight.data  # 1 · (1 − 0.1 · 0.5)
        array([0.95])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True  # also where the state was saved by Adam
