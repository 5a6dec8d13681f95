"""Schedules that begin with a smaller rate."""

from __future__ import annotations

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["ConstantLR", "LinearLR"]


class ConstantLR(LRScheduler):
    """The rate is a share of the initial one until an epoch, and the initial one from there on.

    Math:
        lr_e = lr_0 · factor for e < total_iters, else lr_0, where e counts the epochs from 0. It is computed from the
        rate before, as PyTorch does: times factor at e = 0 and times 1 / factor at e = total_iters.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        factor: the share, at most 1.
        total_iters: the epoch from which the whole rate is used.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        ValueError: a factor outside [0, 1].
        ZeroDivisionError: a factor of 0, at epoch total_iters: the rate before is lost.
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = ConstantLR(optimizer, factor=0.5, total_iters=2)
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [4.0]
        [4.0]
        [8.0]
        [8.0]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError(f"ConstantLR: expected factor in [0, 1], got {factor}")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._rates()]
        if self.last_epoch != self.total_iters:
            return self._rates()
        if self.factor == 0:
            raise ZeroDivisionError("ConstantLR: expected a factor above 0 to go back by 1 / factor, got 0")
        return [lr * (1.0 / self.factor) for lr in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        # At the end the factor is factor + (1 − factor), which need not be 1 to the last bit.
        factor = self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)
        return [lr * factor for lr in self.base_lrs]


class LinearLR(LRScheduler):
    """The rate goes in a straight line from one share of the initial one to another.

    Math:
        lr_e = lr_0 · (start_factor + (end_factor − start_factor) · e / T) for e ≤ T, and the last of them from there on
        where e counts the epochs from 0 and T is total_iters. It is computed from the rate before, as PyTorch does:
        lr_e = lr_{e−1} · (1 + d / (T · start_factor + (e − 1) · d)), where d = end_factor − start_factor.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        start_factor: the share at epoch 0, above 0 and at most 1.
        end_factor: the share from epoch total_iters on, at most 1.
        total_iters: epochs from one to the other.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        ValueError: start_factor outside (0, 1], or end_factor outside [0, 1].
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = LinearLR(optimizer, start_factor=0.25, total_iters=3)
        >>> for epoch in range(5):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [2.0]
        [4.0]
        [6.0]
        [8.0]
        [8.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(f"LinearLR: expected start_factor in (0, 1], got {start_factor}")
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError(f"LinearLR: expected end_factor in [0, 1], got {end_factor}")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self._rates()]
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._rates()
        change = self.end_factor - self.start_factor
        factor = 1.0 + change / (self.total_iters * self.start_factor + (self.last_epoch - 1) * change)
        return [lr * factor for lr in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        change = self.end_factor - self.start_factor
        factor = self.start_factor + change * min(self.total_iters, self.last_epoch) / self.total_iters
        return [lr * factor for lr in self.base_lrs]
