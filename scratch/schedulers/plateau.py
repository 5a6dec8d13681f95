"""The schedule that looks at a metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

from scratch.optimizers.optimizer import Optimizer
from scratch.schedulers._groups import check_optimizer, per_group
from scratch.schedulers.scheduler import LRScheduler

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """The rate falls by a factor when a metric has not become better for some epochs.

    Math:
        With mode "min", a metric m is better than the best so far if m < best · (1 − threshold) ("rel"), or if
        m < best − threshold ("abs"). With mode "max", if m > best · (1 + threshold), or if m > best + threshold.
        After more than `patience` epochs in a row without a better one, lr ← max(lr · factor, min_lr), the count
        begins anew, and the next `cooldown` epochs are not counted. A fall of at most eps is not made.

    Args:
        optimizer: the optimizer whose rates are scheduled.
        mode: "min" for a loss, "max" for an accuracy.
        factor: the factor, below 1.
        patience: how many epochs without a better metric pass without a fall.
        threshold: how much better is better.
        threshold_mode: "rel" for a share of the best, "abs" for an amount.
        cooldown: epochs after a fall that are not counted.
        min_lr: the least rate, or a list of one for each group.
        eps: the least fall.

    Shape:
        - get_last_lr(): a rate for each of the optimizer's groups.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        ValueError: factor of 1 or more, another mode, or not as many least rates as groups.
        RuntimeError: a group was added to the optimizer, and the list of least rates has none for it.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html

    Example:
        >>> import numpy as np
        >>> from scratch.module import Parameter
        >>> from scratch.optimizers import SGD
        >>> optimizer = SGD([Parameter(np.zeros(1))], lr=8.0)
        >>> scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        >>> for loss in (1.0, 0.9, 0.9, 0.9):  # the last is the second in a row that is not better
        ...     optimizer.step()
        ...     scheduler.step(loss)
        ...     print(scheduler.get_last_lr(), scheduler.num_bad_epochs)
        [8.0] 0
        [8.0] 0
        [8.0] 1
        [4.0] 0
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau: expected factor < 1, got {factor}")
        check_optimizer(self, optimizer)
        self.optimizer = optimizer
        self.factor = factor
        self.min_lrs = per_group(self, "min_lr", min_lr, optimizer)
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = self._rates()
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self._check_modes()
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        return self.cooldown_counter > 0

    def step(self, metrics: SupportsFloat, epoch: int | None = None) -> None:  # type: ignore[override]  # PyTorch's, too
        """Look at the metric of an epoch, and set the rates."""
        current = float(metrics)
        if epoch is not None:
            self._warn_of_epoch()
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self._rates()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._check_modes()

    def _check_modes(self) -> None:
        if self.mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau: expected mode 'min' or 'max', got {self.mode!r}")
        if self.threshold_mode not in ("rel", "abs"):
            raise ValueError(f"ReduceLROnPlateau: expected threshold_mode 'rel' or 'abs', got {self.threshold_mode!r}")
        self.mode_worse = math.inf if self.mode == "min" else -math.inf

    def _is_better(self, metric: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        margin = sign * self.threshold
        bar = self.best * (1.0 + margin) if self.threshold_mode == "rel" else self.best + margin
        return metric < bar if self.mode == "min" else metric > bar

    def _reduce_lr(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"ReduceLROnPlateau: expected min_lr for {len(groups)} groups, got {len(self.min_lrs)};"
                    " a group was added: extend `min_lrs`"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            lr = max(group["lr"] * self.factor, least)
            if group["lr"] - lr > self.eps:
                group["lr"] = lr
