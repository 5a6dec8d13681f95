"""The lines to run by hand: with nothing but NumPy and the student's file they show the numbers of the finding."""

import ast
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from test_diagnosis import LIMITS, SOURCES, STUDENTS, Change, changes, judged, right_source

from parity.student.findings import Finding, Judgement
from parity.student.judge import judge_submission
from parity.student.showing.page import render
from parity.student.showing.reproduce import reproducer
from parity.student.showing.reproducing.fitting import COLUMNS, fitted
from parity.student.showing.reproducing.lines import used
from parity.student.showing.reproducing.numbers import Draws
from parity.student.showing.show import markdown, show
from parity.student.showing.view import cleaned

EXAMPLES = Path(__file__).parent.parent / "examples"
EVERY_SOURCE = (*SOURCES, "unknown_objects", "unknown_arrays")
LONGEST = 40  # lines: a training loop needs a model, a loss and an optimizer

# Runs each program of a list in a name space of its own, and gives back what it printed.
RUN_ALL = """
import contextlib, io, json, os, sys, traceback
printed = []
for folder, code in json.load(sys.stdin):
    os.chdir(folder)
    sys.path[0:0] = [folder]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            exec(compile(code, "by hand", "exec"), {"__name__": "__main__"})
        except Exception:
            print(traceback.format_exc())
    sys.path.remove(folder)
    printed.append(said.getvalue())
assert not {"parity", "scratch", "torch", "torch_ref"} & set(sys.modules)
json.dump(printed, sys.__stdout__)
"""


def run_by_hand(programs: Iterable[tuple[Path, str]]) -> list[str]:
    """What each prints; all in one process, which has neither the suite nor its folder."""
    given = json.dumps([(str(folder), code) for folder, code in programs])
    command = [sys.executable, "-I", "-W", "ignore", "-c", RUN_ALL]
    ended = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found: list[str] = json.loads(ended.stdout)
    return found


def numbers(printed: str) -> list[float]:
    return [float(text) for text in re.findall(r"(?<![\w.])-?(?:\d+\.?\d*(?:e[+-]?\d+)?|nan|inf)(?!\w)", printed)]


def has(printed: str, number: Any) -> bool:
    return any(np.isclose(number, one, rtol=1e-6, atol=1e-12, equal_nan=True) for one in numbers(printed))


def shows(finding: Finding, printed: str) -> bool:
    """The numbers that differ; where there is no one number, what the message says, or what came."""
    if finding.verdict == "ERROR":
        return "Traceback" in printed and finding.message.partition(": ")[2][:60] in printed
    if not printed.startswith("got ") or "expected" not in printed or "Traceback" in printed:
        return False
    if finding.got is not None:
        got, _, expected = printed.rpartition("expected")
        return has(got, finding.got) and has(expected, finding.expected)
    return all(has(printed, number) for number in _told(finding))


def _told(finding: Finding) -> list[float]:
    """The numbers that tell, where no one element of an array does."""
    assert finding.evidence is not None
    got, kind, what = finding.evidence.got, finding.evidence.task["kind"], finding.check.split(".")[-1]
    if kind == "drawing":
        return [float(np.std(finding.evidence.values["result"]))]
    if kind in ("batches", "training"):
        return [float(x) for x in np.ravel(got)]
    if isinstance(got, np.ndarray) and got.shape != finding.evidence.expected.shape:
        return [float(n) for n in got.shape]
    if finding.verdict == "TIMEOUT" or what == "examples":
        return []
    apart = np.argwhere(~np.isclose(got, finding.evidence.expected))[0]
    return [float(side[tuple(apart)]) for side in (got, finding.evidence.expected)]


def failures(judgement: Judgement, folder: Path) -> list[tuple[str, Path, Finding]]:
    return [(judgement.target, folder, finding) for finding in judgement.first_to_fix()]


def check_all(found: list[tuple[str, Path, Finding]]) -> None:
    without = [(target, finding.component, finding.check) for target, _, finding in found if not finding.reproducer]
    assert not without  # there are no exceptions
    printed = run_by_hand((folder, finding.reproducer) for _, folder, finding in found)
    silent = [
        (target, finding.component, finding.check, finding.reproducer, said)
        for (target, _, finding), said in zip(found, printed, strict=True)
        if not shows(finding, said)
    ]
    assert not silent
    for target, _, finding in found:
        assert "parity" not in finding.reproducer, target
        assert finding.reproducer.count("\n") <= LONGEST, target
        long = [line for line in finding.reproducer.split("\n") if len(line) > COLUMNS]
        assert not [line for line in long if not line.startswith("from ")], target


