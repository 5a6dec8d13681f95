"""Files for other programs: JSON (schema "parity.result/1", in `result.schema.json`) and JUnit XML."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from parity.outputs import dump
from parity.student.findings import BAD, Finding, Judgement
from parity.student.messages import text
from parity.student.showing.show import plain
from parity.student.showing.view import headline
from parity.version import project_version

__all__ = ["SCHEMA_FILE", "junit", "result_json", "versions"]

SCHEMA_FILE = Path(__file__).with_name("result.schema.json")


def versions() -> dict[str, str]:
    """What the answers depend on, without importing torch."""
    return {
        "version": project_version(),
        "torch": _installed("torch"),
        "numpy": metadata.version("numpy"),
        "python": platform.python_version(),
    }


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def result_json(judgement: Judgement) -> str:
    return dump(judgement.to_json(versions()))


def junit(judgement: Judgement, lang: str) -> str:
    """A suite a component, a case a check. What does not count and failed is "skipped", with what it says."""
    members: dict[str, list[Finding]] = {}
    for finding in judgement.findings:
        members.setdefault(finding.component or judgement.target, []).append(finding)
    root = ElementTree.Element("testsuites", name=f"parity check {judgement.target}")
    for name, findings in members.items():
        suite = ElementTree.SubElement(root, "testsuite", name=name)
        counts = dict.fromkeys(("failures", "errors", "skipped"), 0)
        for finding in findings:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=_case_name(finding))
            kind = _kind(finding)
            if kind:
                counts["skipped" if kind == "skipped" else f"{kind}s"] += 1
                _say(case, kind, finding, lang)
        for key, count in {"tests": len(findings), **counts}.items():
            suite.set(key, str(count))
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _case_name(finding: Finding) -> str:
    return f"{finding.sample}: {finding.check}" if finding.sample else finding.check


def _kind(finding: Finding) -> str:
    if finding.verdict == "PASS":
        return ""
    if finding.beyond or finding.verdict not in BAD:
        return "skipped"
    return "failure" if finding.verdict in ("FAIL", "MISSING", "NONDETERMINISTIC") else "error"


def _say(case: Any, kind: str, finding: Finding, lang: str) -> None:
    said = headline(lang, finding)
    if finding.beyond and finding.verdict in BAD:
        said = f"{text(lang, 'show.beyond')}: {said}"
    below = ElementTree.SubElement(case, kind, message=said)
    if kind != "skipped":
        below.set("type", finding.verdict)
        below.text = plain(lang, finding)
