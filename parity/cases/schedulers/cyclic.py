"""Cases of the cyclical schedule."""

from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, SchedulerSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, made, no_initial_rate, resumes, trainer
from parity.sides import Side

__all__ = ["CASES"]

CYCLE: dict[str, Any] = {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 4}


class Halving:
    """A scale with an attribute to be saved."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, x: float) -> float:
        return float(self.factor**x)


def _scale_with_a_memory(side: Side) -> list[Any]:
    """The state of one schedule in another, whose own scale is a different one."""
    first, second = (
        side.CyclicLR(trainer(side, 0.1), 0.01, 0.1, step_size_up=2, scale_fn=Halving(factor)) for factor in (0.5, 0.9)
    )
    state = first.state_dict()
    kept = dict(state["_scale_fn_custom"])
    second.load_state_dict(state)
    rates = []
    for _ in range(3):
        second.optimizer.step()
        second.step()
        rates.append(second.get_last_lr())
    return [kept, np.array(rates)]


def _of_another_mode(side: Side) -> list[Any]:
    """A state brings its mode with it, and with the mode what the scale depends on."""
    first, second = (
        side.CyclicLR(trainer(side, 0.1), 0.01, 0.1, step_size_up=2, mode=mode, gamma=0.5)
        for mode in ("exp_range", "triangular2")
    )
    second.load_state_dict(first.state_dict())
    second.optimizer.step()
    second.step()
    return [second.scale_mode, np.array(second.get_last_lr())]


CASES = [
    Case(
        "CyclicLR",
        samples=(
            SchedulerSample(
                "worked by hand",
                "an upper bound a step late, or amplitudes that are not halved from cycle to cycle",
                {"base_lr": 2.0, "max_lr": 6.0, "step_size_up": 2, "mode": "triangular2"},
                lrs=(0.1,),
                steps=6,
                expected={"rates.step 1": [4.0], "rates.step 2": [6.0], "rates.step 4": [2.0], "rates.step 6": [4.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "triangular",
                "a momentum that stands still",
                {"component": "CyclicLR", **CYCLE, "steps": 20},
                **FOLLOWED,
            ),
            ScriptSample(
                "one for each group",
                "the bounds of the first group for all, or a way down as long as the way up",
                {
                    "component": "CyclicLR",
                    "base_lr": [0.01, 0.02],
                    "max_lr": (0.1, 0.5),
                    "step_size_up": 3,
                    "step_size_down": 5,
                    "mode": "triangular2",
                    "base_momentum": [0.5, 0.6],
                    "max_momentum": [0.8, 0.9],
                    "steps": 20,
                },
                **FOLLOWED,
            ),
            ScriptSample(
                "exponential",
                "a scale of the cycle where that of the step is meant, or betas of which both are cycled",
                {"component": "CyclicLR", "optimizer": "Adam", **CYCLE, "mode": "exp_range", "gamma": 0.9, "steps": 20},
                **FOLLOWED,
            ),
            ScriptSample(
                "own scale",
                "a mode that goes before the scale of one's own",
                {
                    "component": "CyclicLR",
                    "optimizer": "Adagrad",
                    **CYCLE,
                    "cycle_momentum": False,
                    "mode": "triangular2",
                    "scale_fn": lambda x: 1 / (1 + x),
                    "scale_mode": "iterations",
                },
                **FOLLOWED,
            ),
            ScriptSample(
                "own scale by cycles",
                "a scale of one's own that is always given the step",
                {"component": "CyclicLR", **CYCLE, "mode": "", "scale_fn": lambda x: 1 / (1 + x), "steps": 20},
                **FOLLOWED,
            ),
            ScriptSample(
                "scale with a memory",
                "a scale whose attributes are not saved",
                script=_scale_with_a_memory,
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "state of another mode",
                "a mode that is loaded without what its scale depends on",
                script=_of_another_mode,
                tolerance=EXACT,
                dtypes=ONE,
            ),
            resumes(
                "CyclicLR",
                "lower bounds that overwrite the rate where one goes on; PyTorch's first rate has the initial ones",
                last_epoch=2,
                steps=5,
                **CYCLE,
            ),
        ),
        errors=(
            ErrorSample("not an optimizer", TypeError, script=lambda side: side.CyclicLR(None, 0.01, 0.1)),
            made("another mode", ValueError, "CyclicLR", **CYCLE, mode="square"),
            made("three lower bounds for two groups", ValueError, "CyclicLR", base_lr=[0.1] * 3, max_lr=0.1),
            made("no momentum", ValueError, "CyclicLR", optimizer="Adagrad", **CYCLE),
            no_initial_rate("CyclicLR", **CYCLE),
        ),
        differences=(
            Difference(
                "load_state_dict leaves the state whole",
                "PyTorch takes `_scale_fn_custom` out of the dict it is given, so that it cannot be loaded twice",
            ),
        ),
    ),
]