# One of each kind of check in each dialect; the others are among the slow tests.
CHOSEN = (
    ("objects", "batch-mean-twice", "Linear"), ("arrays", "bias-grad-mean", "Linear"),
    ("arrays", "mse-half", "MSELoss"), ("objects", "adam-no-bias-correction", "Adam"),
    ("objects", "grad-overwritten", "Valor"), ("objects", "scheduler-one-early", "StepLR"),
    ("nnfs", "bias-grad-mean", "Linear"), ("functional", "upstream-ignored", "ReLU"),
    ("arrays", "batchnorm-running-var-biased", "BatchNorm1d"), ("objects", "grad-overwritten", "Linear"),
    ("arrays", "weight-not-transposed", "Linear"), ("objects", "zero-grad-missing", "Linear"),
    ("objects", "cached-probabilities-edited", "Softmax"), ("objects", "dropout-in-eval", "Dropout"),
    ("objects", "batchnorm-batch-statistics-in-eval", "BatchNorm1d"),
    ("functional", "batchnorm-batch-statistics-in-eval", "BatchNorm1d"),
    ("arrays", "dropout-keep-probability", "Dropout"), ("nnfs", "dropout-fresh-mask-in-backward", "Dropout"),
    ("nnfs", "mse-half", "MSELoss"), ("nnfs", "adam-no-bias-correction", "Adam"),
    ("functional", "momentum-dampened", "SGD"), ("arrays", "exponential-backward", "Valor"),
    ("exercise", "weights-updated-before-input-grad", "exercises.NeuralNetwork"),
)  # fmt: skip


def test_the_reproducer_shows_the_difference(tmp_path: Path) -> None:
    rows = [change for source in SOURCES for change in changes(source)]
    chosen = [next(c for c in rows if (c.source, c.mistake, c.component) == key) for key in CHOSEN]
    chosen += [change for source in SOURCES if source.startswith("training") for change in changes(source)]
    check_all([found for change in chosen for found in failures(judged(change, tmp_path), tmp_path)])


@pytest.mark.slow
@pytest.mark.parametrize("source", EVERY_SOURCE)
def test_every_wrong_source_has_one(source: str, tmp_path: Path) -> None:
    check_all([found for change in changes(source) for found in failures(judged(change, tmp_path), tmp_path)])


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*_wrong.py")), ids=lambda file: file.stem)
def test_every_wrong_example_has_one(file: Path) -> None:
    check_all(failures(judge_submission(file, "in-process", limits=LIMITS), EXAMPLES))


