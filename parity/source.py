"""The source of a component beside its twin, found by reading the files, so that torch need not be imported."""

from __future__ import annotations

import ast
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from parity.environment import HOME
from parity.registry import components

__all__ = ["STYLE", "Listing", "find_listing", "highlight", "side_by_side", "stylesheet"]

STYLE = "default"  # a Pygments style whose comments keep a contrast of 4.5 on white


@dataclass(frozen=True)
class Listing:
    """Where a component stands, its text, and what it is made from ("nn.Linear"), if it says so."""

    path: str
    line: int
    text: str
    base: str = ""
    kind: str = ""  # "class", "function", "import" or "value"


@cache
def _parse(package: str, module: str) -> tuple[Path, str, dict[str, ast.stmt]]:
    """A module's file, its text, and the statement that binds each public name."""
    path = Path(package, *module.split("."))
    file = HOME / path / "__init__.py" if (HOME / path).is_dir() else HOME / path.with_suffix(".py")
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    bound: dict[str, ast.stmt] = {}
    for statement in ast.parse(text).body:
        for name in _names(statement):
            bound[name] = statement
    return file.relative_to(HOME), text, bound


def _names(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.ClassDef() | ast.FunctionDef():
            return [statement.name]
        case ast.Import() | ast.ImportFrom():
            return [alias.asname or alias.name for alias in statement.names]
        case ast.Assign():
            return [node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def find_listing(package: str, module: str, component: str) -> Listing | None:
    """The lines that define a component in one half, or None where it is missing."""
    name = component.rsplit(".", 1)[-1]
    path, text, bound = _parse(package, module)
    if name not in bound:
        return None
    statement = bound[name]
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(node.lineno for node in decorators)])
    lines = text.splitlines()[first - 1 : statement.end_lineno]
    base = ""
    if isinstance(statement, ast.ImportFrom):  # of a list of imports, the one name
        alias = next(alias for alias in statement.names if name in (alias.asname, alias.name))
        lines = [f"from {statement.module} import {ast.unparse(alias)}"]
        base = f"{statement.module}.{alias.name}"
    elif isinstance(statement, ast.ClassDef) and statement.bases:
        base = ast.unparse(statement.bases[0])
    kinds = {ast.ClassDef: "class", ast.FunctionDef: "function", ast.ImportFrom: "import"}
    return Listing(path.as_posix(), first, "\n".join(lines) + "\n", base, kinds.get(type(statement), "value"))


def side_by_side(component: str) -> tuple[Listing | None, Listing | None]:
    """The component in scratch, and its twin in torch_ref."""
    module = components().get(component, "")
    return find_listing("scratch", module, component), find_listing("torch_ref", module, component)


def highlight(text: str) -> str:
    """HTML spans where a colour says something: names, operators and punctuation stay plain, and the page small."""
    from pygments import lex
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer
    from pygments.token import Name, Operator, Punctuation, Text, Whitespace

    coloured = (Name.Builtin, Name.Class, Name.Decorator, Name.Exception, Name.Function, Operator.Word)
    plain = (Name, Operator, Punctuation, Whitespace)
    tokens = (
        (
            Text
            if any(kind in family for family in plain) and not any(kind in family for family in coloured)
            else kind,
            value,
        )
        for kind, value in lex(text, PythonLexer())
    )
    page = io.StringIO()
    HtmlFormatter(nowrap=True).format(tokens, page)
    return page.getvalue()


def stylesheet(selector: str) -> str:
    """The colours of `highlight`, for a page."""
    from pygments.formatters import HtmlFormatter

    return str(HtmlFormatter(style=STYLE).get_style_defs(selector))
