"""Schedules along a cosine."""

from __future__ import annotations

import math

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


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
        if (epoch - 1) % (2 * period) == period:
            rise = (1 - math.cos(math.pi / period)) / 2
            return [lr + (lr_0 - low) * rise for lr, lr_0 in zip(self._rates(), self.base_lrs, strict=True)]
        ratio = (1 + math.cos(math.pi * epoch / period)) / (1 + math.cos(math.pi * (epoch - 1) / period))
        return [low + (lr - low) * ratio for lr in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        wave = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (lr - self.eta_min) * wave / 2 for lr in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """The rate falls along half a cosine, again and again: at each restart it jumps back to its initial value.

    Math:
        lr = eta_min + (lr_0 − eta_min) · (1 + cos(π T_cur / T_i)) / 2
        where T_cur counts the epochs since the last restart and T_i those from it to the next: T_0 at first, and T_mult
        times as many after each restart. So restart n is at epoch T_0 · (1 + T_mult + … + T_mult^(n − 1)), and at
        epoch e the number of restarts is n = ⌊log(e / T_0 · (T_mult − 1) + 1) / log T_mult⌋ for T_mult > 1.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        T_0: epochs to the first restart.
        T_mult: how many times longer each wave is than the one before.
        eta_min: the minimum.
        last_epoch: the epoch after which to go on, −1 for a new start. As in PyTorch, going on takes it for T_cur.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        ValueError: T_0 or T_mult that is not a whole number from 1, eta_min that is not a number, or an epoch below 0.
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html
        Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts".

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=4.0)
        >>> scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> for epoch in (0, 1, 1.5, 2):  # between two batches an epoch may be a fraction
        ...     scheduler.step(epoch)
        ...     print(round(scheduler.get_last_lr()[0], 6))  # cos 0, π/2, 3π/4, and a restart
        4.0
        2.0
        0.585786
        4.0
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        for argument, value in (("T_0", T_0), ("T_mult", T_mult)):
            if value < 1 or not isinstance(value, int):
                raise ValueError(f"CosineAnnealingWarmRestarts: expected {argument} as an integer >= 1, got {value!r}")
        if not isinstance(eta_min, float | int):
            raise ValueError(f"CosineAnnealingWarmRestarts: expected eta_min as a number, got {eta_min!r}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        wave = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (lr - self.eta_min) * wave / 2 for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go to the next epoch, or to this one, which may be a fraction: `step(epoch + batch / batches)`."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is not None:
            self._jump(epoch)
        else:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        self.last_epoch = math.floor(epoch)
        self._set_rates(self.get_lr)

    def _jump(self, epoch: float) -> None:
        """Find the wave of an epoch, and the place in it."""
        if epoch < 0:
            raise ValueError(f"CosineAnnealingWarmRestarts: expected epoch >= 0, got {epoch}")
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            restarts = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**restarts - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**restarts
