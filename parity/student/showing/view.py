"""What a judgement says to a learner, in words and small arrays, before it is a terminal page, Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from parity.student.findings import BAD, Diagnosis, Finding, Judgement
from parity.student.isolation.replies import printable
from parity.student.messages import sample_name, sample_words, text, words_of
from parity.student.showing.grids import Grid, differing, grids, number

__all__ = [
    "Part",
    "Row",
    "check_words",
    "cleaned",
    "counted",
    "explanation",
    "first_by_hand",
    "headline",
    "rows",
    "said",
    "title",
]

LONGEST = 20_000  # characters of a text that the submission may have written
ENDED = ("TIMEOUT", "MEMORY", "CRASH", "EXITED", "OUTPUT_LIMIT", "PROTOCOL", "INFRA")  # where, nobody can say
PLAIN = ("TIMEOUT", "OUTPUT_LIMIT")  # the verdict says it all
INPUTS = 4  # of a call that are shown
COMPARED = ("forward", "grad", "buffer", "eval", "trajectory", "rates", "result", "again")
NOT_AN_ARRAY = "expected a NumPy array, got "


@dataclass(frozen=True)
class Row:
    """A component: how many of its checks passed, the first thing to fix, and what failed that does not count."""

    component: str
    name: str
    passed: int
    skipped: int  # samples that could not be asked
    first: Finding | None
    beyond: tuple[Finding, ...]
    conventions: tuple[Finding, ...]
    why: str  # why it was not asked at all

    @property
    def verdict(self) -> str:
        return self.first.verdict if self.first else "PASS" if self.passed else "SKIPPED"


@dataclass(frozen=True)
class Part:
    """A labelled piece of an explanation: words, an array, or lines that stand as they are (`code`)."""

    label: str
    words: str = ""
    grid: Grid | None = None
    code: str = ""


def rows(judgement: Judgement) -> list[Row]:
    """A row for each component that was found, in the learner's order."""
    members: dict[str, list[Finding]] = {name: [] for name in judgement.found}
    for finding in judgement.findings:
        members.setdefault(finding.component, []).append(finding)
    first = {finding.component: finding for finding in judgement.first_to_fix()}
    return [
        Row(
            component,
            judgement.found.get(component, component),
            sum(f.verdict == "PASS" and not f.beyond for f in found),
            sum(f.verdict == "SKIPPED" and not f.beyond for f in found),
            first.get(component),
            tuple(f for f in found if f.beyond and f.verdict in BAD),
            tuple({f.diagnosis.convention: f for f in found if f.diagnosis and f.diagnosis.convention}.values()),
            next((f.message for f in found if f.verdict == "SKIPPED" and not f.beyond), ""),
        )
        for component, found in members.items()
    ]


def cleaned(judgement: Judgement) -> Judgement:
    """Without what a submission could hide in its texts: control sequences, lone surrogates, megabytes."""
    found: Judgement = _clean(judgement)
    return found


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        short = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
        return printable(short).replace("\t", "    ")
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(map(_clean, value))
    if isinstance(value, Judgement | Finding | Diagnosis) and is_dataclass(value):
        own = {f.name: getattr(value, f.name) for f in fields(value) if f.name != "evidence"}
        return replace(value, **{name: _clean(item) for name, item in own.items()})
    return value


def counted(lang: str, key: str, count: int) -> str:
    """ "1 check", "2 checks"."""
    return text(lang, f"show.{key}.{'one' if count == 1 else 'many'}", count=count)


def check_words(lang: str, check: str) -> str:
    """What a check looks at: "grad.weight" is "the gradient of weight"."""
    family, _, rest = check.partition(".")
    if family == "eval" and rest:
        return text(lang, "show.check.eval_of", what=check_words(lang, rest))
    if family in ("repeat", "accumulated", "twice") and rest:
        inner = rest if family != "accumulated" else f"grad.{rest}"
        return text(lang, f"show.check.{family}", what=check_words(lang, inner))
    if family in ("trajectory", "later") and rest.startswith("step "):
        step, _, what = rest.removeprefix("step ").partition(".")
        if what.startswith("parameter "):
            return text(lang, f"show.check.{family}", step=step, parameter=what.removeprefix("parameter "))
        return text(lang, "show.check.trajectory_of", step=step, what=what)
    if family == "rates" and rest.startswith("step "):
        return text(lang, "show.check.rates", step=rest.removeprefix("step "))
    known = ("forward", "grad", "again", "buffer", "initial", "unchanged")
    if family in known and rest:
        return text(lang, f"show.check.{family}_of", what=rest)
    simple = ("forward", "grad", "constructs", "parameters", "import", "names", "result", "trajectory", "rates", "eval")
    return text(lang, f"show.check.{family}") if check in simple else check


