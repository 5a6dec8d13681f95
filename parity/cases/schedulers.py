"""Cases of the learning-rate schedules."""

from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, SchedulerSample, ScriptSample, Tolerance
from parity.sides import Side

__all__ = ["CASES"]

EXACT = {"float64": Tolerance(rtol=1e-15, atol=0.0)}
ONE = ("float64",)  # rates are Python numbers: the dtype under test changes nothing

NO_EPOCH = Difference(
    "step(epoch)", "PyTorch's deprecated argument, for which it warns, is left out: step() goes on by one epoch"
)


def _optimizer(side: Side, *lrs: float) -> Any:
    return side.SGD([{"params": [side.parameter(np.ones(2))], "lr": lr} for lr in lrs])


def _resumed(side: Side, component: str, last_epoch: int, steps: int, **args: Any) -> list[Any]:
    """Go on after an epoch, from rates that are not on the schedule's curve."""
    optimizer = _optimizer(side, 0.1, 0.03)
    for group in optimizer.param_groups:
        group["initial_lr"] = 2 * group["lr"]
    scheduler = side.find(component)(optimizer, last_epoch=last_epoch, **args)
    rates = [scheduler.get_last_lr()]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr())
    return [np.array(rates), scheduler.last_epoch, np.array(scheduler.base_lrs)]


def _without_initial_rate(side: Side, component: str, **args: Any) -> None:
    side.find(component)(_optimizer(side, 0.1), last_epoch=3, **args)


def _state(side: Side) -> dict[str, Any]:
    optimizer = _optimizer(side, 0.1, 0.03)
    scheduler = side.StepLR(optimizer, step_size=2)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    groups = optimizer.state_dict()["param_groups"]
    return {"scheduler": dict(sorted(scheduler.state_dict().items())), "initial": [g["initial_lr"] for g in groups]}


def _own_schedule(side: Side, last_epoch: int) -> list[Any]:
    """A schedule of one's own: the rate of epoch e is the one before, divided by e + 1."""

    class Falling(side.LRScheduler):  # type: ignore[misc, name-defined]  # the base is the side's
        def get_lr(self) -> list[float]:
            return [group["lr"] / (self.last_epoch + 1) for group in self.optimizer.param_groups]

    optimizer = _optimizer(side, 0.1, 0.03)
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    scheduler = Falling(optimizer, last_epoch=last_epoch)
    rates = [scheduler.get_last_lr()]
    for _ in range(3):
        optimizer.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr())
    return [np.array(rates), scheduler.last_epoch]


def _other_hands(side: Side) -> list[float]:
    """Someone else halves the rate: the schedule goes on from there."""
    optimizer = _optimizer(side, 0.1)
    scheduler = side.StepLR(optimizer, step_size=2, gamma=0.5)
    rates = []
    for epoch in range(6):
        optimizer.step()
        scheduler.step()
        if epoch == 2:
            optimizer.param_groups[0]["lr"] /= 2
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


CASES = [
    Case(
        "LRScheduler",
        samples=(
            ScriptSample("state", "a state that cannot travel to PyTorch and back", script=_state, dtypes=ONE),
            ScriptSample(
                "own schedule",
                "get_lr that is not asked at the start, or before the epoch is counted",
                {"last_epoch": 2},
                script=_own_schedule,
                dtypes=ONE,
            ),
            ScriptSample(
                "other hands",
                "rates computed from the initial one, over other changes",
                script=_other_hands,
                dtypes=ONE,
            ),
        ),
        errors=(
            ErrorSample(
                "not an optimizer", TypeError, script=lambda side: side.LRScheduler(side.parameter(np.ones(3)))
            ),
        ),
        differences=(NO_EPOCH,),
    ),
    Case(
        "StepLR",
        samples=(
            SchedulerSample("default", "one epoch early or late", {"step_size": 3}, tolerance=EXACT, dtypes=ONE),
            SchedulerSample(
                "gamma", "another default factor", {"step_size": 1, "gamma": 0.5}, tolerance=EXACT, dtypes=ONE
            ),
            ScriptSample(
                "resumed",
                "a start that forgets how many epochs have passed",
                {"component": "StepLR", "last_epoch": 4, "steps": 5, "step_size": 3},
                script=_resumed,
                tolerance=EXACT,
                dtypes=ONE,
            ),
        ),
        errors=(
            ErrorSample(
                "no initial rate", KeyError, script=lambda side: _without_initial_rate(side, "StepLR", step_size=2)
            ),
        ),
    ),
    Case(
        "CosineAnnealingLR",
        samples=(
            SchedulerSample("to the minimum", "π e / (T_max − 1)", {"T_max": 12}, tolerance=EXACT, dtypes=ONE),
            SchedulerSample(
                "and up again",
                "a rate that stays at the minimum, or a division by zero just after it",
                {"T_max": 4, "eta_min": 0.01},
                steps=24,
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "resumed",
                "the closed form, where PyTorch goes on from the rate it finds",
                {"component": "CosineAnnealingLR", "last_epoch": 3, "steps": 7, "T_max": 5, "eta_min": 0.01},
                script=_resumed,
                tolerance=EXACT,
                dtypes=ONE,
            ),
        ),
        errors=(
            ErrorSample(
                "no initial rate",
                KeyError,
                script=lambda side: _without_initial_rate(side, "CosineAnnealingLR", T_max=2),
            ),
        ),
    ),
]
