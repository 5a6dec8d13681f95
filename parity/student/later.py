"""What a first look does not show: steps at another rate, and a second backward from the same forward.

Neither is asked in a course, so what fails here is shown and does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from parity.student.diagnosis.descents import Rule, plain_sgd
from parity.student.findings import Evidence, Finding

if TYPE_CHECKING:
    from parity.student.plan import Planned

__all__ = ["in_the_buffer", "later_witnesses"]

CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-12}
SINGLE: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-6}


def later_witnesses(start: Finding, item: Planned, values: Mapping[str, Any]) -> Iterator[Finding]:
    start = replace(start, beyond=True)
    for check, again in values.items():
        first = values.get(check.replace("twice.", "once.", 1))
        if check.startswith("twice.") and isinstance(again, np.ndarray) and isinstance(first, np.ndarray):
            text = "a second backward after the same forward gives something else: what forward keeps was changed"
            yield _compared(start, check, again, first, Evidence(item.task, again, first, values, item.expected), text)
    if start.component == "SGD" and "later" in item.task:
        for check, answer in steps_later(plain_sgd(), item.task).items():
            got = values.get(check)
            if isinstance(got, np.ndarray):
                evidence = Evidence(item.task, got, answer, values, item.expected)
                text = "another step than PyTorch's, once the rate is changed"
                yield _compared(start, check, got, answer, evidence, text)


def _compared(start: Finding, check: str, got: Any, expected: Any, evidence: Evidence, text: str) -> Finding:
    close = SINGLE if got.dtype == np.float32 else CLOSE
    same = got.shape == expected.shape and np.allclose(got, expected, equal_nan=True, **close)
    return replace(
        start, check=check, verdict="PASS" if same else "FAIL", message="" if same else text, evidence=evidence
    )  # fmt: skip


def steps_later(rule: Rule, task: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Where the parameters are after some steps more at the later rate, the first gradients again."""
    options = {**task["defaults"], **task["args"]}
    if options.get("maximize"):
        return {}
    values = [np.array(value) for value in task["values"]]
    states: list[dict[str, Any]] = [{} for _ in values]
    found = {}
    later = {**options, "lr": task["later"]}
    steps = [(grads, options, "") for grads in task["grads"]]
    steps += [(grads, later, f"later.step {number}") for number, grads in enumerate(task["grads"][:2], start=1)]
    for t, (grads, now, name) in enumerate(steps, start=1):
        for index, grad in enumerate(grads):
            values[index] = rule(values[index], np.asarray(grad), states[index], t, now)
            if name:
                found[f"{name}.parameter {index}"] = values[index]
    return found


def in_the_buffer(finding: Finding) -> bool:
    """Whether the steps are those of a buffer that holds the learning rate."""
    evidence = finding.evidence
    if evidence is None or not finding.check.startswith("later.") or not isinstance(evidence.got, np.ndarray):
        return False
    wrong = steps_later(plain_sgd(inside=True), evidence.task).get(finding.check)
    return wrong is not None and wrong.shape == evidence.got.shape and bool(np.allclose(evidence.got, wrong, **SINGLE))