def as_if_wrong(finding: Finding, target: str, seed: int) -> tuple[Finding, str]:
    """What the lines would be if the last number of this check were another than expected."""
    assert finding.evidence is not None
    got, expected = finding.evidence.got, finding.evidence.expected
    where = tuple(n - 1 for n in got.shape)
    wrong = replace(finding, verdict="FAIL", where=where, got=got[where].item(), expected=expected[where].item())
    return wrong, reproducer(wrong, target, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("name", ["objects", "arrays"])
def test_every_check_of_what_is_right_could_be_run_by_hand(name: str, seed: int) -> None:
    """Evaluation, repeated calls, a second backward, buffers: each gives the number that the worker sent."""
    file = STUDENTS / f"{name}.py"
    findings = judge_submission(file, "in-process", seed=seed).findings
    whole = [f for f in findings if f.verdict == "PASS" and f.evidence and not f.evidence.task.get("random")]
    compared = [f for f in whole if f.evidence and isinstance(f.evidence.got, np.ndarray) and f.evidence.got.size]
    wrong = [as_if_wrong(finding, file.name, seed) for finding in compared]
    assert all(code for _, code in wrong)
    printed = run_by_hand((STUDENTS, code) for _, code in wrong)
    silent = [
        (f.component, f.sample, f.check) for (f, _), said in zip(wrong, printed, strict=True) if not shows(f, said)
    ]
    assert not silent


# --- what is not one Python file


def half() -> Change:
    return next(c for c in changes("arrays") if (c.mistake, c.component) == ("bias-grad-mean", "Linear"))


def test_a_notebook_is_read_cell_by_cell(tmp_path: Path) -> None:
    source = half().write(tmp_path).read_text()
    cells = [
        {"cell_type": "markdown", "source": ["# Layers"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", source]},
    ]
    file = tmp_path / "my layers.ipynb"
    file.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    check_all(failures(judge_submission(file, "in-process", only=("Linear",)), tmp_path))


def test_a_file_whose_name_is_no_name_of_a_module(tmp_path: Path) -> None:
    file = half().write(tmp_path).rename(tmp_path / "lista-2.py")
    check_all(failures(judge_submission(file, "in-process", only=("Linear",)), tmp_path))


@pytest.mark.parametrize("package", [True, False])
def test_a_folder_is_imported_from(package: bool, tmp_path: Path) -> None:
    folder = tmp_path / f"work_{package}"
    folder.mkdir()
    half().write(tmp_path).rename(folder / f"layers_{package}.py")
    if package:
        (folder / "__init__.py").write_text("")
    check_all(failures(judge_submission(folder, "limits", only=("Linear",), limits=LIMITS), tmp_path))


def test_with_an_adapter_of_ones_own(tmp_path: Path) -> None:
    from parity.student.adapters import read_adapter

    (tmp_path / "mine.py").write_text(
        "import numpy as np\nclass Half:\n    def go(self, x): return np.maximum(x, 0) / 2\n"
    )
    (tmp_path / "own.toml").write_text(
        '[components.ReLU]\nclass = ["Half"]\nmake = "m = Class()"\nforward = "output = apart(m, input)"\n'
    )
    (tmp_path / "own.py").write_text("def apart(layer, x):\n    return layer.go(x)\n")
    judgement = judge_submission(tmp_path / "mine.py", "in-process", read_adapter(tmp_path / "own.toml"), ("ReLU",))
    check_all(failures(judgement, tmp_path))
    assert "def apart(" in judgement.first_to_fix()[0].reproducer


# --- the pieces


def test_numbers_are_drawn_as_the_case_draws_them() -> None:
    import zlib

    stream = zlib.crc32(b"batch input 0")
    for given, seed in ((stream, 0), ([stream, 7], 7)):
        for call in (
            "normal(size=(20, 30))",
            "normal(0, 0.5, (20, 30))",
            "uniform(-2, 3, (4, 5))",
            "integers(0, 3, (50,))",
        ):
            expression = f"np.random.default_rng({given}).{call}"
            assert Draws("batch", seed).written(eval(expression), "input 0") == expression
    other = np.random.default_rng(1).normal(size=401)
    assert Draws("batch", 0).said(other, "input 0") is None
    assert Draws("batch", 0).said(other[:400], "input 0")


def test_names_that_are_read_before_they_are_set() -> None:
    assert used("a = b\nc = a\nfor d in e: f = d + f") == {"b", "e"}
    assert used("def g(x):\n    return x + later\nlater = print(g)") == set()
    assert used("output = m(input)") == {"m", "input"}


def test_long_lines_are_broken_inside_brackets() -> None:
    code = f"values = f(a, [{', '.join('1.25' for _ in range(60))}], 'a text, with a comma, that is not broken')\n"
    broken = fitted(code)
    assert ast.dump(ast.parse(broken)) == ast.dump(ast.parse(code))
    assert max(map(len, broken.split("\n"))) <= COLUMNS
    assert fitted("total = first + second\n") == "total = first + second\n"


# --- what is said before them

SAID = {
    "en": "This runs your file directly, outside the isolation.",
    "pt": "Isto executa seu arquivo diretamente, fora do isolamento.",
}


@pytest.mark.parametrize("lang", SAID)
def test_a_page_says_once_that_the_file_is_run(lang: str, tmp_path: Path) -> None:
    file = tmp_path / "two.py"
    wrong = [half(), next(change for change in changes("arrays") if change.component == "Sigmoid")]
    source = right_source("arrays")
    for old, new in (pair for change in wrong for pair in change.lines):
        source = source.replace(old, new)
    file.write_text(source)
    judgement = cleaned(judge_submission(file, "in-process", only=("Linear", "Sigmoid")))
    assert sum(bool(finding.reproducer) for finding in judgement.first_to_fix()) >= 2
    console = Console(width=80, record=True, file=io.StringIO())
    show(judgement, lang, console)
    for page in (console.export_text(), markdown(judgement, lang), render(judgement, lang)):
        assert " ".join(page.split()).count(SAID[lang]) == 1


def test_what_is_copied_from_the_terminal_runs(tmp_path: Path) -> None:
    judgement = cleaned(judged(half(), tmp_path))
    console = Console(width=80, record=True, file=io.StringIO())
    show(judgement, "en", console)
    after = console.export_text().partition(SAID["en"])[2].split("\n")[1:]
    block = takewhile(lambda line: not line or line.startswith("    "), after)
    code = "\n".join(line[4:] for line in block)
    (printed,) = run_by_hand([(tmp_path, code)])
    assert shows(judgement.first_to_fix()[0], printed)
