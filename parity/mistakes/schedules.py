"""Mistakes in learning-rate schedules and in averages of weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parity.mistakes import Mistake
from scratch.averaging import AveragedModel, get_ema_avg_fn
from scratch.module import Module
from scratch.schedulers import (
    ChainedScheduler,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    LambdaLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)

__all__ = ["MISTAKES"]


class MomentumNotCycled(OneCycleLR):
    def get_lr(self) -> list[float]:
        cycled, self.cycle_momentum = self.cycle_momentum, False
        rates = super().get_lr()
        self.cycle_momentum = cycled
        return rates


class RestartLate(CosineAnnealingWarmRestarts):
    """`T_cur > T_i` for `>=`: the rate comes down to the minimum, and only then goes back."""

    def step(self, epoch: float | None = None) -> None:
        if epoch is None and self.T_cur + 1 == self.T_i:
            self.T_cur += 1
            self.last_epoch += 1
            self._set_rates(self.get_lr)
        else:
            if self.T_cur == self.T_i:
                self.T_cur -= 1
            super().step(epoch)


class ThresholdAbsolute(ReduceLROnPlateau):
    def _is_better(self, metric: float) -> bool:
        return metric < self.best - self.threshold if self.mode == "min" else metric > self.best + self.threshold


class CooldownIgnored(ReduceLROnPlateau):
    @property
    def in_cooldown(self) -> bool:
        return False


class MilestoneLate(SequentialLR):
    def __init__(self, optimizer: Any, schedulers: Any, milestones: list[int], last_epoch: int = -1) -> None:
        super().__init__(optimizer, schedulers, [milestone + 1 for milestone in milestones], last_epoch)


class LastOfTheChain(ChainedScheduler):
    """Each begins from the rate of the epoch before, so that only the last counts."""

    def step(self) -> None:  # type: ignore[override]  # as in ChainedScheduler
        before = self._rates()
        for scheduler in self._schedulers:
            for group, lr in zip(self.optimizer.param_groups, before, strict=True):
                group["lr"] = lr
            scheduler.step()
        self._last_lr = self._rates()


class ScaleMissing(CyclicLR):
    def scale_fn(self, x: float) -> float:
        return 1.0


class LambdaCompounded(LambdaLR):
    def get_lr(self) -> list[float]:
        return [lr * function(self.last_epoch) for lr, function in zip(self._rates(), self.lr_lambdas, strict=True)]


class MeanOverwritten(AveragedModel):
    """`n_averaged` is counted, and taken for 0."""

    def update_parameters(self, model: Module) -> None:
        count = int(self.n_averaged)
        self.n_averaged[...] = 0
        super().update_parameters(model)
        self.n_averaged += count


def ema_decay_swapped(decay: float = 0.999) -> Any:
    return get_ema_avg_fn(1 - decay)


def norm_with_its_momentum(loader: Iterable[Any], model: Module) -> None:
    """The batches pass, but the statistics follow them by the norm's own momentum, from where they were."""
    training = model.training
    model.train()
    for batch in loader:
        model(batch[0] if isinstance(batch, list | tuple) else batch)
    model.train(training)


MISTAKES = [
    Mistake(
        "onecycle-momentum-not-cycled", "OneCycleLR", "result", MomentumNotCycled, "the momentum stays where it begins"
    ),
    Mistake(
        "warm-restart-one-late", "CosineAnnealingWarmRestarts", "rates", RestartLate, "the restart comes an epoch late"
    ),
    Mistake(
        "plateau-relative-threshold-absolute",
        "ReduceLROnPlateau",
        "result",
        ThresholdAbsolute,
        "the threshold is taken off the best value, where a share of it is meant",
    ),
    Mistake(
        "plateau-cooldown-ignored", "ReduceLROnPlateau", "result", CooldownIgnored, "bad epochs count in the cooldown"
    ),
    Mistake(
        "sequential-milestone-off-by-one",
        "SequentialLR",
        "result",
        MilestoneLate,
        "the next schedule begins an epoch after its milestone",
    ),
    Mistake(
        "chain-last-only", "ChainedScheduler", "result", LastOfTheChain, "only the last schedule of the chain counts"
    ),
    Mistake("cyclic-mode-scale-missing", "CyclicLR", "rates", ScaleMissing, "every cycle is as high as the first"),
    Mistake(
        "lambda-compounded", "LambdaLR", "rates", LambdaCompounded, "the factor is of the rate before, not of the first"
    ),
    Mistake("swa-mean-overwritten", "AveragedModel", "result", MeanOverwritten, "the last weights, and no mean"),
    Mistake(
        "ema-decay-swapped", "get_ema_avg_fn", "result", ema_decay_swapped, "the decay is the share of what is new"
    ),
    Mistake(
        "update-bn-keeps-momentum",
        "update_bn",
        "result",
        norm_with_its_momentum,
        "the statistics are not begun anew, and follow by the norm's momentum",
    ),
]
