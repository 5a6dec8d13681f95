"""The verdict: what the worker sent is compared with PyTorch's answers. No line of the student's is imported here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from parity.cases import Tolerance
from parity.compare import TOLERANCES, compare
from parity.outputs import CommandError
from parity.student.adapters import Adapter, Description, Match, find_matches, with_dialects
from parity.student.curriculum import ordered_components
from parity.student.diagnosis.diagnose import diagnosed
from parity.student.diagnosis.explain import explained
from parity.student.drafting.guesses import near_misses
from parity.student.findings import Evidence, Finding, Judgement
from parity.student.graphs import Graph
from parity.student.isolation.jail import Ended, Jail, Limits
from parity.student.later import later_witnesses
from parity.student.networks import settle
from parity.student.plan import Planned, has_upstream, plan
from parity.student.properties import judge_random
from parity.student.rehearsed import judge_routine
from parity.student.routines import Routine
from parity.student.verdicts import missing, steadied, verdict_on

__all__ = ["description_of", "judge_submission"]

OPTIONAL = ("buffer", "accumulated", "eval")  # where the student's version has none, nothing is asked
NEEDS = {"Neuron": "Valor", "Layer": "Neuron", "MLP": "Layer"}  # made of these: one mistake costs one
LIMITS = Limits()
ENDLESS = 3  # components that take all their time, after which the others are not tried
FLOAT32 = (b"float32", b"np.single", b"'f4'", b'"f4"', b"nnfs.init()")  # the last has np.dot and np.zeros give float32
STAGES = ("forward", "result", "trajectory", "rates", "grad", "again", "buffer", "accumulated", "eval")


def judge_submission(
    path: Path,
    tier: str,
    adapter: Adapter | None = None,
    only: tuple[str, ...] = (),
    seed: int = 0,
    limits: Limits = LIMITS,
    progress: Any = None,
    packages: Sequence[str] = (),
) -> Judgement:
    """Judge a file, a folder or a notebook; `packages` may be imported beside NumPy."""
    with Jail(path, tier, limits, adapter.helpers if adapter else "", packages=packages) as jail:
        about = jail.run([{"kind": "describe"}])
        base = Judgement(path.name, tier, seed, printed=about.output)
        broken = _broken_submission(about)
        if broken is not None:
            return replace(base, findings=(broken,))
        known = replace(_description(about.replies[0]), single=_mentions_float32(path))
        everything = find_matches(known, with_dialects(adapter))
        matches = [match for match in everything if not only or match.component in only]
        findings = _judge_all(jail, matches, known, seed, progress)
    judged = replace(
        base,
        dialects=tuple(dict.fromkeys(match.adapter for match in matches)),
        found={match.component: match.name for match in matches},
        not_found=tuple(name for name in ordered_components() if name not in {m.component for m in matches}),
        near_misses=near_misses(known, {match.name for match in everything}),
        findings=findings or (Finding("", "", "names", "MISSING", message="nothing here has a name that is known"),),
    )
    return explained(judged)


def _judge_all(
    jail: Jail, matches: Sequence[Match], known: Description, seed: int, progress: Any
) -> tuple[Finding, ...]:
    """The components in the learner's order; one is not tried where what it is made of is wrong, or time is gone."""
    findings: list[Finding] = []
    wrong: set[str] = set()
    for match in matches:
        if progress is not None:
            progress(match.component)
        if (first := NEEDS.get(match.component)) in wrong:
            text = f"{match.name} is made of {first}, which has to be right first"
            found = [Finding(match.component, "", "constructs", "SKIPPED", match.name, message=text)]
        elif sum(finding.verdict == "TIMEOUT" for finding in findings) >= ENDLESS:
            text = f"not tried, since {ENDLESS} components before it took all their time"
            found = [Finding(match.component, "", "constructs", "TIMEOUT", match.name, message=text)]
        else:
            found = steadied(list(judge_component(jail, match, known, seed)), jail)
        if first in wrong or any(finding.failed for finding in found):
            wrong.add(match.component)
        findings += diagnosed(found, seed, match.takes)
    return tuple(findings)


def _description(reply: Mapping[str, Any]) -> Description:
    """What the worker says is there; anything that is not a table of names is left out."""
    found = reply.get("description", {})
    classes = {
        str(name): {str(key): [str(a) for a in args] for key, args in methods.items()}
        for name, methods in found.get("classes", {}).items()
    }
    return Description(
        classes, {str(name): [str(a) for a in args] for name, args in found.get("functions", {}).items()}
    )


