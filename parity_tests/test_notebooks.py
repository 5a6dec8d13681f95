"""The notebooks as they stand in the repository: whole, equal in both languages, executed, and solvable."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from parity.registry import components
from parity.study.notebook import (
    LANGUAGES,
    NotebookError,
    SourceError,
    build,
    check_command,
    committed,
    execute,
    read_source,
    sources,
)
from parity.study.pages import glossary, pages

SOURCES = sources()
EACH = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
BOTH = pytest.mark.parametrize("lang", LANGUAGES)
LARGEST = 2_000_000  # bytes
WITH_DIGITS = [source for source in SOURCES if "mnist.load(" in source.read_text(encoding="utf-8")]


def stored(source: Path, lang: str) -> Any:
    return nbformat.read(committed(source, lang), as_version=4)


def code_of(cell: str) -> str:
    """A cell as plain Python: both columns of two, nothing of an answer, no line of magic."""
    if cell.startswith("%%writefile"):
        return ""
    return "\n".join(line for line in cell.splitlines() if not line.startswith("%"))


def test_nineteen_lessons() -> None:
    assert [int(source.name[:2]) for source in SOURCES] == list(range(1, 20))


@EACH
@BOTH
def test_stored_notebook_is_that_of_the_source(source: Path, lang: str) -> None:
    """`parity notebooks --keep` writes it anew."""
    expected = [(cell.cell_type, cell.source, cell.id) for cell in build(source, lang).cells]
    assert [(cell.cell_type, cell.source, cell.id) for cell in stored(source, lang).cells] == expected


@EACH
def test_code_is_the_same_in_both_languages(source: Path) -> None:
    code = [[cell.source for cell in stored(source, lang).cells if cell.cell_type == "code"] for lang in LANGUAGES]
    assert code[0] == code[1]
    assert len([cell for cell in stored(source, "en").cells if cell.cell_type == "markdown"]) == len(
        [cell for cell in stored(source, "pt").cells if cell.cell_type == "markdown"]
    )


@EACH
@BOTH
def test_stored_outputs(source: Path, lang: str) -> None:
    """Every cell has run, in order, without a word on stderr; every picture says in words what it shows."""
    code = [cell for cell in stored(source, lang).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    pictures = [output for output in outputs if any(kind.startswith("image/") for kind in output.get("data", {}))]
    assert pictures, "a lesson without a picture"
    assert all(len(output.data["text/plain"]) > 20 for output in pictures)
    for output in pictures:
        if "image/png" in output.data:
            assert output.metadata["image/png"]["alt"] == output.data["text/plain"]
    assert committed(source, lang).stat().st_size < LARGEST


@pytest.mark.parametrize("source", WITH_DIGITS, ids=lambda source: source.stem)
@BOTH
def test_stored_outputs_are_of_real_digits(source: Path, lang: str) -> None:
    """Of MNIST's; Fashion-MNIST is shown last, and from wherever the notebooks were run."""
    cells = stored(source, lang).cells
    fashion = [index for index, cell in enumerate(cells) if "FashionMNIST" in cell.source and cell.cell_type == "code"]
    printed = json.dumps([cell.get("outputs", []) for cell in cells[: min(fashion, default=len(cells))]])
    assert "MNIST" in printed
    assert "synthetic digits" not in printed


