"""How the student's code was called, as lines that can be run by hand: they make the reproducer.

`{0}`, `{1}` … stand for the inputs, `{up}` for the gradient from above.
"""

from __future__ import annotations

__all__ = ["note", "taken"]

LONGEST = 200
_LINES: dict[str, str] = {}


def note(what: str, line: str) -> None:
    """The first time is the one that counts."""
    if len(line) <= LONGEST:
        _LINES.setdefault(what, line)


def taken() -> dict[str, str]:
    """What was noted since this was last asked."""
    lines = dict(_LINES)
    _LINES.clear()
    return lines
