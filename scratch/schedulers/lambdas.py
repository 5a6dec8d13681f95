"""Schedules by a function of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers._groups import per_group
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["LambdaLR", "MultiplicativeLR"]

Factor = Callable[[int], float]


class _ByFunctions(LRScheduler):
    """A function for each group. Of callable objects the state keeps the attributes, of plain functions nothing."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1) -> None:
        self.lr_lambdas: list[Factor] = per_group(self, "lr_lambda", lr_lambda, optimizer)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"{type(self).__name__}: expected functions, got {type(function).__name__}")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        kept = [None if isinstance(f, FunctionType) else f.__dict__.copy() for f in self.lr_lambdas]
        return {**super().state_dict(), "lr_lambdas": kept}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for function, kept in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if kept is not None:
                function.__dict__.update(kept)


class LambdaLR(_ByFunctions):
    """The rate is the initial one times a function of the epoch.

    Math:
        lr_e = lr_0 · lr_lambda(e), where e counts the epochs from 0.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        lr_lambda: the function, or a list of one for each group.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `lr_lambda` is not a function.
        ValueError: not as many functions as groups.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1))
        >>> for epoch in range(2):
        ...     optimizer.step()
        ...     print(scheduler.get_last_lr())
        ...     scheduler.step()
        [8.0]
        [4.0]
    """

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        return [lr * function(self.last_epoch) for lr, function in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(_ByFunctions):
    """The rate is the one before times a function of the epoch.

    Math:
        lr_e = lr_{e−1} · lr_lambda(e), where e counts the epochs from 0; lr_lambda(0) is not asked.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        lr_lambda: the function, or a list of one for each group.
        last_epoch: the epoch after which to go on, −1 for a new start.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `lr_lambda` is not a function.
        ValueError: not as many functions as groups.
        KeyError: going on, but a group has no `initial_lr`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = MultiplicativeLR(optimizer, lambda epoch: 1 / (epoch + 1))
        >>> for epoch in range(4):
        ...     optimizer.step()
        ...     print(round(scheduler.get_last_lr()[0], 6))  # 8 / 1!, 8 / 2!, 8 / 3!, 8 / 4!
        ...     scheduler.step()
        8.0
        4.0
        1.333333
        0.333333
    """

    def get_lr(self) -> list[float]:
        self._warn_outside_step()
        if self._is_initial:
            return self._rates()
        return [lr * function(self.last_epoch) for lr, function in zip(self._rates(), self.lr_lambdas, strict=True)]
