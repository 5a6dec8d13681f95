"""Cases of Adamax."""

from parity.cases import Case, OptimizerSample
from parity.cases.optimizers._shared import TIGHT, refused, worked

__all__ = ["CASES"]

CASES = [
    Case(
        "Adamax",
        samples=(
            worked(
                "two steps by hand",
                "a largest that does not fade, or is corrected for its start",
                "Adamax",
                # m is 1.5, then 1.25; u is 3, then max(½ · 3, 1)
                expected=(1 - 0.1 / 0.5 * 1.5 / 3, 0.9 - 0.1 / 0.75 * 1.25 / 1.5),
                grads=(3.0, 1.0),
                lr=0.1,
                betas=(0.5, 0.5),
                eps=0.0,
            ),
            OptimizerSample("default", "another default than 2e-3", steps=50, tolerance=TIGHT),
            OptimizerSample("betas", "β₁ and β₂ exchanged", {"lr": 0.1, "betas": (0.6, 0.7)}, tolerance=TIGHT),
            OptimizerSample(
                "small gradients",
                "eps added to the largest at the division, where it adds up from step to step",
                {"lr": 0.1, "eps": 1e-2},
                scale=lambda step: 1e-3,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "no gradients",
                "a division of zero by zero",
                {"lr": 0.1},
                scale=lambda step: float(step == 3),
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
                {"lr": 0.1},
                groups=(((5, 4), (3,)), ((2, 3),)),
                group_args=({}, {"lr": 0.01, "betas": (0.5, 0.9)}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("Adamax", "negative rate", lr=-0.1),
            refused("Adamax", "beta of one", betas=(0.9, 1.0)),
            refused("Adamax", "negative beta", betas=(-0.1, 0.9)),
            refused("Adamax", "negative eps", eps=-0.1),
            refused("Adamax", "negative decay", weight_decay=-0.1),
        ),
    ),
]
