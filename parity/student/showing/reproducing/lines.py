"""A program out of lines: what they use, and do not make themselves, is put before them."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from parity.student.showing.reproducing.fitting import fitted
from parity.student.showing.reproducing.numbers import written
from parity.student.worker.adapter import PROVIDED

__all__ = ["Lines", "inlined", "spelled", "statements", "used"]

LIBRARY = ("inspect", "json", "random", "time")  # modules that lines may use
FROM = {"SimpleNamespace": "types"}  # and what they use of others
INPUTS = ("input",)  # a builtin's name, which is an argument's here
SHORT = 40  # characters of a value that stands where it is used
INSIDE = (ast.For, ast.comprehension, ast.FunctionDef, ast.Lambda)

NOTEBOOK = """for cell in json.load(open({file!r}, encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        lines = "".join(cell["source"]).split("\\n")
        exec("\\n".join(x for x in lines if x.lstrip()[:1] not in ("%", "!")))"""


class Lines:
    """What is known besides the student's names: values as text, and the definitions that the adapter brings."""

    def __init__(self, target: str, notes: Mapping[str, str], helpers: str = "") -> None:
        self.target, self.module = target, str(notes.get("module", ""))
        self.values: dict[str, str | None] = {}
        self.defined = _definitions(helpers)

    def program(self, body: Iterable[str]) -> str:
        """The lines with everything that they need.

        Raises:
            ValueError: they need something that only the worker has.
        """
        code = "\n".join(body)
        own, helpers, wanted = self._before(code)
        if worker := sorted((wanted & set(PROVIDED)) - {"np"}):
            raise ValueError(f"it needs the worker's {', '.join(worker)}")
        head, more = self._imports(sorted(wanted - {"np", *LIBRARY, *FROM}))
        start = [f"import {name}" for name in sorted({*(wanted & set(LIBRARY)), *more})]
        start += [f"from {FROM[name]} import {name}" for name in sorted(wanted & set(FROM))]
        start += ["", "import numpy as np"] if start and "np" in wanted else ["import numpy as np"] * ("np" in wanted)
        gap = [""] if start and head and not head[0].startswith("from ") else []
        parts = ["\n".join([*start, *gap, *head]), *helpers, "\n".join([*own, code])]
        return fitted("\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n")

    def _before(self, code: str) -> tuple[list[str], list[str], set[str]]:
        """Values and helpers in the order in which they are wanted, and the names that are wanted besides."""
        values: dict[str, str] = {}
        helpers: dict[str, str] = {}
        wanted: set[str] = set()
        made = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)} - used(code)
        waiting = sorted(used(code), key=lambda name: [*self.values].index(name) if name in self.values else -1)
        while waiting:
            name = waiting.pop(0)
            if name in values or name in helpers or name in wanted:
                continue
            if name in self.values:
                text = self.values[name]
                if text is None:
                    raise ValueError(f"{name} cannot be written down")
                values[name] = f"{name} = {text}"
                waiting += sorted(used(text))
            elif name in self.defined:
                helpers[name] = self.defined[name]
                waiting += sorted(used(self.defined[name]) - made)  # a function finds those when it is called
            else:
                wanted.add(name)
        return [*values.values()], [*reversed(helpers.values())], wanted

    def _imports(self, names: list[str]) -> tuple[list[str], set[str]]:
        """How the student's names are reached, and the modules of the standard library that this takes."""
        path = PurePath(self.target)
        if path.suffix == ".ipynb":
            return NOTEBOOK.format(file=self.target).split("\n"), {"json"}
        if not names:
            return [], set()
        listed = ", ".join(names)
        if path.suffix == ".py" and path.stem.isidentifier():
            return [f"from {path.stem} import {listed}"], set()
        if path.suffix == ".py":
            told = [f"theirs = runpy.run_path({self.target!r})"]
            return [*told, *(f"{name} = theirs[{name!r}]" for name in names)], {"runpy"}
        known = all(part.isidentifier() for part in self.module.split("."))
        if not known or self.module.startswith("submission"):
            raise ValueError("nobody knows in which file of the folder it is")
        if self.module.split(".")[0] == self.target:
            return [f"from {self.module} import {listed}"], set()
        return [f"sys.path.insert(0, {self.target!r})", f"from {self.module} import {listed}"], {"sys"}


def used(code: str) -> set[str]:
    """The names that a statement reads before any other has set them; a function reads when it is called."""
    made: set[str] = set()
    found: set[str] = set()
    late: set[str] = set()
    for statement in ast.parse(code).body:
        nodes = list(ast.walk(statement))
        read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        # What a loop, a function or a comprehension reads, it may have set itself.
        inside = stored if any(isinstance(node, INSIDE) for node in nodes) else set()
        wanted = read - made - inside - _bound(nodes) - {node.arg for node in nodes if isinstance(node, ast.arg)}
        if isinstance(statement, ast.ClassDef | ast.FunctionDef):
            late |= wanted
        else:
            found |= wanted
        made |= stored | _bound(nodes)
    return {name for name in found | (late - made) if name in INPUTS or not hasattr(builtins, name)}


def _bound(nodes: Iterable[ast.AST]) -> set[str]:
    """Names of functions, classes and imports."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return found


def statements(code: str) -> Iterator[tuple[ast.stmt, str]]:
    """Each with its text."""
    for statement in ast.parse(code).body:
        yield statement, ast.get_source_segment(code, statement) or ast.unparse(statement)


def _definitions(helpers: str) -> dict[str, str]:
    """Functions, classes and imports by name."""
    found: dict[str, str] = {}
    for statement, text in statements(helpers):
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = re.sub(r'\n    """.*?"""\n\n?', "\n", text, count=1, flags=re.DOTALL)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0]: text for alias in statement.names}
    return found


def spelled(given: Mapping[str, Any]) -> str:
    """Arguments as they stand in a call."""
    return ", ".join(f"{key}={written(value)}" for key, value in given.items())


class _Inlined(ast.NodeTransformer):
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in self.texts:
            return ast.parse(self.texts[node.id], mode="eval").body
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Tuple) and isinstance(node.slice, ast.Constant):
            return node.value.elts[int(str(node.slice.value))]
        return node


def inlined(code: str, known: Mapping[str, Any]) -> str:
    """With values in the place of their names: a parameter may have the name of an argument."""
    texts: dict[str, str] = {}
    for name, value in known.items():
        with suppress(ValueError):  # it stays a name
            texts[name] = written(value)
    texts = {name: text for name, text in texts.items() if len(text) <= SHORT}
    return ast.unparse(_Inlined(texts).visit(ast.parse(code))) if any(name in code for name in texts) else code
