"""The cyclical schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers._groups import check_optimizer, per_group, set_momentum, start_momentum
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["CyclicLR"]

# By mode, whether its scale depends on the number of the cycle or of the step.
SCALE_MODES = {"triangular": "cycle", "triangular2": "cycle", "exp_range": "iterations"}


class CyclicLR(LRScheduler):
    """The rate goes up and down in straight lines between two bounds; the momentum goes down and up.

    Math:
        lr = base_lr + (max_lr − base_lr) · h · s
        momentum = max_momentum − (max_momentum − base_momentum) · h · s
        where the height h rises from 0 to 1 in step_size_up steps and falls back to 0 in step_size_down, and the scale
        s depends on the cycle c = 1, 2, … or on the step t = 0, 1, …: 1 ("triangular"), 1 / 2^(c − 1) ("triangular2"),
        gamma^t ("exp_range"), or what scale_fn says.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        base_lr: the lower bound, with which the optimizer begins; or a list of one for each group.
        max_lr: the upper bound, or a list.
        step_size_up: steps from the lower bound to the upper.
        step_size_down: steps back; as many when None.
        mode: "triangular", "triangular2" or "exp_range"; ignored with a `scale_fn`.
        gamma: the base of "exp_range".
        scale_fn: a scale of one's own.
        scale_mode: whether `scale_fn` is given the number of the "cycle" or that of the step, "iterations".
        cycle_momentum: whether the momentum, or the first of two betas, is cycled as well.
        base_momentum: the lower bound of the momentum, or a list.
        max_momentum: its upper bound, with which the optimizer begins, or a list.
        last_epoch: the step after which to go on, −1 for a new start. One calls step() after every batch.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        ValueError: another mode, not as many values as groups, or no momentum to cycle.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html
        Smith, "Cyclical Learning Rates for Training Neural Networks".

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=0.1, momentum=0.9)
        >>> scheduler = CyclicLR(optimizer, base_lr=2.0, max_lr=6.0, step_size_up=2, mode="triangular2")
        >>> for step in range(7):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr(), round(optimizer.param_groups[0]["momentum"], 6))
        ...     scheduler.step()
        [2.0] 0.9
        [4.0] 0.85
        [6.0] 0.8
        [4.0] 0.85
        [2.0] 0.9
        [3.0] 0.875
        [4.0] 0.85
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(self, optimizer)
        base_lrs = per_group(self, "base_lr", base_lr, optimizer)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                group["lr"] = lr
        self.max_lrs = per_group(self, "max_lr", max_lr, optimizer)
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up) + float(down)
        self.step_ratio = step_size_up / self.total_size
        if mode not in SCALE_MODES and scale_fn is None:
            raise ValueError(f"CyclicLR: expected a mode of {', '.join(SCALE_MODES)}, or a scale_fn, got {mode!r}")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else SCALE_MODES[mode]
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1, self.base_momentums, self.max_momentums = start_momentum(
                self, optimizer, base_momentum, max_momentum, new=last_epoch == -1
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The scale of a cycle's number, or of a step's."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular2":
            return float(2.0 ** (1 - x))
        return float(self.gamma**x) if self.mode == "exp_range" else 1.0

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle  # the share of the cycle that has passed
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in bounds:
                set_momentum(group, high - (high - low) * height * scale, self.use_beta1)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of a scale_fn its attributes, if it is an object and not a plain function."""
        custom = self._scale_fn_custom
        kept = None if custom is None or isinstance(custom, FunctionType) else custom.__dict__.copy()
        return {**super().state_dict(), "_scale_fn_custom": kept}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_scale_fn_custom"})
        if state_dict["_scale_fn_custom"] is not None:
            self._scale_fn_custom.__dict__.update(state_dict["_scale_fn_custom"])
        if self._scale_fn_custom is None:
            self.scale_mode = SCALE_MODES[self.mode]
