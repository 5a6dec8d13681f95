"""What a run found, in the form in which it is shown: a row a component, a row a recipe, and on what it ran."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from parity.cases import Case, Difference
from parity.checks import Result
from parity.curves import CurveResult

__all__ = ["Broken", "ComponentResult", "Outcome", "share", "size"]


@dataclass(frozen=True)
class ComponentResult:
    """All results of one component. `module` is "layers.linear"; a component without a case has failed."""

    name: str
    module: str
    case: Case | None
    results: tuple[Result, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        return self.case.differences if self.case else ()

    @property
    def samples(self) -> int:
        return len(self.case.samples) + len(self.case.errors) if self.case else 0

    @property
    def passed(self) -> int:
        return sum(result.verdict == "PASS" for result in self.results)

    @property
    def failures(self) -> list[Result]:
        return [result for result in self.results if result.failed]

    @property
    def failed(self) -> bool:
        return self.passed < len(self.results) or not self.results

    def exposes(self, sample: str) -> str:
        """What the sample was made to show."""
        return next((s.exposes for s in self.case.samples if s.name == sample), "") if self.case else ""

    def _compared(self, dtype: str) -> Iterable[Result]:
        # A finite difference has a tolerance of its own, and says how good the quotient is, not the component.
        return (r for r in self.results if r.dtype == dtype and r.check.split(".", 1)[0] != "finite")

    def largest_error(self, dtype: str) -> float:
        return max((r.max_abs_error for r in self._compared(dtype)), default=0.0)

    def margin(self, dtype: str) -> float | None:
        """How many times the largest difference fits into the allowed one; inf where all are equal to the last bit."""
        used = max((r.used for r in self._compared(dtype)), default=None)
        return None if used is None else 1 / used if used else math.inf


@dataclass(frozen=True)
class Broken:
    """A recipe that could not be trained to its end, and what it raised."""

    recipe: str
    data: str
    dtype: str
    reason: str
    verdict: str = "ERROR"
    failed: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "recipe": self.recipe,
            "data": self.data,
            "dtype": self.dtype,
            "verdict": self.verdict,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Outcome:
    """Everything that `parity run` found."""

    suite: dict[str, str]
    seed: int
    curves: tuple[CurveResult | Broken, ...] = ()
    components: tuple[ComponentResult, ...] = ()
    notes: tuple[str, ...] = ()  # what was shortened or left out, and whether the digits are synthetic
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        return any(part.failed for part in (*self.curves, *self.components))

    @property
    def differences(self) -> int:
        return sum(len(component.differences) for component in self.components)

    def to_json(self) -> dict[str, Any]:
        results = [result for component in self.components for result in component.results]
        verdicts = [result.verdict for result in results]
        return {
            "schema": "parity.result/1",
            "suite": self.suite,
            "target": "scratch",
            "dialect": "ours",
            "tier": "in-process",
            "seed": self.seed,
            "notes": list(self.notes),
            "summary": {
                "passed": verdicts.count("PASS"),
                "failed": verdicts.count("FAIL"),
                "skipped": verdicts.count("SKIPPED"),
                "other": verdicts.count("ERROR"),
            },
            "results": [result.to_json() for result in results],
            "curves": [curve.to_json() for curve in self.curves],
        }


def size(value: float) -> str:
    """A difference in few characters: 4e-16."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}"
    return f"{value:.0e}".replace("e-0", "e-").replace("e+", "e").replace("e0", "e")


def share(margin: float | None) -> str:
    """A margin in few characters: ×3e4, ×12, exact."""
    if margin is None:
        return "—"
    if margin == math.inf:
        return "exact"
    return f"×{margin:.2g}" if margin < 99 else f"×{size(margin)}"
