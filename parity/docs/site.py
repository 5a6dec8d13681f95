"""What the site is built from, in one folder: pages from the library, and files as they stand in the repository.

Everything lies as it lies in the repository, so that links between files hold. A Python file that a page links to
becomes a page of its own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat

from parity.docs.components import component_pages, page_of, render
from parity.docs.failure import failure_page
from parity.environment import HOME
from parity.study.notebook import LANGUAGES, committed, sources
from parity.study.pages import pages as study_pages

__all__ = ["Site", "gather"]

# A link, or what looks like one and is code.
LINK = re.compile(r"(?P<mark>!?)\[(?P<label>[^\[\]]*)\]\((?P<target>[^()\s]+)\)|```.*?```|``[^`]+``|`[^`]+`", re.DOTALL)
FAILURE = "How to read a failure"


class Site:
    """The pages by their files, and the files that are copied, all relative to the repository."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.copies: set[str] = set()

    def add(self, file: str, text: str) -> None:
        """A page of Markdown, and what it links to."""
        self.pages[file] = ""  # for a page that links back to this one
        self.pages[file] = self._linked(text, Path(file).parent)

    def add_notebook(self, file: Path, name: str) -> None:
        """A notebook with its outputs. The code of two columns is not shown twice."""
        notebook = nbformat.read(file, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = self._linked(cell.source, Path(name).parent)
            elif cell.metadata.get("jupyter", {}).get("source_hidden"):
                cell.metadata["tags"] = ["remove-input"]
        self.pages[name] = nbformat.writes(notebook) + "\n"

    def write(self, folder: Path) -> None:
        """Write what has changed, and remove what is no longer there, so that a second build is short."""
        kept = {folder / name for name in (*self.pages, *self.copies)}
        for name, text in self.pages.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.is_file() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8", newline="\n")
        for name in self.copies:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOME / name, folder / name)
        for file in folder.rglob("*"):
            if file.is_file() and file not in kept:
                file.unlink()

    def _linked(self, text: str, folder: Path) -> str:
        """The text with links that lead somewhere in the site."""

        def replace(found: re.Match[str]) -> str:
            label, target = found["label"], found["target"]
            if target is None or re.match(r"[a-z]+:|#", target):
                return found[0]
            place, hash, anchor = target.partition("#")
            page = page_of(label.strip("`")) or self._page(os.path.normpath(folder / place))
            if page is None:
                return str(label)  # what it leads to is not there, or not yet
            return f"{found['mark']}[{label}](<{os.path.relpath(page, folder)}{hash}{anchor}>)"

        return LINK.sub(replace, text)

    def _page(self, name: str) -> str | None:
        """The page or the file of the site that stands for a file or a folder of the repository."""
        file = HOME / name
        if name == "README.md":
            return "index.md"
        if file.is_dir():
            return self._page(f"{name}/README.md")
        if name in self.pages:
            return name
        if not file.is_file() or HOME not in file.resolve().parents:
            return None
        if file.suffix == ".md":
            self.add(name, f"---\norphan: true\n---\n\n{file.read_text(encoding='utf-8')}")
        elif file.suffix == ".py":
            self.copies.add(name)
            page = f"{name.removesuffix('.py')}.source.md"
            self.pages[page] = render("source.md", name=name, file=file.name)
            return page
        else:
            self.copies.add(name)
        return name


def gather(failure: Callable[[], str] = failure_page) -> Site:
    """Every page. `failure` makes the one on failures, which takes the longest: it runs what it shows."""
    site = Site()
    site.pages |= component_pages()
    site.pages |= dict.fromkeys((file.relative_to(HOME).as_posix() for file in study_pages()), "")  # can be linked to
    notebooks = [(committed(source, lang), lang) for lang in LANGUAGES for source in sources()]
    found = [(file, f"notebooks/{lang}/{file.name}") for file, lang in notebooks if file.is_file()]
    site.pages |= dict.fromkeys((name for _, name in found), "")
    for file, name in found:
        site.add_notebook(file, name)
    for file, text in study_pages().items():
        name = file.relative_to(HOME).as_posix()
        listed = [Path(page).stem for _, page in found if Path(page).parent == Path(name).parent]
        site.add(name, render("listed.md", text=text, names=["glossary", *listed]) if file.stem == "README" else text)
    home, failures = _readme()
    site.add("index.md", render("home.md", text=home, contributing=(HOME / "CONTRIBUTING.md").is_file()))
    site.add("failure.md", render("failure.md", text=failures, outputs=failure()))
    return site


def _readme() -> tuple[str, str]:
    """The README without its section on failures, which has a page of its own, and that section."""
    text = (HOME / "README.md").read_text(encoding="utf-8")
    heading = f"## {FAILURE}\n"
    before, found, rest = text.partition(heading)
    if not found:
        raise ValueError(f"README.md: expected a section {FAILURE!r}")
    section, next_heading, after = rest.partition("\n## ")
    return f"{before}{heading}\n[A page of its own](failure.md).\n{next_heading}{after}", section.strip()