@EACH
def test_defines_nothing_that_the_library_has(source: Path) -> None:
    from parity import plots

    known = {name.rsplit(".", 1)[-1] for name in components()} | {
        name for name in vars(plots) if not name.startswith("_")
    }
    defined = {
        node.name
        for cell in read_source(source)
        if cell.cell_type == "code"
        for node in ast.walk(ast.parse(code_of(cell.source)))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    assert not defined & known


@EACH
def test_begins_with_goals_and_ends_with_exercises(source: Path) -> None:
    cells = read_source(source)
    prose = {lang: [cell.source for cell in cells if cell.metadata.get("lang") == lang] for lang in LANGUAGES}
    number = str(int(source.name[:2]))
    assert prose["en"][0].startswith(f"# {number}. ")
    assert prose["pt"][0].startswith(f"# {number}. ")
    assert "Afterwards you will be able to" in prose["en"][0]
    assert "Ao final, você saberá" in prose["pt"][0]
    assert "## Exercises\n\n1. " in prose["en"][-1]
    assert "## Exercícios\n\n1. " in prose["pt"][-1]
    answer, check = cells[-2:]
    assert answer.source.startswith(f"%%writefile {check_command(source)[0]}")
    assert "raise NotImplementedError" in answer.source
    assert check.source.startswith("check(")


@EACH
def test_claims_are_asserted(source: Path) -> None:
    code = "\n".join(cell.source for cell in read_source(source) if cell.cell_type == "code")
    beside = [line for line in code.splitlines() if line.startswith("%%beside ")]
    expressions = sum(len(ast.parse(f"[{line.removeprefix('%%beside ')}]").body[0].value.elts) for line in beside)  # type: ignore[attr-defined]
    assert beside
    assert expressions + code.count("equal(") + code.count("assert ") >= 6


def test_pages_are_those_of_the_sources() -> None:
    """`parity notebooks --keep` writes them anew."""
    assert {file: file.read_text(encoding="utf-8") for file in pages()} == pages()


def test_glossary_is_met_where_it_says() -> None:
    """The notebook that a term links to uses the word, in both languages."""
    for term in glossary():
        assert term.notebooks, term.name
        for number in term.notebooks:
            for lang in LANGUAGES:
                cells = [c.source for c in read_source(SOURCES[number - 1]) if c.metadata.get("lang") == lang]
                word = term.name[lang].split(" (")[0].lower()
                assert word in " ".join(" ".join(cells).lower().split()), f"{word!r} is not met in notebook {number}"


def _source(folder: Path, text: str) -> Path:
    file = folder / "01-try.md"
    file.write_text(text, encoding="utf-8")
    return file


REGION = '<!-- #region lang="{}" -->\n{}\n<!-- #endregion -->\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (REGION.format("en", "Only English."), "in one language only"),
        (REGION.format("pt", "Só português."), "in one language only"),
        (REGION.format("en", "Hi.") + "\n```python\n1\n```\n\n" + REGION.format("pt", "Oi."), "in one language only"),
        ("No region at all.\n", "without a language"),
        (REGION.format("fr", "Salut."), "without a language"),
    ],
)
def test_source_that_is_not_whole(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_source(_source(tmp_path, text))


def test_claim_that_does_not_hold(tmp_path: Path) -> None:
    """Two columns that differ end the run, and the message has the numbers."""
    cell = "%load_ext parity.study\n```\n\n```python\n%%beside y\n# Python\ny = 1.0\n# PyTorch\ny = 2.0"
    notebook = build(_source(tmp_path, f"```python\n{cell}\n```\n"), "pt")
    with pytest.raises(NotebookError, match="y: DIFERENTES"):
        execute(notebook, "pt")


@pytest.mark.slow
@EACH
@BOTH
def test_runs_from_top_to_bottom(source: Path, lang: str) -> None:
    done = execute(build(source, lang), lang)
    wrong = [output for cell in done.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("source", WITH_DIGITS, ids=lambda source: source.stem)
def test_runs_on_synthetic_digits(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_DATA", str(tmp_path))
    monkeypatch.delenv("PARITY_MNIST_MIRROR", raising=False)
    monkeypatch.delenv("PARITY_FASHION_MNIST_MIRROR", raising=False)
    for variable in ("http_proxy", "https_proxy"):  # nobody listens there: what asks the network gets none
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    done = execute(build(source, "en"), "en")
    assert "synthetic digits" in json.dumps([cell.get("outputs", []) for cell in done.cells])


@pytest.mark.slow
@EACH
def test_exercise_can_be_solved(source: Path, tmp_path: Path) -> None:
    """The model solution passes the reader's own check, and what stands there before does not."""
    name, options = check_command(source)
    command = [sys.executable, "-m", "parity", "check", name, *options]
    skeleton = next(cell.source for cell in read_source(source) if cell.source.startswith("%%writefile"))
    (tmp_path / name).write_text(skeleton.split("\n", 1)[1], encoding="utf-8")
    before = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    shutil.copy(source.parent / "solutions" / f"{source.name[:2]}.py", tmp_path / name)
    after = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (before.returncode, after.returncode) == (1, 0), before.stdout + after.stdout + after.stderr