def _mentions_float32(path: Path) -> bool:
    """Whether the source asks for single precision; read as text, and never run here."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    texts = (file.read_bytes() for file in files if file.is_file() and file.stat().st_size < 4 << 20)
    return any(word in text for text in texts for word in FLOAT32)


def description_of(about: Ended) -> Description:
    """What there is in a submission.

    Raises:
        CommandError: it could not be imported; the message says why.
    """
    broken = _broken_submission(about)
    if broken is not None:
        raise CommandError(f"{broken.verdict}: {broken.message}")
    return _description(about.replies[0])


def _broken_submission(about: Ended) -> Finding | None:
    """The submission could not even be imported."""
    reply = about.replies.get(-1)
    if reply is not None:
        return _raised(Finding("", "", "import", "ERROR"), reply["raised"])
    if about.verdict or 0 not in about.replies:
        return Finding("", "", "import", about.verdict or "PROTOCOL", message=about.why)
    if about.replies[0]["raised"] is not None:  # a class that does not let itself be looked at
        return _raised(Finding("", "", "names", "ERROR"), about.replies[0]["raised"])
    return None


def judge_component(jail: Jail, match: Match, known: Description, seed: int) -> Iterator[Finding]:
    """Every sample of one component, each after the other in one child."""
    planned = list(plan(match, known, seed))
    asked = [item for item in planned if not item.skip]
    # Finite differences take most of the time, and only what failed needs them: `steadied` asks for them then.
    ended = jail.run([{**item.task, "finite": False} for item in asked]) if asked else Ended()
    number = 0
    for item in settle(planned, ended.replies):
        start = Finding(
            match.component, item.sample.name, "constructs", "SKIPPED", match.name, item.sample.exposes, item.beyond
        )
        if item.skip:
            yield replace(start, message=item.skip)
            continue
        reply = ended.replies.get(number, ended.replies.get(-1))
        number += 1
        if reply is None:
            yield replace(start, verdict=ended.verdict or "PROTOCOL", message=ended.why)
            break
        # Statements about scalars start from 1 on both sides, so their gradients are PyTorch's as they are.
        upstream = isinstance(item.sample, Graph) or has_upstream(match, known)
        yield from judge_sample(start, item, reply, upstream, known.single)
    else:
        if ended.verdict:  # every answer is there, but not the word that they are all
            yield Finding(match.component, "", "end", ended.verdict, match.name, message=ended.why)


def judge_sample(
    start: Finding, item: Planned, reply: Mapping[str, Any], upstream: bool, single: bool = False
) -> Iterator[Finding]:
    """Check by check in the order in which a learner meets them, up to the first that fails."""
    values: Mapping[str, Any] = reply.get("values", {})
    raised = reply.get("raised")
    item = replace(item, task={**item.task, "notes": reply.get("notes", {})})
    if isinstance(item.sample, Routine):
        yield from judge_routine(start, item, values) if raised is None else [_unless_foreign(start, raised)]
        return
    if item.task.get("random"):
        yield from _random(start, item, values, raised)
        return
    tolerance = getattr(item.sample, "tolerance", {})
    for check, answer in _answers(item, upstream):
        evidence = Evidence(item.task, values.get(check), answer, values, item.expected)
        here = replace(start, check=check, evidence=evidence, beyond=start.beyond or check.startswith("eval.grad"))
        if check in values:
            found = _compare(here, values[check], answer, reply.get("containers", {}).get(check, ""), tolerance, single)
        elif raised is not None and _rank(check) >= _rank(raised["stage"]):
            found = _raised(here, raised)
        elif check.split(".")[0] in OPTIONAL:
            continue
        else:
            found = missing(here, item, values)
        yield found
        if found.verdict != "PASS" and found.verdict != "SKIPPED":
            return
    for found in _own_witnesses(start, item, values):
        yield found
        if found.verdict != "PASS":
            return
    if raised is not None:
        yield _raised(replace(start, check=raised["stage"]), raised)


def _unless_foreign(start: Finding, raised: Mapping[str, Any]) -> Finding:
    """What a function of the student's takes may be of its own kind: then it cannot be asked."""
    found = _raised(replace(start, check=raised["stage"]), raised)
    return replace(found, verdict="SKIPPED") if "NotFound" in raised["kinds"] else found


def _random(
    start: Finding, item: Planned, values: Mapping[str, Any], raised: Mapping[str, Any] | None
) -> Iterator[Finding]:
    found = list(judge_random(start, item, values))
    yield from found
    if raised is not None and not any(finding.verdict != "PASS" for finding in found):
        yield _raised(replace(start, check=raised["stage"]), raised)


def _rank(check: str) -> int:
    """The place of a check, or of what was under way, in a learner's order."""
    family = check.split(".")[0]
    return STAGES.index(family) if family in STAGES else len(STAGES) if family == "repeat" else -1


