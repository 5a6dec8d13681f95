"""A class is graded: what is kept and done again, and every form against a reader that is not ours."""

from __future__ import annotations

import csv
import os
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from classroom import ESSENTIAL, LINEAR_ONLY, NO_FORK, SCHEMAS, command, hand_in, read, record, records, row

from parity.cli import carry_out
from parity.outputs import CommandError, dump
from parity.student.classes import grade as grading
from parity.student.classes.export import exercism, gradescope, safe_cell, table
from parity.student.classes.grade import Options, make_plan, submissions
from parity.student.classes.marks import Points, counted_samples, mark, same_outputs
from parity.student.showing.formats import SCHEMA_FILE


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hand_in(tmp_path_factory)


@pytest.fixture(scope="module")
def graded(handed_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / "out"
    formats = ("html", "csv", "gradescope", "junit", "exercism")
    if not hasattr(os, "fork"):
        pytest.skip(NO_FORK)
    assert carry_out([*command(handed_in, out), "--format", *formats]) == 0
    return out


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


def test_only_wrong_numbers_are_compared(graded: Path) -> None:
    found = records(graded)
    assert [group.students for group in same_outputs(found)] == [("bruno", "carla")]
    assert all(not r["fingerprints"] for r in found if r["student"] in ("ana", "pair", "note"))


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
    assert found["loud"]["tests"][0]["output"].endswith("Output was truncated. Please limit to 500 chars")
    assert {test["task_id"] for test in found["ana"]["tests"]} == {1, 2}
    assert all(test["test_code"] for test in found["ana"]["tests"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 3, "status": "error", "tests": []}, schema)


def test_a_message_is_no_longer_than_exercism_takes() -> None:
    broken = record("ana", row("", "ERROR", "", check="import", message="é" * 40_000))
    found = exercism(broken, mark(broken, LINEAR_ONLY), "en")
    assert found["status"] == "error"
    assert 65_530 < len(found["message"].encode()) <= 65_535


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
