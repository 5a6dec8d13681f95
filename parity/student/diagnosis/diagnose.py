"""What a failed check looks like: the mistake's id, how sure that is, and the numbers that show it.

Two witnesses: the wrong variants of `parity.mistakes`, run on the very sample (`variants`), and regularities of what
was got (`signatures`, `formulas`, `descents`, and the few exceptions below). Each says which numbers a mistake would
give; whatever gives the student's is named. Nothing is named where nothing fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity.cases import ModuleSample, OptimizerSample, SchedulerSample
from parity.student.diagnosis import chance
from parity.student.diagnosis.conventions import Convention, conventions
from parity.student.diagnosis.descents import network_signatures, optimizer_signatures, scheduler_signatures
from parity.student.diagnosis.seen import Hypothesis, Seen, Weight, all_seen, weigh
from parity.student.diagnosis.several import explained_by, weigh_alone
from parity.student.diagnosis.signatures import module_signatures
from parity.student.diagnosis.variants import variants
from parity.student.findings import Diagnosis, Finding
from parity.student.graphs import Graph
from parity.student.later import in_the_buffer
from parity.student.networks import Steps

__all__ = ["diagnose", "diagnosed", "half"]

ENOUGH = 0.6  # below this nothing is named
BEYOND = 8  # of the findings that do not count are looked at, where nothing counts
CLOSE = 0.15  # a second candidate that is less sure by no more than this is named, too


def diagnosed(findings: Sequence[Finding], seed: int, takes: tuple[str, ...] | None = None) -> list[Finding]:
    """A component's findings, of which the first to fix says what it looks like; conventions are no failures.

    `takes` are the arguments of the student's constructor, None where anything goes.
    """
    findings = [*findings, *_constant_weights(findings)]
    if all(finding.verdict in ("PASS", "SKIPPED") for finding in findings):
        return findings
    seen = {s.sample.name: s for s in all_seen(findings, findings[0].component, seed)}
    found = [_with_convention(finding, seen, takes) for finding in findings]
    for place in _worth_a_look(found):
        if found[place].diagnosis is None:
            found[place] = replace(found[place], diagnosis=_safely(found[place], found, seed))
    return found


def _safely(finding: Finding, findings: Sequence[Finding], seed: int) -> Diagnosis | None:
    """What came from the student may be anything; that it cannot be explained must not cost the verdict."""
    try:
        return diagnose(finding, findings, seed)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _worth_a_look(findings: Sequence[Finding]) -> list[int]:
    """The first to fix; where nothing counts, some of what is beyond."""
    places = [place for place, f in enumerate(findings) if f.verdict not in ("PASS", "SKIPPED")]
    counted = [place for place in places if findings[place].failed]
    return counted[:1] or sorted(places, key=lambda place: findings[place].verdict == "FAIL")[-BEYOND:]


def _constant_weights(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Weights that start all equal, where PyTorch's are drawn: all neurons learn the same. Shown, and not counted."""
    for finding in findings:
        evidence = finding.evidence
        own = evidence.values.get("initial.weight") if evidence else None
        theirs = evidence.answers.get("initial.weight") if evidence else None
        if not isinstance(own, np.ndarray) or not isinstance(theirs, np.ndarray) or theirs.size < 3:
            continue
        if own.dtype.kind not in "fiu":
            continue
        if evidence and np.ptp(theirs) > 0 and own.size == theirs.size and np.ptp(own) == 0:
            note = Diagnosis("constant-init", 0.97, "", signature="equal_weights", facts={"value": f"{own.flat[0]:g}"})
            yield Finding(
                finding.component, finding.sample, "initial.weight", "FAIL", finding.name, finding.exposes, beyond=True,
                message="the weights all start equal", diagnosis=note,
                evidence=replace(evidence, got=own, expected=theirs),
            )  # fmt: skip
            return


def diagnose(finding: Finding, findings: Sequence[Finding], seed: int) -> Diagnosis | None:
    """What a failed check looks like; None where nothing fits. `findings` are all those of the component."""
    seen = all_seen(findings, finding.component, seed)
    weights = _likely(_weights(finding, seen)) or _likely(_weights_alone(finding, seen))
    if not weights:
        return None
    best = weights[0]
    others = [w for w in weights if w.hypothesis.mistake != best.hypothesis.mistake]
    second = others[0].hypothesis.mistake if others and others[0].confidence >= best.confidence - CLOSE else ""
    explains, remaining = explained_by(best.hypothesis, findings, seen)
    return Diagnosis(
        best.hypothesis.mistake, best.confidence, "", second, signature=best.hypothesis.say,
        facts=best.hypothesis.facts, explains=explains, remaining=remaining if explains else 0,
    )  # fmt: skip


