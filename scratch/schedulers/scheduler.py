"""The base of the schedules: it counts the epochs, writes the rates and keeps the state."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers._groups import check_optimizer

__all__ = ["LRScheduler"]


class LRScheduler:
    """The base of the schedules: counts the epochs and writes the rates into the groups.

    A subclass computes the next rate of each group in `get_lr()`, most of them from the present one, so that whatever
    else changes a rate keeps its effect. Where there is a formula from the initial rate, it stands in
    `_get_closed_form_lr()`, which is asked after a jump to another epoch. Making a schedule sets the first rates; call
    `step()` once an epoch, after the optimizer's.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        last_epoch: the epoch after which to go on, −1 for a new start. Going on needs `initial_lr` in the groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: going on, but a group has no `initial_lr`.
        NotImplementedError: a subclass without `get_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
    """

    _get_lr_called_within_step: bool

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(self, optimizer)
        self.optimizer = optimizer
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{type(self).__name__}: expected 'initial_lr' in group {number} to go on after epoch {last_epoch}"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._initial_step()

    def get_lr(self) -> list[float]:
        """The next rates, one a group."""
        raise NotImplementedError(f"{type(self).__name__}: expected a subclass with get_lr(), got none")

    def step(self, epoch: int | None = None) -> None:
        """Go to the next epoch, or (PyTorch's deprecated argument) to this one, and set its rates."""
        if self._step_count == 1 and not self.optimizer._opt_called:
            warnings.warn(
                f"{type(self).__name__}: expected optimizer.step() before scheduler.step(), got none;"
                " the first rate of the schedule is skipped",
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is not None:
            self._warn_of_epoch()
        self._update_lr(epoch)

    def get_last_lr(self) -> list[float]:
        """The rates that the schedule set last, one a group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, by PyTorch's keys."""
        return {key: value for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state. The rates themselves are in the optimizer's state: load that as well."""
        vars(self).update(state_dict)

    def _get_closed_form_lr(self) -> list[float]:
        """The rates of epoch `last_epoch`, from the initial ones; where there is no formula, the next ones."""
        return self.get_lr()

    def _initial_step(self) -> None:
        """Set the first rates; `_is_initial` tells get_lr() that there is nothing before them."""
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._set_rates(self.get_lr if epoch is None else self._get_closed_form_lr)

    def _set_rates(self, compute: Callable[[], list[float]]) -> None:
        self._get_lr_called_within_step = True
        try:
            rates = compute()
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr
        self._last_lr = self._rates()

    def _rates(self) -> list[float]:
        """The rates as they stand in the groups."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def _warn_outside_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                f"{type(self).__name__}: get_lr() computes the next rates; get_last_lr() gives the last", stacklevel=3
            )

    def _warn_of_epoch(self) -> None:
        warnings.warn(f"{type(self).__name__}: step(epoch) is deprecated; step() goes on by one", stacklevel=3)
