"""Lines that fit a terminal: broken inside brackets, so that what is copied from there still runs."""

from __future__ import annotations

import io
import token
import tokenize
from bisect import bisect_right

__all__ = ["COLUMNS", "fitted"]

COLUMNS = 72  # 80, but for what they are moved in
DEEPER = 4
STARTS, ENDS = (token.LPAR, token.LSQB, token.LBRACE), (token.RPAR, token.RSQB, token.RBRACE)


def fitted(code: str) -> str:
    """The same program, without a line that is too long where it can be broken."""
    places = _places(code)
    lines = code.split("\n")
    return "\n".join(
        piece for row, line in enumerate(lines, start=1) for piece in _broken(line, places.get(row, []))
    )  # fmt: skip


def _places(code: str) -> dict[int, list[int]]:
    """In each row the columns at which a token begins inside brackets, after a space."""
    found: dict[int, list[int]] = {}
    depth = 0
    lines = code.split("\n")
    for piece in tokenize.generate_tokens(io.StringIO(code).readline):
        row, column = piece.start
        if depth and column and lines[row - 1][column - 1] == " " and lines[row - 1][:column].strip():
            found.setdefault(row, []).append(column)
        depth += (piece.exact_type in STARTS) - (piece.exact_type in ENDS)
    return found


def _broken(line: str, places: list[int]) -> list[str]:
    inside = len(line) - len(line.lstrip())
    pieces: list[str] = []
    start = 0
    while len(line) - start + (inside + DEEPER if pieces else 0) > COLUMNS:
        room = start + COLUMNS - (inside + DEEPER if pieces else 0)
        later = [place for place in places if place > start]
        if not later:
            break
        end = later[max(bisect_right(later, room) - 1, 0)]
        pieces.append(line[start:end].rstrip())
        start = end
    pieces.append(line[start:])
    return [piece if number == 0 else " " * (inside + DEEPER) + piece for number, piece in enumerate(pieces)]
