"""Cases of Adafactor."""

from math import sqrt

from parity.cases import Case, OptimizerSample
from parity.cases.optimizers._shared import TIGHT, refused, worked

__all__ = ["CASES"]

CASES = [
    Case(
        "Adafactor",
        samples=(
            worked(
                "two steps by hand",
                "a running mean that does not start at the first square, or a rate that does not fall",
                "Adafactor",
                # V is 3², then ½ · 3² + ½ · 5² = 17: the second step, 5 / √17, is above 1 and is cut to 1
                expected=(1 - 0.9 * 1, 0.1 - sqrt(0.5) * 0.1),
                grads=(3.0, 5.0),
                lr=0.9,
                beta2_decay=-1.0,
            ),
            OptimizerSample(
                "default", "rows and columns exchanged, which only fits a square", steps=20, tolerance=TIGHT
            ),
            OptimizerSample(
                "shapes",
                "a stack of matrices taken for one matrix, or a scalar that has no means",
                {"lr": 0.1},
                groups=(((2, 4, 3), (), (1, 4), (4, 1), (1,)),),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "large rate",
                "a rate that does not fall as 1 / √t",
                {"lr": 0.9, "beta2_decay": -0.5, "weight_decay": 0.2},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "clipping",
                "an outlier that is not cut down, or cut to 1 whatever d is",
                {"lr": 0.1, "d": 1.5},
                scale=lambda step: 30.0 if step in (3, 6) else 1.0,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "tiny gradients",
                "eps₁ added to the squares, as in the paper",
                {"lr": 0.1, "eps": (1e-3, 1e-3)},
                scale=lambda step: 1e-4,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "small parameters",
                "a size that eps₂ is added to, and does not bound; or a decay of 0 refused",
                {"lr": 0.1, "beta2_decay": 0.0, "eps": (None, 3.0), "maximize": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "zero gradients",
                "a mean of zero that is divided by",
                {"lr": 0.1},
                scale=lambda step: 0.0,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"lr": 0.1},
                groups=(((5, 4), (3,)), ((2, 3),)),
                group_args=({}, {"lr": 0.01, "beta2_decay": -0.3}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("Adafactor", "negative rate", lr=-0.1),
            refused("Adafactor", "positive decay of beta", beta2_decay=0.1),
            refused("Adafactor", "negative first eps", eps=(-0.1, 1e-3)),
            refused("Adafactor", "negative second eps", eps=(None, -0.1)),
            refused("Adafactor", "threshold below one", d=0.9),
            refused("Adafactor", "negative decay", weight_decay=-0.1),
        ),
    ),
]
