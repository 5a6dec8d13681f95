"""Cases of the schedules by a function of one's own."""

from typing import Any

import numpy as np

from parity.cases import Case, SchedulerSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, made, no_initial_rate, resumes, trainer
from parity.sides import Side

__all__ = ["CASES"]


class Tired:
    """A function that remembers how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, epoch: int) -> float:
        self.asked += 1
        return 1 / (self.asked + epoch)


def _shrinking(epoch: int) -> float:
    return 0.95**epoch


def _remembering(side: Side, component: str) -> list[Any]:
    """A second schedule goes on with what the state says of the function."""

    def build() -> tuple[Any, Any]:
        optimizer = trainer(side, 0.1, 0.03)
        return optimizer, side.find(component)(optimizer, [Tired(), _shrinking])

    def step(optimizer: Any, scheduler: Any) -> Any:
        optimizer.step()
        scheduler.step()
        return np.array(scheduler.get_last_lr())

    first, second = build(), build()
    step(*first)
    state = first[1].state_dict()
    kept = [None if f is None else dict(f) for f in state["lr_lambdas"]]
    step(*first)
    second[1].load_state_dict(state)
    second[0].load_state_dict(first[0].state_dict())
    return [kept, step(*first), step(*second), second[1].lr_lambdas[0].asked, second[1].last_epoch]


REMEMBERS: dict[str, Any] = {"script": _remembering, "tolerance": EXACT, "dtypes": ONE}

CASES = [
    Case(
        "LambdaLR",
        samples=(
            SchedulerSample(
                "function",
                "a factor of the rate before instead of the initial one",
                {"lr_lambda": _shrinking},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            SchedulerSample(
                "one for each group",
                "the first function for every group",
                {"lr_lambda": [_shrinking, lambda epoch: 1 / (epoch + 2)]},
                lrs=(8.0, 6.0),
                steps=3,
                expected={"rates.step 0": [8.0, 3.0], "rates.step 1": [7.6, 2.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "state",
                "functions kept in the state, which cannot be saved",
                {"component": "LambdaLR", "lr_lambda": (_shrinking, _shrinking), "given": (6, None, 3, None)},
                **FOLLOWED,
            ),
            ScriptSample(
                "function with a memory",
                "an object whose memory is not saved, or that shares it with the state",
                {"component": "LambdaLR"},
                **REMEMBERS,
            ),
            resumes("LambdaLR", "a count of epochs that begins anew", last_epoch=3, steps=4, lr_lambda=_shrinking),
        ),
        errors=(
            made("three functions for two groups", ValueError, "LambdaLR", lr_lambda=[_shrinking] * 3),
            made("not a function", TypeError, "LambdaLR", lr_lambda=0.5),
            no_initial_rate("LambdaLR", lr_lambda=_shrinking),
        ),
    ),
    Case(
        "MultiplicativeLR",
        samples=(
            SchedulerSample(
                "function",
                "a factor of the initial rate instead of the one before",
                {"lr_lambda": _shrinking},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            SchedulerSample(
                "worked by hand",
                "a function that is asked at the start already",
                {"lr_lambda": [lambda epoch: 0.5, lambda epoch: 1 / (epoch + 1)]},
                lrs=(8.0, 6.0),
                steps=3,
                expected={"rates.step 0": [8.0, 6.0], "rates.step 1": [4.0, 3.0], "rates.step 2": [2.0, 1.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "function with a memory",
                "an object whose memory is not saved, or that shares it with the state",
                {"component": "MultiplicativeLR"},
                **REMEMBERS,
            ),
            resumes(
                "MultiplicativeLR", "a factor too many where one goes on", last_epoch=3, steps=4, lr_lambda=_shrinking
            ),
        ),
        errors=(
            made("three functions for two groups", ValueError, "MultiplicativeLR", lr_lambda=[_shrinking] * 3),
            made("not a function", TypeError, "MultiplicativeLR", lr_lambda=0.5),
            no_initial_rate("MultiplicativeLR", lr_lambda=_shrinking),
        ),
    ),
]
