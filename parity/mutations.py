"""What a mutant is: a file of `scratch` in which one operator or number, or one statement, is another.

Messages, annotations, docstrings, warnings and default arguments are left alone (the last are compared with PyTorch's
one by one in the tests). A mutant is put into the running program by giving the function that is there the code of the
changed one, so that whoever has imported it runs that too.
"""

from __future__ import annotations

import ast
import importlib
import pickle
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["ROOT", "Mutant", "apply", "find_function", "imports", "mutants_of"]

ROOT = Path(__file__).parent.parent / "scratch"
OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
HARMLESS = ("strict", "optimize", "writeable", "stacklevel", "copy")  # keywords that change no number

Place = ast.FunctionDef | ast.Assign | ast.AnnAssign  # what is changed: a function, or a constant beside it


@dataclass(frozen=True)
class Mutant:
    """One change: in which file and function (or constant), and the line before and after.

    `number` counts the changes of one function. `twin` is above 1 where the same line stands there again.
    """

    file: str
    function: str
    before: str
    after: str
    number: int = field(compare=False)
    twin: int = 1

    def __str__(self) -> str:
        again = f" (no. {self.twin})" if self.twin > 1 else ""
        return f"{self.file} {self.function}: {self.before}  ->  {self.after}{again}"


class _Swap(ast.NodeTransformer):
    """Makes the change number `wanted`, if there is one, and remembers the line that it stands in."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.seen = wanted, 0
        self.statement: ast.stmt | None = None  # the innermost one, which is shown
        self.changed: ast.stmt | None = None
        self.before = self.after = ""

    def _now(self) -> bool:
        self.seen += 1
        if self.seen - 1 == self.wanted and self.statement is not None:
            self.changed, self.before = self.statement, ast.unparse(self.statement)
            return True
        return False

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Raise | ast.JoinedStr) or _is_warning(node):
            return node
        if isinstance(node, ast.stmt):
            outer, self.statement = self.statement, node
            found = self._statement(node)
            self.statement = outer
            if self.changed is node:
                self._show(ast.unparse(found))
            return found
        return super().visit(node)

    def _show(self, after: str) -> None:
        """The first line that differs."""
        old, new = self.before.splitlines(), after.splitlines()
        place = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
        self.before, self.after = old[place].strip(), new[place].strip()

    def _statement(self, node: ast.stmt) -> Any:
        removable = isinstance(node, ast.AugAssign) or (
            isinstance(node, ast.Expr)
            and not isinstance(node.value, ast.Constant)
            and "super()" not in ast.unparse(node)  # without it the code would not fit into the running function
            and not _is_warning(node.value)
        )
        if removable and self._now():
            return ast.copy_location(ast.Pass(), node)
        if isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS and self._now():
            node.op = OPERATORS[type(node.op)]()  # type: ignore[assignment]
        if isinstance(node, ast.AnnAssign):
            node.value = self.visit(node.value) if node.value else None
            return node
        if isinstance(node, ast.FunctionDef):
            node.body = [self.visit(part) for part in node.body]
            return node
        return super().visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        if type(node.op) in OPERATORS and self._now():
            node.op = OPERATORS[type(node.op)]()  # type: ignore[assignment]
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        if self._now():
            node.op = OPERATORS[type(node.op)]()  # type: ignore[assignment]
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        for index, operator in enumerate(node.ops):
            if self._now():
                node.ops[index] = OPERATORS[type(operator)]()  # type: ignore[call-overload]
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.USub | ast.Not | ast.Invert) and self._now():
            return node.operand
        return node if isinstance(node.operand, ast.Constant) else self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> Any:
        return node if node.arg in HARMLESS else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool | int | float) and self._now():
            return ast.copy_location(ast.Constant(_another(node.value)), node)
        return node


def _another(number: bool | int | float) -> bool | int | float:
    if isinstance(number, bool):
        return not number
    return number + 1 if number + 1 != number else number / 2  # the latter for what is huge


def _is_warning(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("warnings.warn", "np.errstate")


def _places(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Place]]:
    """Every function and constant of a module and of its classes, with its dotted name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _places(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef) and child.name != "__repr__":
            setter = any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in child.decorator_list)
            yield f"{prefix}{child.name}{'.fset' if setter else ''}", child
        elif isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name):
            yield f"{prefix}{child.targets[0].id}", child
        # Below a class an annotated value is the default of a dataclass's argument.
        elif isinstance(child, ast.AnnAssign) and not prefix and ast.unparse(child.annotation) != "TypeAlias":
            yield f"{ast.unparse(child.target)}", child


