"""Files that are whole or not there, and the error that a command ends with in one line."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

__all__ = ["CommandError", "check_writable", "dump", "write_whole"]


class CommandError(Exception):
    """The command cannot be carried out; the message is one line that says why."""


def check_writable(path: Path) -> None:
    """Ask before the work begins whether a file can be written at its end.

    Raises:
        CommandError: it cannot; the message says why.
    """
    target = path.resolve()
    if target.is_dir():
        raise CommandError(f"{path}: is a folder, expected the name of a file")
    if not target.parent.is_dir():
        raise CommandError(f"{path}: the folder {target.parent} does not exist")
    if target.exists() and not target.is_file():
        return  # a device or a pipe
    if target.exists() and not os.access(target, os.W_OK):
        raise CommandError(f"{path}: is write-protected")
    probe = _beside(target)
    try:
        probe.touch(exist_ok=False)
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        probe.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write to a temporary name in the same folder and rename it: a reader never sees half a file.

    Raises:
        CommandError: the disk is full, or the folder has gone.
    """
    target = path.resolve()  # a symbolic link stays one
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
            return
        unfinished = _beside(target)
        try:
            unfinished.write_text(text, encoding="utf-8", newline="\n")
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror})") from error


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


def dump(value: Any) -> str:
    """JSON that every reader accepts."""
    return json.dumps(_plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """A value that JSON can hold: NaN and infinities become their names, tuples lists, NumPy's numbers Python's."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
