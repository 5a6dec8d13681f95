"""Mutation testing: change one operator or number of `scratch` at a time, and see whether the table notices.

    python -m parity.mutants layers/linear.py losses
    python -m parity.mutants --sample 40 --json mutants.json

A mutant is killed when some sample of the components that depend on its file fails, or takes a minute. Those that live
are printed; the ones that compute the same thing in every case, or are caught by other tests, stand in
`parity_tests/survivors.json` with the reason. Messages, annotations, docstrings and default arguments are left alone
(the last are compared with PyTorch's one by one in the tests). mutmut and cosmic-ray start pytest for every mutant,
which takes seconds; here a mutant is a process forked from one that has imported everything and has run PyTorch's half.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from rich.console import Console

from parity import observe_module
from parity.cases import Case
from parity.checks import check_error, judge
from parity.observation import Observation
from parity.observe import observe
from parity.registry import cases, components
from parity.sides import ScratchSide, TorchSide
from parity.terminal import make_console, progress

__all__ = ["Mutant", "main", "mutants_of"]

ROOT = Path(__file__).parent.parent / "scratch"
SURVIVORS = Path(__file__).parent.parent / "parity_tests" / "survivors.json"
SECONDS = 60
MEMORY = 8 << 30  # bytes of address space; a wrong shape can ask for any amount
OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip

HARMLESS = ("strict", "optimize", "writeable", "stacklevel", "copy")  # keywords that change no number


@dataclass(frozen=True)
class Mutant:
    """One change: in which file and function, and the statement before and after."""

    file: str
    function: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file} {self.function}: {self.before}  ->  {self.after}"


class _Swap(ast.NodeTransformer):
    """Makes the change number `wanted` to one function, and counts the changes that there are."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.seen = wanted, 0
        self.statement: ast.stmt | None = None  # the innermost one, which is shown
        self.changed: ast.stmt | None = None

    def _now(self) -> bool:
        self.seen += 1
        if self.seen - 1 == self.wanted:
            self.changed = self.statement
            return True
        return False

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Raise | ast.JoinedStr) or _is_warning(node):
            return node
        if isinstance(node, ast.stmt):
            outer, self.statement = self.statement, node
            found = self._statement(node)
            self.statement = outer
            return found
        return super().visit(node)

    def _statement(self, node: ast.stmt) -> Any:
        removable = isinstance(node, ast.AugAssign) or (
            isinstance(node, ast.Expr)
            and not isinstance(node.value, ast.Constant)
            and "super()" not in ast.unparse(node)  # without it the code would not fit into the running function
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
        if isinstance(node.op, ast.USub | ast.Not) and self._now():
            return node.operand
        return node if isinstance(node.operand, ast.Constant) else self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> Any:
        return node if node.arg in HARMLESS else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool) and self._now():
            return ast.copy_location(ast.Constant(not node.value), node)
        if isinstance(node.value, int | float) and not isinstance(node.value, bool) and self._now():
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node


def _is_warning(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func) in ("warnings.warn", "np.errstate")
    )


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of a module and of its classes, with its dotted name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef) and node.name != "__repr__":
            yield f"{prefix}{node.name}", node


def mutants_of(file: str) -> Iterator[tuple[Mutant, CodeType]]:
    """Every mutant of a file of `scratch`, with the code of its module."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for name, function in _functions(tree):
        body = function.body
        number = 0
        while True:
            swap = _Swap(number)
            function.body = [swap.visit(part) for part in copy.deepcopy(body)]
            if swap.changed is None:
                break
            after = ast.unparse(ast.fix_missing_locations(tree)) and _line(function.body, body)
            yield Mutant(file, name, *after), compile(tree, str(ROOT / file), "exec")
            number += 1
        function.body = body


def _line(changed: list[ast.stmt], original: list[ast.stmt]) -> tuple[str, str]:
    """The first line that differs, before and after."""
    new, old = (ast.unparse(ast.Module(part, [])).splitlines() for part in (changed, original))
    place = next((i for i, (a, b) in enumerate(zip(new, old, strict=False)) if a != b), min(len(new), len(old)) - 1)
    return old[place].strip(), new[place].strip()


def _module(file: str) -> ModuleType:
    return importlib.import_module("scratch." + file.removesuffix(".py").replace("/", "."))


def _find(namespace: dict[str, Any], name: str) -> FunctionType | None:
    """The function of this dotted name, out of its decorators."""
    first, *rest = name.split(".")
    found: Any = namespace.get(first)
    for part in rest:
        found = vars(found).get(part) if found is not None else None
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    return found if isinstance(found, FunctionType) else None


def apply(mutant: Mutant, code: CodeType) -> bool:
    """Give the function in the running program the mutant's code; False where that is impossible."""
    module = _module(mutant.file)
    namespace = {"__name__": module.__name__, "__file__": module.__file__}
    exec(code, namespace)
    old, new = _find(vars(module), mutant.function), _find(namespace, mutant.function)
    if old is None or new is None or old.__code__.co_freevars != new.__code__.co_freevars:
        return False
    old.__code__ = new.__code__
    return True


