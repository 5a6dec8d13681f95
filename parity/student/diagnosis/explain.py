"""What a failure says in a reader's language: what the mistake means, the numbers that show it, and what to try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isclose, prod
from typing import Any

import numpy as np

from parity.student.diagnosis.diagnose import half
from parity.student.findings import Diagnosis, Finding, Judgement
from parity.student.messages import text
from parity.student.showing.reproduce import reproducer

__all__ = ["constant_ratio", "explained", "explained_finding"]


def explained(judgement: Judgement, lang: str = "en") -> Judgement:
    """The judgement with its diagnoses in words, and lines to run by hand for what is to be fixed first."""
    found = [explained_finding(finding, lang) for finding in judgement.findings]
    first = {id(finding) for finding in replace(judgement, findings=tuple(found)).first_to_fix()}
    return replace(
        judgement,
        findings=tuple(
            replace(finding, reproducer=_by_hand(finding, judgement)) if id(finding) in first else finding
            for finding in found
        ),
    )


def _by_hand(finding: Finding, judgement: Judgement) -> str:
    """What came from the student may be anything; that it cannot be written down must not cost the verdict."""
    try:
        return reproducer(finding, judgement.target, judgement.seed)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return ""


def explained_finding(finding: Finding, lang: str = "en") -> Finding:
    """`help`, and the diagnosis's explanation; a check that passes says nothing, unless a convention made it pass."""
    diagnosis = finding.diagnosis
    if diagnosis is None:
        if finding.verdict in ("PASS", "SKIPPED"):
            return finding
        return replace(finding, help=" ".join([*_instead(finding, lang), *_numbers(finding, lang)]))
    return replace(
        finding,
        diagnosis=replace(diagnosis, explanation=_explanation(finding, diagnosis, lang)),
        help=text(lang, f"mistakes.{diagnosis.mistake}.try") if diagnosis.mistake else "",
    )


def _explanation(finding: Finding, diagnosis: Diagnosis, lang: str) -> str:
    meaning = text(lang, f"mistakes.{diagnosis.mistake}.meaning") if diagnosis.mistake else ""
    facts = {"component": finding.component, **diagnosis.facts}
    shown = text(lang, f"signatures.{diagnosis.signature}", **facts) if diagnosis.signature else ""
    if diagnosis.convention:
        return shown
    return " ".join(filter(None, (meaning, shown, _others(diagnosis, lang), *_numbers(finding, lang))))


def _others(diagnosis: Diagnosis, lang: str) -> str:
    """That more than one mistake was made, where some failures have another reason."""
    if not diagnosis.remaining:
        return ""
    said = {"explains": diagnosis.explains, "remaining": diagnosis.remaining}
    return text(lang, "signatures.others", **said, checks=diagnosis.explains + diagnosis.remaining)


def _instead(finding: Finding, lang: str) -> Iterator[str]:
    """What to do where something came that is no array."""
    got = finding.message.removeprefix("expected a NumPy array, got ")
    method = finding.check.partition(".")[0]
    if finding.verdict != "FAIL" or method not in ("forward", "grad"):
        return
    if finding.message == "expected an array, got nothing":
        yield text(lang, "signatures.instead.nothing", method="forward" if method == "forward" else "backward")
    elif got in ("list", "tuple", "dict"):
        yield text(lang, f"signatures.instead.{got}")


def _numbers(finding: Finding, lang: str) -> Iterator[str]:
    """A ratio that is the same everywhere, and which half is wrong."""
    evidence = finding.evidence
    if evidence is not None and finding.verdict == "FAIL":
        ratio = constant_ratio(evidence.got, evidence.expected)
        if ratio is not None:
            yield _ratio_words(finding, ratio, lang)
    which = half(finding)
    if which:
        yield text(lang, f"signatures.which.{which}")


def constant_ratio(got: Any, expected: Any) -> float | None:
    """By which factor everything differs, where it is one factor; not told by a single number."""
    if not isinstance(got, np.ndarray) or not isinstance(expected, np.ndarray) or got.shape != expected.shape:
        return None
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    some = expected != 0
    # A number by itself, or with its negative, has a ratio to any other.
    if len(np.unique(np.abs(expected[some]))) < 2 or not np.isfinite(got).all() or np.any(got[~some] != 0):
        return None
    ratios = got[some] / expected[some]
    if not np.allclose(ratios, ratios[0], rtol=1e-6, atol=0) or isclose(ratios[0], 1, rel_tol=1e-6) or ratios[0] == 0:
        return None
    return float(ratios[0])


def _ratio_words(finding: Finding, ratio: float, lang: str) -> str:
    said = {"check": finding.check, "ratio": f"{ratio:.6g}"}
    assert finding.evidence is not None
    for name, size in _sizes(finding.evidence.task).items():
        if size > 1 and (isclose(ratio, size, rel_tol=1e-6) or isclose(ratio, 1 / size, rel_tol=1e-6)):
            return text(lang, "signatures.ratio.size", **said, size=size, what=text(lang, f"signatures.sizes.{name}"))
    return text(lang, "signatures.ratio.plain", **said)


def _sizes(task: Mapping[str, Any]) -> dict[str, int]:
    """What a factor may be."""
    inputs = [value for value in task.get("inputs", ()) if isinstance(value, np.ndarray)]
    if not inputs or inputs[0].ndim == 0:
        return {}
    first = inputs[0].shape
    found = {"batch": first[0], "elements": prod(first), "features": prod(first[1:])}
    upstream = task.get("upstream") or [None]
    if isinstance(upstream[0], np.ndarray) and upstream[0].ndim:
        found["outputs"] = upstream[0].shape[-1]
    return found
