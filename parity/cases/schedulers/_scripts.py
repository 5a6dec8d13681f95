"""What the cases of several schedules share."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from parity.cases import ErrorSample, ScriptSample, Tolerance
from parity.sides import Side

__all__ = ["EXACT", "FOLLOWED", "ONE", "followed", "made", "no_initial_rate", "resumes", "trainer", "warned"]

EXACT = {"float64": Tolerance(rtol=1e-15, atol=0.0)}
ONE = ("float64",)  # rates are Python numbers: the dtype under test changes nothing
KEPT = ("initial_lr", "max_lr", "min_lr", "base_momentum", "max_momentum", "swa_lr")  # what schedules add to a group


def trainer(side: Side, *lrs: float, name: str = "SGD", **options: Any) -> Any:
    """An optimizer with a group for each rate."""
    groups = [{"params": [side.parameter(np.ones(2))], "lr": lr} for lr in lrs]
    return side.find(name)(groups, **options)


def followed(
    side: Side,
    component: str,
    optimizer: str = "SGD",
    options: Mapping[str, Any] | None = None,
    lrs: Sequence[float] = (0.1, 0.03),
    steps: int = 12,
    given: Sequence[Any] = (),
    **args: Any,
) -> Any:
    """Rates and momenta of every step, the state half-way, and the end of a run that goes on from there.

    `given` holds what is handed to each step, None for nothing.
    """
    given = given or [None] * steps

    def build() -> tuple[Any, Any]:
        trained = trainer(side, *lrs, name=optimizer, **(options or {}))
        return trained, side.find(component)(trained, **args)

    def step(trained: Any, scheduler: Any, value: Any) -> list[list[float]]:
        trained.step()
        said.append(warned(scheduler.step, *(() if value is None else (value,))))
        return present(trained)

    said: list[int] = []

    trained, scheduler = build()
    half = len(given) // 2
    rates = [present(trained)] + [step(trained, scheduler, value) for value in given[:half]]
    state = deepcopy(scheduler.state_dict())
    groups = [{key: group[key] for key in KEPT if key in group} for group in trained.param_groups]
    again = build()
    again[1].load_state_dict(deepcopy(state))
    again[0].load_state_dict(deepcopy(trained.state_dict()))
    rates += [step(trained, scheduler, value) for value in given[half:]]
    for value in given[half:]:
        restored = step(*again, value)
    last = [np.array(s.get_last_lr()) for s in (scheduler, again[1])]
    return {
        "rates": np.array(rates),
        "last": last,
        "state": state,
        "groups": groups,
        "warnings": said,
        "restored": np.array(restored),
    }


def warned(function: Callable[..., Any], *args: Any) -> int:
    """How many warnings a call brings: step(epoch) is deprecated, and get_lr() is not for outside."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*args)
    return len(caught)


def present(trained: Any) -> list[list[float]]:
    """Each group's rate and momentum, or betas."""
    return [[group["lr"], *group.get("betas", [group.get("momentum", 0.0)])] for group in trained.param_groups]


FOLLOWED: dict[str, Any] = {"script": followed, "tolerance": EXACT, "dtypes": ONE}


def resumes(component: str, exposes: str, last_epoch: int, steps: int, **args: Any) -> ScriptSample:
    given = {"component": component, "last_epoch": last_epoch, "steps": steps, **args}
    return ScriptSample("resumed", exposes, given, script=_resumed, tolerance=EXACT, dtypes=ONE)


def _resumed(side: Side, component: str, last_epoch: int, steps: int, **args: Any) -> list[Any]:
    """Go on after an epoch, from rates that are not on the schedule's curve."""
    optimizer = trainer(side, 0.1, 0.03)
    for group in optimizer.param_groups:
        group["initial_lr"] = 2 * group["lr"]
        group.update(max_lr=4 * group["lr"], min_lr=0.0, base_momentum=0.5, max_momentum=0.75)
    scheduler = side.find(component)(optimizer, last_epoch=last_epoch, **args)
    rates = [scheduler.get_last_lr()]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr())
    return [np.array(rates), scheduler.last_epoch, np.array(scheduler.base_lrs), warned(scheduler.get_lr)]


def made(name: str, raises: type[BaseException], component: str, optimizer: str = "SGD", **args: Any) -> ErrorSample:
    """Making the schedule, of an optimizer with two groups, must raise."""
    return ErrorSample(
        name, raises, script=lambda side: side.find(component)(trainer(side, 0.1, 0.03, name=optimizer), **args)
    )


def no_initial_rate(component: str, **args: Any) -> ErrorSample:
    return made("no initial rate", KeyError, component, last_epoch=3, **args)
