"""The magic `%%beside`: a cell in two columns, from scratch on the left, PyTorch on the right, and what must be equal.

    %%beside y, x.grad
    # Valor
    x = Valor(3.0)
    y = x * x
    y.backward()
    # PyTorch
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward()

Each side is a small notebook of its own: what ordinary cells define, both see; what a side defines, the other does not
see. So the same names stand on both sides. Ordinary cells reach them as `ours.y` and `theirs.y`. The
expressions in the first line are worked out on both sides, shown, and must be equal.
"""

from __future__ import annotations

import ast
import io
import linecache
from contextlib import redirect_stdout
from html import escape
from typing import Any

import numpy as np
from IPython.core.magic import Magics, cell_magic, magics_class, no_var_expand
from IPython.display import display
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from parity.study.equality import Same, as_array, same

__all__ = ["Beside", "Columns", "Side", "coloured", "ours", "run", "theirs"]

DIVIDER = "# PyTorch"
PLAIN = (
    "margin: 0; text-align: left; overflow-x: auto; font-family: monospace; white-space: pre; background: transparent"
)
BOX = f"{PLAIN}; background: #fafafa; color: #1a1a1a; padding: 0.5em; line-height: 1.25"
CELL = "vertical-align: top; text-align: left; width: 50%"


class Side:
    """The names that one side has defined: `ours.y` is the `y` of the left column."""

    def __init__(self) -> None:
        self.__dict__["_names"] = {}
        self.__dict__["_common"] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise AttributeError(f"no cell in two columns has defined {name!r} on this side")
        return self._names[name]


def run(side: Side, code: str, heading: str, common: dict[str, Any]) -> str:
    """Run a column, and return what it printed, and what its last line is worth.

    What an ordinary cell has defined or changed since the last column stands on both sides.
    """
    names = side._names
    for name, value in common.items():
        if name not in side._common or side._common[name] is not value:
            names[name] = side._common[name] = value
    body = ast.parse(code).body
    last = ast.Expression(body.pop().value) if body and isinstance(body[-1], ast.Expr) else None  # type: ignore[attr-defined]
    file = f"<{heading}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)  # for the lines of a traceback
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(ast.Module(body, []), file, "exec"), names)
        value = None if last is None else eval(compile(last, file, "eval"), names)
        if value is not None:
            print(repr(value))
    return printed.getvalue()


ours, theirs = Side(), Side()


def coloured(code: str) -> str:
    """Python as a box of a page."""
    spans = highlight(code, PythonLexer(), HtmlFormatter(noclasses=True, nowrap=True, style="default"))
    return f"<pre style='{BOX}'>{spans}</pre>"


class Columns:
    """What a cell in two columns shows."""

    def __init__(self, headings: list[str], codes: list[str], printed: list[str]) -> None:
        self.headings = headings
        self.codes = codes
        self.printed = printed
        self.rows: list[tuple[str, list[str], Same]] = []

    def _repr_html_(self) -> str:
        rows = [[f"<b>{escape(heading)}</b>" for heading in self.headings]]
        rows.append([coloured(code) for code in self.codes])
        if any(self.printed):
            rows.append([f"<pre style='{PLAIN}'>{escape(text)}</pre>" for text in self.printed])
        for expression, values, verdict in self.rows:
            left, right = (f"<pre style='{PLAIN}'>{escape(f'{expression} = {value}')}</pre>" for value in values)
            rows.append([left, f"{right} {'✓' if verdict.ok else '✗'} {escape(verdict.words)}"])
        cells = ("".join(f"<td style='{CELL}'>{cell}</td>" for cell in row) for row in rows)
        return f"<table style='width: 100%; table-layout: fixed'>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    def __repr__(self) -> str:
        lines = [f"{heading}:\n{text}" for heading, text in zip(self.headings, self.printed, strict=True) if text]
        lines += [
            f"{expression} = {values[0]} | {values[1]}: {verdict.words}" for expression, values, verdict in self.rows
        ]
        return "\n".join(lines)


@magics_class
class Beside(Magics):
    """`%%beside`."""

    @no_var_expand
    @cell_magic
    def beside(self, line: str, cell: str) -> None:
        """Run the two columns of a cell, show them beside each other, and assert that the named values are equal."""
        headings, codes = _columns(cell)
        expressions = _expressions(line)
        names: dict[str, Any] = self.shell.user_ns  # type: ignore[union-attr]
        common = {name: value for name, value in names.items() if not name.startswith("_")}
        sides = (ours, theirs)
        printed = [run(*column, common) for column in zip(sides, codes, headings, strict=True)]
        shown = Columns(headings, codes, printed)
        for expression in expressions:
            left, right = (eval(expression, side._names) for side in sides)
            values = [_short(left, expression), _short(right, expression)]
            shown.rows.append((expression, values, same(left, right)))
        display(shown)
        apart = [f"{expression}: {verdict.words}" for expression, _, verdict in shown.rows if not verdict.ok]
        if apart:
            raise AssertionError("; ".join(apart))


def _columns(cell: str) -> tuple[list[str], list[str]]:
    """The headings and the code of the two columns. The left one's heading is its first line, a comment."""
    lines = cell.strip("\n").splitlines()
    if lines.count(DIVIDER) != 1 or not lines[0].startswith("# "):
        raise ValueError(f"%%beside: expected a comment as the first line, and one line {DIVIDER!r}")
    middle = lines.index(DIVIDER)
    codes = ["\n".join(part).strip("\n") for part in (lines[1:middle], lines[middle + 1 :])]
    return [lines[0][2:], DIVIDER[2:]], codes


def _expressions(line: str) -> list[str]:
    """`y, f(a, b)` as its two expressions."""
    if not line.strip():
        return []
    tree = ast.parse(f"({line},)", mode="eval").body
    assert isinstance(tree, ast.Tuple)
    return [ast.unparse(part) for part in tree.elts]


def _short(value: Any, expression: str) -> str:
    """A value in a line or a few."""
    if isinstance(value, str | bool | dict | None):
        return str(value) if not isinstance(value, dict) else "{" + ", ".join(value) + "}"
    if as_array(value).ndim == 0:
        return f"{as_array(value).item():.10g}"
    return np.array2string(
        as_array(value), precision=6, threshold=24, edgeitems=2, max_line_width=52, prefix=f"{expression} = "
    )
