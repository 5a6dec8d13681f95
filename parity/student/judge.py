"""The verdict: what the worker sent is compared with PyTorch's answers. Runs where no line of the student's is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from parity.compare import TOLERANCES, compare
from parity.registry import nearest
from parity.student.adapters import Adapter, Description, Match, built_in, find_matches
from parity.student.curriculum import ordered_components
from parity.student.findings import Evidence, Finding, Judgement
from parity.student.jail import Ended, Jail, Limits
from parity.student.plan import Planned, has_upstream, plan

__all__ = ["judge_submission"]

FORBIDDEN_MODULES = ("torch", "torchvision", "torch_ref", "scratch", "parity", "tensorflow", "jax")
STAGES = ("forward", "result", "trajectory", "rates", "grad", "again", "buffer", "accumulated", "eval")


def judge_submission(
    path: Path,
    tier: str,
    adapter: Adapter | None = None,
    only: tuple[str, ...] = (),
    seed: int = 0,
    limits: Limits = Limits(),
    progress: Any = None,
) -> Judgement:
    """Judge a file, a folder or a notebook."""
    with Jail(path, tier, limits, adapter.helpers if adapter else "") as jail:
        about = jail.run([{"kind": "describe"}])
        base = Judgement(path.name, tier, seed, printed=about.output)
        broken = _broken_submission(about)
        if broken is not None:
            return replace(base, findings=(broken,))
        known = _description(about.replies[0])
        matches = find_matches(known, [adapter] if adapter else list(built_in().values()))
        matches = [match for match in matches if not only or match.component in only]
        findings: list[Finding] = []
        for match in matches:
            if progress is not None:
                progress(match.component)
            findings += judge_component(jail, match, known, seed)
    return replace(
        base,
        dialects=tuple(dict.fromkeys(match.adapter for match in matches)),
        found={match.component: match.name for match in matches},
        not_found=tuple(name for name in ordered_components() if name not in {m.component for m in matches}),
        near_misses=_near_misses(known, matches),
        findings=tuple(findings)
        or (Finding("", "", "names", "MISSING", message="nothing here has a name that is known"),),
    )


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


def _near_misses(known: Description, matches: list[Match]) -> dict[str, str]:
    """Classes that are nothing, and are spelt nearly as something: {"Linaer": "Linear"}."""
    used = {match.name for match in matches}
    wanted = {
        name
        for adapter in built_in().values()
        for spec in adapter.components.values()
        for name in spec.get("class", ())
    }
    wanted |= {name for name in ordered_components() if "." not in name}
    found = {name: nearest(name, sorted(wanted - used)) for name in known.classes if name not in used | wanted}
    return {name: text.split("'")[1] for name, text in found.items() if text}


def _broken_submission(about: Ended) -> Finding | None:
    """The submission could not even be imported."""
    reply = about.replies.get(-1)
    if reply is not None:
        return _raised(Finding("", "", "import", "ERROR"), reply["raised"])
    if about.verdict or 0 not in about.replies:
        return Finding("", "", "import", about.verdict or "PROTOCOL", message=about.why)
    return None


def judge_component(jail: Jail, match: Match, known: Description, seed: int) -> Iterator[Finding]:
    """Every sample of one component, each after the other in one child."""
    planned = list(plan(match, known, seed))
    asked = [item for item in planned if not item.skip]
    ended = jail.run([item.task for item in asked]) if asked else Ended()
    number = 0
    for item in planned:
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
        yield from judge_sample(start, item, reply, has_upstream(match, known))


def judge_sample(start: Finding, item: Planned, reply: Mapping[str, Any], upstream: bool) -> Iterator[Finding]:
    """Check by check in the order in which a learner meets them, up to the first that fails."""
    values: Mapping[str, Any] = reply.get("values", {})
    raised = reply.get("raised")
    for check, answer in _answers(item, upstream):
        evidence = Evidence(item.task, values.get(check), answer, values, item.expected)
        here = replace(start, check=check, evidence=evidence)
        if check in values:
            found = _compare(here, values[check], answer, reply.get("containers", {}).get(check, ""))
        elif raised is not None:
            found = _raised(here, raised)
        else:
            found = replace(here, message=f"the adapter does not say where {check} is kept")
        yield found
        if found.verdict != "PASS" and found.verdict != "SKIPPED":
            return
    for found in _own_witnesses(start, item, values):
        yield found
        if found.verdict != "PASS":
            return
    if raised is not None:
        yield _raised(replace(start, check=raised["stage"]), raised)


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


def _compare(here: Finding, got: Any, answer: np.ndarray[Any, Any], container: str) -> Finding:
    if container and container not in ("float", "int", "bool"):
        return replace(here, verdict="FAIL", message=f"expected a NumPy array, got {container}", check=f"{here.check}")
    if got is None:
        return replace(here, verdict="FAIL", message="expected an array, got nothing")
    precision = "float32" if got.dtype == np.float32 and answer.dtype == np.float64 else "float64"
    allowed = TOLERANCES[precision]
    if container in ("float", "int") and got.shape == answer.shape == ():
        got = got.astype(np.float64)
    found = compare(got, answer.astype(got.dtype) if precision == "float32" else answer, allowed)
    return replace(
        here, verdict="PASS" if found.ok else "FAIL", message=found.message, max_abs_error=found.max_abs_error,
        max_rel_error=found.max_rel_error, allowed=allowed, where=found.where, got=found.got, expected=found.expected,
    )  # fmt: skip


def _own_witnesses(start: Finding, item: Planned, values: Mapping[str, Any]) -> Iterator[Finding]:
    """What needs no PyTorch: inputs that are left alone, and a second call that gives what the first gave."""
    task = item.task
    sent = {**dict(zip(task.get("arguments", ()), task.get("inputs", ()), strict=False))}
    if task.get("upstream"):
        sent["grad_output"] = task["upstream"][0]
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


def _raised(here: Finding, raised: Mapping[str, Any]) -> Finding:
    """The verdict on an exception."""
    kinds, text = (
        set(raised["kinds"]),
        f"{raised['type']}: {raised['message'].strip().splitlines()[0] if raised['message'].strip() else ''}",
    )
    verdict = "ERROR"
    if "MemoryError" in kinds:
        verdict = "MEMORY"
    elif "SystemExit" in kinds:
        verdict = "EXITED"
    elif "NotImplementedError" in kinds:
        verdict = "MISSING"
    elif "PermissionError" in kinds or str(raised.get("module") or "").split(".")[0] in FORBIDDEN_MODULES:
        verdict = "FORBIDDEN"
    return replace(here, verdict=verdict, message=text.rstrip(": "), trace=tuple(raised["trace"]))
