"""`parity check`: what it shows, what it writes, and how it ends."""

from __future__ import annotations

import io
import json
import re
import signal
import string
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import psutil
import pytest
from junitparser import JUnitXml
from rich.console import Console

from parity.cases import Tolerance
from parity.cli import carry_out
from parity.student.adapters import built_in
from parity.student.curriculum import ordered_components, samples
from parity.student.findings import Diagnosis, Evidence, Finding, Judgement
from parity.student.judge import judge_submission
from parity.student.messages import CATALOGUES, find_language, sample_words
from parity.student.showing.formats import SCHEMA_FILE, junit, result_json
from parity.student.showing.grids import differing, grids
from parity.student.showing.page import render
from parity.student.showing.show import markdown, show
from parity.student.showing.view import check_words, cleaned, headline, rows
from parity.summary import Outcome

RIGHT = '''
import numpy as np
class ReLU:
    """<script>alert("docstring")</script>"""
    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0.0)
    def backward(self, g):
        return g * self.mask
'''
WRONG = RIGHT.replace("x > 0", "x >= 0").replace("np.where(self.mask, x, 0.0)", "np.where(self.mask, 2 * x, 0.0)")
LAYERS = """
import numpy as np
class Linear:
    def __init__(self, in_features, out_features, bias=True):
        self.weight, self.bias = np.zeros((out_features, in_features)), np.zeros(out_features)
    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias
    def backward(self, g):
        self.weight_grad, self.bias_grad = g.T @ self.x / len(g), g.mean(0)
        return g @ self.weight
class Sigmoid:
    def forward(self, x):
        raise ValueError("<script>alert(1)</script> \\x1b[2J \\ud800 `@someone` | [link](http://evil)")
    def backward(self, g):
        return g
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        self.y[0] = np.nan
        return self.y
    def backward(self, g):
        return g
class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.m, self.v = [0.0 for _ in params], [0.0 for _ in params]
    def step(self):
        for i, p in enumerate(self.params):
            self.m[i] = self.betas[0] * self.m[i] + (1 - self.betas[0]) * p.grad
            self.v[i] = self.betas[1] * self.v[i] + (1 - self.betas[1]) * p.grad**2
            m, v = self.m[i] / (1 - self.betas[0]), self.v[i] / (1 - self.betas[1])
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)
class Sofmax:
    def forward(self, x): return x
    def backward(self, g): return g
print("printed by the submission")
"""
QUICK = ["--tier", "limits"]  # which every machine of a developer has


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A narrow pipe, an English locale, in a folder where nothing is lost."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("PARITY_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, code in (("right.py", RIGHT), ("wrong.py", WRONG), ("layers.py", LAYERS)):
        Path(name).write_text(code, encoding="utf-8")


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """Several components with a mistake each, judged once."""
    file = tmp_path_factory.mktemp("submission") / "layers.py"
    file.write_text(LAYERS, encoding="utf-8")
    return judge_submission(file, "limits")


def shown(judgement: Judgement, lang: str = "en", verbose: bool = False) -> str:
    page = io.StringIO()
    show(judgement, lang, Console(width=80, highlight=False, emoji=False, markup=False, file=page), verbose)
    return page.getvalue()


