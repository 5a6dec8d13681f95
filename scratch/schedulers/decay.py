"""Schedules that let the rate fall."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["ExponentialLR", "MultiStepLR", "PolynomialLR", "StepLR"]


class StepLR(LRScheduler):
    """The rate falls by a factor every `step_size` epochs.

    Math:
        lr_e = lr_{e−1} · gamma if e is a multiple of step_size, else lr_{e−1}; so lr_e = lr_0 · gamma^⌊e / step_size⌋
        where e counts the epochs from 0.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        step_size: epochs between two falls.
        gamma: the factor.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [8.0]
        [8.0]
        [4.0]
        [4.0]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        falls = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return [lr * self.gamma for lr in self._rates()] if falls else self._rates()

    def _get_closed_form_lr(self) -> list[float]:
        return [lr * self.gamma ** (self.last_epoch // self.step_size) for lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    """The rate falls by a factor at each of the given epochs.

    Math:
        lr_e = lr_{e−1} · gamma^m, where e counts the epochs from 0 and m is how often e stands among the milestones,
        mostly 0 or 1; so lr_e = lr_0 · gamma^M, where M counts the milestones that are at most e.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        milestones: the epochs of the falls; one that stands there twice makes two.
        gamma: the factor.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [8.0]
        [4.0]
        [4.0]
        [2.0]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        if self.last_epoch not in self.milestones:
            return self._rates()
        return [lr * self.gamma ** self.milestones[self.last_epoch] for lr in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [lr * self.gamma**passed for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """The rate falls by a factor every epoch.

    Math:
        lr_e = lr_{e−1} · gamma; so lr_e = lr_0 · gamma^e, where e counts the epochs from 0.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        gamma: the factor.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = ExponentialLR(optimizer, gamma=0.5)
        >>> for epoch in range(3):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [8.0]
        [4.0]
        [2.0]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        return self._rates() if self._is_initial else [lr * self.gamma for lr in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        return [lr * self.gamma**self.last_epoch for lr in self.base_lrs]


class PolynomialLR(LRScheduler):
    """The rate falls to zero along a power of the epochs that are left.

    Math:
        lr_e = lr_0 · (1 − e / T)^power for e ≤ T, and 0 from there on
        where e counts the epochs from 0 and T is total_iters. It is computed from the rate before, as PyTorch does:
        lr_e = lr_{e−1} · ((1 − e / T) / (1 − (e − 1) / T))^power, and lr_{e−1} beyond T.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        total_iters: the epoch at which the rate is 0.
        power: 1 for a straight line; the larger, the sooner it falls.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=16.0)
        >>> scheduler = PolynomialLR(optimizer, total_iters=4, power=2)
        >>> for epoch in range(5):
        ...     optimizer.step()
        ...     print(round(scheduler.get_last_lr()[0], 6))  # 4², 3², 2², 1², 0²
        ...     scheduler.step()
        16.0
        9.0
        4.0
        1.0
        0.0
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        epoch, total = self.last_epoch, self.total_iters
        if self._is_initial or epoch > total:
            return self._rates()
        factor = ((1.0 - epoch / total) / (1.0 - (epoch - 1) / total)) ** self.power
        return [lr * factor for lr in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [lr * left**self.power for lr in self.base_lrs]
