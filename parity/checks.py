"""The checks: both halves are observed, what they did is compared, and every comparison is one result.

Data flows one way: `parity.cases` → `parity.observe` (each side) → here → reports and tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, Sample, Tolerance
from parity.compare import FINITE_DIFFERENCES, TOLERANCES, Comparison, compare
from parity.observation import Observation, Raised
from parity.observe import observe, observe_error
from parity.sides import Side

__all__ = ["NEEDS", "Result", "check_case", "check_error", "check_sample", "judge"]

# A failed check skips those that depend on it, so that one mistake is one message.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "constructs": (),
    "parameters": ("constructs",),
    "initial": ("parameters",),
    "forward": ("parameters",),
    "expected": ("initial", "forward", "grad", "unit", "buffer", "result"),
    "grad": ("forward",),
    "unit": ("grad",),
    "buffer": ("forward",),
    "unchanged": ("constructs",),
    "accumulated": ("grad",),
    "kept": ("grad",),
    "eval": ("grad", "buffer"),
    "repeat": ("grad", "accumulated", "unchanged"),
    "strided": ("grad", "repeat"),
    "state": ("eval",),
    "finite": ("forward",),
    "trajectory": ("constructs",),
    "optimizer state": ("trajectory",),
    "restored": ("trajectory", "optimizer state", "rates"),
    "rates": ("constructs",),
    "last rates": ("rates",),
    "result": (),
    "errors": (),
}


@dataclass(frozen=True)
class Result:
    """One comparison. `check` is "forward", "grad.weight" …; `verdict` is PASS, FAIL, ERROR (it raised) or SKIPPED."""

    component: str
    sample: str
    check: str
    dtype: str
    verdict: str
    message: str = ""
    max_abs_error: float = 0.0
    max_rel_error: float = 0.0
    used: float = 0.0
    allowed: Tolerance | None = None
    where: tuple[int, ...] | None = None
    got: Any = None
    expected: Any = None

    @property
    def failed(self) -> bool:
        return self.verdict in ("FAIL", "ERROR")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def check_case(case: Case, ours: Side, theirs: Side) -> Iterator[Result]:
    """Every sample in every dtype, and every error sample."""
    for sample in case.samples:
        for dtype in sample.dtypes:
            yield from check_sample(case.component, sample, dtype, ours, theirs)
    for error in case.errors:
        yield check_error(case.component, error, ours, theirs)


def check_sample(component: str, sample: Sample, dtype: str, ours: Side, theirs: Side) -> list[Result]:
    """Observe a sample on both sides, and compare."""
    seen, reference = (observe(side, component, sample, dtype) for side in (ours, theirs))
    return judge(component, sample, dtype, seen, reference)


def judge(component: str, sample: Sample, dtype: str, seen: Observation, reference: Observation) -> list[Result]:
    """Compare what was observed on both sides, name by name, in PyTorch's order."""
    tolerance = sample.tolerance.get(dtype, TOLERANCES[dtype])
    results: list[Result] = []
    failed: set[str] = set()
    missed: list[str] = []  # observed on PyTorch's side only, since ours raised before

    def add(check: str, verdict: str, found: Comparison, allowed: Tolerance = tolerance) -> None:
        family = check.split(".", 1)[0]
        if verdict in ("FAIL", "ERROR"):
            if blocked := failed.intersection(_ancestors(family)):
                verdict, found = "SKIPPED", Comparison(False, f"because {', '.join(sorted(blocked))} failed")
            failed.add(family)
        results.append(
            Result(
                component, sample.name, check, dtype, verdict, found.message, found.max_abs_error, found.max_rel_error,
                found.used, allowed, found.where, found.got, found.expected,
            )
        )  # fmt: skip

    if reference.raised is not None:
        text = f"the PyTorch side itself raised {reference.raised} during {reference.raised.check}"
        add(reference.raised.check, "ERROR", Comparison(False, text))
        return results
    for check, expected in reference.values.items():
        if check in seen.values:
            found = compare(seen.values[check], expected, tolerance)
            add(check, "PASS" if found.ok else "FAIL", found)
        elif seen.raised is None:
            add(check, "FAIL", Comparison(False, "PyTorch has this, and it is missing here"))
        else:
            missed.append(check)
    if seen.raised is not None:
        add(seen.raised.check, "ERROR", Comparison(False, f"raised {seen.raised}"))
        for check in missed:
            add(check, "SKIPPED", Comparison(False, f"because {seen.raised.check} raised"))
    for check, found, allowed in _other_witnesses(sample, dtype, seen, reference):
        add(check, "PASS" if found.ok else "FAIL", found, allowed)
    return results


