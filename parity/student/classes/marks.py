"""Points: which components count, what a submission gets for them, and what the marks of a class look like."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from parity.outputs import CommandError
from parity.registry import nearest
from parity.student import reference
from parity.student.curriculum import is_beyond, ordered_components, samples
from parity.student.findings import BAD

__all__ = [
    "LETTERS", "LOOK", "Group", "Mark", "Points", "Record", "commonest", "default_points", "distribution", "is_ours",
    "mark", "read_points", "same_outputs", "slowest", "to_look_at", "total",
    "with_points",
]  # fmt: skip

Record = dict[str, Any]  # a result file: schema parity.result/1 and what grading adds to it
KEYS = ("title", "strict", "optional", "seeds", "points")
# A letter beside each colour. "" is a sample that was not reached, since the code ended before.
LETTERS = {
    "PASS": "P", "FAIL": "F", "ERROR": "E", "MISSING": "M", "SKIPPED": "S", "TIMEOUT": "T", "MEMORY": "Y", "CRASH": "C",
    "EXITED": "X", "FORBIDDEN": "B", "OUTPUT_LIMIT": "O", "PROTOCOL": "R", "NONDETERMINISTIC": "N", "INFRA": "I",
    "": "·",
}  # fmt: skip
LOOK = ("INFRA", "FORBIDDEN", "PROTOCOL")  # verdicts that somebody should look at


@dataclass(frozen=True)
class Points:
    """What a points file says. What is optional adds points, and costs none where it is not there."""

    points: Mapping[str, float]
    optional: tuple[str, ...] = ()
    strict: tuple[str, ...] = ()  # components of which the samples beyond a course count too
    public: tuple[int, ...] = (0,)
    hidden: tuple[int, ...] = ()
    title: str = ""

    @property
    def most(self) -> float:
        return sum(value for name, value in self.points.items() if name not in self.optional)

    def restricted(self, only: Sequence[str]) -> Points:
        return replace(self, points={name: value for name, value in self.points.items() if name in only or not only})


@dataclass(frozen=True)
class Mark:
    """What a submission gets for one component: its share of the samples that count and passed with every seed."""

    component: str
    points: float
    max_points: float
    passed: int
    counted: int
    verdict: str  # PASS, or that of the first sample that did not pass
    optional: bool
    public: bool  # whether all is right with the public seeds
    samples: Mapping[str, str] = field(default_factory=dict)  # the verdict on each, "" where it was not reached


def read_points(file: Path) -> Points:
    """Read points.toml.

    Raises:
        CommandError: it cannot be read, or says something that is not known; the message says what.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
    try:
        return _points(table)
    except ValueError as error:
        raise CommandError(f"{file}: {error}") from error