def _likely(weights: Iterable[Weight]) -> list[Weight]:
    """Those that are sure enough, the surest first."""
    found = sorted(weights, key=lambda w: (-w.confidence, -w.explained))
    return [weight for weight in found if weight.confidence >= ENOUGH]


def _weights(finding: Finding, seen: Sequence[Seen]) -> Iterator[Weight]:
    """What explains everything, or nearly."""
    told = _told(finding) or chance.told(finding)
    if told is not None:
        mistake, say, confidence, facts = told
        yield Weight(confidence, Hypothesis(mistake, lambda seen: {}, say, facts), 1)
    for hypothesis, first, others in _to_weigh(finding, seen):
        weight = weigh(hypothesis, finding.check, first, others)
        if weight is not None:
            yield weight


def _weights_alone(finding: Finding, seen: Sequence[Seen]) -> Iterator[Weight]:
    """What explains this failure, where others have reasons of their own."""
    for hypothesis, first, others in _to_weigh(finding, seen):
        weight = weigh_alone(hypothesis, finding.check, first, others)
        if weight is not None:
            yield weight


def _to_weigh(finding: Finding, seen: Sequence[Seen]) -> Iterator[tuple[Hypothesis, Seen, list[Seen]]]:
    """The mistakes that may explain it, with the sample where it was found, and the others."""
    if finding.verdict not in ("FAIL", "ERROR") or (finding.verdict == "ERROR" and finding.beyond):
        return
    first = next((s for s in seen if s.sample.name == finding.sample), None)
    if first is None:
        return
    others = [s for s in seen if s is not first]
    for hypothesis in _hypotheses(first):
        yield hypothesis, first, others


def _hypotheses(seen: Seen) -> Iterator[Hypothesis]:
    if isinstance(seen.sample, ModuleSample | OptimizerSample | SchedulerSample | Graph):
        yield from variants(seen.component)
    if isinstance(seen.sample, ModuleSample):
        yield from module_signatures(seen.component)
    elif isinstance(seen.sample, OptimizerSample):
        yield from optimizer_signatures(seen.component)
    elif isinstance(seen.sample, SchedulerSample):
        yield from scheduler_signatures(seen.component)
    elif isinstance(seen.sample, Steps):
        yield from network_signatures()


def _with_convention(finding: Finding, seen: Mapping[str, Seen], takes: tuple[str, ...] | None) -> Finding:
    """A failed check that a convention explains passes, if the student's arguments cannot say what PyTorch's say."""
    if finding.verdict != "FAIL" or finding.sample not in seen:
        return finding
    here, others = seen[finding.sample], [s for name, s in seen.items() if name != finding.sample]
    for convention in conventions(finding.component):
        weight = weigh(convention.hypothesis, finding.check, here, others)
        if weight is not None and weight.confidence >= ENOUGH:
            note = _note(convention, weight)
            return replace(finding, verdict="FAIL" if convention.expressible(takes) else "PASS", diagnosis=note)
    return finding


def _note(convention: Convention, weight: Weight) -> Diagnosis:
    said = convention.hypothesis
    return Diagnosis(
        convention.mistake, weight.confidence, "", convention=convention.equals, signature=said.say, facts=said.facts
    )  # fmt: skip


# --- what an exception, a verdict or a number that is none tells by itself

Told = tuple[str, str, float, Mapping[str, Any]]
OVERFLOWS = {
    "Valor": "sigmoid-overflow", "Sigmoid": "sigmoid-overflow", "Softmax": "softmax-unstable",
    "LogSoftmax": "softmax-unstable", "CrossEntropyLoss": "softmax-unstable", "BCEWithLogitsLoss": "bce-naive",
    "Softplus": "softplus-overflow",
}  # fmt: skip
PROBABILITIES = ("Softmax", "LogSoftmax", "CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss")
UNDERFLOW = 700  # exp(−x) is 0 a little further out


def _told(finding: Finding) -> Told | None:
    if finding.verdict == "TIMEOUT":
        slow = finding.component == "Valor" and finding.sample == "doubled thirty times"
        return ("exponential-backward", "too_slow", 0.95, {}) if slow else None
    if finding.verdict == "ERROR":
        return _told_by_error(finding)
    if in_the_buffer(finding):
        return "lr-inside-momentum-buffer", "rate_in_buffer", 0.95, {}
    if finding.check.startswith(("twice.", "unchanged.output")) and finding.component in PROBABILITIES:
        return "cached-probabilities-edited", "edited", 0.9, {}
    return _told_by_overflow(finding)