def _other_witnesses(
    sample: Sample, dtype: str, seen: Observation, reference: Observation
) -> Iterator[tuple[str, Comparison, Tolerance]]:
    """What PyTorch is not asked about: hand-worked numbers, finite differences, arrays that must not change."""
    tolerance = sample.tolerance.get(dtype, TOLERANCES[dtype])
    for check, value in sample.expected.items():
        if check in seen.values:
            expected = (
                np.asarray(value, dtype=seen.values[check].dtype)
                if isinstance(seen.values[check], np.ndarray)
                else value
            )
            yield f"expected.{check}", compare(seen.values[check], expected, tolerance), tolerance
        elif seen.raised is None:
            yield f"expected.{check}", Comparison(False, "the table expects this, and it was not observed"), tolerance
    for check, value in seen.values.items():
        family, _, name = check.partition(".")
        if family == "finite" and f"grad.{name}" in seen.values:
            gradient = seen.values[f"grad.{name}"]
            if isinstance(gradient, np.ndarray) and gradient.shape == value.shape:
                taken = ~np.isnan(value)
                slopes = np.where(taken, value, 0)
                yield check, compare(np.where(taken, gradient, 0), slopes, _scaled(slopes)), FINITE_DIFFERENCES
        elif family == "kept":
            text = "" if value else "an array that was handed out changed afterwards"
            yield check, Comparison(bool(value), text), tolerance
        elif check not in reference.values and family not in ("finite", "kept"):
            yield check, Comparison(False, "PyTorch does not have this"), tolerance


def _scaled(slope: Any) -> Tolerance:
    """Rounding in a difference quotient is relative to the largest slope, not to each."""
    return Tolerance(FINITE_DIFFERENCES.rtol, FINITE_DIFFERENCES.atol * max(1.0, float(np.abs(slope).max(initial=0.0))))


def _ancestors(family: str) -> set[str]:
    found: set[str] = set()
    waiting = list(NEEDS.get(family, ()))
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found.add(parent)
            waiting.extend(NEEDS.get(parent, ()))
    return found


def check_error(component: str, sample: ErrorSample, ours: Side, theirs: Side) -> Result:
    """Bad arguments or inputs must raise the same type on both sides, and our message must say which class."""
    seen = observe_error(ours, component, sample)
    reference = None if sample.only_ours else observe_error(theirs, component, sample)
    if not sample.only_ours and not _raises(reference, sample.raises):
        message = f"PyTorch was expected to raise {sample.raises.__name__}, and {_what(reference)}"
    elif not _raises(seen, sample.raises):
        message = f"expected {sample.raises.__name__}, and it {_what(seen)}"
    elif not any(name in str(seen) for name in (component.rsplit(".", 1)[-1], ours.find(component).__name__)):
        message = f"the message does not name {component}: {seen}"
    else:
        message = ""
    return Result(component, sample.name, "errors", "float64", "FAIL" if message else "PASS", message)


def _raises(raised: Raised | None, expected: type[BaseException]) -> bool:
    return raised is not None and isinstance(raised.error, expected)


def _what(raised: Raised | None) -> str:
    return "raised nothing" if raised is None else f"raised {raised}"


def samples_with_arguments(case: Case) -> set[str]:
    """The constructor arguments that some sample sets."""
    return {name for sample in case.samples for name in sample.args} | {
        name
        for sample in case.samples
        if not isinstance(sample, ModuleSample)
        for options in getattr(sample, "group_args", ())
        for name in options
    }
