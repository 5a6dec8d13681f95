"""Cases of Adadelta."""

from math import sqrt

from parity.cases import Case, OptimizerSample
from parity.cases.optimizers._shared import TIGHT, refused, worked

__all__ = ["CASES"]

CASES = [
    Case(
        "Adadelta",
        samples=(
            worked(
                "two steps by hand",
                "the two roots exchanged, or the mean of the steps updated before the step",
                "Adadelta",
                # s is ¼ · 8² = 16, then ¾ · 16 + ¼ · 4² = 16; u is 0, then ¼ · 4.8² = 5.76
                expected=(1 - 0.5 * 3 / 5 * 8, -1.4 - 0.5 * sqrt(5.76 + 9) / 5 * 4),
                grads=(8.0, 4.0),
                lr=0.5,
                rho=0.75,
                eps=9.0,
            ),
            OptimizerSample(
                "default",
                "eps outside the roots, which makes the first steps a thousand times too short",
                steps=50,
                tolerance=TIGHT,
            ),
            worked(
                "rho of one by hand",
                "a rho of 1 refused: then nothing goes into the means, and both roots are √eps",
                "Adadelta",
                expected=(1 - 0.5 * 3, 1 - 0.5 * 3 - 0.5 * 4),
                lr=0.5,
                rho=1.0,
            ),
            worked(
                "rho of zero by hand",
                "a rho of 0 refused: then the means are the last square and the last step's",
                "Adadelta",
                expected=(1 - 0.5 * 3 / 5 * 4, -0.2 - 0.5 * sqrt(2.4**2 + 9) / 5 * 4),
                grads=(4.0, 4.0),
                lr=0.5,
                rho=0.0,
                eps=9.0,
            ),
            OptimizerSample("rho", "shares of old and new exchanged", {"lr": 0.3, "rho": 0.6}, tolerance=TIGHT),
            OptimizerSample(
                "maximize",
                "a decay that changes its sign with the gradient",
                {"eps": 1e-2, "weight_decay": 0.2, "maximize": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"eps": 1e-2},
                groups=(((5, 4), (3,)), ((2, 3),)),
                group_args=({}, {"lr": 0.1, "rho": 0.5}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("Adadelta", "negative rate", lr=-0.1),
            refused("Adadelta", "rho above one", rho=1.1),
            refused("Adadelta", "negative eps", eps=-0.1),
            refused("Adadelta", "negative decay", weight_decay=-0.1),
        ),
    ),
]
