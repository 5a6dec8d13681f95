"""The page of a class: HTML that needs nothing else, equal bytes for equal results. Whatever came in is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from parity.student.classes.marks import (
    LETTERS,
    Mark,
    Points,
    Record,
    commonest,
    distribution,
    same_outputs,
    slowest,
    to_look_at,
    total,
)
from parity.student.curriculum import samples
from parity.student.messages import sample_name, sample_words, text
from parity.version import project_version

__all__ = ["render"]

TEMPLATES = Path(__file__).parents[2] / "templates"
SHOWN = 12  # names in a cell
MISTAKES = 25


def render(records: Sequence[Record], marks: Mapping[str, list[Mark]], points: Points, lang: str) -> str:
    """The page, from the results and their marks."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def words(key: str, /, **values: Any) -> str:
        return text(lang, f"class.{key}", **values)

    totals = {student: total(own) for student, own in marks.items()}
    bins = distribution(list(totals.values()))
    verdicts = {v for own in marks.values() for m in own for v in (m.verdict, *m.samples.values())}
    return environment.get_template("class.html").render(
        lang="pt-BR" if lang == "pt" else lang,
        words=words, number=lambda value: f"{value:.4g}", letters=LETTERS, points=points,
        sentence=_sentence(totals, lang),
        tiers=sorted({record["tier"] for record in records}), present=[v for v in LETTERS if v in verdicts],
        rows=[(record["student"], *totals[record["student"]], marks[record["student"]]) for record in records],
        components=list(_components(records, marks, points, lang)), look=to_look_at(records, marks),
        mistakes=commonest(records)[:MISTAKES], shown=SHOWN, distribution=bins, largest=max(count for _, count in bins),
        groups=same_outputs(records), slowest=slowest(records), version=project_version(),
    )  # fmt: skip


def _sentence(totals: Mapping[str, tuple[float, float]], lang: str) -> str:
    shares = [points / most for points, most in totals.values() if most]
    mean = f"{100 * sum(shares) / len(shares):.0f} %" if shares else "—"
    key = "sentence_one" if len(totals) == 1 else "sentence"
    return text(lang, f"class.{key}", count=len(totals), full=sum(share >= 1 for share in shares), mean=mean)


def _components(
    records: Sequence[Record], marks: Mapping[str, list[Mark]], points: Points, lang: str
) -> Iterator[dict[str, Any]]:
    """Of each component the samples that count, and the verdicts of those who have it."""
    for place, name in enumerate(points.points):
        own = {record["student"]: marks[record["student"]][place].samples for record in records}
        held = {student: verdicts for student, verdicts in own.items() if verdicts}
        exposes = {sample.name: sample.exposes for sample in samples(name)}
        columns = list(next(iter(held.values()), ()))
        counts = [[verdicts[column] for verdicts in held.values()] for column in columns]
        yield {
            "name": name,
            "samples": [
                {"name": sample_name(lang, column), "exposes": sample_words(lang, exposes.get(column, "")),
                 "right": found.count("PASS"), "asked": len(found) - found.count("SKIPPED")}
                for column, found in zip(columns, counts, strict=True)
            ],
            "rows": [(student, list(verdicts.values())) for student, verdicts in held.items()],
        }  # fmt: skip
