"""A sample as the student's code did it, beside PyTorch's answers: what the diagnosis looks at.

A `Hypothesis` is a mistake together with the numbers that it would give; `weigh` says how well they are the student's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.compare import TOLERANCES, compare
from parity.student.curriculum import is_beyond, samples
from parity.student.findings import Finding
from parity.student.networks import Asked

__all__ = ["Hypothesis", "Seen", "Weight", "agree", "all_seen", "informative", "predicted", "shows", "weigh"]

Array = npt.NDArray[Any]
Values = Mapping[str, Any]
FAMILIES = ("forward", "result", "trajectory", "rates", "grad", "again", "buffer", "accumulated", "eval")
NOISE = {"float64": 1e-10, "float32": 2e-5}  # of the largest number in an array


@dataclass(frozen=True)
class Seen:
    """One sample: what the student's code gave and what PyTorch gives, under the same names; `raised` ended it.

    `unit`: the student's backward starts from 1, so that the gradients are those of the loss itself.
    """

    component: str
    sample: Asked
    seed: int
    task: Mapping[str, Any]
    values: Values
    answers: Values
    raised: str = ""
    beyond: bool = False

    @cached_property
    def unit(self) -> bool:
        upstream = [u for u in self.task.get("upstream", ()) if u is not None]
        return bool(upstream) and all(np.all(u == 1) for u in upstream)

    @cached_property
    def expected(self) -> dict[str, Array]:
        """PyTorch's answers; a call that is repeated should give what the first gave."""
        found = self.renamed(self.answers)
        first = {
            name: self.values[name] for name in found if name.startswith(("forward", "grad.")) and name in self.values
        }
        return found | {f"repeat.{name}": value for name, value in first.items() if isinstance(value, np.ndarray)}

    @cached_property
    def got(self) -> dict[str, Array]:
        return {name: self.values[name] for name in self.expected if isinstance(self.values.get(name), np.ndarray)}

    @cached_property
    def differing(self) -> list[str]:
        """The checks that PyTorch's answer does not pass, in the order of the observation."""
        return [name for name, value in self.got.items() if not agree(value, self.expected[name], self.expected[name])]

    def renamed(self, values: Values) -> dict[str, Any]:
        """What is observed of a component, under the names of the student's checks."""
        found = {}
        for name, value in values.items():
            family, _, rest = name.partition(".")
            if self.unit and (family in ("grad", "accumulated") or name.startswith("eval.grad")):
                continue
            if family == "unit" and self.unit:
                found[f"grad.{rest}"] = value
            elif family in FAMILIES:
                found[name] = value
        return found

    @property
    def batch(self) -> int:
        """How many examples there are: rows of the first input."""
        first = self.task["inputs"][0] if self.task.get("inputs") else None
        return int(first.shape[0]) if isinstance(first, np.ndarray) and first.ndim > 1 else 1


@dataclass(frozen=True)
class Hypothesis:
    """A mistake and what it would give, by the names of the checks; `raised` stands for an exception's text.

    `partial`: it may have been made in some of the checks only. `sure` is the most that a fit is worth. `say` is the
    key of a text, and `facts` what is filled in there.
    """

    mistake: str
    predict: Callable[[Seen], Values]
    say: str = "variant"
    facts: Mapping[str, Any] = field(default_factory=dict)
    sure: float = 0.97
    partial: bool = False


@dataclass(frozen=True)
class Weight:
    confidence: float
    hypothesis: Hypothesis
    explained: int  # values that differ from PyTorch's, and are what the mistake gives


def all_seen(findings: Iterable[Finding], component: str, seed: int) -> list[Seen]:
    """The samples of a component that were carried out, each with all that is known of it."""
    known = {sample.name: sample for sample in samples(component)}
    found: dict[str, Seen] = {}
    for finding in findings:
        name, evidence = finding.sample, finding.evidence
        if finding.component != component or name not in known:
            continue
        if evidence is not None:
            beyond = is_beyond(component, name)
            found[name] = Seen(
                component, known[name], seed, evidence.task, evidence.values, evidence.answers, beyond=beyond
            )
        if finding.verdict == "ERROR" and name in found:
            found[name] = replace(found[name], raised=finding.message)
    return list(found.values())


