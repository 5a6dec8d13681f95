"""Cases of Adam with Nesterov momentum."""

from parity.cases import Case, OptimizerSample
from parity.cases.optimizers._shared import TIGHT, refused, worked

__all__ = ["CASES"]

CASES = [
    Case(
        "NAdam",
        samples=(
            worked(
                "two steps by hand",
                "a look ahead that is left out, or corrected by the product up to now",
                "NAdam",
                # μ is ¼ at every step, m is 1.5 and then 2.75, and each gradient is divided by its own size
                expected=(0.15, 0.15 - 0.75 * (0.75 / (1 - 1 / 16) * 4 + 0.25 / (1 - 1 / 64) * 2.75) / 4),
                lr=0.75,
                betas=(0.5, 0.0),
                momentum_decay=0.0,
                eps=0.0,
            ),
            OptimizerSample("default", "another default than 2e-3", steps=50, tolerance=TIGHT),
            OptimizerSample("betas", "β₁ and β₂ exchanged", {"lr": 0.1, "betas": (0.6, 0.7)}, tolerance=TIGHT),
            OptimizerSample(
                "schedule",
                "a correction by μᵗ, where the product of all μ so far is meant",
                {"lr": 0.1, "momentum_decay": 3.0},
                steps=12,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "small gradients",
                "eps added before the correction of the root",
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
                "one product of μ for all: each parameter has its own",
                {"lr": 0.1},
                groups=(((5, 4), (3,)), ((2, 3),)),
                group_args=({}, {"lr": 0.01, "betas": (0.5, 0.9)}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("NAdam", "negative rate", lr=-0.1),
            refused("NAdam", "beta of one", betas=(0.9, 1.0)),
            refused("NAdam", "negative eps", eps=-0.1),
            refused("NAdam", "negative decay", weight_decay=-0.1),
            refused("NAdam", "negative decay of the momentum", momentum_decay=-0.1),
        ),
    ),
]
