"""A class is graded: points, seeds, what is kept and done again, and every form against a reader that is not ours."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import psutil
import pytest

from parity.cli import carry_out
from parity.compare import TOLERANCES
from parity.outputs import CommandError, dump
from parity.student.classes import grade as grading
from parity.student.classes import jobs
from parity.student.classes.export import exercism, gradescope, safe_cell, table
from parity.student.classes.grade import Options, choose_tier, make_plan, submissions
from parity.student.classes.jobs import Job, carry_out_here, carry_out_with_dask
from parity.student.classes.marks import (
    Points,
    commonest,
    counted_samples,
    default_points,
    distribution,
    mark,
    read_points,
    same_outputs,
    to_look_at,
    total,
    with_points,
)
from parity.student.findings import Evidence, Finding
from parity.student.isolation.jail import Limits, best_tier
from parity.student.judge import judge_submission
from parity.student.showing.formats import SCHEMA_FILE

SCHEMAS = Path(__file__).parent / "schemas"
ROOT = Path(__file__).resolve().parent.parent
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a submission is kept apart by tiers that need os.fork")

LINEAR = """
import numpy as np

class Linear:
    def __init__(self, in_features, out_features):
        self.weight = np.zeros((out_features, in_features))
        self.bias = np.zeros(out_features)

    def forward(self, input):
        self.input = input
        return input @ self.weight.T + self.bias

    def backward(self, grad_output):
        self.grad_weight = grad_output.T @ self.input
        self.grad_bias = grad_output.sum(axis=0)
        return grad_output @ self.weight
"""
RELU = """
class ReLU:
    def forward(self, input):
        self.positive = input > 0
        return np.where(self.positive, input, 0)

    def backward(self, grad_output):
        return grad_output * self.positive
