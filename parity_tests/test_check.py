"""`parity check`: the command, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from checking import RIGHT, prepare

from parity.cli import carry_out

QUICK = ["--tier", "limits"]  # which every machine of a developer has


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prepare(monkeypatch, tmp_path)


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
