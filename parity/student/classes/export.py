"""Marks in the forms that other programs read: Gradescope, JUnit XML, Exercism, CSV, and the page of the class.

Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("Output format").
Exercism: https://exercism.org/docs/building/tooling/test-runners/interface (version 3).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from parity.outputs import dump, write_whole
from parity.student.classes.marks import Mark, Points, Record, total
from parity.student.curriculum import samples
from parity.student.findings import BAD, Diagnosis, Finding, Judgement
from parity.student.messages import text

__all__ = ["FORMATS", "exercism", "gradescope", "judgement_of", "safe_cell", "table", "write_format"]

FORMATS = ("gradescope", "junit", "exercism", "csv", "html")
LONGEST = 65_535  # bytes of a message that Exercism takes
PRINTED = 500  # characters of an output that Exercism takes, and what it asks to be told where there were more
TRUNCATED = "\nOutput was truncated. Please limit to 500 chars"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for a formula


def write_format(
    kind: str, out: Path, records: Sequence[Record], marks: Mapping[str, list[Mark]], points: Points, lang: str
) -> Path:
    """Write one of FORMATS; where it is: a file of the class, or a folder with a file for each student."""
    if kind == "csv":
        write_whole(out / "class.csv", table(records, marks, points))
        return out / "class.csv"
    if kind == "html":
        from parity.student.classes.class_page import render

        write_whole(out / "class.html", render(records, marks, points, lang))
        return out / "class.html"
    folder = out / kind
    folder.mkdir(exist_ok=True)
    for record in records:
        own = marks[record["student"]]
        if kind == "junit":
            from parity.student.showing.formats import junit

            content = junit(judgement_of(record), lang)
        else:
            content = dump(gradescope(record, own, lang) if kind == "gradescope" else exercism(record, own, lang))
        write_whole(folder / f"{record['student']}.{'xml' if kind == 'junit' else 'json'}", content)
    return folder


# --- Gradescope


def gradescope(record: Record, marks: Sequence[Mark], lang: str) -> dict[str, Any]:
    """results.json: a test for each component; with hidden seeds another, which carries the points.

    Whatever the submission wrote is text, never HTML.
    """
    points, most = total(marks)
    dialect = record["dialect"] or "—"
    said = [text(lang, "grade.about", target=record["target"], dialect=dialect, tier=record["tier"])]
    said += [row["explained"] for row in record["results"] if not row["component"] and "explained" in row]
    said += [text(lang, "grade.printed"), record["printed"]] if record["printed"] else []
    tests = [test for number, m in enumerate(marks, 1) for test in _gradescope_tests(record, m, number, lang)]
    whole = {} if record["seeds"]["hidden"] else {"score": points}  # it would tell what the hidden seeds found
    return {
        **whole, "execution_time": round(record["seconds"]), "output": "\n\n".join(said), "output_format": "text",
        "test_output_format": "text", "visibility": "visible", "stdout_visibility": "hidden", "tests": tests,
        "extra_data": {"max_score": most, "hash": record["hash"], "suite": record["suite"]["version"]},
    }  # fmt: skip


def _gradescope_tests(record: Record, m: Mark, number: int, lang: str) -> Iterator[dict[str, Any]]:
    if m.optional and m.verdict == "MISSING" and not m.counted:
        return
    hidden = bool(record["seeds"]["hidden"])
    right, worth = m.verdict == "PASS", {"score": m.points, "max_score": m.max_points}
    yield {
        "name": m.component, "number": f"{number}", "status": "passed" if m.public else "failed",
        **({"score": 0.0, "max_score": 0.0} if hidden else worth),
        "output": "\n\n".join(_said(record, m, hidden, lang)), "output_format": "text", "visibility": "visible",
    }  # fmt: skip
    if hidden:
        wrong = [row["explained"] for row in _rows(record, m, hidden=True) if "explained" in row]
        said = [_count(m, lang), *([text(lang, "grade.only_there")] if wrong else []), *wrong]
        yield {
            "name": text(lang, "grade.other_inputs", component=m.component), "number": f"{number}.1",
            "status": "passed" if right else "failed", **worth, "output": "\n\n".join(said), "output_format": "text",
            "visibility": "after_published",
        }  # fmt: skip


def _said(record: Record, m: Mark, hidden: bool, lang: str) -> Iterator[str]:
    """What the student reads at once; how many are right with the hidden seeds is no part of it."""
    if not hidden or not m.counted:
        yield _count(m, lang)
    else:
        yield text(lang, "grade.points_there", component=m.component)
    yield from (row["explained"] for row in _rows(record, m, hidden=False) if "explained" in row)


def _rows(record: Record, m: Mark, hidden: bool) -> Iterator[Record]:
    return (row for row in record["results"] if row["component"] == m.component and row["hidden"] == hidden)


def _count(m: Mark, lang: str) -> str:
    if not m.counted:
        key = "missing" if m.verdict not in ("SKIPPED", "INFRA") else "not_judged"
        return text(lang, f"grade.{key}", component=m.component)
    key = "all_right" if m.passed == m.counted else "some_right"
    return text(lang, f"grade.{key}", passed=m.passed, counted=m.counted)


# --- Exercism


def exercism(record: Record, marks: Sequence[Mark], lang: str) -> dict[str, Any]:
    """results.json, version 3: a test for each sample that counts, a task for each component."""
    broken = [row for row in record["results"] if not row["component"] and row["verdict"] in BAD]
    tests = [test for task, m in enumerate(marks, 1) for test in _exercism_tests(record, m, task, lang)]
    if broken and not record["found"]:
        return {"version": 3, "status": "error", "message": _message(broken[0]), "tests": []}
    for test in tests[:1] if record["printed"] else []:
        cut = len(record["printed"]) >= PRINTED  # the result file keeps no more
        test["output"] = record["printed"][: PRINTED - len(TRUNCATED)] + TRUNCATED if cut else record["printed"]
    passed = bool(tests) and all(test["status"] == "pass" for test in tests)
    return {"version": 3, "status": "pass" if passed else "fail", "message": None, "tests": tests}


def _exercism_tests(record: Record, m: Mark, task: int, lang: str) -> Iterator[dict[str, Any]]:
    if not m.samples:
        if not m.optional:
            message = text(lang, "grade.missing", component=m.component)
            yield {"name": m.component, "status": "fail", "message": message, "task_id": task, "test_code": m.component}
        return
    wrong: dict[str, Record] = {}
    for row in record["results"]:
        if row["component"] == m.component and row["verdict"] in BAD:
            wrong.setdefault(row["sample"], row)
    for sample, verdict in m.samples.items():
        if verdict in ("SKIPPED", "INFRA"):
            continue
        row = wrong.get(sample) or wrong.get("")
        status = "pass" if verdict == "PASS" else "fail" if verdict in ("FAIL", "NONDETERMINISTIC", "") else "error"
        said = _message(row) if row else text(lang, "class.not_reached")
        yield {
            "name": f"{m.component}: {sample}", "status": status, "message": None if status == "pass" else said,
            "task_id": task, "test_code": (row or {}).get("reproducer") or _call(m.component, sample),
        }  # fmt: skip


def _message(row: Record) -> str:
    said = str(row.get("explained") or f"{row['check']}, {row['verdict']}: {row['message']}")
    return said.encode(errors="replace")[:LONGEST].decode(errors="ignore")


def _call(component: str, name: str) -> str:
    """How the sample calls the component, in a line or two."""
    sample: Any = next((s for s in samples(component) if s.name == name), None)
    if code := getattr(sample, "code", ""):
        return str(code).strip()
    args = getattr(sample, "args", {})
    shown = ", ".join(f"{key}={value!r}" for key, value in args.items()) if isinstance(args, Mapping) else ""
    return f"# {getattr(sample, 'exposes', name)}\n{component}({shown})"


# --- JUnit XML


def judgement_of(record: Record) -> Judgement:
    """The judgement that a result file was written from, without its arrays."""
    findings = tuple(_finding(row) for row in record["results"])
    return Judgement(
        record["target"], record["tier"], record["seed"], tuple(filter(None, record["dialect"].split(", "))),
        record["found"], tuple(record["not_found"]), record["near_misses"], findings,
    )  # fmt: skip


def _finding(row: Record) -> Finding:
    known = {field.name for field in fields(Finding)} - {"evidence", "allowed", "diagnosis"}
    values = {name: value for name, value in row.items() if name in known}
    named = row.get("diagnosis")
    return Finding(**values, diagnosis=Diagnosis(**named) if named else None)


# --- CSV


def table(records: Sequence[Record], marks: Mapping[str, list[Mark]], points: Points) -> str:
    """A row a student: points, the most, points and verdict of each component, and what they depend on.

    It begins with a byte order mark, without which a spreadsheet takes names that are not ASCII for something else.
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    heads = [head for name in points.points for head in (name, f"{name} verdict")]
    writer.writerow(["student", "points", "max_points", *heads, "dialect", "isolation", "seconds", "hash"])
    for record in records:
        own = marks[record["student"]]
        cells = [cell for m in own for cell in (m.points, m.verdict)]
        about = (record["dialect"], record["tier"], record["seconds"], record["hash"][:16])
        points_of, most = total(own)
        known = (points_of, most) if most else ("", "")  # nothing could be judged: no points are not 0 points
        writer.writerow([safe_cell(cell) for cell in (record["student"], *known, *cells, *about)])
    return "\ufeff" + stream.getvalue()


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet cannot take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
