"""Adapters: what a submission's names stand for. Those in `dialects/` are built in; a student may bring another.

An adapter is a TOML file. `[modules]`, `[optimizers]`, `[schedulers]` and `[graph]` say how anything under PyTorch's
own name is used; `[components.Linear]` how this one is, under whatever name. The snippets in it run beside the
student's code, in the worker (see `worker/adapter.py` for what they see). `[defaults]` says what the components of the
file have in common, `helpers` what a snippet is too short for. Several ways to say one component are an array of
tables, of which the first that fits is taken. `like = "modules"`: a component is used as that table says, but for this.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from parity.cases import ModuleSample, OptimizerSample, SchedulerSample
from parity.outputs import CommandError
from parity.registry import nearest
from parity.student.curriculum import ordered_components, samples
from parity.student.graphs import Graph
from parity.student.networks import Network, Steps
from parity.student.worker.names import pairing
from parity.student.worker.roles import ROLES, paired

__all__ = ["Adapter", "Description", "Match", "built_in", "find_matches", "read_adapter", "with_dialects"]

DIALECTS = Path(__file__).parent / "dialects"
TABLES = ("modules", "optimizers", "schedulers", "graph")
# What the process that judges reads, and what the worker executes: statements, expressions, tables of expressions.
WORDS = (
    "class", "has", "lacks", "takes", "needs", "arguments", "assumes", "whole", "upstream", "axes", "functions",
    "activation", "skip", "like", "roles", "options",
)  # fmt: skip
STATEMENTS = (
    "make",
    "set",
    "forward",
    "backward",
    "zero",
    "seed",
    "train",
    "eval",
    "step",
    "rate",
    "put",
    "append",
    "call",
)
EXPRESSIONS = ("inputs", "new", "value", "grad", "layers", "weights", "bias", "accumulates")
EXPRESSION_TABLES = ("get", "grads", "buffers", "read")
KEYS = frozenset((*WORDS, *STATEMENTS, *EXPRESSIONS, *EXPRESSION_TABLES))
BY_THEIR_LOSS = ("LogSoftmax", "Softmax")  # a loss may have the derivative of both, and then they need no backward
PARAMS = ("params", "parameters", "parametros", "optimizer", "otimizador", "model")  # what no sample gives


@dataclass(frozen=True)
class Description:
    """What a submission defines: classes with the arguments of their methods, functions with theirs."""

    classes: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    functions: Mapping[str, list[str]] = field(default_factory=dict)
    single: bool = False  # whether the source asks for float32

    @property
    def differentiates_itself(self) -> bool:
        """Whether there are numbers or arrays of the submission's own, so that layers made of them need no backward."""
        return any("__add__" in methods and "__mul__" in methods for methods in self.classes.values())

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
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # PyTorch's argument: the student's
    unknown: tuple[str, ...] = ()  # arguments that must be given, and that PyTorch has not
    required: tuple[str, ...] = ()  # PyTorch's arguments that have no default here
    unfinished: bool = False  # it has no backward


