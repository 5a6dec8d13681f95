"""Schedules made of schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers.plateau import ReduceLROnPlateau
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["ChainedScheduler", "SequentialLR"]


class _Composed(LRScheduler):
    """Its schedules, checked, and a state that holds theirs."""

    _schedulers: Sequence[LRScheduler]

    def _check(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer) -> None:
        name = type(self).__name__
        for number, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name}: expected schedules, got {type(scheduler).__name__} at {number}")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(f"{name}: expected schedules without a metric, got ReduceLROnPlateau at {number}")
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"{name}: expected schedules of one optimizer, got another's at {number}")

    def get_lr(self) -> list[float]:
        raise NotImplementedError(
            f"{type(self).__name__}: expected a first place in SequentialLR, got a later one; it cannot start over"
        )

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(_Composed):
    """One schedule after another.

    Math:
        lr_e = the rate of schedule i at its epoch e − milestones[i − 1], where i counts the milestones that are at most
        e, and the first schedule begins at epoch 0.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        schedulers: the schedules, in order. Making one sets its first rates; that is undone here.
        milestones: the epoch at which each but the first begins.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        ValueError: no schedule, one of another optimizer, a ReduceLROnPlateau, or not a milestone less than schedules.
        TypeError: something that is not a schedule.
        NotImplementedError: a SequentialLR or a ChainedScheduler, where it is not the first and its turn comes.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> from scratch.schedulers import ConstantLR, ExponentialLR
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> warmup, decay = ConstantLR(optimizer, factor=0.25, total_iters=9), ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[2])
        >>> for epoch in range(5):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [2.0]
        [2.0]
        [8.0]
        [4.0]
        [2.0]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError("SequentialLR: expected at least one schedule, got none")
        self._check(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: expected a milestone between each two of {len(schedulers)} schedules, got {milestones}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        self.recursive_undo()
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def recursive_undo(self, sched: LRScheduler | None = None) -> None:
        """Take back the epoch that each schedule counted when it was made."""
        schedule = self if sched is None else sched
        if isinstance(schedule, _Composed):
            for below in schedule._schedulers:
                self.recursive_undo(below)
        else:
            schedule.last_epoch -= 1

    def step(self) -> None:  # type: ignore[override]  # no jumps, as in PyTorch
        """Go to the next epoch."""
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[index]
        if index > 0 and self._milestones[index - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composed):
    """Several schedules at once: each changes the rate that the one before has left.

    Math:
        lr_e = f_n(… f_2(f_1(lr_{e−1}))), where f_i is what schedule i makes of a rate at epoch e. For schedules that
        multiply, lr_e = lr_0 times the factors of all of them.

    Args:
        schedulers: the schedules, in order; each was given the same optimizer.
        optimizer: that optimizer; the first schedule's when None.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        ValueError: no schedule, one of another optimizer, or a ReduceLROnPlateau.
        TypeError: something that is not a schedule.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> from scratch.schedulers import ConstantLR, ExponentialLR
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = ChainedScheduler(
        ...     [ConstantLR(optimizer, factor=0.25, total_iters=2), ExponentialLR(optimizer, gamma=0.5)]
        ... )
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())  # 8 · 0.25, then half of it, then half of that and times 4
        ...     scheduler.step()
        [2.0]
        [1.0]
        [2.0]
        [1.0]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if len(schedulers) < 1:
            raise ValueError("ChainedScheduler: expected at least one schedule, got none")
        optimizer = optimizer or schedulers[0].optimizer
        self._check(schedulers, optimizer)
        self._schedulers = schedulers
        self.optimizer = optimizer
        self._last_lr = self._rates()

    def step(self) -> None:  # type: ignore[override]  # no jumps, as in PyTorch
        """Go to the next epoch of each."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._rates()
