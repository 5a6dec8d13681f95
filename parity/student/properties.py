"""Components that draw random numbers. A student's generator is not PyTorch's, so that no two numbers need be equal.

What holds for any generator is judged instead: what is dropped is 0 and what is left is divided by 1 − p, about a share
p is dropped, backward uses the mask of its forward, evaluation changes nothing, and two calls differ. An adapter that
says how to seed (`seed = "…"`) has the student's numbers compared with PyTorch's, as anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from parity.compare import TOLERANCES, compare
from parity.student.findings import Evidence, Finding

if TYPE_CHECKING:
    from parity.cases import Sample
    from parity.student.adapters import Match
    from parity.student.plan import Planned

__all__ = ["is_random", "judge_random", "needs_a_seed"]

Array = np.ndarray[Any, Any]

# What is dropped together: elements, or channels with all their places.
DROPOUTS = {"Dropout": False, "Dropout1d": True, "Dropout2d": True, "Dropout3d": True}
NEVER_EQUAL = ("AlphaDropout", "FeatureAlphaDropout", "RReLU", "FractionalMaxPool2d", "FractionalMaxPool3d")
DEVIATIONS = 6.0  # of a share dropped from its expectation: once in a thousand million
UNLIKELY = 1e-9  # that two masks are the same by chance


def is_random(match: Match, sample: Sample) -> bool:
    """Whether the sample is judged by properties."""
    return match.component in DROPOUTS and "seed" not in match.spec


def needs_a_seed(match: Match, args: Mapping[str, Any]) -> str:
    """Why a sample cannot be compared without the adapter's `seed`; "" where it can."""
    if "seed" in match.spec or match.component in DROPOUTS:
        return ""
    if match.component in NEVER_EQUAL or args.get("dropout"):
        return "its random numbers are not PyTorch's; an adapter may say how to seed them"
    return ""


def judge_random(start: Finding, item: Planned, values: Mapping[str, Any]) -> Iterator[Finding]:
    """The properties in a learner's order, up to the first that does not hold; only of what the worker sent."""
    for check, judge in CHECKS.items():
        if check not in values:
            continue
        evidence = Evidence(item.task, values[check], None, values, item.expected)
        found = judge(replace(start, check=check, evidence=evidence), item, values)
        yield found
        if found.verdict != "PASS":
            return


def _given(item: Planned) -> tuple[Array, float]:
    args = {**item.task["defaults"], **item.task["args"]}
    return item.task["inputs"][0], float(args["p"])


def _equal(here: Finding, got: Any, expected: Array, text: str) -> Finding:
    """As `compare` judges, at the precision of what came; `text` says what the difference means."""
    if not isinstance(got, np.ndarray):
        return replace(here, verdict="FAIL", message="expected a NumPy array")
    allowed = TOLERANCES["float32" if got.dtype == np.float32 else "float64"]
    if got.dtype == np.float32:
        expected = expected.astype(np.float32)
    found = compare(got, expected, allowed)
    message = "" if found.ok else f"{text}: {found.message}"
    return replace(
        here, verdict="PASS" if found.ok else "FAIL", message=message, max_abs_error=found.max_abs_error,
        max_rel_error=found.max_rel_error, allowed=allowed, where=found.where, got=found.got, expected=found.expected,
    )  # fmt: skip


def _scale(p: float) -> float:
    return 1 / (1 - p) if p < 1 else 0.0


def _kept(item: Planned, output: Array) -> Array:
    """Where something was left: the mask, as far as the output tells it; a dropped infinity leaves nan."""
    x, _ = _given(item)
    kept: Array = (output != 0) & ~(np.isnan(output) & np.isinf(x)) | (x == 0)
    return kept


def _forward(here: Finding, item: Planned, values: Mapping[str, Any]) -> Finding:
    x, p = _given(item)
    got = values["forward"]
    if not isinstance(got, np.ndarray) or got.shape != x.shape:
        return _equal(here, got, x, "dropout keeps the shape of its input")
    kept = _kept(item, got)
    with np.errstate(invalid="ignore"):
        expected = x * kept * _scale(p)
    found = _equal(here, got, expected, f"what is left is the input divided by 1 − p, here by {1 - p:g}")
    if found.verdict != "PASS" or not kept.size or not np.isfinite(x).all():  # what is nan may be kept or dropped
        return found
    if DROPOUTS[item.match.component] and not _whole_channels(kept):
        return replace(here, verdict="FAIL", message="expected whole channels to be dropped, got some places of one")
    masks = kept.reshape(*kept.shape[:2], -1)[..., 0] if DROPOUTS[item.match.component] and kept.ndim > 2 else kept
    n, dropped = masks.size, int(masks.size - masks.sum())
    if abs(dropped - n * p) > DEVIATIONS * math.sqrt(n * p * (1 - p)) + 1e-9:
        text = f"expected about {n * p:.0f} of {n} to be dropped at p = {p:g}, got {dropped}"
        return replace(found, verdict="FAIL", message=text)
    return found


def _whole_channels(kept: Array) -> bool:
    flat = kept.reshape(*kept.shape[:2], -1)
    return bool((flat == flat[..., :1]).all())


def _backward(here: Finding, item: Planned, values: Mapping[str, Any]) -> Finding:
    _, p = _given(item)
    expected = item.task["upstream"][0] * _kept(item, values["forward"]) * _scale(p)
    return _equal(here, values["grad.input"], expected, "the gradient has the mask and the factor of the forward")


def _second_call(here: Finding, item: Planned, values: Mapping[str, Any]) -> Finding:
    _, p = _given(item)
    n = _kept(item, values["forward"]).size
    alike = np.array_equal(values["forward"], values["repeat.forward"])
    if alike and (p * p + (1 - p) ** 2) ** n < UNLIKELY and not DROPOUTS[item.match.component]:
        text = "two calls dropped the same elements: a mask is drawn for every call"
        return replace(here, verdict="FAIL", message=text)
    return replace(here, verdict="PASS")


def _evaluation(here: Finding, item: Planned, values: Mapping[str, Any]) -> Finding:
    x, _ = _given(item)
    return _equal(here, values["eval.forward"], x, "in evaluation nothing is dropped and nothing is scaled")


CHECKS = {
    "forward": _forward,
    "grad.input": _backward,
    "repeat.forward": _second_call,
    "eval.forward": _evaluation,
}
