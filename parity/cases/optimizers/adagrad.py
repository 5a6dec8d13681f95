"""Cases of Adagrad."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, OptimizerSample, ScriptSample, Tolerance, normal
from parity.sides import Side

__all__ = ["CASES"]

TIGHT = {"float64": Tolerance(rtol=1e-12, atol=1e-14)}


def _build(side: Side, **args: Any) -> None:
    side.Adagrad([side.parameter(np.ones(3))], **args)


def _added_group(side: Side, first: Any, second: Any) -> list[Any]:
    parameters = [side.parameter(first), side.parameter(second)]
    optimizer = side.Adagrad(parameters[:1], initial_accumulator_value=0.5)
    optimizer.add_param_group({"params": parameters[1:], "initial_accumulator_value": 2.0})
    numbers = list(optimizer.state_dict()["state"])
    for parameter, value in zip(parameters, (first, second), strict=True):
        side.set_grad(parameter, np.cos(value))
    optimizer.step()
    return [numbers, *parameters, optimizer.state_dict()["state"]]


CASES = [
    Case(
        "Adagrad",
        samples=(
            OptimizerSample(
                "default", "a sum that is a mean, or a root that is missing", {}, steps=50, tolerance=TIGHT
            ),
            OptimizerSample("rate", "another place for the rate", {"lr": 0.1}, tolerance=TIGHT),
            OptimizerSample(
                "rate decay",
                "a rate that falls from the first step on, where t − 1 is 0",
                {"lr": 0.1, "lr_decay": 0.5},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "initial sum",
                "sums that start at zero all the same",
                {"lr": 0.1, "initial_accumulator_value": 0.5},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "weight decay",
                "decay left out of the sum of squares",
                {"lr": 0.1, "weight_decay": 0.2},
                tolerance=TIGHT,
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
                group_args=({}, {"lr": 0.01, "lr_decay": 0.3}),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "absent gradients",
                "a step that is counted without a gradient",
                {"lr": 0.1, "lr_decay": 0.5},
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
            ScriptSample(
                "added group",
                "sums that a group added later has not, or has before its first step, or starts from its own option",
                inputs=(normal(5, 4), normal(3)),
                script=_added_group,
            ),
        ),
        errors=(
            ErrorSample("negative rate", ValueError, script=lambda side: _build(side, lr=-0.1)),
            ErrorSample("negative rate decay", ValueError, script=lambda side: _build(side, lr_decay=-0.1)),
            ErrorSample("negative decay", ValueError, script=lambda side: _build(side, weight_decay=-0.1)),
            ErrorSample(
                "negative initial sum", ValueError, script=lambda side: _build(side, initial_accumulator_value=-0.1)
            ),
            ErrorSample("negative eps", ValueError, script=lambda side: _build(side, eps=-0.1)),
            ErrorSample("rate nan", ValueError, script=lambda side: _build(side, lr=float("nan"))),
        ),
    ),
]
