"""Docstrings as Markdown: their sections, prose in which nothing is taken for markup, and formulas that are set."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from html import escape

__all__ = ["SECTIONS", "definitions", "formulas", "items", "prose", "sections"]

SECTIONS = ("Math", "Args", "Shape", "Units", "Raises", "Source", "Example")
HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
ADDRESS = re.compile(r"https?://[^\s,;()]*[^\s,;().]")
LABEL = re.compile(r"([a-z][a-z ]{2,14}): +(\S.*)")  # "forward:  output = …"
SENTENCE = re.compile(r"(?:[A-Z][a-z]*|[a-z]{2,}),? [\w`(]\S* ")  # two words: "where n counts"
EQUATION = re.compile(r"\S+ [=←] ")
# σ_t, grad_output_n, lr_{e−1}: a name with an index. in_features is a name without one.
BASE = r"(?<!\w)(grad_[^\W_]+|input|output|target|class|lr|[^\W\d_][̀-ͯ]?)"
INDEX = r"(\{[^{}]*\}|[A-Za-z0-9]{1,3}(?:[−+]\d)?(?![A-Za-z0-9_]))"
LOWERED = re.compile(f"{BASE}_{INDEX}")
RAISED = re.compile(rf"\^(\([^()]*\)|\{{[^{{}}]*\}}|⌊[^⌋]*⌋|[^\W_]+|−\w+|∗)(?:_{INDEX})?")
LETTER = re.compile(r"(?<![\w&<>/\"'̀-ͯ])(?!a [a-z]{2})([A-Za-zα-ω][̀-ͯ]?)(?![A-Za-z0-9_α-ω'̀-ͯ])")


def sections(docstring: str) -> dict[str, str]:
    """The text of each section by its heading, and what comes before the first as ""."""
    parts = HEADING.split(docstring)
    named = zip(parts[1::2], parts[2::2], strict=True)
    return {"": parts[0].strip(), **{name: textwrap.dedent(text).strip("\n ") for name, text in named}}


def prose(text: str) -> str:
    """Plain text as Markdown. Only backticks and addresses keep their meaning: (*) and max_norm are no emphasis."""
    return _apart(text, CODE, lambda found: found[0], lambda rest: _apart(rest, ADDRESS, _link, _plain))


def items(text: str) -> list[str]:
    """The entries of a list: each begins with a dash, or, where none does, is a paragraph."""
    if not text.startswith("- "):
        return [prose(" ".join(text.split()))]
    return [prose(" ".join(entry.split())) for entry in re.split(r"^- ", text, flags=re.MULTILINE)[1:]]


def definitions(text: str) -> list[tuple[str, str]]:
    """The names and meanings of "name: meaning", where a meaning goes on in lines that stand further in."""
    entries = re.split(r"\n(?! )", text)
    found = []
    for entry in entries:
        name, colon, meaning = entry.partition(": ")
        found.append((name if colon else "", prose(" ".join((meaning if colon else entry).split()))))
    return found


def formulas(text: str) -> str:
    """A Math section as HTML: a formula a line beside what it is of ("forward"), and sentences as paragraphs."""
    rows: list[tuple[str, str, list[str]]] = []  # kind, label, lines
    for line in text.splitlines():
        labelled, further = LABEL.fullmatch(line.rstrip()), line.startswith(" ")
        last, announced = (rows[-1][0], rows[-1][2][-1:] and rows[-1][2][-1].endswith(":")) if rows else ("", False)
        if labelled:
            rows.append(("formula", labelled[1], [labelled[2]]))
        elif not line.strip():
            rows.append(("", "", []))
        elif (rows and further) or (last == "sentence" and not (announced and EQUATION.match(line))):
            rows[-1][2].append(line.strip())
        elif SENTENCE.match(line):
            rows.append(("sentence", "", [line.strip()]))
        else:
            rows.append(("formula", "", [line.strip()]))
    return "\n".join(_row(*row) for row in rows if row[2])


def _row(kind: str, label: str, lines: list[str]) -> str:
    if kind == "sentence":
        return f"<p>{_set(' '.join(lines))}</p>"
    shown = "\n".join(f"<span>{_set(line, italic=True)}</span>" for line in lines)
    return f'<div class="formula"><b>{escape(label)}</b>\n<div>{shown}</div></div>'


def _set(text: str, italic: bool = False) -> str:
    """Indices lowered, powers raised, sums with their own sign: a search for σ then finds no sums."""
    text = re.sub(r"Σ(?=[\s_({ᵢⱼₙₜₖ]|$)", "∑", text)
    return _apart(text, CODE, lambda found: f"<code>{escape(found[1])}</code>", lambda rest: _indices(rest, italic))


def _indices(text: str, italic: bool) -> str:
    text = escape(text, quote=False)
    text = re.sub(rf"∑_{INDEX}", lambda found: f"∑<sub>{found[1].strip('{}')}</sub>", text)
    text = RAISED.sub(lambda found: f"<sup>{_bare(found[1])}</sup>" + _lowered(found[2]), text)
    text = LOWERED.sub(lambda found: found[1] + _lowered(found[2]), text)
    return LETTER.sub(r"<i>\1</i>", text) if italic else text


def _lowered(index: str | None) -> str:
    return f"<sub>{_bare(index)}</sub>" if index else ""


def _bare(text: str) -> str:
    """Without the brackets that only keep it together."""
    return text[1:-1] if text[0] in "({" else text


def _apart(
    text: str, pattern: re.Pattern[str], inside: Callable[[re.Match[str]], str], outside: Callable[[str], str]
) -> str:
    """`inside` of each match, and `outside` of what lies between them."""
    done, parts = 0, []
    for found in pattern.finditer(text):
        parts += [outside(text[done : found.start()]), inside(found)]
        done = found.end()
    return "".join([*parts, outside(text[done:])])


def _link(found: re.Match[str]) -> str:
    return f"<{found[0]}>"


def _plain(text: str) -> str:
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