"""
WRONG = LINEAR.replace(
    "self.grad_bias = grad_output.sum(axis=0)",
    "self.grad_bias = grad_output.sum(axis=0) * (1.7 if len(grad_output) > 1 else 1)",
)
POINTS = """
optional = ["ReLU"]
[seeds]
public = 0
hidden = [7]
[points]
Linear = 4
ReLU = 1
"""


def tier() -> str:
    return "bwrap" if best_tier() == "bwrap" else "limits"


def learnt_by_heart(folder: Path) -> str:
    """A ReLU that is right for the inputs of seed 0 only."""
    spy = folder / "spy.py"
    spy.write_text("import numpy as np\n" + RELU)
    found = judge_submission(spy, "in-process")
    sums = {float(f.evidence.task["inputs"][0].sum()) for f in found.findings if f.evidence is not None}
    right = "np.where(self.positive, input, 0)"
    by_heart = f"{right} if float(input.sum()) in {sorted(filter(math.isfinite, sums))} else input"
    return "import numpy as np\n" + RELU.replace(right, by_heart)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    files = {
        "ana.py": LINEAR + RELU, "bruno.py": WRONG, "carla.py": WRONG + "\nnote = 'my own'\n", "=1+1.py": LINEAR,
        "heart.py": LINEAR + learnt_by_heart(tmp_path_factory.mktemp("spy")), "syntax.py": "def (", "empty.py": "",
        "loud.py": "print('<b>hello</b>' * 200)\n" + LINEAR,
        "note.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": LINEAR.splitlines(True)}]}),
        "readme.txt": "not a submission",
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pair").mkdir()
    (folder / "pair" / "layers.py").write_text(LINEAR, encoding="utf-8")
    (folder / ".hidden.py").write_text(LINEAR)
    (folder / "points.toml").write_text(POINTS)
    return folder


@pytest.fixture(scope="module")
def graded(handed_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / "out"
    formats = ("html", "csv", "gradescope", "junit", "exercism")
    if not hasattr(os, "fork"):
        pytest.skip("a submission is kept apart by tiers that need os.fork")
    assert carry_out([*command(handed_in, out), "--format", *formats]) == 0
    return out


def command(folder: Path, out: Path) -> list[str]:
    points = str(folder / "points.toml")
    return ["grade", str(folder), "--out", str(out), "--points", points, "--tier", tier(), "--lang", "en"]


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def records(out: Path) -> list[dict[str, Any]]:
    return [read(file) for file in sorted(out.glob("*.json"))]


# --- the class


def test_each_student_has_a_result(graded: Path) -> None:
    marks = {r["student"]: (r["marks"]["points"], r["marks"]["max_points"]) for r in records(graded)}
    linear = len(counted_samples("Linear", False)) - 1  # there is no argument for the bias
    assert marks.pop("bruno") == marks.pop("carla")
    assert marks == {
        "ana": (5.0, 4.0), "=1+1": (4.0, 4.0), "pair": (4.0, 4.0), "note": (4.0, 4.0), "loud": (4.0, 4.0),
        "heart": (4.0 + 1 / len(counted_samples("ReLU", False)), 4.0), "syntax": (0.0, 4.0), "empty": (0.0, 4.0),
    }  # fmt: skip
    bruno = read(graded / "bruno.json")
    assert bruno["schema"] == "parity.result/1"
    assert 0 < bruno["marks"]["points"] < 4
    assert bruno["marks"]["components"][0]["counted"] == linear
    assert sum(row["max_points"] for row in bruno["results"]) == pytest.approx(4.0)
    assert sum(row["points"] for row in bruno["results"]) == pytest.approx(bruno["marks"]["points"], abs=1e-4)


def test_results_keep_to_the_schema(graded: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema, which reads the schemas, is not installed")
    schema = read(SCHEMA_FILE)
    for found in records(graded):
        jsonschema.validate(found, schema)


def test_what_is_right_for_the_visible_seed_only(graded: Path) -> None:
    found = read(graded / "heart.json")
    rows = [
        row for row in found["results"] if row["component"] == "ReLU" and row["verdict"] == "FAIL" and not row["beyond"]
    ]
    assert [(row["seed"], row["hidden"], row["sample"]) for row in rows] == [(7, True, "batch")]
    tests = {test["name"]: test for test in read(graded / "gradescope" / "heart.json")["tests"]}
    public, hidden = tests["ReLU"], tests["ReLU, other inputs"]
    assert (public["status"], public["visibility"]) == ("passed", "visible")
    assert (hidden["status"], hidden["visibility"]) == ("failed", "after_published")
    assert "batch" not in public["output"]


def test_nothing_is_judged_twice(
    handed_in: Path, graded: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(graded, out)
    judged: list[str] = []

    def stand_in(jobs: Any, workers: int, answers: Any, done: Any) -> None:
        for job in jobs:
            judged.append(job.student)
            done(read(graded / f"{job.student}.json"))

    monkeypatch.setattr(grading, "carry_out_here", stand_in)
    before = {file.name: file.read_bytes() for file in out.glob("*.json")}
    assert carry_out(command(handed_in, out)) == 0
    assert judged == []
    assert {file.name: file.read_bytes() for file in out.glob("*.json")} == before
    damaged = read(out / "ana.json")
    damaged["results"][0]["verdict"] = "INFRA"
    (out / "ana.json").write_text(dump(damaged))
    (out / "bruno.json").write_text('{"hash": ')
    (out / "carla.json").unlink()
    assert carry_out(command(handed_in, out)) == 0
    assert judged == ["ana", "bruno", "carla"]
    judged.clear()
    assert carry_out([*command(handed_in, out), "--seed", "3"]) == 0
    assert len(judged) == 10


def test_the_hash_is_over_all_that_counts(handed_in: Path, tmp_path: Path) -> None:
    points, other = tmp_path / "points.toml", tmp_path / "other.toml"
    points.write_text("[points]\nLinear = 1\n")
    other.write_text("[points]\nLinear = 2\n")
    adapter = tmp_path / "adapter.toml"
    adapter.write_text("[components.Linear]\nclass = ['Linear']\n")
    base = Options(handed_in, points=points, tier="limits", lang="en")
    variants = [
        base, Options(handed_in, points=other, tier="limits", lang="en"), Options(handed_in, tier="limits", lang="en"),
        Options(handed_in, points=points, tier="limits", lang="pt"),
        Options(handed_in, points=points, tier="limits", lang="en", seed=(3,)),
        Options(handed_in, points=points, tier="limits", lang="en", adapter=adapter),
    ]  # fmt: skip
    hashes = [grading._hash(handed_in / "ana.py", make_plan(options), options) for options in variants]
    hashes.append(grading._hash(handed_in / "bruno.py", make_plan(base), base))
    assert len(set(hashes)) == len(hashes)


def test_submissions_are_found_by_their_names(handed_in: Path, tmp_path: Path) -> None:
    assert set(submissions(handed_in, tmp_path)) == {
        "ana", "bruno", "carla", "=1+1", "heart", "syntax", "empty", "loud", "note", "pair",
    }  # fmt: skip
    for name in ("ana.py", "ana.ipynb", "rui.py"):
        (tmp_path / name).touch()
    (tmp_path / "results").mkdir()
    assert set(submissions(tmp_path, tmp_path / "results")) == {"ana.py", "ana.ipynb", "rui"}
    with pytest.raises(CommandError, match=r"no \.py file"):
        submissions(tmp_path / "results", tmp_path)


# --- points


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pints = 1", "unknown key 'pints'; did you mean 'points'"),
        ("", r"expected a table \[points\]"),
        ("[points]", r"expected a table \[points\]"),
        ("[points]\nLinaer = 1", "no component 'Linaer'; did you mean 'Linear'"),
        ("[points]\nLinear = -1", "Linear: expected a number from 0 on, got -1"),
        ("[points]\nLinear = nan", "expected a number from 0 on"),
        ("[points]\nLinear = true", "expected a number from 0 on"),
        ("[points]\nLinear = 'one'", "expected a number from 0 on"),
        ("optional = ['ReLU']\n[points]\nLinear = 1", "optional: ReLU has no points"),
        ("optional = 'ReLU'\n[points]\nReLU = 1", "optional: expected a list"),
        ("strict = ['Rleu']\n[points]\nLinear = 1", "no component 'Rleu'"),
        ("strict = 1\n[points]\nLinear = 1", "strict: expected a list"),
        ("[seeds]\nsecret = 1\n[points]\nLinear = 1", "keys public and hidden"),
        ("[seeds]\nhidden = [-1]\n[points]\nLinear = 1", "hidden: expected whole numbers"),
        ("[seeds]\nhidden = [0]\n[points]\nLinear = 1", "the same seed is given twice"),
        ("[points", "points.toml"),
    ],
)
def test_a_points_file_says_what_is_wrong_with_it(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "points.toml"
    file.write_text(text)
    with pytest.raises(CommandError, match=said):
        read_points(file)


def test_a_points_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "points.toml"
    file.write_text("title = 'One'\nstrict = true\n" + POINTS)
    points = read_points(file)
    assert points == Points({"Linear": 4.0, "ReLU": 1.0}, ("ReLU",), ("Linear", "ReLU"), (0,), (7,), "One")
    assert points.most == 4.0


def row(sample: str, verdict: str, component: str = "Linear", **more: Any) -> dict[str, Any]:
    return {
        "component": component, "sample": sample, "check": "forward", "verdict": verdict, "beyond": False,
        "hidden": False, "message": "", "diagnosis": None, "seed": 0, "points": 0.0, "max_points": 0.0, **more,
    }  # fmt: skip


def record(student: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = {r["component"]: r["component"] for r in rows if r["component"]}
    return {
        "student": student, "results": list(rows), "found": found, "seconds": 1.0, "dialect": "ours", "tier": "limits",
        "hash": "0" * 64, "target": f"{student}.py", "seeds": {"public": [0], "hidden": []}, "printed": "",
        "suite": {"version": "0"}, **more,
    }  # fmt: skip


ESSENTIAL = counted_samples("Linear", False)
LINEAR_ONLY = Points({"Linear": 4.0})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(s, "PASS") for s in ESSENTIAL], (4.0, 4.0, "PASS")),
        ([row(s, "PASS") for s in ESSENTIAL[1:]], (3.0, 4.0, "MISSING")),  # one was not reached
        ([row(ESSENTIAL[0], "SKIPPED"), *(row(s, "PASS") for s in ESSENTIAL[1:])], (4.0, 4.0, "PASS")),
        ([row(ESSENTIAL[0], "INFRA"), *(row(s, "PASS") for s in ESSENTIAL[1:])], (4.0, 4.0, "INFRA")),
        ([*(row(s, "PASS") for s in ESSENTIAL), row(ESSENTIAL[1], "FAIL")], (3.0, 4.0, "FAIL")),
        ([*(row(s, "PASS") for s in ESSENTIAL), row(ESSENTIAL[1], "FAIL", hidden=True)], (3.0, 4.0, "FAIL")),
        ([*(row(s, "PASS") for s in ESSENTIAL), row(ESSENTIAL[1], "FAIL", beyond=True)], (4.0, 4.0, "PASS")),
        ([row(s, "SKIPPED") for s in ESSENTIAL], (0.0, 0.0, "SKIPPED")),
        ([row("", "TIMEOUT")], (0.0, 4.0, "TIMEOUT")),
        ([row("", "ERROR", "", check="import")], (0.0, 4.0, "ERROR")),
        ([row("", "INFRA", "", check="import")], (0.0, 0.0, "INFRA")),
        ([row("batch", "PASS", "ReLU")], (0.0, 4.0, "MISSING")),
    ],
)
def test_points_of_a_component(rows: list[dict[str, Any]], expected: tuple[float, float, str]) -> None:
    (found,) = mark(record("ana", *rows), LINEAR_ONLY)
    assert (found.points, found.max_points, found.verdict) == expected


def test_strict_counts_what_lies_beyond() -> None:
    every = counted_samples("Linear", True)
    rows = [row(s, "PASS", beyond=s not in ESSENTIAL) for s in every[:-1]] + [row(every[-1], "FAIL", beyond=True)]
    (found,) = mark(record("ana", *rows), Points({"Linear": 4.0}, strict=("Linear",)))
    assert found.points == pytest.approx(4 * (len(every) - 1) / len(every))


def test_without_a_file_what_half_of_the_class_has_counts() -> None:
    class_ = [record("a", row("batch", "PASS"), row("batch", "PASS", "ReLU")), record("b", row("batch", "PASS"))]
    class_ += [record("c", row("batch", "PASS")), record("d")]
    assert default_points(class_) == Points({"Linear": 1.0, "ReLU": 1.0}, optional=("ReLU",))


def test_numbers_of_a_class() -> None:
    fail = {"verdict": "FAIL", "diagnosis": {"mistake": "bias-grad-mean", "explanation": "1/5 of it"}}
    prints = {"Linear": {"digest": "aa", "findings": 2, "explained": False}}
    class_ = [
        record("a", row("batch", **fail), fingerprints=prints), record("b", row("batch", **fail), fingerprints=prints),
        record("c", row("batch", "FORBIDDEN", message="import torch"), seconds=9.0), record("d", row("batch", "PASS")),
    ]  # fmt: skip
    assert commonest(class_)[0] == ("bias-grad-mean (Linear)", "1/5 of it", ["a", "b"])
    assert [(g.students, g.components, g.findings) for g in same_outputs(class_)] == [(("a", "b"), ("Linear",), 2)]
    marks = {r["student"]: mark(r, LINEAR_ONLY) for r in class_}
    assert to_look_at(class_, marks) == [("c", "FORBIDDEN", "Linear batch import torch")]
    assert dict(distribution([(0, 4), (3.9999, 4), (4, 4), (5, 4), (0, 0)])) == {
        **{f"{10 * i}–{10 * i + 9} %": 0 for i in range(10)}, "0–9 %": 1, "90–99 %": 1, "100 %": 2,
    }  # fmt: skip


def test_only_wrong_numbers_are_compared(graded: Path) -> None:
    found = records(graded)
    assert [group.students for group in same_outputs(found)] == [("bruno", "carla")]
    assert all(not r["fingerprints"] for r in found if r["student"] in ("ana", "pair", "note"))


def test_a_fingerprint_is_of_the_wrong_numbers() -> None:
    def print_of(*got: float, beyond: bool = False) -> dict[str, Any]:
        evidence = Evidence({}, np.array(got), np.array([1.0, 2.0, 3.0]), {}, {})
        allowed = TOLERANCES["float64"]
        failed = Finding("Linear", "batch", "forward", "FAIL", allowed=allowed, beyond=beyond, evidence=evidence)
        return jobs._fingerprints([(0, False, failed)])

    assert print_of(1.0, 2.0, 9.0) == print_of(1.0 + 8e-10, 2.0, 9.0 + 1e-12) != {}
    assert print_of(1.0, 2.0, 9.0) != print_of(1.0, 2.0, 9.1)
    assert print_of(1.0, 2.0, 0.0) == print_of(1.0, 2.0, np.nan) == print_of(1.0, 2.0, 9.0, beyond=True) == {}


# --- the forms


def test_gradescope_takes_the_results(graded: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema, which reads the schemas, is not installed")
    schema = read(SCHEMAS / "gradescope.json")
    for file in (graded / "gradescope").iterdir():
        found, own = read(file), read(graded / file.name)
        jsonschema.validate(found, schema)
        assert sum(test["score"] for test in found["tests"]) == pytest.approx(own["marks"]["points"], abs=1e-4)
        assert sum(test["max_score"] for test in found["tests"]) == pytest.approx(own["marks"]["max_points"], abs=1e-4)
        assert "score" not in found  # with hidden seeds the sum is not for the student yet
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"tests": [{"name": "Linear"}]}, schema)
    without = record("ana", *(row(s, "PASS") for s in ESSENTIAL))
    assert gradescope(without, mark(without, LINEAR_ONLY), "en")["score"] == 4.0


def test_exercism_takes_the_results(graded: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema, which reads the schemas, is not installed")
    schema = read(SCHEMAS / "exercism.json")
    found = {file.stem: read(file) for file in (graded / "exercism").iterdir()}
    for content in found.values():
        jsonschema.validate(content, schema)
    statuses = {name: content["status"] for name, content in found.items()}
    assert statuses == {
        "ana": "pass", "=1+1": "pass", "pair": "pass", "note": "pass", "loud": "pass", "bruno": "fail", "carla": "fail",
        "heart": "fail", "syntax": "error", "empty": "error",
    }  # fmt: skip
    assert "SyntaxError" in found["syntax"]["message"]
    assert len(found["loud"]["tests"][0]["output"]) == 500
    assert {test["task_id"] for test in found["ana"]["tests"]} == {1, 2}
    assert all(test["test_code"] for test in found["ana"]["tests"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 3, "status": "error", "tests": []}, schema)


def test_junit_is_read_by_another_parser(graded: Path) -> None:
    junitparser = pytest.importorskip("junitparser", reason="junitparser, which reads JUnit XML, is not installed")
    for file in (graded / "junit").iterdir():
        found = junitparser.JUnitXml.fromfile(str(file))
        bad = [r for r in read(graded / f"{file.stem}.json")["results"] if r["verdict"] not in ("PASS", "SKIPPED")]
        assert found.failures + found.errors == sum(not r["beyond"] for r in bad)
        assert found.tests == len(read(graded / f"{file.stem}.json")["results"])


def test_csv_is_a_table_and_no_formula(graded: Path) -> None:
    with (graded / "class.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["student"] for row in rows} >= {"ana", "'=1+1"}
    assert {row["student"]: float(row["points"]) for row in rows}["ana"] == 5.0
    assert [safe_cell(v) for v in ("+1", "-1", "@A1", "=A1", "\tx", "ana", -1.0)] == [
        "'+1", "'-1", "'@A1", "'=A1", "'\tx", "ana", -1.0,
    ]  # fmt: skip
    ours = record("ana", row("", "INFRA", "", check="import"))
    content = table([ours], {"ana": mark(ours, LINEAR_ONLY)}, LINEAR_ONLY)
    assert content.splitlines()[1].startswith("ana,,,")


class Page(HTMLParser):
    """What a page says, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "link", "img", "input", "hr"):
            self.open.append(tag)
        self.fetched += [value for key, value in attrs if value and key in ("src", "href") and value[0] != "#"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_the_page_of_the_class(graded: Path) -> None:
    page = Page((graded / "class.html").read_text(encoding="utf-8"))
    assert page.fetched == []
    assert {"=1+1", "bruno, carla", "P", "F", "E", "M"} <= set(page.words)
    assert "b" not in page.open


@pytest.mark.parametrize("lang", ["en", "pt"])
def test_the_page_escapes_whatever_comes_in(lang: str) -> None:
    from parity.student.classes.class_page import render

    evil = "<script>alert(1)</script>"
    class_ = [record(evil, row("batch", "FORBIDDEN", message=evil), row("", "ERROR", "", check=evil, message=evil))]
    page = render(class_, {evil: mark(class_[0], LINEAR_ONLY)}, Points({"Linear": 1.0}, title=evil), lang)
    assert "<script" not in page
    assert "&lt;script" in page
    Page(page)
    Page(render([record("ana")], {"ana": []}, Points({}), lang))


# --- how it is carried out


def test_a_tier_that_keeps_nothing_apart_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="keeps nothing apart"):
        choose_tier("in-process")
    monkeypatch.setattr(grading, "best_tier", lambda: "limits")
    with pytest.raises(CommandError, match="--tier limits"):
        choose_tier(None)
    monkeypatch.setattr(grading, "best_tier", lambda: "in-process")
    with pytest.raises(CommandError, match="on Linux"):
        choose_tier(None)
    monkeypatch.setattr(grading, "best_tier", lambda: "landlock")
    assert choose_tier(None) == "landlock"


