"""The command line: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datasets.files import DataError
from parity import cli, commands, run
from parity.cli import carry_out
from parity.outputs import CommandError, check_writable, dump, write_whole
from parity.registry import cases, components
from parity.source import side_by_side

QUICK_RUN = ("run", "--epochs", "20", "--dtype", "float64", "--only", "xor-adam", "linear")


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A narrow pipe, in a folder where nothing is lost."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("PARITY_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)


def error_of(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one line that a command which cannot be carried out ends with."""
    assert carry_out(argv) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("parity: ")
    return lines[0]


def test_run_shows_and_writes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert carry_out([*QUICK_RUN, "--json", "found.json"]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.split("recipe", 1)[1].splitlines())) <= 80
    assert "\x1b" not in printed
    assert "PASS  xor-adam float64: loss within" in printed
    assert "In agreement with PyTorch: 1 training run and 1 component. Details: report.html" in printed
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["schema"] == "parity.result/1"
    assert found["summary"]["passed"] == len(found["results"]) > 100
    assert {(result["component"], result["dtype"]) for result in found["results"]} == {("Linear", "float64")}
    assert [(c["recipe"], c["dtype"], c["steps"], c["verdict"]) for c in found["curves"]] == [
        ("xor-adam", "float64", 20, "PASS")
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.json", "report.html"]


def test_failure_is_shown_and_is_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ValueError("the two runs have different tensors")

    monkeypatch.setattr(run, "compare_curves", broken)
    assert carry_out(["run", "--only", "xor-adam", "--dtype", "float64"]) == 1
    assert "ERROR xor-adam float64: raised ValueError: the two runs have different tensors" in capsys.readouterr().out
    assert "the two runs have different tensors" in Path("report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("rnu", "no command 'rnu'; did you mean 'run'?"),
        ("run --epochs 0", "expected a whole number from 1 on, got '0'"),
        ("run --epochs -5", "expected a whole number from 1 on, got '-5'"),
        ("run --epochs many", "expected a whole number from 1 on, got 'many'"),
        ("run --threads 0", "expected a whole number from 1 on, got '0'"),
        ("run --seed -1", "expected a whole number from 0 on, got '-1'"),
        ("run --seed 18446744073709551616", "expected a whole number from 0 on"),
        ("run --dtype float16", "invalid choice: 'float16'"),
        ("run --only xor-adm", "no recipe and no component 'xor-adm'; did you mean 'xor-adam'?"),
        ("run --only Linaer", "no recipe and no component 'Linaer'; did you mean 'Linear'?"),
        ("run --only xor-valor --dtype float32", "xor-valor is left out: it runs in float64 only"),
        ("run --report nowhere/report.html", "nowhere/report.html: the folder"),
        ("run --report .", ".: is a folder"),
        ("run --json a --report ./a", "expected two files"),
        ("show Linaer", "no component 'Linaer'; did you mean 'Linear'?"),
        ("show", "the following arguments are required: NAME"),
        ("list --json nowhere/list.json", "nowhere/list.json: the folder"),
        ("diverge --recipe xor-adm", "no recipe 'xor-adm'; did you mean 'xor-adam'?"),
        ("diverge --fault nothing-like-it-at-all", "no mistake 'nothing-like-it-at-all'"),
        ("diverge --recipe xor-valor --dtype float32", "xor-valor has no float32, only float64"),
    ],
)
def test_what_cannot_be_done_is_one_line(capsys: pytest.CaptureFixture[str], argv: str, expected: str) -> None:
    assert expected in error_of(capsys, *argv.split())
    assert not list(Path().iterdir())


def raising(error: BaseException) -> Callable[..., int]:
    def raises(*args: object) -> int:
        raise error

    return raises


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DataError("train-images: damaged"), "parity: train-images: damaged"),
        (CommandError("two\nlines"), "parity: two lines"),
        (KeyboardInterrupt(), "parity: interrupted"),
        (KeyError("x"), "parity: unexpected KeyError: 'x' (please report this, with what PARITY_DEBUG=1 prints)"),
    ],
)
def test_how_a_command_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException, expected: str
) -> None:
    monkeypatch.setattr(commands, "data_command", raising(error))
    assert error_of(capsys, "data") == expected


def test_traceback_is_for_those_who_ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "data_command", raising(KeyError("x")))
    monkeypatch.setenv("PARITY_DEBUG", "1")
    assert carry_out(["data"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_unusable_environment_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parity.environment.TORCH", "1.0")
    assert error_of(capsys, "show", "Linear").startswith("parity: torch ")


def test_second_interrupt_leaves_cleaning_up_alone() -> None:
    interrupt = cli._Interrupt()
    with pytest.raises(KeyboardInterrupt):
        interrupt(2, None)
    interrupt(2, None)


def test_interrupted_write_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_whole(target, "old")

    def interrupted(self: Path, *args: object, **kwargs: object) -> None:
        self.write_bytes(b"ne")
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(target, "new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_writing_follows_links_and_leaves_devices_in_place(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    for path in (link, Path("/dev/null")):
        check_writable(path)
        write_whole(path, "text")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "text"
    assert Path("/dev/null").is_char_device()


def test_dump_is_json_that_every_reader_takes() -> None:
    values = {
        "a": (1, np.float32(0.5)),
        "b": [float("inf"), -np.inf, float("nan")],
        "c": None,
        "d": np.zeros(2),
        "e": {3},
    }
    strict = json.loads(dump(values), parse_constant=lambda name: pytest.fail(name))
    assert strict == {"a": [1, 0.5], "b": ["Infinity", "-Infinity", "NaN"], "c": None, "d": [0.0, 0.0], "e": "{3}"}


def test_list_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    status = carry_out(["list", "--no-check", "--json", "list.json"])
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    entries = {
        entry["component"]: entry for entry in json.loads(Path("list.json").read_text(encoding="utf-8"))["components"]
    }
    assert set(entries) == set(components()) | set(cases())
    assert entries["Linear"]["twin"] == "nn.Linear"
    assert status == (0 if set(entries) <= set(cases()) else 1)


@pytest.mark.parametrize("columns", ["80", "140"])
def test_show_gives_both_sources(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert carry_out(["show", "LINEAR"]) == 0
    printed = capsys.readouterr().out
    heading = next(line for line in printed.splitlines() if "scratch/layers/linear.py:" in line)
    assert ("torch_ref/layers/linear.py:" in heading) == (columns == "140")
    assert "F.linear(input, self.weight, self.bias)" in printed
    assert "a bias that cannot be left out" in printed


def test_show_on_a_pipe_is_the_file_itself(capsys: pytest.CaptureFixture[str]) -> None:
    listing, _ = side_by_side("Linear")
    assert listing is not None
    assert max(map(len, listing.text.splitlines())) > 80
    assert carry_out(["show", "Linear"]) == 0
    assert listing.text in capsys.readouterr().out


def test_help_is_quick_and_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "import sys, parity.cli as c; c._parser(); sys.exit(any(m in sys.modules for m in ('numpy', 'torch', 'rich')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(cli.__file__).parents[1], check=False).returncode == 0
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            carry_out([command, "--help"])
        assert f"Example: parity {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        carry_out(["--version"])
    assert capsys.readouterr().out.startswith("parity 0.")