def _points(table: Mapping[str, Any]) -> Points:
    for key in table:
        if key not in KEYS:
            raise ValueError(f"unknown key {key!r}{nearest(key, KEYS)}")
    points = table.get("points")
    if not isinstance(points, dict) or not points:
        raise ValueError("expected a table [points] that gives components their points, as in `Linear = 4`")
    for name, value in points.items():
        _known(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise ValueError(f"[points] {name}: expected a number from 0 on, got {value!r}")
    strict = table.get("strict", False)
    strict = list(points) if strict is True else [] if strict is False else strict
    seeds = table.get("seeds", {})
    if not isinstance(seeds, dict) or set(seeds) - {"public", "hidden"}:
        raise ValueError("[seeds] has the keys public and hidden, and no others")
    public, hidden = _seeds(seeds, "public", 0), _seeds(seeds, "hidden", [])
    if len({*public, *hidden}) < len(public) + len(hidden):
        raise ValueError("[seeds] the same seed is given twice")
    return Points(
        {name: float(value) for name, value in points.items()}, _names(table.get("optional", []), "optional", points),
        _names(strict, "strict", points), public or (0,), hidden, str(table.get("title", "")),
    )  # fmt: skip


def _known(name: Any) -> None:
    if name not in ordered_components():
        raise ValueError(f"no component {name!r}{nearest(str(name), ordered_components())}")


def _names(value: Any, key: str, points: Mapping[str, Any]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{key}: expected a list of components, got {value!r}")
    for name in value:
        _known(name)
        if name not in points:
            raise ValueError(f"{key}: {name} has no points in [points]")
    return tuple(value)


def _seeds(seeds: Mapping[str, Any], key: str, default: Any) -> tuple[int, ...]:
    value = seeds.get(key, default)
    numbers = value if isinstance(value, list) else [value]
    if any(isinstance(n, bool) or not isinstance(n, int) or not 0 <= n < 2**64 for n in numbers):
        raise ValueError(f"[seeds] {key}: expected whole numbers from 0 on, got {value!r}")
    return tuple(numbers)


def default_points(records: Sequence[Record]) -> Points:
    """One point for each component that anyone has; what fewer than half of the class have is optional."""
    found = Counter(name for record in records for name in record["found"])
    handed_in = sum(bool(record["found"]) for record in records)
    names = [name for name in ordered_components() if name in found]
    return Points(dict.fromkeys(names, 1.0), tuple(name for name in names if 2 * found[name] < handed_in))


def mark(record: Record, points: Points) -> list[Mark]:
    """What a submission gets, component by component. What could not be judged counts neither way."""
    return [_mark(record, name, points) for name in points.points]


def _mark(record: Record, component: str, points: Points) -> Mark:
    optional = component in points.optional
    rows = [row for row in record["results"] if row["component"] in (component, "")]
    missing = component not in record["found"]
    if missing:
        verdict = next((row["verdict"] for row in rows if not row["component"] and row["check"] == "import"), "MISSING")
        most = 0.0 if optional or verdict == "INFRA" else points.points[component]
        return Mark(component, 0.0, most, 0, 0, verdict, optional, False)
    strict = component in points.strict
    every, public = (_verdicts(component, rows, strict, hidden) for hidden in (True, False))
    counted = [verdict for verdict in every.values() if verdict not in ("SKIPPED", "INFRA")]
    wrong = [verdict for verdict in every.values() if verdict not in ("PASS", "SKIPPED")]
    share = counted.count("PASS") / len(counted) if counted else 0.0
    most = points.points[component] if counted and not optional else 0.0
    verdict = (wrong[0] or "MISSING") if wrong else "PASS" if counted else "SKIPPED"
    right = bool(counted) and all(verdict in ("PASS", "SKIPPED") for verdict in public.values())
    return Mark(
        component, round(share * points.points[component], 6), most, counted.count("PASS"), len(counted), verdict,
        optional, right, every,
    )  # fmt: skip


def _verdicts(component: str, rows: Sequence[Record], strict: bool, hidden: bool) -> dict[str, str]:
    """The verdict on each sample that counts, in the learner's order: that of its first check that did not pass."""
    found: dict[str, str] = {}
    for row in rows:
        if row["component"] == component and (hidden or not row.get("hidden")):
            verdict = row["verdict"] if strict or not row["beyond"] else "SKIPPED"
            before = found.get(row["sample"], "SKIPPED")
            if before == "SKIPPED" or (before == "PASS" and verdict in BAD):
                found[row["sample"]] = verdict
    if "" in found and found[""] != "PASS":  # the component as a whole
        return dict.fromkeys(counted_samples(component, strict), found[""])
    return {name: found.get(name, "") for name in counted_samples(component, strict)}


@cache
def counted_samples(component: str, strict: bool) -> tuple[str, ...]:
    """Those that a course asks for and PyTorch answers; with `strict` those beyond as well."""
    answered = set(reference.names(component))
    return tuple(
        s.name for s in samples(component) if s.name in answered and (strict or not is_beyond(component, s.name))
    )


def with_points(record: Record, marks: Sequence[Mark]) -> list[Record]:
    """The rows of a result, with a sample's points at its first failed check, or at its first where none failed."""
    by_component = {m.component: m for m in marks}
    place: dict[tuple[str, str], int] = {}
    for index, row in enumerate(record["results"]):
        key = (row["component"], row["sample"])
        before = place.get(key)
        if before is None or (row["verdict"] in BAD and record["results"][before]["verdict"] not in BAD):
            place[key] = index
    rows = [{**row, "points": 0.0, "max_points": 0.0} for row in record["results"]]
    for (component, sample), index in place.items():
        m = by_component.get(component)
        if m is not None and m.samples.get(sample, "SKIPPED") not in ("SKIPPED", "INFRA"):
            rows[index]["max_points"] = round(m.max_points / m.counted, 6)
            rows[index]["points"] = round(m.points / m.passed, 6) if m.samples[sample] == "PASS" else 0.0
    return rows


def total(marks: Sequence[Mark]) -> tuple[float, float]:
    """The points, and the most that there were."""
    return round(sum(m.points for m in marks), 4), round(sum(m.max_points for m in marks), 4)


def is_ours(record: Record) -> bool:
    """Whether something went wrong that is not the student's: it is judged again the next time."""
    return any(row["verdict"] == "INFRA" for row in record["results"])


def _first_wrong(record: Record) -> Iterator[Record]:
    """Of each component the first finding that counts."""
    seen = set()
    for row in record["results"]:
        if row["verdict"] in BAD and row["verdict"] != "INFRA" and not row["beyond"] and row["component"] not in seen:
            seen.add(row["component"])
            yield row


def commonest(records: Sequence[Record]) -> list[tuple[str, str, list[str]]]:
    """(what, an example of what was said, who), from the most frequent on.

    A mistake is known by its id where there is a diagnosis, else by the component and the check.
    """
    said: dict[str, str] = {}
    who: dict[str, list[str]] = {}
    for record in records:
        for row in _first_wrong(record):
            named = row.get("diagnosis")
            place = " ".join(filter(None, (row["component"], row["check"]))) + f", {row['verdict']}"
            what = f"{named['mistake']} ({row['component']})" if named and named["mistake"] else place
            said.setdefault(what, (named and named["explanation"]) or row.get("headline") or row["message"])
            who.setdefault(what, []).append(record["student"])
    return sorted(((what, said[what], names) for what, names in who.items()), key=lambda row: (-len(row[2]), row[0]))


@dataclass(frozen=True)
class Group:
    """Submissions that give the same wrong numbers. `explained`: a mistake that has a name gives them too."""

    students: tuple[str, ...]
    components: tuple[str, ...]
    findings: int
    explained: bool


def same_outputs(records: Sequence[Record]) -> list[Group]:
    """Who shares wrong numbers, the most telling first: unexplained ones, and many of them."""
    holders: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        for component, print_ in record.get("fingerprints", {}).items():
            holders.setdefault((component, print_["digest"]), []).append(record)
    groups: dict[tuple[str, ...], list[tuple[str, int, bool]]] = {}
    for (component, _), members in holders.items():
        if len(members) > 1:
            print_ = members[0]["fingerprints"][component]
            students = tuple(member["student"] for member in members)
            groups.setdefault(students, []).append((component, print_["findings"], print_["explained"]))
    found = [
        Group(students, tuple(c for c, _, _ in rows), sum(n for _, n, _ in rows), all(e for _, _, e in rows))
        for students, rows in groups.items()
    ]
    return sorted(found, key=lambda group: (group.explained, -group.findings, group.students))


def distribution(totals: Sequence[tuple[float, float]]) -> list[tuple[str, int]]:
    """How many have which share of the points, by tenths; all of them is a row of its own."""
    shares = [points / most for points, most in totals if most]
    tenths = Counter(min(int(10 * share + 1e-9), 10) for share in shares)
    labels = [f"{10 * i}–{10 * i + 9} %" for i in range(10)] + ["100 %"]
    return [(label, tenths[i]) for i, label in enumerate(labels)]


def slowest(records: Sequence[Record], count: int = 5) -> list[Record]:
    return sorted(records, key=lambda record: -float(record["seconds"]))[:count]


def to_look_at(records: Sequence[Record], marks: Mapping[str, Sequence[Mark]]) -> list[tuple[str, str, str]]:
    """(who, verdict, what was said) where a person should look, each verdict once a submission and component."""
    found: dict[tuple[str, str, str], str] = {}
    for record in records:
        who = record["student"]
        for row in record["results"]:
            if row["verdict"] in LOOK:
                said = " ".join(filter(None, (row["component"], row["sample"], row["message"])))
                found.setdefault((who, row["verdict"], row["component"]), said)
        for m in marks[who]:
            if m.verdict == "SKIPPED":
                why = next(
                    (r["message"] for r in record["results"] if r["component"] == m.component and r["message"]), ""
                )
                found.setdefault((who, m.verdict, m.component), f"{m.component} {why}")
    return [(who, verdict, said) for (who, verdict, _), said in found.items()]