@dataclass(frozen=True)
class Adapter:
    name: str
    title: str
    tables: Mapping[str, Mapping[str, Any]]
    components: Mapping[str, Any]
    helpers: str = ""  # Python that runs after the submission

    def speaks_of(self, component: str) -> bool:
        """Whether a submission could have it, as far as the tables go."""
        return component in self.components or _kind(component) in self.tables

    def match(self, component: str, known: Description) -> Match | None:
        """How the submission's own version of a component is used, if it has one."""
        stated = self.components.get(component)
        if stated is None:
            general = self.tables.get(_kind(component))
            return None if general is None else self._general(component, general, known)
        for spec in stated if isinstance(stated, list) else [stated]:
            if "like" in spec:
                return self._general(component, {**self.tables.get(spec["like"], {}), **spec}, known)
            whole = {**self.tables.get("defaults", {}), **spec}
            if "roles" in spec:
                if (match := self._routine(component, whole, known)) is not None:
                    return match
                continue
            if (name := _named(component, whole, known)) is not None:
                return Match(component, self.name, name, {**whole, "class": name}, tuple(whole.get("arguments", ())))
        return None

    def _routine(self, component: str, spec: Mapping[str, Any], known: Description) -> Match | None:
        """A function, or a class that is called like one, whose arguments are all known."""
        for name in str(spec["needs"][0]).split("|"):
            own = known.functions.get(name, known.classes.get(name, {}).get("__init__"))
            called = None if own is None else paired(own, spec["roles"], spec.get("options", ""))
            if called is not None:
                names = {role: (argument,) for role, argument in called.items()}
                return Match(component, self.name, name, {**spec, "routine": name}, None, names)
        return None

    def _general(self, component: str, spec: Mapping[str, Any], known: Description) -> Match | None:
        """By PyTorch's own name; the arguments may have others'. One without a backward is known by its forward."""
        name = _named(component, spec, known)
        unfinished = name is None and "backward" in spec.get("has", ()) and not known.differentiates_itself
        if unfinished:
            name = _named(component, {**spec, "has": [one for one in spec["has"] if one != "backward"]}, known)
        if name is None:
            return None
        if unfinished and component in BY_THEIR_LOSS:
            spec = {key: value for key, value in spec.items() if key not in ("backward", "inputs", "grads", "zero")}
        given = known.classes[name].get("__init__", [])
        spec = {**spec, "class": name}
        if _kind(component) == "graph" or any(argument.startswith("**") for argument in given):
            return Match(component, self.name, name, spec, unfinished=unfinished)
        renamed = pairing(given, constructor_arguments(component))
        own = {one for several in renamed.values() for one in several}
        unknown = [a for a in given if not a.endswith("=") and not a.startswith("*") and a not in own]
        ignored = unknown[:1] if _kind(component) in ("optimizers", "schedulers") and unknown[:1] == given[:1] else []
        missing = tuple(a for a in unknown if a not in ignored and a not in PARAMS)
        required = tuple(key for key, several in renamed.items() if any(one in given for one in several))
        return Match(component, self.name, name, spec, tuple(renamed), renamed, missing, required, unfinished)


def _named(component: str, spec: Mapping[str, Any], known: Description) -> str | None:
    """What the submission calls the component, if it has all that the adapter asks for."""
    if not all(any(one in known for one in names.split("|")) for names in spec.get("needs", ())):
        return None
    if "class" not in spec and "needs" in spec and "lacks" not in spec:
        return str(spec["needs"][0]).split("|")[0]  # functions
    for name in spec.get("class", [component]):
        if name in known.classes and _fits(known.classes[name], spec):
            return str(name)
    return None


def _fits(methods: Mapping[str, list[str]], spec: Mapping[str, Any]) -> bool:
    """The methods that it must have, those that it must not have, and the arguments of the constructor."""
    given = [argument.rstrip("=") for argument in methods.get("__init__", [])]
    has = all(any(option in methods for option in names.split("|")) for names in spec.get("has", ()))
    takes = all(any(option in given for option in names.split("|")) for names in spec.get("takes", ()))
    return has and takes and not any(name in methods for name in spec.get("lacks", ()))


@cache
def constructor_arguments(component: str) -> tuple[str, ...]:
    """PyTorch's, but for what every sample leaves out."""
    import inspect

    import scratch

    found: Any = scratch
    for part in component.split("."):
        found = getattr(found, part)
    return tuple(name for name in inspect.signature(found).parameters if name not in ("params", "optimizer"))


@cache
def _kind(component: str) -> str:
    """Which general table speaks of a component."""
    kinds: dict[type[Any], str] = {
        ModuleSample: "modules", OptimizerSample: "optimizers", SchedulerSample: "schedulers", Graph: "graph",
        Network: "networks", Steps: "networks",
    }  # fmt: skip
    return next((kinds.get(type(sample), "") for sample in samples(component)), "")


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
    unknown = sorted(set(table) - {"title", "components", "defaults", "helpers", *TABLES})
    if unknown:
        raise CommandError(f"{file}: unknown table {unknown[0]!r}, expected components, {', '.join(TABLES)}")
    _check(file, table)
    helpers = file.with_suffix(".py")
    code = helpers.read_text(encoding="utf-8") if helpers.exists() else ""
    tables = {name: table[name] for name in ("defaults", *TABLES) if name in table}
    if inline := table.get("helpers", ""):
        _compiles(str(file), "helpers", inline, "exec")
        tables = {name: {**tables.get(name, {}), "helpers": inline} for name in {"defaults", *tables}}
    if code:  # a reproducer says what it needs of it
        tables = {name: {**tables.get(name, {}), "beside": code} for name in {"defaults", *tables}}
    same = file.parent != DIALECTS and (DIALECTS / file.name).exists()  # a dialect has this name already
    return Adapter(
        file.name if same else file.stem, table.get("title", file.stem), tables, table.get("components", {}), code
    )