def _answers(item: Planned, upstream: bool) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The checks, under the names that the worker uses, with PyTorch's answers."""
    rows = []
    for check, answer in item.expected.items():
        family, _, rest = check.partition(".")
        if not upstream and (family == "accumulated" or check.startswith("eval.grad") or (family == "grad" and rest)):
            continue
        if family == "unit":
            if upstream:
                continue
            family, check = "grad", f"grad.{rest}"
        if family in STAGES:
            rows.append((STAGES.index(family), check, answer))
    for _, check, answer in sorted(rows, key=lambda row: row[0]):
        yield check, answer


def _compare(
    here: Finding,
    got: Any,
    answer: np.ndarray[Any, Any],
    container: str,
    tolerance: Mapping[str, Tolerance],
    single: bool,
) -> Finding:
    """In float64; in float32 where that is what came, or where the source asks for it and the result was cast back."""
    if container and container not in ("float", "int", "bool"):
        return replace(here, verdict="FAIL", message=f"expected a NumPy array, got {container}", check=f"{here.check}")
    if got is None:
        return replace(here, verdict="FAIL", message="expected an array, got nothing")
    allowed = _allowed(tolerance, "float64")
    if container in ("float", "int") and got.shape == answer.shape == ():
        got = got.astype(np.float64)
    if got.dtype == np.float32 and answer.dtype == np.float64:
        allowed = _allowed(tolerance, "float32")
        answer = answer.astype(np.float32)
    found = compare(got, answer, allowed)
    if not found.ok and single and got.dtype == np.float64:
        allowed = _allowed(tolerance, "float32")
        found = compare(got, answer, allowed)
    return replace(
        here, verdict="PASS" if found.ok else "FAIL", message=found.message, max_abs_error=found.max_abs_error,
        max_rel_error=found.max_rel_error, allowed=allowed, where=found.where, got=found.got, expected=found.expected,
    )  # fmt: skip


def _allowed(tolerance: Mapping[str, Tolerance], precision: str) -> Tolerance:
    """What a sample allows beyond the usual; what it asks of our own half, bit for bit, is not asked of others."""
    usual = TOLERANCES[precision]
    own = tolerance.get(precision, usual)
    return Tolerance(max(usual.rtol, own.rtol), max(usual.atol, own.atol))


def _own_witnesses(start: Finding, item: Planned, values: Mapping[str, Any]) -> Iterator[Finding]:
    """What needs no PyTorch: inputs that are left alone, and a second call that gives what the first gave."""
    task = item.task
    sent = {**dict(zip(task.get("arguments", ()), task.get("inputs", ()), strict=False))}
    if task.get("upstream"):
        sent["grad_output"] = task["upstream"][0]
    if isinstance(values.get("forward"), np.ndarray):
        sent["output"] = values["forward"]
    for name, array in sent.items():
        after = values.get(f"after.{name}")
        if isinstance(after, np.ndarray) and isinstance(array, np.ndarray):
            same = np.array_equal(after, array, equal_nan=True)
            evidence = Evidence(task, after, array, values, item.expected)
            text = "" if same else f"{name} was changed in place; the caller still needs it"
            yield replace(
                start, check=f"unchanged.{name}", verdict="PASS" if same else "FAIL", message=text, evidence=evidence
            )
    for check, first in values.items():
        again = values.get(f"repeat.{check}")
        if isinstance(again, np.ndarray) and isinstance(first, np.ndarray):
            same = again.shape == first.shape and np.allclose(again, first, rtol=1e-12, atol=0, equal_nan=True)
            evidence = Evidence(task, again, first, values, item.expected)
            text = (
                "" if same else "the same call gives something else the second time: something is kept from the first"
            )
            yield replace(
                start, check=f"repeat.{check}", verdict="PASS" if same else "FAIL", message=text, evidence=evidence
            )
    yield from later_witnesses(start, item, values)


def _raised(here: Finding, raised: Mapping[str, Any]) -> Finding:
    """The verdict on an exception."""
    words = raised["message"].strip().splitlines()
    text = f"{raised['type']}: {words[0] if words else ''}"
    if "NotFound" in raised["kinds"]:
        text = f"{words[0] if words else ''}; an adapter can say where it is (parity init drafts one)"
    verdict = verdict_on(raised)
    if "ModuleNotFoundError" in raised["kinds"] and verdict == "ERROR":
        text = f"{text}; beside NumPy, only what --package names can be imported"
    return replace(here, verdict=verdict, message=text.rstrip(": "), trace=tuple(raised["trace"]))