def dependents(file: str) -> list[Case]:
    """The cases of the components in a file, then of those in the files that import it."""
    own = file.removesuffix(".py").replace("/", ".")
    imports = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path.read_text(encoding="utf-8")
        for path in ROOT.rglob("*.py")
    }
    wanted = [own]
    if own.rsplit(".", 1)[-1].startswith("_"):
        for module in wanted:  # grows: a private module may serve another private one
            for user, text in imports.items():
                if f"scratch.{module} import" in text and user not in wanted:
                    wanted.append(user)
    known = components()
    return [cases()[name] for module in wanted for name, home in known.items() if home == module and name in cases()]


OURS, THEIRS = ScratchSide(), TorchSide()


class Suite:
    """What the table says of some components: PyTorch's half is observed once, ours for every mutant."""

    def __init__(self, table: list[Case]) -> None:
        self.table = table
        self.expected: dict[tuple[str, str, str], Observation] = {
            (case.component, sample.name, dtype): observe(THEIRS, case.component, sample, dtype)
            for case in table
            for sample in case.samples
            for dtype in sample.dtypes
        }

    def kills(self) -> str:
        """The first sample that fails, or nothing."""
        for dtype in ("float64", "float32"):
            for case in self.table:
                for sample in case.samples:
                    if dtype in sample.dtypes:
                        seen = observe(OURS, case.component, sample, dtype)
                        expected = self.expected[case.component, sample.name, dtype]
                        if any(result.failed for result in judge(case.component, sample, dtype, seen, expected)):
                            return f"{case.component} {sample.name}"
        for case in self.table:
            for error in case.errors:
                if check_error(case.component, error, OURS, THEIRS).failed:
                    return f"{case.component} {error.name}"
        return ""


def survives(suite: Suite, mutant: Mutant, code: CodeType) -> int:
    """Start a process that is the mutant: its number. It ends with 0 if the mutant lives, 1 if it was killed."""
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        os._exit(1 if apply(mutant, code) and suite.kills() else 0)
    except BaseException:  # whatever a mutant raises, it was noticed
        os._exit(1)


def run(files: list[str], sample: int, seed: int, workers: int, console: Console) -> tuple[int, list[Mutant]]:
    """How many mutants there were, and those that live."""
    observe_module.FINITE_DIFFERENCES = 0  # PyTorch is the quicker witness
    tried, living = 0, []
    with progress(console, len(files)) as steps:
        for file in files:
            table = dependents(file)
            found = list(mutants_of(file)) if table else []
            chosen = random.Random(f"{seed} {file}").sample(found, min(sample or len(found), len(found)))
            suite = Suite(table)
            if wrong := suite.kills():
                raise SystemExit(f"{file}: {wrong} fails without a mutant")
            running: dict[int, Mutant] = {}
            here: list[Mutant] = []
            start = time.monotonic()
            for number, (mutant, code) in enumerate(chosen):
                steps.show(f"{file} {number + 1} of {len(chosen)}")
                if len(running) == workers:
                    _reap(running, here)
                running[survives(suite, mutant, code)] = mutant
            while running:
                _reap(running, here)
            steps.advance()
            tried += len(chosen)
            living += sorted(here, key=str)
            seconds = time.monotonic() - start
            console.print(f"{file}: {len(chosen) - len(here)} of {len(chosen)} killed, {seconds:.0f} s", soft_wrap=True)
    return tried, living


def _reap(running: dict[int, Mutant], living: list[Mutant]) -> None:
    pid, status = os.wait()
    mutant = running.pop(pid)
    if status == 0:
        living.append(mutant)


def reasons() -> dict[str, str]:
    """Survivors that are accounted for, with the reason."""
    return dict(json.loads(SURVIVORS.read_text(encoding="utf-8"))) if SURVIVORS.exists() else {}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m parity.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", help='files or folders of scratch, such as "layers"; all when none')
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="at most N mutants of each file; all when 0")
    parser.add_argument("--seed", type=int, default=0, help="which ones (default %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the survivors to this file as well")
    arguments = parser.parse_args()
    names = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if path.name != "__init__.py")
    chosen = [name for name in names if not arguments.files or any(name.startswith(f) for f in arguments.files)]
    if not chosen:
        parser.error(f"no file of scratch begins with one of {arguments.files}")
    console = make_console()
    tried, living = run(chosen, arguments.sample, arguments.seed, arguments.workers, console)
    known = reasons()
    for mutant in living:
        reason = known.get(str(mutant))
        console.print(f"lives: {mutant}" + (f"  ({reason})" if reason else ""), soft_wrap=True)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(mutant) for mutant in living], indent=1) + "\n", encoding="utf-8")
    unexplained = sum(str(mutant) not in known for mutant in living)
    console.print(
        f"{tried - len(living)} of {tried} mutants killed ({1 - len(living) / max(tried, 1):.1%});"
        f" of the {len(living)} that live {unexplained} have no reason in {SURVIVORS.name}."
    )
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
