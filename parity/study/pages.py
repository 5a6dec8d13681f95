"""The pages beside the notebooks: their list, and the glossary, in each language, from the sources."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2

from parity.outputs import write_whole
from parity.source import find_listing
from parity.study.notebook import NOTEBOOKS, SourceError, read_source, sources

__all__ = ["Lesson", "Term", "glossary", "glossary_page", "lessons", "list_page", "pages", "write_pages"]

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True)
class Term:
    """A word of the field: what it is in two sentences, where it lives in the code, and the notebooks that meet it."""

    name: Mapping[str, str]
    meaning: Mapping[str, str]
    code: tuple[str, ...]
    notebooks: tuple[int, ...]


@dataclass(frozen=True)
class Lesson:
    """A notebook as the list shows it: its file, its title, and what one will be able to do."""

    stem: str
    title: str
    goals: tuple[str, ...]


@cache
def glossary() -> tuple[Term, ...]:
    """The terms, in the order of the file, which is the order in which a learner meets them.

    Raises:
        SourceError: an entry that lacks something.
    """
    file = NOTEBOOKS / "source" / "glossary.toml"
    found = []
    for entry in tomllib.loads(file.read_text(encoding="utf-8"))["term"]:
        try:
            name, meaning = ({lang: entry[lang][part] for lang in ("en", "pt")} for part in ("name", "meaning"))
            found.append(Term(name, meaning, tuple(entry["code"]), tuple(entry["notebooks"])))
        except KeyError as error:
            raise SourceError(f"{file.name}: {entry.get('en', {}).get('name', entry)}: {error} is missing") from error
    return tuple(found)


def lessons(lang: str) -> list[Lesson]:
    """The notebooks in one language."""
    found = []
    for source in sources():
        first = next(cell.source for cell in read_source(source) if cell.metadata.get("lang") == lang)
        lines = first.splitlines()
        title = lines[0].removeprefix("# ")
        text = first.split("\n- ")[1:]
        goals = tuple(" ".join(goal.split("\n\n")[0].split()) for goal in text)
        found.append(Lesson(source.stem, title, goals))
    return found


def list_page(lang: str) -> str:
    """README.md of a language's folder."""
    return _render(f"notebooks.{lang}.md", lessons=lessons(lang))


def glossary_page(lang: str) -> str:
    """glossary.md of a language's folder, in the alphabet's order."""
    other = {"en": "pt", "pt": "en"}[lang]
    terms = sorted(glossary(), key=lambda term: _plain(term.name[lang]))
    files = {int(source.name[:2]): f"{source.stem}.ipynb" for source in sources()}
    for term in terms:
        if not files.keys() >= set(term.notebooks):
            raise SourceError(f"glossary.toml: {term.name['en']}: there is no notebook {term.notebooks}")
    return _render(f"glossary.{lang}.md", terms=terms, lang=lang, other=other, files=files, place=_place)


def pages() -> dict[Path, str]:
    """All pages, by file."""
    writers = {"README.md": list_page, "glossary.md": glossary_page}
    return {NOTEBOOKS / lang / name: writer(lang) for lang in ("en", "pt") for name, writer in writers.items()}


def write_pages() -> None:
    """Write them into the repository."""
    for file, text in pages().items():
        file.parent.mkdir(exist_ok=True)
        write_whole(file, text)


def _place(name: str) -> str:
    """`scratch.layers.linear.Linear` as the file where it is defined: "../../scratch/layers/linear.py"."""
    module, _, component = name.rpartition(".")
    defined = getattr(importlib.import_module(module), component).__module__
    package, _, rest = defined.partition(".")
    listing = find_listing(package, rest, component)
    if listing is None:
        raise SourceError(f"glossary.toml: {name} is not defined in {defined}")
    return f"../../{listing.path}"


def _plain(word: str) -> str:
    """For sorting: "época" stands between "entrada" and "erro"."""
    return word.lower().translate(str.maketrans("áàâãéêíóôõúç", "aaaaeeiooouc"))


def _render(template: str, **values: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values).rstrip() + "\n"
