"""`parity init`: drafts an adapter for code whose names no dialect knows.

Names say what a class may be, arguments what goes in, and a try in the jail where it keeps things: weights of shape
(in, out), gradients under other names, batches in columns. What is a guess is marked in the draft.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from parity.outputs import CommandError, write_whole
from parity.student.adapters import Description, Match, built_in, find_matches
from parity.student.drafting.tables import UNSURE, Drafted, draft_table
from parity.student.isolation.jail import Jail, best_tier
from parity.student.judge import description_of

__all__ = ["draft", "init_command"]


def draft(path: Path, tier: str) -> str:
    """The text of an adapter.toml for what the dialects do not know.

    Raises:
        CommandError: the file cannot be imported, or there is nothing in it to guess from.
    """
    return _draft(path, tier)[0]


def _draft(path: Path, tier: str) -> tuple[str, list[Drafted]]:
    with Jail(path, tier) as jail:
        about = jail.run([{"kind": "describe"}])
        known = description_of(about)
        matches = find_matches(known, list(built_in().values()))
        free = {name: methods for name, methods in known.classes.items() if name not in {m.name for m in matches}}
        drafted = [
            table for name, methods in free.items() if (table := draft_table(jail, name, methods, matches)) is not None
        ]
    used = {table.name for table in drafted}
    first = {table.component: table for table in reversed(drafted)}  # of two for one component the first
    tables = [table for table in drafted if first[table.component] is table]
    said = [table for table in tables if table.whole]
    rest = [name for name in [*free, *known.functions] if name not in used]
    if not tables and not matches and not rest:
        raise CommandError(f"{path}: no classes and no functions to draft an adapter from")
    return "\n".join(_text(path, known, matches, said, rest)) + "\n", tables


def _text(
    path: Path, known: Description, matches: Sequence[Match], tables: Sequence[Drafted], rest: Sequence[str]
) -> Iterator[str]:
    yield f"# A draft for {path.name}. Each line says in Python how your class is used; PyTorch's names of arguments,"
    yield "# inputs and parameters are at hand, `m` is your object. What was only guessed is marked UNSURE: correct"
    yield f"# it, and delete what is not yours. Then: parity check {path.name} --adapter adapter.toml"
    yield f"title = {json.dumps(f'{path.name}, as its author writes', ensure_ascii=False)}"
    if matches:
        yield ""
        yield "# Recognised without an adapter: " + ", ".join(f"{m.name} ({m.component})" for m in matches)
    graph = [table for table in tables if table.component == "Valor"]
    for table in [*graph, *(table for table in tables if table not in graph)]:
        yield ""
        yield from table.lines
    if rest:
        yield ""
        yield '# Not guessed. A table for one of these begins with [components.Linear] and class = ["Its name"], or,'
        yield '# for functions, needs = ["its name"]; `parity list` prints the components.'
        for name in rest:
            arguments = known.classes[name].get("__init__", []) if name in known.classes else known.functions[name]
            yield f"#   {name}({', '.join(arguments)})"


HEAD = '''"""What a table cannot say. This runs after your code, sees its names, and is found beside adapter.toml.

A class that looks as PyTorch's do needs no table: forward, backward, and gradients beside the parameters.
"""
'''
WRAPPER = """

class {component}:
    def __init__(self, *args, **kwargs):
        self.inner = {name}(*args, **kwargs)

    def forward(self, *inputs):
        self.inputs = inputs
        return self.inner.{forward}(*inputs)

    def backward(self, grad_output):
        raise NotImplementedError("say here how the gradient of the input comes from grad_output")
"""


def init_command(path: Path, console: Console) -> int:
    """Write adapter.toml, and adapter.py where a table cannot say it, into the folder of the submission.

    Raises:
        CommandError: one of them is there already, or the submission cannot be read.
    """
    if not path.exists():
        raise CommandError(f"{path}: not found")
    toml, python = (path.resolve().parent / name for name in ("adapter.toml", "adapter.py"))
    for file in (toml, python):
        if file.exists():
            raise CommandError(f"{file}: is there already; rename it, and ask again")
    text, tables = _draft(path, best_tier())
    write_whole(toml, text)
    said = sum(table.whole for table in tables)
    console.print(f"{toml}: {said} drafted, {text.count(UNSURE)} unsure", highlight=False, markup=False)
    unsaid = [
        WRAPPER.format(component=table.component, name=table.name, forward=table.forward)
        for table in tables
        if not table.whole
    ]
    if unsaid:
        write_whole(python, HEAD + "".join(unsaid))
        console.print(f"{python}: {len(unsaid)} that a table cannot say", highlight=False, markup=False)
    console.print(f"Next: parity check {path} --adapter {toml}", highlight=False, markup=False)
    return 0