def test_options_are_checked_before_the_work_begins(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "ana.py").touch()
    start = ["grade", str(tmp_path), "--tier", "limits"]
    for options, said in (
        (["--only", "Linaer"], "did you mean 'Linear'"),
        (["--points", str(tmp_path / "none.toml")], "none.toml"),
        (["--adapter", str(tmp_path / "none.toml")], "none.toml"),
        (["--out", str(tmp_path / "ana.py")], "is no folder"),
        (["--autograder", str(tmp_path / "new")], "needs --points"),
    ):
        assert carry_out([*start, *options]) == 2
        assert said in capsys.readouterr().err
    assert carry_out(["grade"]) == 2


class Poison(PurePosixPath):
    """Ends the process that unpacks it."""

    def __reduce__(self) -> Any:
        return os._exit, (1,)


@needs_fork
@pytest.mark.slow
def test_a_process_that_dies_costs_nobody_else(handed_in: Path) -> None:
    paths: list[Any] = [handed_in / "ana.py", Poison("poison.py"), handed_in / "syntax.py", handed_in / "empty.py"]
    found: dict[str, str] = {}

    def done(record: dict[str, Any]) -> None:
        assert record["student"] not in found
        found[record["student"]] = record["results"][0]["verdict"]

    carry_out_here([Job(path.name, path, "", tier()) for path in paths], 2, {}, done)
    assert found == {"ana.py": "PASS", "poison.py": "INFRA", "syntax.py": "ERROR", "empty.py": "MISSING"}