def precision(value: Array) -> str:
    return "float32" if value.dtype == np.float32 else "float64"


@np.errstate(all="ignore")  # what came may be infinite, or no number
def agree(got: Any, predicted: Any, expected: Any) -> bool:
    """Whether the numbers are those predicted.

    A prediction that differs from PyTorch's answer must be met to a thousandth of that difference, so that a mistake
    that shows little is not taken for another that shows less.
    """
    if not isinstance(got, np.ndarray) or not isinstance(predicted, np.ndarray) or got.shape != predicted.shape:
        return False
    kind = precision(got)
    got, predicted = got.astype(np.float64), predicted.astype(np.float64)
    if not informative(predicted, expected, kind):
        return compare(got, np.asarray(expected, np.float64), TOLERANCES[kind]).ok
    finite = np.isfinite(predicted)
    if not np.array_equal(np.isfinite(got), finite):
        return False
    error = np.abs(got - predicted, where=finite, out=np.zeros(got.shape)).max(initial=0.0)
    noise = NOISE[kind] * np.abs(predicted, where=finite, out=np.zeros(got.shape)).max(initial=0.0)
    gap = _gap(predicted, expected)
    return bool(error <= min(1e-3 * gap + noise, 0.1 * gap) if np.isfinite(gap) else error <= 1e-6 + noise)


def informative(predicted: Any, expected: Any, kind: str = "float64") -> bool:
    """Whether the mistake shows here at all."""
    if not isinstance(predicted, np.ndarray) or not isinstance(expected, np.ndarray):
        return False
    if predicted.shape != expected.shape:
        return True
    return not compare(predicted.astype(np.float64), expected.astype(np.float64), TOLERANCES[kind]).ok


def _gap(predicted: Array, expected: Any) -> float:
    """How far the prediction is from PyTorch's answer where both are numbers; infinite where only one is."""
    if not isinstance(expected, np.ndarray) or predicted.shape != expected.shape:
        return float("inf")
    both = np.isfinite(predicted) & np.isfinite(expected)
    with np.errstate(all="ignore"):
        gap = float(np.abs(np.where(both, predicted - expected, 0.0)).max(initial=0.0))
    return gap if gap > 0 else float("inf")


def weigh(hypothesis: Hypothesis, check: str, first: Seen, others: Sequence[Seen]) -> Weight | None:
    """How well a mistake explains what was seen: first in the failed check of the failed sample, then everywhere."""
    explained, against = _tally(hypothesis, first, check)
    if explained == 0:
        return None
    for other in others:
        more, less = _tally(hypothesis, other)
        explained, against = explained + more, against + less
    if against > explained:
        return None
    share = explained / (explained + against)
    return Weight(round(hypothesis.sure * (1.0 if against == 0 else 0.85 * share), 3), hypothesis, explained)


def _tally(hypothesis: Hypothesis, seen: Seen, needed: str = "") -> tuple[int, int]:
    """How many checks that differ from PyTorch are explained, and how many speak against it."""
    said = predicted(hypothesis, seen)
    explained = against = 0
    if "raised" in said:
        same = said["raised"] == seen.raised
        explained, against = (2, 0) if same else (0, 1)
    elif needed and (needed not in said or not shows(seen, needed, said[needed])):
        return 0, 0
    for name, value in said.items():
        if name not in seen.got:
            continue
        if shows(seen, name, value):
            explained += 1
        elif not agree(seen.got[name], value, seen.expected.get(name)):
            right = name not in seen.differing
            # What is beyond a course may fail for reasons of its own; only a right answer there is a witness.
            against += not hypothesis.partial if right else not seen.beyond
    return explained, against


def predicted(hypothesis: Hypothesis, seen: Seen) -> Values:
    """A formula that does not apply to a sample, such as one of no examples, says nothing about it."""
    try:
        with np.errstate(all="ignore"):
            found = hypothesis.predict(seen)
        return {name: value if name == "raised" else np.asarray(value) for name, value in found.items()}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return {}


def shows(seen: Seen, name: str, predicted: Any) -> bool:
    """The student's numbers differ from PyTorch's as the mistake says."""
    return (
        name in seen.got
        and name in seen.differing
        and informative(predicted, seen.expected.get(name))
        and agree(seen.got[name], predicted, seen.expected.get(name))
    )
