"""Cases of AdamW."""

from parity.cases import OptimizerSample
from parity.cases.optimizers._adam import TIGHT, adam_case

__all__ = ["CASES"]

CASES = [
    adam_case(
        "AdamW",
        OptimizerSample(
            "no decay", "a decay that cannot be switched off", {"lr": 0.1, "weight_decay": 0.0}, tolerance=TIGHT
        ),
    ),
]
