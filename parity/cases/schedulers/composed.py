"""Cases of the schedules made of schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, ONE, trainer
from parity.sides import Side

__all__ = ["CASES"]

Parts = Sequence[tuple[str, Mapping[str, Any]]]
Make = Callable[[Side, Any, list[Any]], Any]

WARMUP: Parts = [("LinearLR", {"start_factor": 0.25, "total_iters": 3}), ("CosineAnnealingLR", {"T_max": 5})]


def _run(side: Side, parts: Parts, make: Make, steps: int = 12) -> Any:
    """The rates, the state half-way, and the end of a run that goes on from there."""

    def build() -> tuple[Any, Any]:
        optimizer = trainer(side, 0.1, 0.03)
        return optimizer, make(side, optimizer, [side.find(name)(optimizer, **args) for name, args in parts])

    def step(optimizer: Any, scheduler: Any) -> list[float]:
        optimizer.step()
        scheduler.step()
        return [group["lr"] for group in optimizer.param_groups]

    first, second = build(), build()
    rates = [first[1].get_last_lr()] + [step(*first) for _ in range(steps // 2)]
    state = deepcopy(first[1].state_dict())
    second[1].load_state_dict(deepcopy(state))
    second[0].load_state_dict(deepcopy(first[0].state_dict()))
    rates += [step(*first) for _ in range(steps // 2)]
    restored = [step(*second) for _ in range(steps // 2)]
    return {"rates": np.array(rates), "state": state, "restored": np.array(restored), "last": first[1].get_last_lr()}


def _sequential(side: Side, parts: Parts, milestones: list[int], **args: Any) -> Any:
    return _run(side, parts, lambda side, optimizer, made: side.SequentialLR(optimizer, made, milestones, **args))


def _chained(side: Side, parts: Parts, say: bool = False) -> Any:
    return _run(
        side,
        parts,
        lambda side, optimizer, made: (
            side.ChainedScheduler(made, optimizer=optimizer) if say else side.ChainedScheduler(made)
        ),
    )


def _by_hand(side: Side, component: str) -> Any:
    optimizer = trainer(side, 8.0)
    parts = [side.ConstantLR(optimizer, factor=0.25, total_iters=2), side.ExponentialLR(optimizer, gamma=0.5)]
    chained = component == "ChainedScheduler"
    scheduler = side.ChainedScheduler(parts) if chained else side.SequentialLR(optimizer, parts, milestones=[2])
    rates = []
    for _ in range(5):
        rates += scheduler.get_last_lr()
        optimizer.step()
        scheduler.step()
    return rates


def _nested(side: Side) -> Any:
    """A chain as the first of a sequence."""

    def make(side: Side, optimizer: Any, made: list[Any]) -> Any:
        optimizer.step()  # PyTorch warns of the chain's first step, which comes twice
        return side.SequentialLR(optimizer, [side.ChainedScheduler(made[:2]), made[2]], [4])

    return _run(side, [("ConstantLR", {}), ("ExponentialLR", {"gamma": 0.9}), ("StepLR", {"step_size": 2})], make)


def _nested_later(side: Side) -> Any:
    optimizer = trainer(side, 0.1)
    chain = side.ChainedScheduler([side.StepLR(optimizer, 2)])
    scheduler = side.SequentialLR(optimizer, [side.StepLR(optimizer, 2), chain], [1])
    optimizer.step()
    scheduler.step()


SHARED: dict[str, Any] = {"tolerance": EXACT, "dtypes": ONE}


def _errors(make: Callable[[Side, Any, list[Any]], Any]) -> tuple[ErrorSample, ...]:
    """What neither takes. `make` gets an optimizer and two schedules."""

    def given(schedules: Callable[[Side, Any], list[Any]]) -> Callable[[Side], Any]:
        def script(side: Side) -> Any:
            optimizer = trainer(side, 0.1)
            return make(side, optimizer, schedules(side, optimizer))

        return script

    return (
        ErrorSample("no schedule", ValueError, script=given(lambda side, optimizer: [])),
        ErrorSample(
            "not a schedule", TypeError, script=given(lambda side, optimizer: [side.StepLR(optimizer, 2), optimizer])
        ),
        ErrorSample(
            "a plateau",
            ValueError,
            script=given(lambda side, optimizer: [side.StepLR(optimizer, 2), side.ReduceLROnPlateau(optimizer)]),
        ),
        ErrorSample(
            "another optimizer",
            ValueError,
            script=given(lambda side, optimizer: [side.StepLR(optimizer, 2), side.StepLR(trainer(side, 0.1), 2)]),
        ),
    )


CASES = [
    Case(
        "SequentialLR",
        samples=(
            ScriptSample(
                "worked by hand",
                "a milestone that is an epoch off, or a decay that has counted the epochs before its turn",
                {"component": "SequentialLR"},
                expected={"result": [2.0, 2.0, 8.0, 4.0, 2.0]},
                script=_by_hand,
                **SHARED,
            ),
            ScriptSample(
                "warm-up",
                "first rates of the schedules that are not undone",
                {"parts": WARMUP, "milestones": [4]},
                script=_sequential,
                **SHARED,
            ),
            ScriptSample(
                "three parts",
                "a schedule whose turn is over and that is stepped on",
                {
                    "parts": [
                        ("PolynomialLR", {"total_iters": 8, "power": 2.0}),
                        ("CosineAnnealingWarmRestarts", {"T_0": 2}),
                        ("MultiStepLR", {"milestones": [0, 2], "gamma": 0.5}),
                    ],
                    "milestones": [1, 8],
                },
                script=_sequential,
                **SHARED,
            ),
            ScriptSample(
                "first left out",
                "a first schedule that sets the first rate though its turn never comes",
                {
                    "parts": [("ConstantLR", {}), ("LinearLR", {}), ("LambdaLR", {"lr_lambda": lambda e: 0.5**e})],
                    "milestones": [0, 5],
                },
                script=_sequential,
                **SHARED,
            ),
            ScriptSample(
                "going on",
                "a count of epochs that begins at zero wherever one goes on",
                {"parts": WARMUP, "milestones": [5], "last_epoch": 2},
                script=_sequential,
                **SHARED,
            ),
            ScriptSample(
                "alone",
                "a sequence of one that is refused",
                {"parts": [("ExponentialLR", {"gamma": 0.9})], "milestones": []},
                script=_sequential,
                **SHARED,
            ),
            ScriptSample("chain inside", "the parts of a part that are not undone", script=_nested, **SHARED),
        ),
        errors=(
            *_errors(lambda side, optimizer, made: side.SequentialLR(optimizer, made, [2])),
            ErrorSample(
                "no milestone",
                ValueError,
                script=lambda side: side.SequentialLR(
                    (optimizer := trainer(side, 0.1)), [side.StepLR(optimizer, 2), side.StepLR(optimizer, 2)], []
                ),
            ),
        ),
    ),
    Case(
        "ChainedScheduler",
        samples=(
            ScriptSample(
                "worked by hand",
                "the last schedule alone, or the rate before the last one was asked",
                {"component": "ChainedScheduler"},
                expected={"result": [2.0, 1.0, 2.0, 1.0, 0.5]},
                script=_by_hand,
                **SHARED,
            ),
            ScriptSample(
                "in order",
                "schedules that all begin from the rate of the epoch before",
                {
                    "parts": [
                        ("LinearLR", {}),
                        ("CosineAnnealingLR", {"T_max": 8, "eta_min": 0.01}),
                        ("StepLR", {"step_size": 3}),
                    ]
                },
                script=_chained,
                **SHARED,
            ),
            ScriptSample(
                "optimizer said",
                "an optimizer that is said and not compared",
                {"parts": [("ExponentialLR", {"gamma": 0.9}), ("PolynomialLR", {"total_iters": 20})], "say": True},
                script=_chained,
                **SHARED,
            ),
        ),
        errors=(
            *_errors(lambda side, optimizer, made: side.ChainedScheduler(made)),
            ErrorSample("later in a sequence", NotImplementedError, script=_nested_later),
        ),
    ),
]
