"""What a worker sent, looked through before anything else sees it.

A worker runs code that is not trusted, so a reply may be anything that a frame can hold. What leaves here has the
fields that are expected, of the types that are expected, in sizes that are bearable; text has lost what a terminal
would obey and what cannot be written to a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from parity.student.worker.frames import FrameError

__all__ = ["checked_reply", "printable"]

TEXT = 2000  # characters
ENTRIES = 5000  # of a table or a list


def checked_reply(frame: Mapping[str, Any], expected: int) -> dict[str, Any]:
    """The reply to task number `expected`, or to the import (-1) where nothing has been answered yet.

    Raises:
        FrameError: it is something else.
    """
    number = frame.get("number")
    if type(number) is not int or number not in ((0, -1) if expected == 0 else (expected,)):
        raise FrameError(f"expected the reply to task {expected}, got {str(number)[:40]}")
    raised = _or_none(_raised)(frame.get("raised"))
    if number == -1 and raised is None:
        raise FrameError("an import that failed with no exception")
    return {
        "number": number,
        "values": _table(_or_none(_array))(frame.get("values", {})),
        "containers": _table(_text)(frame.get("containers", {})),
        "notes": _table(_text)(frame.get("notes", {})),
        "description": _description(frame.get("description", {})),
        "raised": raised,
    }


def _description(value: Any) -> dict[str, Any]:
    known = {"classes": _table(_table(_list(_text))), "functions": _table(_list(_text))}
    return _fields(value, known) if value else {}


def _raised(value: Any) -> dict[str, Any]:
    step = {"file": _text, "line": _integer, "function": _text, "text": _text}
    known: dict[str, Callable[[Any], Any]] = {
        "stage": _text, "type": _text, "kinds": _list(_text), "message": _text, "module": _or_none(_text),
        "errno": _or_none(_integer), "line": _or_none(_integer), "trace": _list(lambda item: _fields(item, step)),
    }  # fmt: skip
    return _fields(value, known)


def _fields(value: Any, known: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FrameError(f"expected {', '.join(known)}, got {type(value).__name__}")
    return {name: check(value.get(name)) for name, check in known.items()}


def _table(check: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def checked(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > ENTRIES:
            raise FrameError(f"expected a table, got {type(value).__name__}")
        return {_text(key): check(item) for key, item in value.items()}

    return checked


def _list(check: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def checked(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > ENTRIES:
            raise FrameError(f"expected a list, got {type(value).__name__}")
        return [check(item) for item in value]

    return checked


def _or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def _array(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        raise FrameError(f"expected an array, got {type(value).__name__}")
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or abs(value) >= 1 << 31:
        raise FrameError(f"expected a small integer, got {type(value).__name__}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise FrameError(f"expected text, got {type(value).__name__}")
    return printable(value[:TEXT])


def printable(text: str) -> str:
    """Without control characters (a terminal obeys them) and halves of surrogate pairs (no file takes them)."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
