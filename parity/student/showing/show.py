"""A judgement as a page of a terminal, 80 columns wide or more, and as Markdown for a comment on a code host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from parity.student.adapters import built_in
from parity.student.findings import Finding, Judgement
from parity.student.messages import sample_name, text, words_of
from parity.student.showing.view import Part, Row, counted, explanation, first_by_hand, headline, rows, said, title

__all__ = ["about", "beyond_lines", "conventions", "in_short", "markdown", "plain", "show", "tier_words"]

COLOURS = {"PASS": "green", "SKIPPED": "dim", "FAIL": "bold red"}
INDENT, LABELS, DEEPER = 2, 14, 4
SHORT = 16  # lines of code that are shown for every component
WORST = "bold red"


def show(judgement: Judgement, lang: str, console: Console, verbose: bool = False) -> None:
    """The page: what it is, what was found, a line a component, what to fix, what lies beyond, the sum."""
    found = rows(judgement)
    line = ""
    for piece in about(judgement, lang):  # a new line only between two pieces
        if line and len(f"{line} · {piece}") > console.width:
            _say(console, line, "bold")
            line = ""
        line = f"{line} · {piece}" if line else piece
    _say(console, line, "bold")
    for label, words in _found(judgement, lang):
        _print_part(console, Part(label, words))
    console.print()
    widest = max((len(row.component) for row in found), default=0)
    for row in found:
        console.print(_line(row, lang, widest), no_wrap=True, overflow="ellipsis")
    for place, finding in enumerate(judgement.first_to_fix()):
        console.print()
        explain(finding, lang, console, verbose or place == 0, finding is first_by_hand(judgement))
    for key, lines in (("conventions", conventions(found, lang)), ("beyond", beyond_lines(found, lang))):
        _print_list(console, text(lang, f"show.{key}"), list(lines))
    if verbose:
        for words in _not_asked(judgement, lang):
            _print_part(console, Part(text(lang, "show.not_asked"), words))
    if verbose and judgement.printed:
        _print_part(console, Part(text(lang, "show.printed"), code=judgement.printed.rstrip()))
    console.print()
    for sentence in [*in_short(judgement, lang), *_others(judgement, lang, verbose)]:
        _say(console, sentence)


def _say(console: Console, words: str, style: str = "") -> None:
    for line in Text(words, style).wrap(console, console.width):
        line.rstrip()
        console.print(line)


def about(judgement: Judgement, lang: str) -> list[str]:
    """The file, the dialects that it is written in, and how it was kept apart from the rest of the machine."""
    titles = [_dialect_title(name, lang) for name in judgement.dialects] or [text(lang, "show.no_dialect")]
    pieces = [
        judgement.target,
        f"{text(lang, 'show.dialect')}: {', '.join(titles)}",
        f"{text(lang, 'show.isolation')}: {tier_words(judgement.tier, lang)}",
    ]
    if judgement.seed:
        pieces.append(f"{text(lang, 'show.seed')}: {judgement.seed}")
    return pieces


def _dialect_title(name: str, lang: str) -> str:
    """What the catalogue calls it; else its own title."""
    named = words_of(lang, "show.dialects").get(name)
    return str(named or (built_in()[name].title if name in built_in() else name))


def tier_words(tier: str, lang: str) -> str:
    return text(lang, "show.not_for_grades", tier=tier) if tier == "in-process" else tier


def _found(judgement: Judgement, lang: str) -> Iterator[tuple[str, str]]:
    names = [
        component if component == name else text(lang, "show.renamed", component=component, name=name)
        for component, name in judgement.found.items()
    ]
    if names:
        yield text(lang, "show.found"), ", ".join(names)
    near = [
        text(lang, "show.did_you_mean", name=name, nearest=nearest) for name, nearest in judgement.near_misses.items()
    ]
    if near:
        yield text(lang, "show.near"), " ".join(near)


def _line(row: Row, lang: str, widest: int) -> Text:
    """PASS and how many, or the first thing to fix."""
    line = Text.assemble((f"{row.verdict:<8}", _colour(row.verdict)), (f"{row.component or '—':<{widest}}  ", "bold"))
    if row.first is not None:
        sample = sample_name(lang, row.first.sample)
        where = f"{row.first.check}, “{sample}”" if sample else row.first.check
        return line.append(f"{where}: {headline(lang, row.first)}")
    if not row.passed and row.why:
        return line.append(said(lang, row.why))
    words = counted(lang, "checks", row.passed)
    return line.append(f"{words}, {text(lang, 'show.asked_not', count=row.skipped)}" if row.skipped else words)


def _colour(verdict: str) -> str:
    return COLOURS.get(verdict, WORST)


def explain(finding: Finding, lang: str, console: Console, whole: bool = True, warns: bool = True) -> None:
    """A failure, from what it is to what to try; with many lines of code only where all of it is wanted."""
    heading = Text.assemble((finding.verdict, _colour(finding.verdict)), " ", (_named(finding), "bold"))
    heading.append(f"{', ' if _named(finding) else ''}{title(lang, finding)}")
    for line in heading.wrap(console, console.width):
        line.rstrip()
        console.print(line)
    for part in explanation(lang, finding, console.width - INDENT - LABELS, warns):
        if not whole and len(list(_code_lines(part, console))) > SHORT:
            long = text(lang, "show.long_code", count=part.code.count("\n") + 1)
            part = Part(part.label, f"{part.words} {long}".strip())
        _print_part(console, part)


def _named(finding: Finding) -> str:
    same = not finding.name or finding.name == finding.component
    return finding.component if same else f"{finding.component} ({finding.name})"


def _print_part(console: Console, part: Part, labels: int = LABELS) -> None:
    """The label in a column of its own, what it says beside it; code below it, so that it can be copied."""
    start = Text.assemble((f"{'':{INDENT}}{part.label}", "dim"))
    for line in _wrapped(part, console, console.width - INDENT - labels):
        start.pad_right(max(INDENT + labels - start.cell_len, 1 if start.cell_len else 0))
        console.print(start.append_text(line), overflow="fold")
        start = Text()
    if part.code and start:
        console.print(start)
    for line in _code_lines(part, console):
        console.print(line, overflow="fold")


def _code_lines(part: Part, console: Console) -> Iterator[Text]:
    """What is too long goes on deeper in the next line: Python too, since long lines are long lists of numbers."""
    for line in part.code.split("\n") if part.code else ():
        inside = len(line) - len(line.lstrip())
        pieces = Text(line.strip()).wrap(console, max(console.width - 2 * INDENT - inside - DEEPER, 20))
        for index, piece in enumerate(pieces):
            piece.rstrip()
            piece.pad_left(2 * INDENT + inside + (DEEPER if index else 0) if piece else 0)
            yield piece


def _print_list(console: Console, heading: str, lines: list[tuple[str, str]]) -> None:
    if not lines:
        return
    console.print(f"\n{heading}", style="bold")
    widest = max(len(component) for component, _ in lines)
    for component, words in lines:
        _print_part(console, Part(component, words), max(LABELS, widest + 2))


def _wrapped(part: Part, console: Console, width: int) -> Iterator[Text]:
    if part.words:
        for line in Text(part.words).wrap(console, width):
            line.rstrip()
            yield line
    for row in part.grid.rows() if part.grid else ():
        cells = Text.assemble(*((piece, WORST if marked else "") for piece, marked in row))
        cells.rstrip()
        yield cells


def _not_asked(judgement: Judgement, lang: str) -> Iterator[str]:
    """Why samples could not be asked, each reason once."""
    reasons: dict[str, list[str]] = {}
    for finding in judgement.findings:
        if finding.verdict == "SKIPPED" and not finding.beyond:
            reason = f"{finding.component}: {said(lang, finding.message)}"
            reasons.setdefault(reason, []).append(sample_name(lang, finding.sample))
    for reason, samples in reasons.items():
        yield f"{reason} ({', '.join(samples)})" if any(samples) else reason


def conventions(found: Iterable[Row], lang: str) -> Iterator[tuple[str, str]]:
    """What follows another convention than PyTorch's defaults, and PyTorch's arguments that equal it."""
    for row in found:
        for finding in row.conventions:
            if finding.diagnosis is not None and finding.verdict == "PASS":
                equal = text(lang, "show.equals", convention=finding.diagnosis.convention)
                yield row.component, f"{finding.diagnosis.explanation} {equal}".strip()


def beyond_lines(found: Iterable[Row], lang: str) -> Iterator[tuple[str, str]]:
    """Of each component what failed and does not count."""
    for row in found:
        if row.beyond:
            yield row.component, ", ".join(f"{sample_name(lang, f.sample)} ({f.check})" for f in row.beyond)


def in_short(judgement: Judgement, lang: str) -> Iterator[str]:
    """The sum, in a sentence or two."""
    summary = judgement.summary()
    wrong = judgement.first_to_fix()
    passed = counted(lang, "checks", summary["passed"])
    if wrong:
        yield text(lang, "show.outcome", passed=passed, failed=summary["failed"] + summary["other"])
        if wrong[0].component:
            yield text(lang, "show.fix_first", component=wrong[0].component, what=title(lang, wrong[0]))
    else:
        yield text(lang, "show.all_passed", checks=passed) if summary["passed"] else text(lang, "show.none_counted")
    if not judgement.found and all(finding.check == "names" for finding in judgement.findings):
        yield text(lang, "show.draft", target=judgement.target)


def _others(judgement: Judgement, lang: str, verbose: bool) -> Iterator[str]:
    """What was not found, by name only where that was asked for."""
    if verbose and judgement.not_found:
        yield text(lang, "show.not_found_names", names=", ".join(judgement.not_found))
    elif judgement.not_found:
        yield counted(lang, "others", len(judgement.not_found))


def plain(lang: str, finding: Finding, warns: bool = True) -> str:
    """An explanation without colours, for where there is only text."""
    lines = [f"{_named(finding)}, {title(lang, finding)}".removeprefix(", ")]
    for part in explanation(lang, finding, warns=warns):
        block = "\n".join(filter(None, (part.grid.text() if part.grid else "", part.code)))
        lines.append(f"{part.label}: {part.words}".rstrip(" "))
        lines += [f"  {line}" for line in block.split("\n")] if block else []
    return "\n".join(lines)


def markdown(judgement: Judgement, lang: str) -> str:
    """For a comment beside the code: a table, and a folded explanation of each failure."""
    found = rows(judgement)
    headings = [text(lang, f"show.page.{key}") for key in ("component", "yours", "verdict", "checks")]
    lines = [f"## {_code(judgement.target)}: {' '.join(map(_escaped, in_short(judgement, lang)))}", ""]
    lines += [_escaped(" · ".join(about(judgement, lang)[1:])), ""]
    lines += [f"| {' | '.join(headings)} |", "|---|---|---|--:|"]
    lines += [f"| {_cell(row.component)} | {_cell(row.name)} | {row.verdict} | {row.passed} |" for row in found]
    for finding in judgement.first_to_fix():
        summary = _escaped(f"{_named(finding)}, {title(lang, finding)}: {headline(lang, finding)}".removeprefix(", "))
        lines += [
            "",
            "<details>",
            f"<summary>{finding.verdict} {summary}</summary>",
            "",
            *_fenced(plain(lang, finding, finding is first_by_hand(judgement))),
        ]
        lines += ["", "</details>"]
    for key, entries in (("conventions", list(conventions(found, lang))), ("beyond", list(beyond_lines(found, lang)))):
        if entries:
            lines += ["", f"{text(lang, f'show.{key}')}:", ""]
            lines += [f"- {_code(component)}: {_escaped(words)}" for component, words in entries]
    return "\n".join(lines) + "\n"


def _escaped(words: str) -> str:
    """Text that cannot become markup, a link or the mention of a person."""
    return re.sub(r"[^\w\s.,:;()/=+'“”…·←—-]|_", lambda sign: f"&#{ord(sign[0])};", " ".join(words.split()))


def _code(words: str) -> str:
    """A code span, whatever ticks there are in it."""
    plain = " ".join(words.split())
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", plain)), default=0))
    return f"{ticks} {plain} {ticks}" if "`" in plain else f"{ticks}{plain}{ticks}"


def _cell(words: str) -> str:
    return _code(words).replace("|", r"\|") if words else ""


def _fenced(code: str) -> list[str]:
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
    return [f"{ticks}text", *code.split("\n"), ticks]
