"""Sources of the library, shown where they are explained: a notebook defines nothing that exists."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from parity.source import side_by_side
from parity.study.beside import Columns, coloured

__all__ = ["Code", "source", "twins"]


class Code:
    """Lines of Python, as a page shows them."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return coloured(self.text)

    def __repr__(self) -> str:
        return self.text


def source(thing: Any, *, docstring: bool = False) -> Code:
    """Show the source of a class, a function or a method of the library, without its docstring unless asked for.

    Example:
        >>> from scratch import Valor
        >>> "def zero_grad" in source(Valor.zero_grad).text
        True
    """
    text = textwrap.dedent(inspect.getsource(thing))
    return Code(text if docstring else _without_docstrings(text))


def twins(component: str, *, docstring: bool = False) -> Columns:
    """Show a component's source in `scratch` beside its twin in `torch_ref`, as `parity show` does.

    Raises:
        ValueError: there is no such component.
    """
    listings = side_by_side(component)
    if None in listings:
        raise ValueError(f"twins: no component is named {component!r}; `parity list` names them")
    found = [listing for listing in listings if listing is not None]
    texts = [listing.text if docstring else _without_docstrings(listing.text) for listing in found]
    return Columns([f"{listing.path}:{listing.line}" for listing in found], texts, ["", ""])


def _without_docstrings(text: str) -> str:
    """The same lines without the docstrings of its classes and functions."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or ast.get_docstring(node) is None:
            continue
        only = len(node.body) == 1
        for index in range(node.body[0].lineno - 1, node.body[0].end_lineno or 0):
            lines[index] = " " * node.body[0].col_offset + "...\n" if only and index == node.body[0].lineno - 1 else ""
    return "".join(lines).replace("\n\n\n", "\n\n")
