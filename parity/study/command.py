"""What `parity notebooks` does: runs notebooks from the top to the bottom, and says what came of each."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from parity.outputs import CommandError
from parity.study.notebook import NotebookError, SourceError, build, execute, sources, write
from parity.study.pages import write_pages
from parity.terminal import Steps, progress

__all__ = ["notebooks_command"]


class Shown:
    """Says in the progress how far a notebook has come."""

    def __init__(self, steps: Steps, name: str) -> None:
        self.steps = steps
        self.name = name

    def __call__(self, cell: int, of: int) -> None:
        self.steps.show(f"{self.name}: {cell}/{of}")


def notebooks_command(numbers: Sequence[int], languages: Sequence[str], keep: bool, console: Console) -> int:
    """Run notebooks; 0 when every cell of every one ran.

    Args:
        numbers: which; all when empty.
        languages: "en", "pt" or both.
        keep: whether they are written into the repository, with their outputs, where they ran.
        console: where it is said.

    Raises:
        CommandError: there is no such notebook, or its source is not whole.
    """
    jobs = [(source, lang) for source in _chosen(numbers) for lang in languages]
    failed = 0
    with progress(console, len(jobs)) as steps:
        for source, lang in jobs:
            name = f"{lang}/{source.stem}"
            start = time.monotonic()
            try:
                done = execute(build(source, lang), lang, Shown(steps, name))
            except SourceError as error:
                raise CommandError(str(error)) from error
            except NotebookError as error:
                failed += 1
                console.print(f"FAIL  {name}\n{error}")
            else:
                where = f", written to {os.path.relpath(write(done, source, lang))}" if keep else ""
                console.print(f"ran   {name}, {time.monotonic() - start:.0f} s{where}", soft_wrap=True)
            steps.advance()
    if keep and not failed:
        try:
            write_pages()
        except SourceError as error:
            raise CommandError(str(error)) from error
    console.print(f"{len(jobs) - failed} of {len(jobs)} notebooks ran from the top to the bottom.")
    return 1 if failed else 0


def _chosen(numbers: Sequence[int]) -> list[Path]:
    known = {int(source.name[:2]): source for source in sources()}
    unknown = [number for number in numbers if number not in known]
    if unknown:
        raise CommandError(f"there is no notebook {unknown[0]}, only 1 to {max(known, default=0)}")
    return [known[number] for number in numbers or known]
