"""A page for each component of `scratch`, from its docstring, its source, its twin's source and its case."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2

from parity.docs import docstrings
from parity.environment import HOME
from parity.registry import cases
from parity.registry import components as discover
from parity.source import highlight
from parity.study.listing import twins
from parity.study.pages import Term, glossary

__all__ = ["FOLDER", "component_pages", "page_of", "render", "summary"]

FOLDER = "components"
TITLES = {
    "layers": "Layers",
    "losses": "Losses",
    "optimizers": "Optimizers",
    "schedulers": "Learning-rate schedulers",
    "": "Autograd, modules, data, training",
}


components = cache(discover)  # by their names, their modules


@dataclass(frozen=True)
class Column:
    """One of the two sources that stand beside each other."""

    heading: str
    place: str  # scratch/layers/linear.py:14
    code: str  # HTML


def component_pages() -> dict[str, str]:
    """All pages, by file: one of each component, and one that lists them all."""
    pages = {f"{FOLDER}/{name}.md": _page(name) for name in components()}
    return {**pages, f"{FOLDER}/index.md": _index()}


@cache
def page_of(dotted: str) -> str | None:
    """The page of "scratch.layers.linear.Linear", or None if that is no component."""
    package, _, rest = dotted.partition(".")
    module, _, name = rest.rpartition(".")
    if package not in ("scratch", "torch_ref"):
        return None
    for component in (name, f"{module}.{name}"):
        if components().get(component) == module:
            return f"{FOLDER}/{component}.md"
    return None


def summary(component: str) -> str:
    """What it computes, in one line of Markdown."""
    return docstrings.prose(" ".join(_sections(component)[""].split("\n\n")[0].split()))


def render(template: str, **values: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HOME / "parity" / "templates" / "docs"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values).rstrip() + "\n"


def _find(component: str) -> Any:
    module = importlib.import_module(f"scratch.{components()[component]}")
    return getattr(module, component.rpartition(".")[2])


@cache
def _sections(component: str) -> dict[str, str]:
    return docstrings.sections(inspect.getdoc(_find(component)) or "")


def _page(component: str) -> str:
    parts, case = _sections(component), cases()[component]
    described = [docstrings.prose(" ".join(text.split())) for text in parts[""].split("\n\n")[1:]]
    module = components()[component]
    return render(
        "component.md",
        name=component,
        summary=summary(component),
        described=described,
        signature=_signature(component),
        terms=_terms(component),
        formulas=docstrings.formulas(parts.get("Math", "")),
        arguments=docstrings.definitions(parts["Args"]) if "Args" in parts else [],
        shapes=[docstrings.items(parts[name]) for name in ("Shape", "Units") if name in parts],
        errors=docstrings.definitions(parts["Raises"]) if "Raises" in parts else [],
        source=docstrings.prose(parts.get("Source", "")),
        example=parts.get("Example", ""),
        columns=_columns(component),
        samples=[(_cell(sample.name), _cell(sample.exposes)) for sample in case.samples],
        refused=[(_cell(sample.name), sample.raises.__name__, _cell(sample.only_ours)) for sample in case.errors],
        differences=[(_cell(one.what), _cell(one.why)) for one in case.differences],
        neighbours=[other for other, place in components().items() if place == module and other != component],
        module=module,
    )


def _signature(component: str) -> str:
    """As it is called; what says nothing of its arguments is only named."""
    found = _find(component)
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return component
    shown = [str(one.replace(annotation=inspect.Parameter.empty)) for one in parameters]
    called = f"{component}({', '.join(shown)})".replace("<factory>", "...")
    return re.sub(r"<(?:class|function) '?(?:\w+\.)*(\w+)[^>]*>", r"\1", called)


def _terms(component: str) -> list[Term]:
    page = f"{FOLDER}/{component}.md"
    return [term for term in glossary() if page in map(page_of, term.code)]


def _columns(component: str) -> list[Column]:
    beside = twins(component)
    found = zip(("From scratch", "PyTorch"), beside.headings, beside.codes, strict=True)
    return [Column(heading, place, highlight(code)) for heading, place, code in found]


def _cell(text: str) -> str:
    """Prose in a cell of a table."""
    return docstrings.prose(" ".join(text.split()))


def _index() -> str:
    families: dict[str, dict[str, list[tuple[str, str]]]] = {title: {} for title in TITLES.values()}
    for component, module in components().items():
        title = TITLES[module.partition(".")[0] if module.partition(".")[0] in TITLES else ""]
        families[title].setdefault(module, []).append((component, summary(component)))
    return render("components.md", families=families, count=len(components()))