def _told_by_error(finding: Finding) -> Told | None:
    kind, _, text = finding.message.partition(": ")
    valor = finding.component == "Valor"
    if kind == "RecursionError" and valor:
        return "recursion-limit", "recursion", 0.95, {}
    if (
        kind == "OverflowError"
        and finding.component in OVERFLOWS
        and "sigmoid" in (finding.sample if valor else "sigmoid")
    ):
        return OVERFLOWS[finding.component], "overflow_raised", 0.95, {"raised": finding.message}
    if kind == "TypeError" and valor and "unsupported operand" in text:
        return "reflected-operator-missing", "reflected", 0.95, {"raised": finding.message}
    if finding.component == "Linear" and finding.check == "grad.input" and kind == "ValueError":
        return _not_transposed(finding)
    if "Cannot cast" in text and "to dtype('int" in text:
        return "integer-arrays", "cannot_cast", 0.95, {"raised": finding.message}
    return None


def _not_transposed(finding: Finding) -> Told | None:
    """NumPy tells the shapes that do not fit: here those of the upstream gradient and of the weight as (in, out)."""
    shapes = [tuple(map(int, pair)) for pair in re.findall(r"\((\d+),\s?(\d+)\)", finding.message)]
    task = finding.evidence.task if finding.evidence else {}
    if len(shapes) < 2 or "upstream" not in task:
        return None
    expected = [task["upstream"][0].shape, task["parameters"]["weight"].shape[::-1]]
    return ("weight-not-transposed", "shapes", 0.9, {"raised": finding.message}) if shapes[:2] == expected else None


def _told_by_overflow(finding: Finding) -> Told | None:
    """No number where PyTorch has one, at inputs that are large."""
    evidence = finding.evidence
    mistake = _overflow_of(finding)
    if evidence is None or mistake is None or not isinstance(evidence.got, np.ndarray):
        return None
    large = _largest(evidence.task)
    if not 80 < large < np.inf or evidence.got.shape != evidence.expected.shape:
        return None
    lost = ~np.isfinite(evidence.got) & np.isfinite(evidence.expected)
    if mistake == "softmax-unstable":  # a probability that is rounded to 0 has an infinite logarithm: another mistake
        lost &= np.isnan(evidence.got) | (np.abs(evidence.expected) < UNDERFLOW)
    if not lost.any():
        return None
    return mistake, "overflow", 0.95, {"large": f"{large:g}", "limit": 709}


def _overflow_of(finding: Finding) -> str | None:
    if finding.component == "exercises.Layer" and finding.evidence is not None:
        activation = str(finding.evidence.task["args"].get("activation"))
        return OVERFLOWS.get(activation.capitalize())
    return OVERFLOWS.get(finding.component)


def _largest(task: Mapping[str, Any]) -> float:
    """How far out an exponential is asked for: the inputs, or the sums of a layer."""
    if task.get("kind") == "graph":
        return max((abs(x) for x in task["leaves"].values()), default=0.0)
    given = [x for x in task.get("inputs", ()) if isinstance(x, np.ndarray)]
    weight = task.get("parameters", {}).get("weight")
    if given and weight is not None and weight.ndim == 2 and given[0].shape[-1] == weight.shape[1]:
        given[0] = given[0] @ weight.T
    return float(max((np.abs(x).max(initial=0) for x in given), default=0.0))


# --- forward or backward

TOLERANCE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-6}  # of a central difference, with room to spare


def half(finding: Finding) -> str:
    """Which half is wrong, as finite differences of the student's own forward tell: "forward", "backward" or ""."""
    evidence = finding.evidence
    if evidence is None or finding.verdict != "FAIL":
        return ""
    slopes = {name.removeprefix("finite."): v for name, v in evidence.values.items() if name.startswith("finite.")}
    if finding.check.startswith("grad."):
        name = finding.check.removeprefix("grad.")
        return "backward" if name in slopes and _close(slopes[name], evidence.expected) else ""
    if finding.check.split(".")[0] != "forward" or not slopes:
        return ""
    own = [(slope, evidence.values.get(f"grad.{name}")) for name, slope in slopes.items()]
    return "forward" if all(_close(slope, grad) for slope, grad in own if grad is not None) else ""


def _close(slope: Any, grad: Any) -> bool:
    if not isinstance(slope, np.ndarray) or not isinstance(grad, np.ndarray) or slope.shape != grad.shape:
        return False
    taken = ~np.isnan(slope)
    return bool(taken.any()) and bool(np.allclose(slope[taken], grad[taken], **TOLERANCE))
