"""Points and what counts, marks made of findings, and the numbers of a class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from classroom import ESSENTIAL, LINEAR_ONLY, POINTS, record, row

from parity.compare import TOLERANCES
from parity.outputs import CommandError
from parity.student.classes import jobs
from parity.student.classes.export import exercism
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


def test_a_fingerprint_is_of_the_wrong_numbers() -> None:
    def print_of(*got: float, beyond: bool = False) -> dict[str, Any]:
        evidence = Evidence({}, np.array(got), np.array([1.0, 2.0, 3.0]), {}, {})
        allowed = TOLERANCES["float64"]
        failed = Finding("Linear", "batch", "forward", "FAIL", allowed=allowed, beyond=beyond, evidence=evidence)
        return jobs._fingerprints([(0, False, failed)])

    assert print_of(1.0, 2.0, 9.0) == print_of(1.0 + 8e-10, 2.0, 9.0 + 1e-12) != {}
    assert print_of(1.0, 2.0, 9.0) != print_of(1.0, 2.0, 9.1)
    assert print_of(1.0, 2.0, 0.0) == print_of(1.0, 2.0, np.nan) == print_of(1.0, 2.0, 9.0, beyond=True) == {}


def test_points_stand_at_the_first_failed_check() -> None:
    rows = [row(ESSENTIAL[0], "PASS"), row(ESSENTIAL[0], "FAIL"), *(row(s, "PASS") for s in ESSENTIAL[1:])]
    found = with_points(record("ana", *rows), mark(record("ana", *rows), LINEAR_ONLY))
    worth = 4 / len(ESSENTIAL)
    assert [(r["points"], r["max_points"]) for r in found[:3]] == [(0, 0), (0, worth), (worth, worth)]
    assert total(mark(record("ana", *rows), LINEAR_ONLY)) == (4 - worth, 4.0)
    assert exercism(record("ana", *rows), mark(record("ana", *rows), LINEAR_ONLY), "en")["status"] == "fail"