def _check(file: Path, table: Mapping[str, Any]) -> None:
    """Every word is known, and every snippet can be read."""
    components = table.get("components", {})
    for name in components:
        if name not in ordered_components():
            raise CommandError(f"{file}: no component {name!r}{nearest(name, ordered_components())}")
    stated = [(f"components.{name}", spec) for name, spec in components.items()]
    stated += [(name, table[name]) for name in ("defaults", *TABLES) if name in table]
    for name, specs in stated:
        for spec in specs if isinstance(specs, list) else [specs]:
            _check_table(f"{file}: [{name}]", spec)
            whole = {**(table.get("defaults", {}) if name.startswith("components.") else {}), **spec}
            if "forward" in whole and "output" not in whole["forward"]:
                raise CommandError(f"{file}: [{name}] `forward` sets no `output`; write: output = m.forward(input)")


def _check_table(where: str, spec: Mapping[str, Any]) -> None:
    for key, value in spec.items():
        if key not in KEYS:
            raise CommandError(f"{where} has the unknown key {key!r}{nearest(key, sorted(KEYS))}")
        if key in ("roles", "options"):
            for role in " ".join(value if isinstance(value, list) else [value]).split():
                if role not in ROLES:
                    raise CommandError(f"{where} {key}: no role {role!r}{nearest(role, sorted(ROLES))}")
        if key in STATEMENTS:
            _compiles(where, key, value, "exec")
        elif key in EXPRESSIONS and isinstance(value, str):
            _compiles(where, key, value, "eval")
        elif key in EXPRESSION_TABLES:
            if not isinstance(value, dict):
                raise CommandError(f'{where} {key}: expected a table such as {{weight = "m.dW"}}, got {value!r}')
            for below, code in value.items():
                _compiles(where, f"{key}.{below}", code, "eval")


def _compiles(where: str, key: str, code: Any, mode: str) -> None:
    if not isinstance(code, str):
        raise CommandError(f"{where} {key}: expected Python in quotes, got {code!r}")
    try:
        compile(code, key, mode)
    except (SyntaxError, ValueError) as error:
        kind = "an expression" if mode == "eval" else "statements"
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise CommandError(f"{where} {key}: expected {kind} of Python, got {code!r} ({what})") from error


def find_matches(known: Description, adapters: list[Adapter]) -> list[Match]:
    """What is there, in the learner's order: of each component the first adapter that knows it, the richest first.

    A student's own adapter comes before the dialects. What one of its components is called is nothing else.
    """
    found = {adapter.name: [adapter.match(name, known) for name in ordered_components()] for adapter in adapters}
    dialects = list(built_in().values())
    whole = {name: sum(match is not None and not match.unfinished for match in row) for name, row in found.items()}
    ranked = sorted(adapters, key=lambda adapter: (adapter in dialects, -whole[adapter.name]))
    own = {match.name for adapter in ranked if adapter not in dialects for match in found[adapter.name] if match}
    rows = zip(*(found[adapter.name] for adapter in ranked), strict=True)
    chosen = [min(filter(None, row), key=lambda match: match.unfinished, default=None) for row in rows]
    return [m for m in chosen if m is not None and (m.name not in own or m.adapter not in built_in())]


def with_dialects(adapter: Adapter | None) -> list[Adapter]:
    """An adapter of the student's own beside the dialects; a dialect that was asked for, alone."""
    dialects = built_in()
    if adapter is None:
        return list(dialects.values())
    return [adapter] if dialects.get(adapter.name) is adapter else [adapter, *dialects.values()]
