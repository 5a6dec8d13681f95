"""The schedule of stochastic weight averaging."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers._groups import per_group
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["SWALR"]


class SWALR(LRScheduler):
    """The rate goes from where it is to one at which weights are averaged, and stays there.

    Math:
        lr_t = a_t · swa_lr + (1 − a_t) · lr_0, with a_t = (1 − cos π p) / 2 ("cos") or p ("linear") and
        p = min(1, t / anneal_epochs), where t counts this schedule's steps from 0. It is computed from the rate before,
        as PyTorch does: lr_0 = (lr_{t−1} − a_{t−1} · swa_lr) / (1 − a_{t−1}).

    Args:
        optimizer: the optimizer whose rates are scheduled.
        swa_lr: the last rate, or a list of one for each group.
        anneal_epochs: steps from one rate to the other.
        anneal_strategy: "cos" or "linear".
        last_epoch: the epoch after which to go on, −1 for a new start. The way begins anew all the same.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        ValueError: another strategy, anneal_epochs that is not an integer from 0, or not as many rates as groups.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.SWALR.html
        Izmailov and others, "Averaging Weights Leads to Wider Optima and Better Generalization".

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = SWALR(optimizer, swa_lr=2.0, anneal_epochs=2, anneal_strategy="linear")
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [8.0]
        [5.0]
        [2.0]
        [2.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for group, lr in zip(optimizer.param_groups, per_group(self, "swa_lr", swa_lr, optimizer), strict=True):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"SWALR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}")
        if anneal_epochs < 0 or not isinstance(anneal_epochs, int):
            raise ValueError(f"SWALR: expected anneal_epochs as an integer >= 0, got {anneal_epochs!r}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        before, now = self._share(self._step_count - 2), self._share(self._step_count - 1)
        rates = []
        for group in self.optimizer.param_groups:
            lr, last = group["lr"], group["swa_lr"]
            first = last if before == 1 else (lr - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates

    def _share(self, step: int) -> float:
        """How far the rate has come after so many steps, from 0 to 1."""
        step = max(0, step)
        passed = step / self.anneal_epochs if step < self.anneal_epochs else 1.0
        return passed if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * passed)) / 2