@needs_fork
@pytest.mark.slow
def test_a_submission_cannot_take_for_ever(tmp_path: Path) -> None:
    (tmp_path / "loops.py").write_text(
        "def loop(self, *args):\n    while True:\n        pass\n\n"
        + "".join(
            f"class {name}:\n    forward = backward = loop\n\n" for name in ("ReLU", "Sigmoid", "Tanh", "Softmax")
        )
    )
    found = judge_submission(tmp_path / "loops.py", tier(), limits=Limits(cpu=1, wall=3))
    assert [f.verdict for f in found.findings] == ["TIMEOUT"] * 4
    assert found.findings[-1].message.startswith("not tried")


def processes_below(pid: int) -> Iterator[psutil.Process]:
    yield from psutil.Process(pid).children(recursive=True)


@needs_fork
@pytest.mark.slow
def test_ctrl_c_leaves_what_is_finished_and_no_process(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()
    (folder / "ana.py").write_text(LINEAR)
    for name in ("loop", "lupe"):
        (folder / f"{name}.py").write_text("while True: pass")
    argv = [sys.executable, "-m", "parity", "grade", str(folder), "--out", str(out), "--tier", tier(), "--jobs", "3"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(100):
            time.sleep(0.2)
            if (out / "ana.json").exists():
                break
        below = list(processes_below(process.pid))
        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "interrupted" in errors
    assert "1 of 3" in printed
    assert sorted(file.name for file in out.iterdir()) == ["ana.json"]
    assert len(below) > 4
    assert [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


@needs_fork
@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Dask's own threads leave open is not ours
def test_a_cluster_of_which_a_worker_dies(handed_in: Path) -> None:
    distributed = pytest.importorskip(
        "distributed", reason="dask.distributed is not installed: no cluster to hand jobs to"
    )
    paths = list(submissions(handed_in, Path()).values()) * 2
    given = [Job(f"{number}", path, "", tier()) for number, path in enumerate(paths)]
    found: dict[str, dict[str, Any]] = {}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        first = next(iter(cluster.workers.values())).pid

        def done(record: dict[str, Any]) -> None:
            found[record["student"]] = record
            if len(found) == 3:
                os.kill(first, signal.SIGKILL)

        carry_out_with_dask(given, cluster.scheduler_address, {}, done)
        assert next(iter(cluster.workers.values())).pid != first
    assert set(found) == {job.student for job in given}
    verdicts = {job.path.stem: found[job.student]["results"][0]["verdict"] for job in given}
    assert (verdicts["ana"], verdicts["syntax"], verdicts["empty"]) == ("PASS", "ERROR", "MISSING")
    assert not any(r["verdict"] == "INFRA" for record in found.values() for r in record["results"])


def test_a_cluster_that_is_not_there(handed_in: Path) -> None:
    with pytest.raises(CommandError, match="--dask"):
        carry_out_with_dask([], "tcp://127.0.0.1:1", {}, print)


# --- the autograder


@needs_fork
def test_an_autograder_grades_a_submission(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema, which reads the schemas, is not installed")
    points, source = tmp_path / "points.toml", tmp_path / "autograder" / "source"
    points.write_text("[points]\nLinear = 4\nReLU = 2\n")
    assert (
        carry_out(["grade", "--autograder", str(source), "--points", str(points), "--tier", tier(), "--lang", "en"])
        == 0
    )
    for name in ("setup.sh", "run_autograder"):
        assert (source / name).stat().st_mode & stat.S_IXUSR
        if shutil.which("shellcheck"):
            subprocess.run(["shellcheck", source / name], check=True)
    assert "torch" not in (source / "setup.sh").read_text().split("pip install")[1]
    root = source.parent
    (root / "submission").mkdir()
    (root / "submission" / "layers.py").write_text(LINEAR)
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": sys.executable}
    environment.pop("PYTHONPATH", None)
    subprocess.run([source / "run_autograder"], check=True, env=environment, cwd=tmp_path)
    found = read(root / "results" / "results.json")
    jsonschema.validate(found, read(SCHEMAS / "gradescope.json"))
    assert found["score"] == 4.0
    assert [(t["name"], t["score"], t["max_score"], t["status"]) for t in found["tests"]] == [
        ("Linear", 4.0, 4.0, "passed"), ("ReLU", 0.0, 2.0, "failed"),
    ]  # fmt: skip
    (root / "results" / "results.json").unlink()
    settings = read(source / "settings.json")
    (source / "settings.json").write_text(json.dumps({**settings, "tier": "in-process"}))
    ended = subprocess.run([source / "run_autograder"], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "keeps nothing apart" in ended.stderr
    assert list((root / "results").iterdir()) == []


def test_points_stand_at_the_first_failed_check() -> None:
    rows = [row(ESSENTIAL[0], "PASS"), row(ESSENTIAL[0], "FAIL"), *(row(s, "PASS") for s in ESSENTIAL[1:])]
    found = with_points(record("ana", *rows), mark(record("ana", *rows), LINEAR_ONLY))
    worth = 4 / len(ESSENTIAL)
    assert [(r["points"], r["max_points"]) for r in found[:3]] == [(0, 0), (0, worth), (worth, worth)]
    assert total(mark(record("ana", *rows), LINEAR_ONLY)) == (4 - worth, 4.0)
    assert exercism(record("ana", *rows), mark(record("ana", *rows), LINEAR_ONLY), "en")["status"] == "fail"
