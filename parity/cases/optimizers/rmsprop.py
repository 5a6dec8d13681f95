"""Cases of RMSprop."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, OptimizerSample, Tolerance
from parity.sides import Side

__all__ = ["CASES"]

TIGHT = {"float64": Tolerance(rtol=1e-12, atol=1e-14)}


def _build(side: Side, **args: Any) -> None:
    side.RMSprop([side.parameter(np.ones(3))], **args)


CASES = [
    Case(
        "RMSprop",
        samples=(
            OptimizerSample(
                "default",
                "0.9 for 0.99, or a mean square that starts at the first square",
                {},
                steps=50,
                tolerance=TIGHT,
            ),
            OptimizerSample("alpha", "shares of old and new exchanged", {"lr": 0.1, "alpha": 0.7}, tolerance=TIGHT),
            OptimizerSample(
                "momentum",
                "a rate inside the buffer, or a buffer of the gradient itself",
                {"lr": 0.1, "momentum": 0.9},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "centered",
                "a variance without the mean taken off",
                {"lr": 0.1, "centered": True},
                steps=50,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "centered momentum",
                "one of the two left out",
                {"lr": 0.1, "centered": True, "momentum": 0.9},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "weight decay", "decay left out of the mean square", {"lr": 0.1, "weight_decay": 0.2}, tolerance=TIGHT
            ),
            OptimizerSample(
                "maximize",
                "a decay that changes its sign with the gradient",
                {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "tiny gradients",
                "eps inside the root: a step a hundred times too short",
                {"lr": 0.1, "eps": 1e-6},
                scale=lambda step: 1e-6,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"lr": 0.1},
                groups=(((5, 4), (3,)), ((2, 3),)),
                group_args=({}, {"lr": 0.01, "momentum": 0.5, "centered": True}),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "absent gradients",
                "a mean that decays without a gradient",
                {"lr": 0.1, "momentum": 0.9},
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            ErrorSample("negative rate", ValueError, script=lambda side: _build(side, lr=-0.1)),
            ErrorSample("negative alpha", ValueError, script=lambda side: _build(side, alpha=-0.1)),
            ErrorSample("negative momentum", ValueError, script=lambda side: _build(side, momentum=-0.1)),
            ErrorSample("negative decay", ValueError, script=lambda side: _build(side, weight_decay=-0.1)),
            ErrorSample("negative eps", ValueError, script=lambda side: _build(side, eps=-0.1)),
            ErrorSample("rate nan", ValueError, script=lambda side: _build(side, lr=float("nan"))),
        ),
    ),
]
