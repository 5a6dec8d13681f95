"""Small arrays as text: what was expected above what came, cut to the same window, the differing entries marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Tolerance
from parity.compare import TOLERANCES

__all__ = ["Cell", "Grid", "differing", "grids", "number", "plane"]

Array = npt.NDArray[Any]
DIGITS = (6, 9, 12, 17)  # as many as it takes to tell the two apart
ROWS = 6
CUT = "…"
ROOM = 8  # columns for brackets and where it is cut


@dataclass(frozen=True)
class Cell:
    text: str
    marked: bool = False


@dataclass(frozen=True)
class Grid:
    """Lines of cells of equal width. `part` says which part of the array is shown, "" where it is all of it."""

    lines: tuple[tuple[Cell, ...], ...]
    shape: tuple[int, ...]
    part: str = ""

    def rows(self) -> Iterator[list[tuple[str, bool]]]:
        """Each line as pieces of text, marked or not: `[ 0.1  0.2* 0.3 ]`."""
        for line in self.lines:
            pieces = [(cell.text + ("*" if cell.marked else " "), cell.marked) for cell in line]
            yield (
                [("[", False), *pieces, ("]", False)] if self.shape else [(p.lstrip(), marked) for p, marked in pieces]
            )

    def text(self) -> str:
        return "\n".join("".join(piece for piece, _ in row).rstrip() for row in self.rows())


def number(value: Any, digits: int = DIGITS[0]) -> str:
    """A number in few characters; one of a few whole digits stays whole."""
    return f"{value:.{digits}g}" if isinstance(value, float | np.floating) else str(value)


def differing(got: Array, expected: Array, allowed: Tolerance | None) -> npt.NDArray[np.bool_]:
    """The entries outside what is allowed; none where the shapes differ, since then there is nothing to compare."""
    if got.shape != expected.shape:
        return np.zeros(got.shape, np.bool_)
    if got.dtype.kind != "f" or expected.dtype.kind != "f":
        return np.asarray(got != expected)
    tolerance = allowed or TOLERANCES["float64"]
    with np.errstate(all="ignore"):
        return ~np.isclose(got, expected, rtol=tolerance.rtol, atol=tolerance.atol, equal_nan=True)


def grids(arrays: Sequence[Array], marks: npt.NDArray[np.bool_], width: int, rows: int = ROWS) -> list[Grid]:
    """One for each array, in the same window and with as many digits as tell them apart at the marks.

    Arrays whose shape is not that of `marks` have a window and digits of their own.
    """
    focus = tuple(int(i) for i in np.argwhere(marks)[0]) if marks.any() else (0,) * marks.ndim
    alike = [array for array in arrays if array.shape == marks.shape]
    found = []
    for array in arrays:
        of_these = alike if array.shape == marks.shape else [array]
        place = focus if array.shape == marks.shape else (0,) * array.ndim
        found.append(_grid(array, marks if array.shape == marks.shape else None, of_these, place, width, rows))
    return found


def plane(array: Array, focus: tuple[int, ...]) -> Array:
    """The two last axes at the focus; what has fewer becomes a row."""
    return array.reshape(1, -1) if array.ndim < 2 else array[focus[:-2]]


def _grid(
    array: Array, marks: Array | None, alike: Sequence[Array], focus: tuple[int, ...], width: int, rows: int
) -> Grid:
    if array.size == 0:
        return Grid(((Cell(""),),), array.shape)
    flat = plane(array, focus)
    marked = np.zeros(flat.shape, np.bool_) if marks is None else plane(marks, focus)
    row, column = (0, *focus)[-2:] if array.ndim else (0, 0)
    down = _window(row, flat.shape[0], rows)
    digits, (left, right) = _fit([plane(a, focus) for a in alike], marked, down, column, width)
    lines = [[Cell(number(flat[i, j], digits), bool(marked[i, j])) for j in range(left, right)] for i in range(*down)]
    if left > 0:
        lines = [[Cell(CUT), *line] for line in lines]
    if right < flat.shape[1]:
        lines = [[*line, Cell(CUT)] for line in lines]
    widths = [max(len(line[k].text) for line in lines) for k in range(len(lines[0]))]
    aligned = tuple(
        tuple(Cell(cell.text.rjust(wide + 1), cell.marked) for cell, wide in zip(line, widths, strict=True))
        for line in lines
    )
    return Grid(aligned, array.shape, _part(array, focus, down, (left, right)))


def _window(focus: int, size: int, most: int) -> tuple[int, int]:
    """`most` of `size` places, with the focus among them, from the beginning if that will do."""
    start = 0 if focus < most else min(focus - 1, size - most)
    return start, min(start + most, size)


def _fit(
    planes: Sequence[Array], marked: Array, down: tuple[int, int], column: int, width: int
) -> tuple[int, tuple[int, int]]:
    """How many digits, and which columns fit into the width with them."""
    rows = slice(*down)
    digits = next((d for d in DIGITS if _told_apart(planes, marked, rows, d)), DIGITS[-1])
    size = planes[0].shape[1]
    for most in range(min(size, width // 3), 1, -1):
        left, right = _window(column, size, most)
        if sum(_widest(planes, rows, j, digits) + 2 for j in range(left, right)) + ROOM <= width:
            return digits, (left, right)
    return digits, _window(column, size, 1)


def _widest(planes: Sequence[Array], rows: slice, column: int, digits: int) -> int:
    return max(len(number(value, digits)) for array in planes for value in array[rows, column])


def _told_apart(planes: Sequence[Array], marked: Array, rows: slice, digits: int) -> bool:
    if len(planes) < 2:
        return True
    pairs = zip(planes[0][rows][marked[rows]][:50], planes[1][rows][marked[rows]][:50], strict=True)
    return all(number(a, digits) != number(b, digits) for a, b in pairs)


def _part(array: Array, focus: tuple[int, ...], down: tuple[int, int], across: tuple[int, int]) -> str:
    """The part that is shown, as it would be indexed: "[0, :, 2:7]"."""
    spans = [down, across][2 - min(array.ndim, 2) :]
    sizes = array.shape[-2:]
    slices = [":" if s == (0, n) else f"{s[0]}:{s[1]}" for s, n in zip(spans, sizes, strict=True)]
    whole = all(s == ":" for s in slices) and array.ndim <= 2
    return "" if whole else f"[{', '.join([*map(str, focus[:-2]), *slices])}]"
