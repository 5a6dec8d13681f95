"""Cases of the base of the schedules."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample
from parity.cases.schedulers._scripts import ONE, made, trainer, warned
from parity.sides import Side

__all__ = ["CASES"]


def _state(side: Side) -> dict[str, Any]:
    optimizer = trainer(side, 0.1, 0.03)
    scheduler = side.StepLR(optimizer, step_size=2)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    groups = optimizer.state_dict()["param_groups"]
    other = side.StepLR(optimizer, step_size=5)
    other.load_state_dict(scheduler.state_dict())
    states = [dict(sorted(s.state_dict().items())) for s in (scheduler, other)]
    return {"scheduler": states[0], "other": states[1], "initial": [g["initial_lr"] for g in groups]}


def _own_schedule(side: Side, last_epoch: int) -> list[Any]:
    """A schedule of one's own: the rate of epoch e is the one before, divided by e + 1."""
    seen: list[Any] = []

    class Falling(side.LRScheduler):  # type: ignore[misc, name-defined]  # the base is the side's
        def get_lr(self) -> list[float]:
            seen.append([self.last_epoch, self._is_initial, self._get_lr_called_within_step])
            return [group["lr"] / (self.last_epoch + 1) for group in self.optimizer.param_groups]

    optimizer = trainer(side, 0.1, 0.03)
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    scheduler = Falling(optimizer, last_epoch=last_epoch)
    rates = [scheduler.get_last_lr()]
    for _ in range(3):
        optimizer.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr())
    warned(scheduler.step, 9)
    return [np.array([*rates, scheduler.get_last_lr()]), scheduler.last_epoch, seen]


def _other_hands(side: Side) -> list[float]:
    """Someone else halves the rate: the schedule goes on from there."""
    optimizer = trainer(side, 0.1)
    scheduler = side.StepLR(optimizer, step_size=2, gamma=0.5)
    rates = []
    for epoch in range(6):
        optimizer.step()
        scheduler.step()
        if epoch == 2:
            optimizer.param_groups[0]["lr"] /= 2
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def _warnings(side: Side) -> list[int]:
    """Steps before and after the optimizer's first, a jump, and a question for the next rates from outside."""
    optimizer = trainer(side, 0.1)
    first = side.StepLR(optimizer, step_size=2)
    counts = [warned(first.step), warned(first.step)]
    second = side.StepLR(optimizer, step_size=2)
    optimizer.step()
    return [*counts, warned(second.step), warned(second.step, 5), warned(second.get_lr), warned(second.step)]


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
            ScriptSample(
                "warnings",
                "a schedule that is stepped before its optimizer, and no word of it",
                expected={"result": [1, 0, 0, 1, 1, 0]},
                script=_warnings,
                dtypes=ONE,
            ),
        ),
        errors=(
            ErrorSample(
                "not an optimizer", TypeError, script=lambda side: side.LRScheduler(side.parameter(np.ones(3)))
            ),
            made("no get_lr", NotImplementedError, "LRScheduler"),
        ),
    ),
]
