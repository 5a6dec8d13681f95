"""What was found in a submission, in the form in which it is written to a file: schema "parity.result/1"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from parity.cases import Tolerance

__all__ = ["BAD", "SCHEMA", "Diagnosis", "Evidence", "Finding", "Judgement"]

SCHEMA = "parity.result/1"
# Whatever is neither PASS nor SKIPPED. INFRA is ours, and never blamed on the student.
BAD = (
    "FAIL", "ERROR", "MISSING", "TIMEOUT", "MEMORY", "CRASH", "EXITED", "FORBIDDEN", "OUTPUT_LIMIT", "PROTOCOL",
    "NONDETERMINISTIC", "INFRA",
)  # fmt: skip


@dataclass(frozen=True)
class Diagnosis:
    """What the mistake looks like: its id in `parity.mistakes`, how sure that is, and the numbers that show it."""

    mistake: str
    confidence: float
    explanation: str
    second: str = ""  # another mistake that fits as well
    convention: str = ""  # PyTorch's arguments that equal it, where it is no mistake
    signature: str = ""  # the sentence of the catalogue that shows it, and what is filled in there
    facts: Mapping[str, Any] = field(default_factory=dict)
    explains: int = 0  # of the checks that fail, where that was counted
    remaining: int = 0  # those that must have another reason


@dataclass(frozen=True)
class Evidence:
    """The arrays behind a finding, for pictures and for the diagnosis; they are not written to the file."""

    task: Mapping[str, Any]
    got: Any
    expected: Any
    values: Mapping[str, Any]
    answers: Mapping[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Finding:
    """One check of one sample. `beyond` is what a course does not ask for: it is shown, and does not count."""

    component: str
    sample: str
    check: str
    verdict: str
    name: str = ""  # what the student calls the component
    exposes: str = ""
    beyond: bool = False
    points: float = 0.0
    max_points: float = 0.0
    max_abs_error: float = 0.0
    max_rel_error: float = 0.0
    allowed: Tolerance | None = None
    where: tuple[int, ...] | None = None
    got: Any = None
    expected: Any = None
    diagnosis: Diagnosis | None = None
    message: str = ""
    help: str = ""
    reproducer: str = ""
    trace: tuple[Mapping[str, Any], ...] = ()
    evidence: Evidence | None = field(default=None, repr=False, compare=False)

    @property
    def failed(self) -> bool:
        return self.verdict in BAD and not self.beyond

    def to_json(self) -> dict[str, Any]:
        return asdict(replace(self, evidence=None)) | {"evidence": None}


@dataclass(frozen=True)
class Judgement:
    """Everything about one submission."""

    target: str
    tier: str
    seed: int
    dialects: tuple[str, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict)  # component: what the student calls it
    not_found: tuple[str, ...] = ()
    near_misses: Mapping[str, str] = field(default_factory=dict)  # a name of the student's: what it may stand for
    findings: tuple[Finding, ...] = ()
    printed: str = ""

    @property
    def failed(self) -> bool:
        return any(finding.failed for finding in self.findings)

    def first_to_fix(self) -> list[Finding]:
        """Of each component the first finding that counts, in the learner's order."""
        first: dict[str, Finding] = {}
        for finding in self.findings:
            if finding.failed:
                first.setdefault(finding.component, finding)
        return list(first.values())

    def summary(self) -> dict[str, int]:
        counted = [f for f in self.findings if not f.beyond]
        verdicts = [f.verdict for f in counted]
        passed, failed, skipped = (verdicts.count(v) for v in ("PASS", "FAIL", "SKIPPED"))
        return {
            "passed": passed, "failed": failed, "skipped": skipped, "other": len(counted) - passed - failed - skipped
        }  # fmt: skip

    def to_json(self, versions: Mapping[str, str]) -> dict[str, Any]:
        results = [{k: v for k, v in finding.to_json().items() if k != "evidence"} for finding in self.findings]
        return {
            "schema": SCHEMA, "suite": dict(versions), "target": self.target, "dialect": ", ".join(self.dialects),
            "tier": self.tier, "seed": self.seed, "summary": self.summary(), "found": dict(self.found),
            "not_found": list(self.not_found), "near_misses": dict(self.near_misses), "results": results,
        }  # fmt: skip