def error_of(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one line that a command which cannot be carried out ends with."""
    assert carry_out(["check", *argv]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    (line,) = captured.err.splitlines()
    assert line.startswith("parity: ")
    return line


# --- the command


def test_right_submission_is_a_short_calm_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "right.py", *QUICK]) == 0
    printed = capsys.readouterr().out
    assert "right.py · dialect: " in printed
    assert "isolation: limits" in printed
    assert re.search(r"PASS +ReLU +\d+ checks", printed)
    assert re.search(r"All \d+ checks passed\.", printed)
    assert len(printed.splitlines()) < 15
    assert "\x1b" not in printed


def test_wrong_submission_is_explained_and_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "wrong.py", *QUICK]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"FAIL +ReLU +forward, “worked by hand”: at \[2\] expected 3, got 6", printed)
    assert "expected      shape (3,)\n                [ 0  0  3*]\n" in printed
    assert "Fix first: ReLU, forward, sample “worked by hand”." in printed


def test_the_strongest_tier_that_works_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "right.py"]) == 0
    assert "in-process" not in capsys.readouterr().out


def test_in_process_is_not_for_grades(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "right.py", "--tier", "in-process"]) == 0
    assert "isolation: in-process, not for grades" in " ".join(capsys.readouterr().out.split())


def test_only_what_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "layers.py", *QUICK, "--only", "linear"]) == 1
    printed = capsys.readouterr().out
    assert "Linear" in printed
    assert "Adam" not in printed


def test_what_is_asked_for_and_absent_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "right.py", *QUICK, "--only", "Softmax", "ReLU"]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"MISSING +Softmax +names: Softmax was asked for, and is not here", printed)
    assert re.search(r"PASS +ReLU", printed)


def test_strict_counts_what_lies_beyond(capsys: pytest.CaptureFixture[str]) -> None:
    masked = RIGHT.replace("np.where(self.mask, x, 0.0)", "x * self.mask")  # infinity times zero, in the sample "edges"
    Path("masked.py").write_text(masked, encoding="utf-8")
    assert carry_out(["check", "masked.py", *QUICK]) == 0
    assert "Beyond what a course asks (not counted)\n  ReLU          edges (forward)" in capsys.readouterr().out
    assert carry_out(["check", "masked.py", *QUICK, "--strict"]) == 1
    assert "Beyond" not in capsys.readouterr().out


def test_another_seed_asks_torch(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "right.py", *QUICK, "--seed", "7", "--json", "seven.json"]) == 0
    assert "seed: 7" in capsys.readouterr().out
    assert json.loads(Path("seven.json").read_text(encoding="utf-8"))["seed"] == 7


def test_a_dialect_or_an_adapter_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["check", "right.py", *QUICK, "--dialect", "ours"]) == 0
    Path("mine.py").write_text(RIGHT.replace("ReLU", "Retificador"), encoding="utf-8")
    Path("adapter.toml").write_text(
        '[components.ReLU]\nclass = ["Retificador"]\nmake = "m = Class()"\nforward = "output = m.forward(input)"\n'
        'backward = "found = m.backward(grad_output)"\ninputs = "found"\n',
        encoding="utf-8",
    )
    assert carry_out(["check", "mine.py", *QUICK, "--adapter", "adapter.toml"]) == 0
    assert "ReLU ← Retificador" in capsys.readouterr().out


def test_nothing_known_suggests_an_adapter(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.py").write_text("class Xyzzy: pass\n", encoding="utf-8")
    assert carry_out(["check", "other.py", *QUICK]) == 1
    printed = capsys.readouterr().out
    assert "nothing here has a name that is known" in printed
    assert "`parity init other.py`" in printed


def test_a_folder_and_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("submission")
    folder.mkdir()
    (folder / "relu.py").write_text(RIGHT, encoding="utf-8")
    cell = {"cell_type": "code", "source": RIGHT.splitlines(keepends=True), "metadata": {}, "outputs": []}
    Path("book.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}), encoding="utf-8")
    assert carry_out(["check", "submission", *QUICK]) == 0
    assert carry_out(["check", "book.ipynb", *QUICK]) == 0
    assert capsys.readouterr().out.count("PASS    ReLU") == 2


def test_a_syntax_error_is_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.py").write_text("class ReLU\n", encoding="utf-8")
    assert carry_out(["check", "broken.py", *QUICK]) == 1
    printed = capsys.readouterr().out
    assert "SyntaxError: expected ':'" in printed
    assert "    broken.py, line 1\n        class ReLU\n" in printed


def test_an_error_in_a_notebook_shows_the_line_of_its_cell(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [{"cell_type": "code", "source": source} for source in (["import numpy as np"], ["# two\n", "np.nothing"])]
    Path("book.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert carry_out(["check", "book.ipynb", *QUICK]) == 1
    assert "    book.ipynb, cell 2, line 2\n        np.nothing\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("nowhere.py", "nowhere.py: no such file or folder"),
        ("empty", "empty: expected a .py file, a notebook (.ipynb) or a folder of them, found none in it"),
        ("notes.txt", "notes.txt: expected a .py file"),
        ("binary.py", "binary.py: is not Python but something binary"),
        ("zeros.py", "zeros.py: is not Python but something binary"),
        ("broken.ipynb", "broken.ipynb: is not a notebook (JSONDecodeError"),
        ("list.ipynb", "list.ipynb: is not a notebook (TypeError"),
        ("deep.ipynb", "deep.ipynb: is not a notebook (RecursionError"),
        ("prose.ipynb", "prose.ipynb: has no code cell"),
        ("large.py", "large.py: is larger than 4 MiB"),
        ("right.py --adapter notes.txt", "notes.txt: "),
        ("right.py --adapter nowhere.toml", "nowhere.toml: "),
        ("right.py --dialect nnsf", "no dialect 'nnsf'; did you mean 'nnfs'?"),
        ("right.py --dialect ours --adapter x.toml", "expected one of them"),
        ("right.py --only Linaer", "no component 'Linaer'; did you mean 'Linear'?"),
        ("right.py --tier docker", "invalid choice: 'docker'"),
        ("right.py --lang fr", "invalid choice: 'fr'"),
        ("right.py --seed -1", "expected a whole number from 0 on"),
        ("right.py --json nowhere/found.json", "nowhere/found.json: the folder"),
        ("right.py --html empty", "empty: is a folder"),
        ("right.py --junit right.py", "--junit: right.py would be written over"),
        ("right.py --json a --html ./a", "--html: a is asked for twice"),
        ("", "the following arguments are required: FILE"),
    ],
)
def test_what_cannot_be_done_is_one_line(capsys: pytest.CaptureFixture[str], argv: str, expected: str) -> None:
    Path("empty").mkdir()
    Path("notes.txt").write_text("not TOML", encoding="utf-8")
    Path("binary.py").write_bytes(b"\x89PNG\xff\xfe")
    Path("zeros.py").write_bytes(b"x = 1\0")
    Path("broken.ipynb").write_text("{", encoding="utf-8")
    Path("list.ipynb").write_text("[1]", encoding="utf-8")
    Path("deep.ipynb").write_text("[" * 100_000, encoding="utf-8")
    Path("prose.ipynb").write_text('{"cells": [{"cell_type": "markdown", "source": []}]}', encoding="utf-8")
    Path("large.py").write_bytes(b"#" * (4 << 20) + b"\n")
    before = sorted(Path().iterdir())
    assert expected in error_of(capsys, *argv.split())
    assert sorted(Path().iterdir()) == before


def test_colours_are_for_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    carry_out(["check", "wrong.py", *QUICK])
    assert "\x1b[1;31mFAIL" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    carry_out(["check", "wrong.py", *QUICK])
    assert not re.search(r"\x1b\[[\d;]*3\d", capsys.readouterr().out)


def test_no_torch_and_no_pictures_are_imported() -> None:
    code = (
        "import sys; from parity.cli import carry_out; status = carry_out(sys.argv[1:]); "
        "print(status, sorted({'torch', 'matplotlib', 'jinja2', 'watchfiles'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, "check", "wrong.py", "--json", "found.json", "--junit", "found.xml"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1] == "1 []", ran.stdout + ran.stderr


def test_init_drafts_an_adapter(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(RIGHT.replace("class ReLU", "class MyReLU"), encoding="utf-8")
    assert carry_out(["init", "mine.py"]) == 0
    assert "parity check mine.py --adapter" in " ".join(capsys.readouterr().out.split())
    assert "MyReLU" in Path("adapter.toml").read_text(encoding="utf-8")
    assert carry_out(["init", "mine.py"]) == 2
    assert "is there already" in capsys.readouterr().err


# --- a process that goes on


def start(*argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "parity", "check", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], wanted: str) -> str:
    """Lines up to one with the text."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if wanted in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def test_watch_checks_again_when_the_file_is_saved() -> None:
    with start("wrong.py", "--watch", *QUICK, "--json", "found.json") as process:
        try:
            assert "FAIL    ReLU" in read_until(process, "Watching wrong.py. Ctrl-C ends.")
            time.sleep(0.3)
            Path("other.py").write_text("saved too, and none of our business", encoding="utf-8")
            time.sleep(0.8)
            Path("half.py").write_text(RIGHT, encoding="utf-8")
            Path("half.py").replace("wrong.py")  # as editors save
            again = read_until(process, "Watching wrong.py.")
            assert re.search(r"─ wrong\.py, saved at \d\d:\d\d:\d\d ─", again)
            assert "PASS    ReLU" in again
            assert json.loads(Path("found.json").read_text(encoding="utf-8"))["summary"]["failed"] == 0
            Path("wrong.py").write_bytes(b"\xff")
            assert "parity: wrong.py: is not Python" in read_until(process, "Watching wrong.py.")
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert process.stderr is not None
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_interrupt_ends_in_one_line_and_leaves_nothing() -> None:
    Path("slow.py").write_text("open('started', 'w'); import time; time.sleep(60)", encoding="utf-8")
    Path("slow.py").write_text("import time\ntime.sleep(60)", encoding="utf-8")
    with start("slow.py", *QUICK, "--json", "found.json") as process:
        try:
            family: list[psutil.Process] = []
            deadline = time.monotonic() + 20
            while not family and time.monotonic() < deadline:
                time.sleep(0.1)
                family = psutil.Process(process.pid).children(recursive=True)
            time.sleep(0.3)
            family = psutil.Process(process.pid).children(recursive=True) or family
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (2, "", "parity: interrupted\n")
    assert family
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert not Path("found.json").exists()


# --- what is shown


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


def test_the_languages_have_the_same_words_to_fill_in() -> None:
    def places(lang: str) -> dict[str, set[str | None]]:
        def walk(table: dict[str, Any], at: str) -> dict[str, set[str | None]]:
            found: dict[str, set[str | None]] = {}
            for key, value in table.items():
                if isinstance(value, dict):
                    found |= walk(value, f"{at}.{key}")
                else:
                    found[f"{at}.{key}"] = {
                        name for _, name, _, _ in string.Formatter().parse(value) if name is not None
                    }
            return found

        return walk(tomllib.loads((CATALOGUES / f"{lang}.toml").read_text(encoding="utf-8"))["show"], "show")

    assert places("en") == places("pt")


def test_what_is_translated_is_what_the_samples_say() -> None:
    said = {sample.exposes for name in ordered_components() for sample in samples(name)}
    translated = tomllib.loads((CATALOGUES / "samples.pt.toml").read_text(encoding="utf-8"))
    assert not set(translated) - said
    assert all(translated.values())
    assert sample_words("pt", "no sample says this") == ""


def test_the_language_is_that_of_the_locale() -> None:
    assert find_language({"LANG": "pt_BR.UTF-8"}) == "pt"
    assert find_language({"LANG": "pt_PT", "LC_ALL": "C"}) == "en"
    assert find_language({"LANG": "fr_FR"}) == find_language({}) == "en"


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
