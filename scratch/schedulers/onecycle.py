"""The 1cycle schedule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers._groups import check_optimizer, per_group, set_momentum, start_momentum
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["OneCycleLR"]


class OneCycleLR(LRScheduler):
    """One cycle for the whole training: the rate climbs to its maximum, then falls to almost nothing.

    Math:
        A phase from step a to step b takes the rate from v to w, with the share p = (t − a) / (b − a) at step t:
        lr_t = w + (v − w) · (1 + cos π p) / 2 ("cos"), or v + (w − v) · p ("linear")
        With initial_lr = max_lr / div_factor, min_lr = initial_lr / final_div_factor and T = total_steps, the phases
        are initial_lr → max_lr until step pct_start · T − 1, then max_lr → min_lr until step T − 1. With three_phase
        the second is max_lr → initial_lr until step 2 · pct_start · T − 2, and the third initial_lr → min_lr.
        The momentum goes from max_momentum to base_momentum and back while the rate goes up and down.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        max_lr: the largest rate, or a list of one for each group.
        total_steps: the number of steps in all.
        epochs: together with `steps_per_epoch`, in place of `total_steps`.
        steps_per_epoch: the number of batches in an epoch.
        pct_start: the share of the steps, from 0 to 1, in which the rate climbs.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether the momentum, or the first of two betas, is cycled as well.
        base_momentum: the lower bound of the momentum, or a list.
        max_momentum: its upper bound, with which the optimizer begins, or a list.
        div_factor: the largest rate divided by the first.
        final_div_factor: the first rate divided by the last.
        three_phase: fall as slowly as the rate climbed, and to almost nothing in a phase of its own.
        last_epoch: the step after which to go on, −1 for a new start. One calls step() after every batch.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        ValueError: numbers of steps that are not positive integers, or none at all; pct_start that is not a float in
            [0, 1]; another strategy; not as many values as groups; no momentum to cycle; more steps than total_steps.
        ZeroDivisionError: pct_start · total_steps is 1: the first phase would begin and end at step 0.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
        Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates"; there
        the lines are straight, and the phases are three.

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=0.1, momentum=0.9)
        >>> scheduler = OneCycleLR(
        ...     optimizer, 8.0, total_steps=5, pct_start=0.6, anneal_strategy="linear", div_factor=2, final_div_factor=4
        ... )
        >>> for step in range(5):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr(), round(optimizer.param_groups[0]["momentum"], 6))
        ...     scheduler.step()
        [4.0] 0.95
        [6.0] 0.9
        [8.0] 0.85
        [4.5] 0.9
        [1.0] 0.95
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(self, optimizer)
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"OneCycleLR: expected pct_start as a float in [0, 1], got {pct_start!r}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}")
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        self._anneal_func_type = anneal_strategy
        max_lrs = per_group(self, "max_lr", max_lr, optimizer)
        if last_epoch == -1:
            for group, high in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"] = high
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1, *_ = start_momentum(self, optimizer, base_momentum, max_momentum, new=last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        if self.last_epoch > self.total_steps:
            raise ValueError(f"OneCycleLR: expected {self.total_steps} steps in all, got step {self.last_epoch}")
        phase, share = self._place()
        groups = self.optimizer.param_groups
        if self.cycle_momentum:
            for group in groups:
                momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], share)
                set_momentum(group, momentum, self.use_beta1)
        return [self._between(group[phase["start_lr"]], group[phase["end_lr"]], share) for group in groups]

    def _place(self) -> tuple[dict[str, Any], float]:
        """The phase of the present step, and the share of it that has passed."""
        start: float = 0.0
        for phase in self._schedule_phases[:-1]:
            if self.last_epoch <= phase["end_step"]:
                break
            start = phase["end_step"]
        else:
            phase = self._schedule_phases[-1]
        if phase["end_step"] == start:
            raise ZeroDivisionError(f"OneCycleLR: expected a phase of some length, got one from {start} to {start}")
        return phase, (self.last_epoch - start) / (phase["end_step"] - start)

    def _between(self, start: float, end: float, share: float) -> float:
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)
        return (end - start) * share + start


def _total(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    given: dict[str, Any] = {"total_steps": total_steps}
    if total_steps is None:
        given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    for argument, value in given.items():
        if value is None:
            raise ValueError("OneCycleLR: expected total_steps, or epochs and steps_per_epoch, got neither")
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"OneCycleLR: expected {argument} as a positive integer, got {value!r}")
    return math.prod(given.values())


def _phases(total_steps: int, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
    """Where each phase ends, and which of a group's values it starts from and goes to: PyTorch's part of the state."""

    def phase(end_step: float, lrs: str, momentums: str) -> dict[str, Any]:
        (start_lr, end_lr), (start_momentum, end_momentum) = lrs.split(), momentums.split()
        return {
            "end_step": end_step,
            "start_lr": start_lr,
            "end_lr": end_lr,
            "start_momentum": start_momentum,
            "end_momentum": end_momentum,
        }

    up = phase(pct_start * total_steps - 1, "initial_lr max_lr", "max_momentum base_momentum")
    if not three_phase:
        return [up, phase(total_steps - 1, "max_lr min_lr", "base_momentum max_momentum")]
    return [
        up,
        phase(2 * pct_start * total_steps - 2, "max_lr initial_lr", "base_momentum max_momentum"),
        phase(total_steps - 1, "initial_lr min_lr", "max_momentum max_momentum"),
    ]
