"""Learning-rate schedules: they write the rate into the optimizer's groups."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from scratch.optimizers.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "LRScheduler", "StepLR"]


class LRScheduler:
    """The base of the schedules: counts the epochs and writes the rates into the groups.

    A subclass computes the next rate of each group in `get_lr()` from the present one, so that whatever else changes a
    rate keeps its effect. Making a schedule sets the first rates; call `step()` once an epoch, after the optimizer's.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        last_epoch: the epoch after which to go on, −1 for a new start. Going on needs `initial_lr` in the groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
    """

    get_lr: Callable[[], list[float]]

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        name = type(self).__name__
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{name}: expected an Optimizer, got {type(optimizer).__name__}")
        self.optimizer = optimizer
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(f"{name}: expected 'initial_lr' in group {number} to go on after epoch {last_epoch}")
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._is_initial = True
        self._get_lr_called_within_step = False
        self.step()
        self._is_initial = False

    def step(self) -> None:
        """Go to the next epoch and set its rates."""
        if self._step_count == 1 and not self.optimizer._opt_called:
            warnings.warn(
                f"{type(self).__name__}: expected optimizer.step() before scheduler.step(), got none;"
                " the first rate of the schedule is skipped",
                stacklevel=2,
            )
        self._step_count += 1
        self.last_epoch += 1
        self._get_lr_called_within_step = True
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = lr
        self._get_lr_called_within_step = False
        self._last_lr = self._rates()

    def get_last_lr(self) -> list[float]:
        """The rates that the schedule set last, one a group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, by PyTorch's keys."""
        return {key: value for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state. The rates themselves are in the optimizer's state: load that as well."""
        vars(self).update(state_dict)

    def _rates(self) -> list[float]:
        """The rates as they stand in the groups."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def _warn_outside_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                f"{type(self).__name__}: get_lr() computes the next rates; get_last_lr() gives the last", stacklevel=3
            )


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


class CosineAnnealingLR(LRScheduler):
    """The rate falls along half a cosine from its initial value to `eta_min`.

    Math:
        lr_e = eta_min + (lr_0 − eta_min) · (1 + cos(π e / T_max)) / 2
        where e counts the epochs from 0. It is computed from the rate before, as PyTorch does:
        lr_e = eta_min + (lr_{e−1} − eta_min) · (1 + cos(π e / T_max)) / (1 + cos(π (e − 1) / T_max)),
        except just after the minimum, e − 1 = T_max, 3 T_max, …, where that denominator is 0 and
        lr_e = lr_{e−1} + (lr_0 − eta_min) · (1 − cos(π / T_max)) / 2. Beyond T_max the rate climbs again.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        T_max: epochs from the initial rate to the minimum.
        eta_min: the minimum.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
        Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts"; there are no restarts here.

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=4.0)
        >>> scheduler = CosineAnnealingLR(optimizer, T_max=3)
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     print(round(scheduler.get_last_lr()[0], 6))  # cos 0, π/3, 2π/3 and π are 1, ½, −½ and −1
        ...     scheduler.step()
        4.0
        3.0
        1.0
        0.0
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        epoch, period, low = self.last_epoch, self.T_max, self.eta_min
        if self._is_initial:
            return self._rates()
        if (epoch - 1 - period) % (2 * period) == 0:
            rise = (1 - math.cos(math.pi / period)) / 2
            return [lr + (lr_0 - low) * rise for lr, lr_0 in zip(self._rates(), self.base_lrs, strict=True)]
        ratio = (1 + math.cos(math.pi * epoch / period)) / (1 + math.cos(math.pi * (epoch - 1) / period))
        return [low + (lr - low) * ratio for lr in self._rates()]
