"""What `parity check` shows and writes of a judgement, each form against a reader that is not ours."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from checking import LAYERS, prepare, shown
from junitparser import JUnitXml

from parity.cases import Tolerance
from parity.student.adapters import built_in
from parity.student.findings import Diagnosis, Evidence, Finding, Judgement
from parity.student.judge import judge_submission
from parity.student.showing.formats import SCHEMA_FILE, junit, result_json
from parity.student.showing.grids import differing, grids
from parity.student.showing.page import render
from parity.student.showing.show import markdown
from parity.student.showing.view import check_words, cleaned, headline, rows
from parity.summary import Outcome


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prepare(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """Several components with a mistake each, judged once."""
    file = tmp_path_factory.mktemp("submission") / "layers.py"
    file.write_text(LAYERS, encoding="utf-8")
    return judge_submission(file, "limits")


@pytest.mark.parametrize("lang", ["en", "pt"])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_longer_than_80(judgement: Judgement, lang: str, verbose: bool) -> None:
    printed = shown(cleaned(judgement), lang, verbose)
    assert max(map(len, printed.splitlines())) <= 80
    assert not [line for line in printed.splitlines() if line != line.rstrip()]


def test_a_page_says_what_to_fix(judgement: Judgement) -> None:
    printed = shown(cleaned(judgement))
    assert "Found         Linear, Sigmoid, Tanh, Adam\n" in printed
    assert "Sofmax: did you mean Softmax?" in printed
    assert re.search(r"FAIL +Linear +grad\.weight, “batch”: at \[0, 0\] expected -0\.798437, got -0\.15", printed)
    assert "FAIL Linear, the gradient of weight, sample “batch”" in printed
    assert re.search(r"got +\[ -0\.159687\*", printed)
    assert "allowed       1e-12 + 1e-09 × |expected|; the largest difference is " in printed
    assert "layers.py, line 14, in forward" in printed
    assert "raise ValueError(" in printed
    assert "FAIL Adam, parameter 0 after step 2" in printed
    assert "printed by the submission" not in printed
    assert "printed by the submission" in shown(cleaned(judgement), verbose=True)


def test_portuguese(judgement: Judgement) -> None:
    printed = shown(cleaned(judgement), "pt")
    for words in ("dialeto", "isolamento", "esperado", "obtido", "tolerância", "sua linha", "Corrija primeiro: Linear"):
        assert words in printed
    printed = "\n".join(line for line in printed.splitlines() if not line.startswith("    "))  # but for code
    english = ("expected", "allowed", "sample “", "your line", "checks", "Beyond", "dialect:")
    assert not [words for words in english if words in printed]


def test_what_a_submission_says_cannot_steer_a_terminal(judgement: Judgement) -> None:
    raw = next(f for f in judgement.findings if f.verdict == "ERROR")
    hostile = replace(raw, message="a\x1b[2J\x07\u202eb\ud800", name="\x1b]0;x\x07")
    printed = shown(cleaned(replace(judgement, findings=(hostile,), printed="\x1b[2J", found={"Sigmoid": "\x9b31m"})))
    assert all(character.isprintable() or character == "\n" for character in printed)
    printed.encode("utf-8")


def test_the_diagnosis_the_help_and_the_reproducer_are_shown(judgement: Judgement) -> None:
    finding = judgement.first_to_fix()[0]
    likely = Diagnosis("batch-mean-twice", 0.97, "every entry is 5 times PyTorch's", second="mse-half")
    told = replace(finding, diagnosis=likely, help="divide once", reproducer="import numpy as np\nprint(1)")
    printed = shown(replace(judgement, findings=(told,)))
    assert "every entry is 5 times PyTorch's\n                (batch-mean-twice, 97 % sure)" in printed
    assert "mse-half" in printed
    assert "divide once" in printed
    assert "\n    import numpy as np\n    print(1)\n" in printed
    convention = replace(likely, mistake="", convention='MSELoss(reduction="sum")')
    assert "convention" in shown(replace(judgement, findings=(replace(told, diagnosis=convention),)))


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (Finding("A", "s", "forward", "TIMEOUT", message="it used up"), "it did not end in the time allowed"),
        (
            Finding("A", "s", "forward", "EXITED", message="status 0"),
            "it ended the process instead of returning (status 0)",
        ),
        (
            Finding("A", "s", "repeat.forward", "FAIL", message="x"),
            "the same call gives something else the second time",
        ),
        (Finding("A", "s", "unchanged.input", "FAIL", message="x"), "input was changed in place"),
        (Finding("A", "s", "forward", "FAIL", message="expected a NumPy array, got list"), "got list"),
        (Finding("A", "s", "forward", "FAIL", message="as it was written"), "as it was written"),
    ],
)
def test_headlines(finding: Finding, expected: str) -> None:
    assert expected in headline("en", finding)


def test_headlines_of_arrays() -> None:
    def of(got: Any, expected: Any) -> str:
        evidence = Evidence({}, got, np.array(expected), {}, {})
        return headline("en", Finding("A", "s", "forward", "FAIL", allowed=Tolerance(1e-9, 1e-12), evidence=evidence))

    assert of(np.zeros((2, 3)), np.zeros((3, 2))) == "expected shape (3, 2), got (2, 3)"
    assert of(np.zeros(2, np.int64), np.zeros(2)) == "expected dtype float64, got int64"
    assert of(None, np.zeros(2)) == "expected an array, got nothing"
    assert of(np.array([1.0, 2.0]), [1.0, 3.0]) == "at [1] expected 3, got 2 (1 of 2 differ)"
    assert of(np.array(1.00000001), 1.0) == "expected 1, got 1.00000001"


def test_check_words_know_every_check_of_the_answers(judgement: Judgement) -> None:
    for lang in ("en", "pt"):
        for check in {finding.check for finding in judgement.findings} | {
            "again.a",
            "buffer.running_mean",
            "rates.step 3",
            "later.step 1.parameter 0",
        }:
            words = check_words(lang, check)
            assert check == "forward" or words != check, check


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("trajectory.step 3.parameter 0", "parameter 0 after step 3"),
        ("trajectory.step 1.weight.0", "weight.0 after step 1"),
        ("rates.step 2", "the learning rate after step 2"),
        ("eval.grad.input", "evaluation: the gradient of input"),
        ("something.new", "something.new"),
    ],
)
def test_check_words(check: str, words: str) -> None:
    assert check_words("en", check) == words


def test_small_arrays_are_whole_and_large_ones_are_cut_to_what_differs() -> None:
    expected = np.arange(600.0).reshape(20, 30)
    got = expected.copy()
    got[13, 20] += 1e-6
    above, below = grids([expected, got], differing(got, expected, None), 66)
    assert above.part == below.part == "[12:18, 19:29]"
    assert sum(cell.marked for line in below.lines for cell in line) == 1
    assert "410*" in above.text()
    assert "410.000001*" in below.text()  # as many digits as tell them apart
    assert max(map(len, below.text().splitlines())) <= 66
    assert grids([expected[:2, :3]], np.zeros((2, 3), np.bool_), 66)[0].text() == "[  0   1   2 ]\n[ 30  31  32 ]"


# --- what is written


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_json_keeps_to_its_schema(judgement: Judgement) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    written = result_json(cleaned(judgement))
    found = json.loads(written, parse_constant=refuse)
    validator().validate(found)
    written.encode("utf-8")
    (broken,) = [r for r in found["results"] if (r["component"], r["sample"]) == ("Tanh", "worked by hand")]
    assert (broken["got"], broken["max_abs_error"]) == ("NaN", "Infinity")
    assert found["dialect"] in built_in()
    assert found["summary"]["failed"] + found["summary"]["other"] == sum(
        r["verdict"] not in ("PASS", "SKIPPED") and not r["beyond"] for r in found["results"]
    )


def test_the_schema_refuses_what_is_not_a_result(judgement: Judgement) -> None:
    found = json.loads(result_json(cleaned(judgement)))
    found["results"][0]["verdict"] = "FINE"
    found["tier"] = "docker"
    found["extra"] = 1
    assert len(list(validator().iter_errors(found))) == 3


def test_the_schema_holds_for_parity_run() -> None:
    validator().validate(json.loads(json.dumps(Outcome({"version": "0"}, 0).to_json())))


@pytest.mark.parametrize("lang", ["en", "pt"])
def test_junit_is_read_by_others(judgement: Judgement, lang: str) -> None:
    found = JUnitXml.fromstring(junit(cleaned(judgement), lang).encode())
    summary = judgement.summary()
    cases = [case for suite in found for case in suite]
    assert found.tests == len(cases) == len(judgement.findings)
    assert found.failures + found.errors == summary["failed"] + summary["other"] > 0
    assert found.skipped == sum(
        (f.beyond and f.verdict != "PASS") or f.verdict == "SKIPPED" for f in judgement.findings
    )
    assert [suite.name for suite in found] == ["Linear", "Sigmoid", "Tanh", "Adam"]
    failing = next(case for case in cases if case.name == "batch: grad.weight")
    assert "-0.159687" in failing.result[0].text


def test_markdown_holds_no_markup_of_the_submission(judgement: Judgement) -> None:
    names = {"Sigmoid": "a`b|<i>@all"}
    written = markdown(cleaned(replace(judgement, found={**judgement.found, **names})), "en")
    outside = re.sub(r"^(`{3,})text$.*?^\1$", "", written, flags=re.DOTALL | re.MULTILINE)
    outside = re.sub(r"(`+)[^`].*?\1", "", outside)
    for sign in ("<script", "@", "](", "<i>", "http://evil`"):
        assert sign not in outside
    assert r"a`b\|<i>@all" in written
    assert written.count("<details>") == written.count("</details>") == 4


@pytest.mark.parametrize("lang", ["en", "pt"])
def test_the_page_needs_nothing_else_and_escapes_everything(judgement: Judgement, lang: str) -> None:
    page = render(cleaned(judgement), lang)
    assert page == render(cleaned(judgement), lang)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "docstring" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    references = re.findall(r"""(?:src|href)=["']([^"']+)|url\(([^)]+)\)""", page)
    assert not [r for r in references if not re.match(r"#|data:image/png;base64,", "".join(r))]
    assert f'<html lang="{"pt-BR" if lang == "pt" else lang}">' in page


def test_the_page_has_the_pictures_that_help(judgement: Judgement) -> None:
    page = render(cleaned(judgement), "en")
    sections = {part.split('"')[0]: part for part in page.split('<section id="')[1:]}
    assert list(sections) == ["Linear", "Sigmoid", "Tanh", "Adam"]
    labels = {name: re.findall(r'aria-label="([^"]+)"', part) for name, part in sections.items()}
    residual = "The difference got − expected, as a heat map"
    told = [label.split(":")[0] for label in labels["Linear"]]
    assert told == ["expected", "got", residual, f"grad.bias, got − expected {residual}"]
    assert "The other gradients of this sample that differ" in sections["Linear"]
    assert "Right in this sample: forward, grad.input" in sections["Linear"]
    assert not labels["Sigmoid"]
    assert len(labels["Tanh"]) == 3
    assert "part at step 2" in labels["Adam"][0]
    assert len(labels["Adam"]) == 2


def test_rows_are_in_the_learners_order(judgement: Judgement) -> None:
    found = rows(judgement)
    assert [row.component for row in found] == ["Linear", "Sigmoid", "Tanh", "Adam"]
    assert [row.verdict for row in found] == ["FAIL", "ERROR", "FAIL", "FAIL"]
    assert sum(row.passed for row in found) == judgement.summary()["passed"]
