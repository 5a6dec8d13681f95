"""A submission's files, copied for its worker. They are bytes here: nothing of the student's is parsed or unpacked."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from parity.outputs import CommandError

__all__ = ["SubmissionError", "copy_submission"]

KINDS = (".py", ".ipynb")
FILE_LIMIT = 8 << 20  # bytes; the worker takes fewer, and says so
TOTAL_LIMIT = 32 << 20
COUNT = 2000
DEPTH = 20  # folders in folders; what lies deeper is left out
IMPORTED = re.compile(rb"^\s*(?:from|import)\s+([A-Za-z_]\w*)", re.MULTILINE)


class SubmissionError(CommandError):
    """The submission cannot be handed to a worker."""


def copy_submission(path: Path, folder: Path, alone: bool) -> Path:
    """Copy a file, or a folder's Python files and notebooks, into `folder`; where it is then.

    A file brings the modules beside it that it imports, unless it stands `alone`, as where other students' files lie
    in the same folder. Links are not followed: they could lead to what is not the student's.

    Raises:
        SubmissionError: there is nothing to copy, or too much.
    """
    if not path.exists():
        raise SubmissionError(f"{path}: no such file or folder")
    if path.is_symlink():
        raise SubmissionError(f"{path}: is a link, expected the file or folder itself")
    folder.mkdir(parents=True)
    target = folder / path.resolve().name
    total = 0
    for count, (source, place) in enumerate(_sources(path, target, alone)):
        data = _bytes(source)
        total += len(data)
        if total > TOTAL_LIMIT or count >= COUNT:
            raise SubmissionError(f"{path}: expected at most {COUNT} files and {TOTAL_LIMIT >> 20} MiB")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return target


def _sources(path: Path, target: Path, alone: bool) -> Iterator[tuple[Path, Path]]:
    """Files, and where each goes."""
    if not path.is_dir():
        yield path, target
        if not alone:
            for source in _companions(path):
                yield source, target.parent / source.relative_to(path.parent)
        return
    target.mkdir()
    for source in _inside(path):
        yield source, target / source.relative_to(path)


def _inside(folder: Path) -> Iterator[Path]:
    waiting = [folder]
    while waiting:  # not os.walk, which fails on folders nested a thousand deep
        for entry in sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name):
            path = Path(entry.path)
            if entry.name.startswith((".", "__pycache__")) or entry.is_symlink():
                continue
            if entry.is_dir() and len(path.relative_to(folder).parts) < DEPTH:
                waiting.append(path)
            elif path.suffix in KINDS and not entry.is_dir():
                yield path


def _companions(path: Path) -> Iterator[Path]:
    """The modules and packages beside a file that it names in an import, and those that they name."""
    found: set[Path] = set()
    waiting = [path]
    while waiting and len(found) < COUNT:
        for name in {match.decode() for match in IMPORTED.findall(_bytes(waiting.pop()))}:
            module, package = path.parent / f"{name}.py", path.parent / name
            sources = [module] if module.is_file() else _inside(package) if (package / "__init__.py").is_file() else []
            for source in sources:
                if source not in found and source != path and not source.is_symlink():
                    found.add(source)
                    waiting.append(source)
                    yield source


def _bytes(path: Path) -> bytes:
    """What an ordinary file holds: no link, device or pipe, which might never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        why = "is a link" if path.is_symlink() else f"cannot be read ({error.strerror})"
        raise SubmissionError(f"{path}: {why}") from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SubmissionError(f"{path}: is no ordinary file")
        data = stream.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise SubmissionError(f"{path}: is larger than {FILE_LIMIT >> 20} MiB")
    return data