def mutants_of(file: str) -> Iterator[Mutant]:
    """Every mutant of a file of `scratch`."""
    twins: Counter[tuple[str, str, str]] = Counter()
    for name, place in _places(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        whole, number = pickle.dumps(place), 0
        while True:
            swap = _Swap(number)
            swap.visit(pickle.loads(whole))  # a copy, and quicker than copy.deepcopy
            if swap.changed is None:
                break
            line = name, swap.before, swap.after
            twins[line] += 1
            yield Mutant(file, *line, number, twins[line])
            number += 1


def _compile(mutant: Mutant) -> CodeType:
    """The module with the change in it."""
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8"))
    place = dict(_places(tree))[mutant.function]
    _Swap(mutant.number).visit(place)
    return compile(ast.fix_missing_locations(tree), str(ROOT / mutant.file), "exec")


def _module(file: str) -> ModuleType:
    return importlib.import_module("scratch." + file.removesuffix(".py").replace("/", "."))


def find_function(namespace: dict[str, Any], name: str) -> Any:
    """What has this dotted name: a function out of its decorators, or a constant."""
    first, *rest = name.split(".")
    found: Any = namespace[first]
    for part in rest:
        found = found.fset if part == "fset" else vars(found)[part]
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    while hasattr(found, "__wrapped__"):
        getattr(found, "cache_clear", int)()
        found = found.__wrapped__
    return found


def apply(mutant: Mutant) -> None:
    """Put the mutant into the running program.

    Raises:
        LookupError: the function is not to be found, or the code does not fit into it.
    """
    module = _module(mutant.file)
    namespace = {"__name__": module.__name__, "__file__": module.__file__}
    exec(_compile(mutant), namespace)
    old, new = find_function(vars(module), mutant.function), find_function(namespace, mutant.function)
    if not isinstance(new, FunctionType):
        for name in _made_of(mutant.file, mutant.function):
            _replace(module, name, find_function(vars(module), name), find_function(namespace, name))
    elif isinstance(old, FunctionType) and old.__code__.co_freevars == new.__code__.co_freevars:
        old.__code__ = new.__code__
    else:
        raise LookupError(f"{mutant}: does not fit into the running program")


def _made_of(file: str, constant: str) -> list[str]:
    """The constant, and those of the same file that are computed from it."""
    found = [constant]
    for name, place in _places(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if not isinstance(place, ast.FunctionDef) and "." not in name and name not in found:
            used = {node.id for node in ast.walk(place) if isinstance(node, ast.Name)}
            found += [name] if used.intersection(found) else []
    return found


def _replace(module: ModuleType, name: str, old: Any, new: Any) -> None:
    """Set a constant wherever it was imported."""
    *classes, last = name.split(".")
    if classes:
        setattr(find_function(vars(module), ".".join(classes)), last, new)
        return
    for holder in [m for key, m in sys.modules.items() if key.startswith("scratch")]:
        if vars(holder).get(last) is old:
            setattr(holder, last, new)


@cache
def imports() -> dict[str, set[str]]:
    """What each module of `scratch` imports of it, by their dotted names."""
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        own = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        found[own] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "scratch":
                package = (node.module or "").removeprefix("scratch").removeprefix(".")
                names = [f"{package}.{alias.name}".removeprefix(".") for alias in node.names]
                found[own] |= {package, *names}
    return found
