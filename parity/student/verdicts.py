"""Which verdict an exception, a value that is missing, or an unsteady result deserves."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity.student.findings import Finding
from parity.student.graphs import Graph
from parity.student.isolation.jail import Jail
from parity.student.plan import Planned

__all__ = ["missing", "steadied", "verdict_on"]

FORBIDDEN_MODULES = ("torch", "torchvision", "torch_ref", "scratch", "parity", "tensorflow", "jax")
FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", -1), errno.EMFILE)
ALWAYS = ("forward", "result", "trajectory", "rates")
UNSTEADY = "in a new process the same calls give something else: random numbers without a seed, or np.empty not filled"


def verdict_on(raised: Mapping[str, Any]) -> str:
    """The verdict on an exception."""
    kinds = set(raised["kinds"])
    if "MemoryError" in kinds:
        return "MEMORY"
    if "TooSlow" in kinds:
        return "TIMEOUT"
    if "SystemExit" in kinds:
        return "EXITED"
    if "NotImplementedError" in kinds or "NotFound" in kinds:
        return "MISSING"
    if "PermissionError" in kinds or raised.get("errno") == errno.EROFS:
        return "FORBIDDEN"
    if (raised.get("module") or "").split(".")[0] in FORBIDDEN_MODULES:
        return "FORBIDDEN"
    return "OUTPUT_LIMIT" if raised.get("errno") in FULL else "ERROR"


def missing(here: Finding, item: Planned, values: Mapping[str, Any]) -> Finding:
    """On a value that did not come: nothing is passed, or passed over, by leaving it out."""
    if f"{here.check}.0" in values:
        return replace(here, verdict="FAIL", message="expected a NumPy array, got tuple")
    if _always_sent(item, here.check):
        return replace(here, verdict="FAIL", message="expected an array, got nothing")
    return replace(here, message=f"the adapter does not say where {here.check} is kept")


def _always_sent(item: Planned, check: str) -> bool:
    """Whether the worker sends it whatever the student's code does, short of an exception."""
    family, _, name = check.partition(".")
    if family in ALWAYS or isinstance(item.sample, Graph):
        return True
    spec = item.task["spec"]
    known = spec.get("grads", {})
    of_input = name in item.task.get("needs_grad", ()) and ("inputs" in spec or name in known)
    of_parameter = name in item.task.get("parameters", ()) and (name in known or "*" in known)
    return family == "grad" and (of_input or of_parameter)


def steadied(findings: Sequence[Finding], jail: Jail) -> list[Finding]:
    """Where something failed, the group is run again in a fresh child, and what differs then is NONDETERMINISTIC.

    This second run takes the finite differences too, which only a diagnosis asks for.
    """
    failed = {id(f): f.evidence for f in findings if f.failed and f.verdict == "FAIL" and f.evidence is not None}
    failed = {key: evidence for key, evidence in failed.items() if not evidence.task.get("random")}
    if not failed:
        return list(findings)
    tasks, before = jail.last
    places = {id(reply["values"]): number for number, reply in before.replies.items()}
    numbers = {key: places.get(id(evidence.values), -1) for key, evidence in failed.items()}
    slopes = {numbers[key] for key, evidence in failed.items() if evidence.task.get("finite")}
    again = jail.run([{**task, "finite": number in slopes} for number, task in enumerate(tasks)]).replies
    return [_settled(f, again[numbers[id(f)]]["values"]) if numbers.get(id(f), -1) in again else f for f in findings]


def _settled(finding: Finding, again: Mapping[str, Any]) -> Finding:
    """With what the second run adds, or contradicts."""
    evidence = finding.evidence
    if evidence is None:
        return finding
    if _differ(evidence.values, again, finding.check):
        return replace(finding, verdict="NONDETERMINISTIC", message=UNSTEADY)
    slopes = {name: value for name, value in again.items() if name.startswith("finite.")}
    return replace(finding, evidence=replace(evidence, values={**evidence.values, **slopes}))


def _differ(first: Mapping[str, Any], second: Mapping[str, Any], check: str) -> bool:
    """Whether the value that failed is another, beyond what rounding can do."""
    a, b = first.get(check), second.get(check)
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return False
    if a.shape != b.shape or a.dtype != b.dtype:
        return True
    return not np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)
