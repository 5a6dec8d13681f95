"""Cases of Adam."""

from parity.cases import OptimizerSample
from parity.cases.optimizers._adam import TIGHT, adam_case

__all__ = ["CASES"]

CASES = [
    adam_case(
        "Adam",
        OptimizerSample(
            "decoupled",
            "decay added to the gradient all the same",
            {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
            tolerance=TIGHT,
        ),
    ),
]
