"""The notebooks: one source for both languages, built, and executed from the top to the bottom.

A source, `notebooks/source/NN-name.md`, is Markdown as jupytext reads it. Prose stands in regions, English first, each
followed at once by the same in Portuguese; code stands between them and is the same in both:

    <!-- #region lang="en" -->
    The slope of x² at 3 is 6.
    <!-- #endregion -->
    <!-- #region lang="pt" -->
    A inclinação de x² em 3 é 6.
    <!-- #endregion -->
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from parity.environment import HOME
from parity.outputs import write_whole

__all__ = [
    "LANGUAGES",
    "NOTEBOOKS",
    "NotebookError",
    "SourceError",
    "build",
    "check_command",
    "committed",
    "execute",
    "read_source",
    "sources",
    "write",
]

LANGUAGES = ("en", "pt")
NOTEBOOKS = HOME / "notebooks"
TIMEOUT = 600  # seconds for one cell, which is for a machine that hangs, not for one that is slow
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CHECK = re.compile(r'^check\("(?P<file>answer_\d\d\.py)(?P<options>[^"]*)"\)$', re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class SourceError(ValueError):
    """A source that cannot become two notebooks; the message says which and where."""


class NotebookError(RuntimeError):
    """A cell that failed; the message has its code and its traceback."""


def sources() -> list[Path]:
    """All sources, in their order."""
    return sorted((NOTEBOOKS / "source").glob("[0-9][0-9]-*.md"))


def committed(source: Path, lang: str) -> Path:
    """The notebook that stands in the repository, with its outputs."""
    return NOTEBOOKS / lang / f"{source.stem}.ipynb"


def read_source(source: Path) -> Any:
    """The cells of a source, prose in both languages.

    Raises:
        SourceError: prose without a language, or in one language only.
    """
    notebook = jupytext.read(source)
    cells = [cell for cell in notebook.cells if cell.source.strip()]
    spoken = [cell.metadata.get("lang") if cell.cell_type == "markdown" else "code" for cell in cells]
    for index, lang in enumerate(spoken):
        begins = " ".join(cells[index].source.split())[:60]
        if lang not in (*LANGUAGES, "code"):
            raise SourceError(f"{source.name}: prose without a language: {begins!r}")
        if (lang == "en" and spoken[index + 1 : index + 2] != ["pt"]) or (
            lang == "pt" and (index == 0 or spoken[index - 1] != "en")
        ):
            raise SourceError(f"{source.name}: prose in one language only: {begins!r}")
    return cells


def build(source: Path, lang: str) -> Any:
    """The notebook of a source in one language, not executed."""
    cells: list[Any] = []
    for cell in read_source(source):
        if cell.cell_type == "code":
            new = nbformat.v4.new_code_cell(cell.source)
            if cell.source.startswith("%%beside"):
                new.metadata["jupyter"] = {"source_hidden": True}  # its output shows it, in two columns
        elif cell.metadata["lang"] == lang:
            new = nbformat.v4.new_markdown_cell(cell.source)
        else:
            continue
        new["id"] = f"cell-{len(cells):03d}"  # equal bytes for equal sources
        cells.append(new)
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def execute(
    notebook: Any, lang: str, progress: Callable[[int, int], None] | None = None, folder: Path | None = None
) -> Any:
    """Run a notebook from the top to the bottom in a kernel of its own, and return it with its outputs.

    Args:
        notebook: as `build` returns it; it is changed.
        lang: "en" or "pt", which the kernel is told by the name of its folder.
        progress: is called with the number of cells that ran, and of all.
        folder: where the kernel runs and what it writes stays; a folder that is removed when not given.

    Raises:
        NotebookError: a cell failed.
    """
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]

    def ran(cell: Any, cell_index: int) -> None:
        if progress is not None and cell_index in code:
            progress(code.index(cell_index) + 1, len(code))

    with tempfile.TemporaryDirectory(prefix="parity-notebook-") as temporary:
        place = (folder or Path(temporary)) / lang
        place.mkdir(exist_ok=True)
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": str(place)}},
            on_cell_complete=ran,
        )
        try:
            _run(client)
        except CellExecutionError as error:
            raise NotebookError(COLOURS.sub("", str(error))) from error
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return notebook


def _run(client: NotebookClient) -> None:
    """Run the cells in a thread of their own: nbclient takes a Ctrl-C for its own in the main one, and loses it."""
    settings = {"PYTHONHASHSEED": "0", "COLUMNS": "80", "NO_COLOR": "1"}
    with ThreadPoolExecutor(1) as thread:
        cells = client.async_execute(env={**os.environ, **settings}, stderr=DEVNULL)  # the kernel's notices
        done = thread.submit(asyncio.run, cells)
        try:
            done.result()
        except KeyboardInterrupt:
            provisioner = None if client.km is None else client.km.provisioner
            process = getattr(provisioner, "process", None)
            if process is not None:
                process.kill()  # the thread ends when its kernel has died
            raise


def write(notebook: Any, source: Path, lang: str) -> Path:
    """Write an executed notebook into the repository, whole or not at all."""
    file = committed(source, lang)
    file.parent.mkdir(exist_ok=True)
    nbformat.validate(notebook)
    write_whole(file, nbformat.writes(notebook) + "\n")
    return file


def check_command(source: Path) -> tuple[str, list[str]]:
    """The file and the options of the cell with which a notebook's reader checks an answer.

    Raises:
        SourceError: there is no such cell.
    """
    for cell in read_source(source):
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        if found:
            return found["file"], found["options"].split()
    raise SourceError(f"{source.name}: no cell has a line check('answer_NN.py ...')")
