"""What a hostile submission is, and the ReLU that most of them are besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["SKIP", "Hostile", "relu", "returning"]

SKIP = "SKIP"  # a verdict: at this tier nothing stands in its way, and it would do harm


@dataclass(frozen=True)
class Hostile:
    """A submission; `at` has the verdicts of tiers that differ. More verdicts than one: "CRASH MEMORY"."""

    name: str
    source: str
    verdict: str
    at: Mapping[str, str] = field(default_factory=dict)
    says: str = ""  # in the message of the finding
    files: Mapping[str, str] = field(default_factory=dict)  # beside it
    folder: bool = False  # the folder is what is submitted
    slow: bool = False  # takes seconds
    harmless: bool = False  # may run in the process of the tests, too

    def expected(self, tier: str) -> set[str]:
        return set(self.at.get(tier, self.verdict).split())


RELU = """
import numpy as np

TOP

class ReLU:
    def forward(self, input):
        FORWARD
        self.positive = input > 0
        output = np.where(self.positive, input, 0.0)
        return output

    def backward(self, grad_output):
        return np.where(self.positive, grad_output, 0.0)
"""


def relu(forward: str = "pass", top: str = "") -> str:
    """The ReLU that is right, with something in its forward, and something at import."""
    return RELU.replace("TOP", top.strip()).replace("FORWARD", forward.strip().replace("\n", "\n        "))


def returning(expression: str, top: str = "") -> str:
    """The ReLU whose forward returns this expression of `output`, which is right."""
    return relu(top=top).replace("return output", f"return {expression}")
