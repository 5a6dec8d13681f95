"""Cases of resilient backpropagation."""

from parity.cases import Case, OptimizerSample
from parity.cases.optimizers._shared import TIGHT, refused, worked

__all__ = ["CASES"]

CASES = [
    Case(
        "Rprop",
        samples=(
            worked(
                "a flip by hand",
                "a step back where the sign flipped, or a step that shrinks twice",
                "Rprop",
                # Δ is 0.1, then 0.12, then 0.06: at the flip, and at the step after it, which has no sign to agree with
                expected=(0.9, 0.78, 0.78, 0.84),
                grads=(3.0, 7.0, -1.0, -1.0),
                lr=0.1,
            ),
            worked(
                "nan by hand",
                "a gradient of nan that spreads to the parameter",
                "Rprop",
                expected=(0.9, 0.9, 0.8),
                grads=(3.0, float("nan"), 4.0),
                lr=0.1,
            ),
            OptimizerSample("default", "a step as long as the gradient", steps=30, tolerance=TIGHT),
            OptimizerSample(
                "etas",
                "the factors of growth and of shrinking exchanged",
                {"lr": 0.1, "etas": (0.3, 1.7)},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "bounds",
                "steps that grow or shrink without bounds",
                {"lr": 0.1, "step_sizes": (0.07, 0.15)},
                steps=12,
                tolerance=TIGHT,
            ),
            OptimizerSample("rate below the bounds", "bounds that only hold where the sign agreed", {"lr": 1e-8}),
            OptimizerSample(
                "maximize",
                "a sign that is compared before it is turned",
                {"lr": 0.1, "maximize": True},
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "zero gradients",
                "a gradient of zero taken for a flip",
                {"lr": 0.1},
                scale=lambda step: float(step % 3 != 2),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"lr": 0.1},
                groups=(((5, 4), (3,)), ((2, 3), ())),
                group_args=({}, {"lr": 0.01, "etas": (0.7, 1.1)}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("Rprop", "negative rate", lr=-0.1),
            refused("Rprop", "etas exchanged", etas=(1.2, 0.5)),
            refused("Rprop", "etaminus of zero", etas=(0.0, 1.2)),
            refused("Rprop", "etaminus of one", etas=(1.0, 1.2)),
            refused("Rprop", "etaplus of one", etas=(0.5, 1.0)),
        ),
    ),
]