def title(lang: str, finding: Finding) -> str:
    """Where to look: the check in words, and the sample."""
    ended = finding.check == "constructs" and finding.verdict in ENDED and not finding.trace
    words = text(lang, "show.check.running") if ended else check_words(lang, finding.check)
    sample = sample_name(lang, finding.sample)
    return text(lang, "show.in_sample", check=words, sample=sample) if sample else words


def headline(lang: str, finding: Finding) -> str:
    """What is wrong, in one line."""
    family = finding.check.partition(".")[0]
    if family in ("unchanged", "repeat", "twice") and finding.verdict == "FAIL" and not finding.trace:
        return text(lang, f"show.{family}", what=finding.check.partition(".")[2])
    if finding.verdict == "FAIL":
        return _difference(lang, finding)
    message = said(lang, finding.message.strip().split("\n")[0])
    if finding.verdict in ("ERROR", "FORBIDDEN") and message:
        return message
    if finding.verdict == "MISSING" and finding.check == "names":
        return message if finding.component else text(lang, "show.nothing_known")
    words = text(lang, f"show.verdict.{finding.verdict}") if finding.verdict in BAD else ""
    return f"{words} ({message})" if words and message and finding.verdict not in PLAIN else words or message


def said(lang: str, message: str) -> str:
    """What the judge said in English, in the reader's language; what is not one of its sentences stays as it is."""
    if lang == "en":
        return message
    for key, pattern in _sentences().items():
        if (found := pattern.fullmatch(message)) is not None:
            values = {name: said(lang, value) if name == "rest" else value for name, value in found.groupdict().items()}
            return text(lang, f"show.said.{key}", **values)
    return message


@cache
def _sentences() -> dict[str, re.Pattern[str]]:
    """The English sentences as patterns, with a group for each place that is filled in."""
    found = {}
    for key, sentence in words_of("en", "show.said").items():
        pieces = re.split(r"\{(\w+)\}", sentence)
        escaped = [_place(piece) if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)]
        found[key] = re.compile("".join(escaped))
    return found


def _place(name: str) -> str:
    """A name is a word: "'Valor' object has no attribute 'x'" is Python's sentence, and stays as it is."""
    pattern = r"[\w.]+" if name in ("name", "method") else ".+?"
    return f"(?P<{name}>{pattern})"


def _difference(lang: str, finding: Finding) -> str:
    if finding.message.startswith(NOT_AN_ARRAY):
        return text(lang, "show.not_an_array", kind=finding.message.removeprefix(NOT_AN_ARRAY))
    got, expected = _arrays(finding)
    if expected is None:
        return said(lang, finding.message)
    if got is None:
        return text(lang, "show.no_array")
    if got.shape != expected.shape:
        return text(lang, "show.shapes", expected=expected.shape, got=got.shape)
    marks = differing(got, expected, finding.allowed)
    if got.dtype != expected.dtype and not marks.any():
        return text(lang, "show.dtypes", expected=expected.dtype, got=got.dtype)
    if not marks.any():
        return said(lang, finding.message)
    where = tuple(int(i) for i in np.argwhere(marks)[0])
    pair = [grid.lines[0][0].text.strip() for grid in grids([expected[where], got[where]], np.array(True), 80)]
    share = text(lang, "show.differ", count=int(marks.sum()), size=marks.size) if marks.size > 1 else ""
    place = text(lang, "show.at", where=list(where)) if where and marks.size > 1 else ""
    return place + text(lang, "show.values", expected=pair[0], got=pair[1]) + share


def _arrays(finding: Finding) -> tuple[Any, Any]:
    """What came and what was expected, where both are known."""
    evidence = finding.evidence
    if evidence is None or not isinstance(evidence.expected, np.ndarray):
        return None, None
    return (evidence.got if isinstance(evidence.got, np.ndarray) else None), evidence.expected


def first_by_hand(judgement: Judgement) -> Finding | None:
    """The first failure with lines to run by hand, before which a page says what that does."""
    return next((finding for finding in judgement.first_to_fix() if finding.reproducer), None)


def explanation(lang: str, finding: Finding, width: int = 68, warns: bool = True) -> Iterator[Part]:
    """Everything about a failure, in the order in which it helps.

    `warns`: before the lines to run by hand stands what that does, which a page says once.
    """

    def label(key: str) -> str:
        return text(lang, f"show.label.{key}")

    yield Part(label("wrong"), headline(lang, finding))
    if _is_hint(finding) and (exposed := sample_words(lang, finding.exposes)):
        yield Part(label("exposes"), exposed)
    if finding.evidence is not None:
        yield from _call(lang, finding, width)
        yield from _compared(lang, finding, width)
    if finding.trace:
        lines = dict.fromkeys(_trace_line(lang, entry) for entry in finding.trace)  # a recursion passes one often
        yield Part(label("your_line"), code="\n".join(lines))
    if finding.diagnosis is not None:
        yield from _diagnosis(lang, finding.diagnosis)
    if finding.help:
        yield Part(label("try"), finding.help)
    if finding.reproducer:
        words = text(lang, "show.runs_it") if warns else ""
        yield Part(label("reproducer"), words, code=finding.reproducer.strip("\n"))


