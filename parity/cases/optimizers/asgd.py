"""Cases of averaged stochastic gradient descent."""

from parity.cases import Case, OptimizerSample
from parity.cases.optimizers._shared import TIGHT, refused, worked

__all__ = ["CASES"]

CASES = [
    Case(
        "ASGD",
        samples=(
            worked(
                "two steps by hand",
                "the rate of the next step used for this one, or a decay after the step",
                "ASGD",
                # η is 0.5, then 0.5 / (1 + 0.2 · 0.5)²
                expected=(1 * (1 - 0.1) - 0.5 * 3, -0.6 * (1 - 0.2 * 0.5 / 1.21) - 0.5 / 1.21 * 4),
                lr=0.5,
                lambd=0.2,
                alpha=2.0,
            ),
            OptimizerSample("default", "a mean from the first step on", tolerance=TIGHT),
            OptimizerSample(
                "average",
                "a mean that begins one step early or late",
                {"lr": 0.1, "t0": 3},
                steps=12,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "jump",
                "a mean that is brought up to the parameter by their difference, in which its digits are lost",
                {"lr": 1.0, "lambd": 1.0, "alpha": 0.0},  # each step forgets where it comes from
                steps=3,
                scale=lambda step: 1.0 if step else 1e20,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "rate",
                "a rate that falls without lambd, or with another power",
                {"lr": 0.3, "lambd": 0.3, "alpha": 0.5, "t0": 1},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "maximize",
                "a decay that changes its sign with the gradient",
                {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"lr": 0.1, "t0": 2},
                groups=(((5, 4), (3,)), ((2, 3),)),
                group_args=({}, {"lr": 0.01, "lambd": 0.3, "t0": 0}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("ASGD", "negative rate", lr=-0.1),
            refused("ASGD", "negative decay", weight_decay=-0.1),
        ),
    ),
]
