"""Cases of rectified Adam."""

from math import sqrt

from parity.cases import Case, OptimizerSample
from parity.cases.optimizers._shared import TIGHT, refused, worked

__all__ = ["CASES"]

# With β₂ = 0.9 ρ∞ is 19, and ρ passes 5 with the sixth step. The gradients are all 2, so that m̂ is 2 and √v̂ as well.
RHO = 19 - 12 * 0.9**6 / (1 - 0.9**6)
SIXTH = sqrt((RHO - 4) * (RHO - 2) * 19 / (15 * 17 * RHO))

CASES = [
    Case(
        "RAdam",
        samples=(
            worked(
                "six steps by hand",
                "a division by the root from the first step on",
                "RAdam",
                expected=(0.8, 0.6, 0.4, 0.2, 0.0, -0.1 * SIXTH),
                grads=(2.0,) * 6,
                lr=0.1,
                betas=(0.5, 0.9),
                eps=0.0,
            ),
            OptimizerSample("default", "another default than 1e-3", steps=50, tolerance=TIGHT),
            OptimizerSample("betas", "β₁ and β₂ exchanged", {"lr": 0.1, "betas": (0.6, 0.9)}, tolerance=TIGHT),
            OptimizerSample(
                "short memory",
                "the root of a negative number, where ρ never passes 5",
                {"lr": 0.1, "betas": (0.9, 0.5)},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "small gradients",
                "eps added to the corrected root, as in Adam",
                {"lr": 0.1, "eps": 1e-2},
                scale=lambda step: 1e-3,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "maximize",
                "a decay that changes its sign with the gradient",
                {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "decoupled",
                "decay added to the gradient all the same",
                {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "one step count for all: each parameter has its own",
                {"lr": 0.1},
                groups=(((5, 4), (3,)), ((2, 3),)),
                group_args=({}, {"lr": 0.01, "betas": (0.5, 0.9)}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("RAdam", "negative rate", lr=-0.1),
            refused("RAdam", "beta of one", betas=(0.9, 1.0)),
            refused("RAdam", "negative eps", eps=-0.1),
            refused("RAdam", "negative decay", weight_decay=-0.1),
        ),
    ),
]