def _is_hint(finding: Finding) -> bool:
    """Whether what the sample was made to show may help: numbers differ, and nothing better is known."""
    if finding.verdict != "FAIL" or finding.diagnosis is not None or finding.message.startswith(NOT_AN_ARRAY):
        return False
    got, expected = _arrays(finding)
    other = expected is not None and (got is None or got.shape != expected.shape)  # no array, or not of that shape
    return finding.check.partition(".")[0] in COMPARED and not other


def _trace_line(lang: str, entry: Mapping[str, Any]) -> str:
    place = text(lang, "show.place", file=entry.get("file", ""), line=entry.get("line", ""))
    function = entry.get("function") or ""
    named = "" if function in ("", "<module>") else text(lang, "show.inside", function=function)
    return f"{place}{named}\n    {str(entry.get('text', '')).strip()}".rstrip()


def _call(lang: str, finding: Finding, width: int) -> Iterator[Part]:
    """What the student's code was given."""
    assert finding.evidence is not None
    task = finding.evidence.task
    label = text(lang, "show.label.input")
    if task.get("kind") == "graph":
        leaves = "\n".join(f"{name} = {finding.name}({number(value)})" for name, value in task["leaves"].items())
        backward = "" if finding.check.startswith("forward") else str(task.get("spec", {}).get("backward", ""))
        yield Part(label, code=f"{leaves}\n{task['code']}\n{backward}".rstrip())
        return
    if "args" in task:
        args = ", ".join(f"{name}={_short(value)}" for name, value in task["args"].items())
        yield Part(text(lang, "show.label.built"), f"{finding.component}({args})")
    names = list(task.get("arguments", ()))
    given = [pair for name, value in zip(names, task.get("inputs", ()), strict=False) for pair in _flat(name, value)]
    for name, value in given[:INPUTS]:
        if isinstance(value, np.ndarray):
            (grid,) = grids([value], np.zeros(value.shape, np.bool_), width, rows=4)
            yield Part(name, _shape_words(lang, grid), grid)
        else:
            yield Part(name, _short(value))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from _flat(f"{name}[{index}]", item)
    else:
        yield name, value


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array{value.shape}" if value.size > 6 else f"array({value.tolist()})"
    return repr(value)


def _shape_words(lang: str, grid: Grid) -> str:
    if not grid.shape:
        return ""
    shape = text(lang, "show.shape", shape=grid.shape)
    return text(lang, "show.part", shape=shape, part=grid.part) if grid.part else shape


def _compared(lang: str, finding: Finding, width: int) -> Iterator[Part]:
    got, expected = _arrays(finding)
    if expected is None or finding.verdict == "ERROR":
        return
    marks = np.zeros(expected.shape, np.bool_) if got is None else differing(got, expected, finding.allowed)
    if marks.shape != expected.shape:
        marks = np.zeros(expected.shape, np.bool_)
    scalar = got is not None and got.size == expected.size == 1 and got.shape == expected.shape
    shown = [] if scalar else grids([array for array in (expected, got) if array is not None], marks, width)
    for key, grid in zip(("expected", "got"), shown, strict=False):
        told = key == "got" and (grid.shape, grid.part) == (shown[0].shape, shown[0].part)
        yield Part(text(lang, f"show.label.{key}"), "" if told else _shape_words(lang, grid), grid)
    if finding.allowed is not None and got is not None and got.shape == expected.shape:
        values = {
            "atol": number(finding.allowed.atol),
            "rtol": number(finding.allowed.rtol),
            "error": number(finding.max_abs_error, 3),
        }
        yield Part(text(lang, "show.label.allowed"), text(lang, "show.allowed", **values))


def _diagnosis(lang: str, diagnosis: Diagnosis) -> Iterator[Part]:
    if diagnosis.convention:
        yield Part(text(lang, "show.label.convention"), diagnosis.explanation)
        yield Part(text(lang, "show.label.equals"), code=diagnosis.convention)
        return
    sure = text(lang, "show.sure", mistake=diagnosis.mistake, percent=round(100 * diagnosis.confidence))
    yield Part(text(lang, "show.label.diagnosis"), f"{diagnosis.explanation}\n{sure}".strip())
    if diagnosis.second:
        yield Part(text(lang, "show.label.second"), diagnosis.second)
