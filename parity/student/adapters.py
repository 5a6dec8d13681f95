"""Adapters: what a submission's names stand for. Those in `dialects/` are built in; a student may bring another.

An adapter is a TOML file. `[modules]`, `[optimizers]`, `[schedulers]` and `[graph]` say how anything under PyTorch's
own name is used; `[components.Linear]` how this one is, under whatever name. The snippets in it run beside the
student's code, in the worker (see `worker/adapter.py` for what they see).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from parity.cases import ModuleSample, OptimizerSample, Sample, SchedulerSample
from parity.outputs import CommandError
from parity.student.curriculum import ordered_components, samples
from parity.student.graphs import Graph

__all__ = ["Adapter", "Description", "Match", "built_in", "find_matches", "read_adapter"]

DIALECTS = Path(__file__).parent / "dialects"
TABLES = ("modules", "optimizers", "schedulers", "graph")
KEYS = frozenset(
    (
        "class has takes needs arguments assumes make get set forward backward inputs grads buffers zero seed train eval"
        " accumulates upstream axes step read new value grad functions call"
    ).split()  # fmt: skip
)


@dataclass(frozen=True)
class Description:
    """What a submission defines: classes with the arguments of their methods, functions with theirs."""

    classes: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    functions: Mapping[str, list[str]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.classes or name in self.functions


@dataclass(frozen=True)
class Match:
    """A component that the submission has: by which adapter, under which name, and how it is used."""

    component: str
    adapter: str
    name: str
    spec: Mapping[str, Any]
    takes: tuple[str, ...] | None = None  # the constructor's arguments; None where anything goes


@dataclass(frozen=True)
class Adapter:
    name: str
    title: str
    tables: Mapping[str, Mapping[str, Any]]
    components: Mapping[str, Mapping[str, Any]]
    helpers: str = ""  # Python that runs after the submission

    def match(self, component: str, known: Description) -> Match | None:
        """How the submission's own version of a component is used, if it has one."""
        spec = self.components.get(component)
        if spec is None:
            spec = self.tables.get(_kind(component))
        if spec is None or not all(name in known for name in spec.get("needs", ())):
            return None
        if "class" not in spec and "needs" in spec:
            return Match(component, self.name, spec["needs"][0], spec, _listed(spec))
        name = next((n for n in spec.get("class", [component]) if n in known.classes), None)
        if name is None or not _has(known.classes[name], spec.get("has", ())):
            return None
        given = known.classes[name].get("__init__", [])
        if not all(any(a.rstrip("=") == wanted for a in given) for wanted in spec.get("takes", ())):
            return None
        takes = _listed(spec) if "arguments" in spec or component in self.components else _accepted(given)
        return Match(component, self.name, name, {**spec, "class": name}, takes)


def _listed(spec: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(spec.get("arguments", ()))


def _accepted(given: list[str]) -> tuple[str, ...] | None:
    return None if any(a.startswith("**") for a in given) else tuple(a.rstrip("=") for a in given)


def _has(methods: Mapping[str, Any], wanted: list[str]) -> bool:
    """Each wanted name, of which "a|b" is either."""
    return all(any(option in methods for option in names.split("|")) for names in wanted)


@cache
def _kind(component: str) -> str:
    """Which general table speaks of a component."""
    kinds: dict[type[Sample] | type[Graph], str] = {
        ModuleSample: "modules", OptimizerSample: "optimizers", SchedulerSample: "schedulers", Graph: "graph",
    }  # fmt: skip
    return next((kinds[type(sample)] for sample in samples(component)), "")


@cache
def built_in() -> dict[str, Adapter]:
    """The dialects, by name."""
    return {file.stem: read_adapter(file) for file in sorted(DIALECTS.glob("*.toml"))}


def read_adapter(file: Path) -> Adapter:
    """Read `adapter.toml`, with the `adapter.py` beside it if there is one.

    Raises:
        CommandError: it cannot be read, or says something that is not known; the message says what.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
    unknown = sorted(set(table) - {"title", "components", *TABLES})
    if unknown:
        raise CommandError(f"{file}: unknown table {unknown[0]!r}, expected components, {', '.join(TABLES)}")
    components = table.get("components", {})
    for name, spec in [*components.items(), *((t, table[t]) for t in TABLES if t in table)]:
        if name in components and name not in ordered_components():
            from parity.registry import nearest

            raise CommandError(f"{file}: no component {name!r}{nearest(name, ordered_components())}")
        for key in spec:
            if key not in KEYS:
                raise CommandError(f"{file}: [{name}] has the unknown key {key!r}")
    helpers = file.with_suffix(".py")
    code = helpers.read_text(encoding="utf-8") if helpers.exists() else ""
    tables = {name: table[name] for name in TABLES if name in table}
    return Adapter(file.stem, table.get("title", file.stem), tables, components, code)


def find_matches(known: Description, adapters: list[Adapter]) -> list[Match]:
    """What is there, in the learner's order: of each component the first adapter that knows it, the richest first."""
    found = {adapter.name: [adapter.match(name, known) for name in ordered_components()] for adapter in adapters}
    ranked = sorted(adapters, key=lambda adapter: -sum(match is not None for match in found[adapter.name]))
    rows = zip(*(found[adapter.name] for adapter in ranked), strict=True)
    return [match for row in rows if (match := next(filter(None, row), None)) is not None]
