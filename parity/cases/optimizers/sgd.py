"""Cases of stochastic gradient descent."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, OptimizerSample, Tolerance
from parity.sides import Side

__all__ = ["CASES"]

TIGHT = {"float64": Tolerance(rtol=1e-12, atol=1e-14)}


def _build(side: Side, **args: Any) -> None:
    side.SGD([side.parameter(np.ones(3))], **args)


CASES = [
    Case(
        "SGD",
        samples=(
            OptimizerSample("plain", "a step of the wrong sign or length", {"lr": 0.1}, tolerance=TIGHT),
            OptimizerSample("default rate", "another default than 1e-3", tolerance=TIGHT),
            OptimizerSample(
                "momentum",
                "a buffer that takes only a share of the gradient, or that starts at zero and is corrected",
                {"lr": 0.1, "momentum": 0.9},
                steps=50,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "dampening",
                "dampening at the first step too, where the buffer is the gradient itself",
                {"lr": 0.1, "momentum": 0.9, "dampening": 0.3},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "Nesterov",
                "the buffer for the gradient plus the buffer",
                {"lr": 0.1, "momentum": 0.9, "nesterov": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "weight decay",
                "decay without the rate, or half or twice as much",
                {"lr": 0.1, "weight_decay": 0.2},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "decay in the buffer",
                "decay that does not pass through the momentum",
                {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.2},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "maximize",
                "a decay that changes its sign with the gradient",
                {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.2, "maximize": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"lr": 0.1, "momentum": 0.9},
                groups=(((5, 4), (3,)), ((2, 3),), ((4,),)),
                group_args=({}, {"lr": 0.01, "momentum": 0.5}, {"momentum": 0.0, "weight_decay": 0.1}),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "absent gradients",
                "a buffer that decays, or a parameter that moves, without a gradient",
                {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.2},
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
            OptimizerSample("empty and scalar", "shapes taken for granted", {"lr": 0.1}, groups=(((), (0, 3)),)),
        ),
        errors=(
            ErrorSample("negative rate", ValueError, script=lambda side: _build(side, lr=-0.1)),
            ErrorSample("negative momentum", ValueError, script=lambda side: _build(side, momentum=-0.1)),
            ErrorSample("negative decay", ValueError, script=lambda side: _build(side, weight_decay=-0.1)),
            ErrorSample("Nesterov without momentum", ValueError, script=lambda side: _build(side, nesterov=True)),
            ErrorSample(
                "Nesterov with dampening",
                ValueError,
                script=lambda side: _build(side, momentum=0.9, dampening=0.1, nesterov=True),
            ),
        ),
    ),
]
