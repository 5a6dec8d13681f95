"""What `parity grade` does: judges a class in parallel, goes on where it was left, and writes what a teacher needs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from rich.console import Console

from parity.outputs import CommandError, dump, write_whole
from parity.registry import nearest
from parity.student.adapters import Adapter, read_adapter
from parity.student.classes.export import FORMATS, write_format
from parity.student.classes.jobs import Job, carry_out_here, carry_out_with_dask
from parity.student.classes.marks import (
    Mark,
    Points,
    Record,
    default_points,
    is_ours,
    mark,
    read_points,
    total,
    with_points,
)
from parity.student.curriculum import ordered_components
from parity.student.isolation.jail import best_tier, try_tier
from parity.student.messages import find_language, text
from parity.student.reference import write_golden
from parity.terminal import progress

__all__ = ["Options", "choose_tier", "grade", "hidden_answers", "submissions", "suite_digest"]

ISOLATING = ("bwrap", "landlock")
HOME = Path(__file__).resolve().parents[3]
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    folder: Path | None = None
    out: Path = Path("results")
    points: Path | None = None
    jobs: int | None = None
    tier: str | None = None
    seed: Sequence[int] = ()
    format: Sequence[str] = ()
    dask: str | None = None
    adapter: Path | None = None
    only: Sequence[str] = ()
    lang: str | None = None
    autograder: Path | None = None


@dataclass(frozen=True)
class Plan:
    """The options, read and checked."""

    points: Points | None  # None where the class decides what counts
    adapter: Adapter | None
    tier: str
    public: tuple[int, ...]
    hidden: tuple[int, ...]
    only: tuple[str, ...]  # components that are judged; all where there are none
    lang: str


def grade(options: Options, console: Console) -> int:
    """Carry it out; the exit status: 0 where every submission was judged, 1 where one could not be."""
    plan = make_plan(options)
    if options.autograder is not None:
        from parity.student.classes.autograder import write_autograder

        write_autograder(options.autograder, options, plan)
        console.print(text(plan.lang, "grade.autograder", folder=options.autograder))
    if options.folder is None:
        if options.autograder is None:
            raise CommandError("expected a folder with a file or a folder for each student (see `parity grade --help`)")
        return 0
    _check_out(options.out)
    found = submissions(options.folder, options.out)
    jobs = [_job(name, path, plan, options) for name, path in found.items()]
    records = _judge(jobs, plan, options, console)
    points = plan.points or replace(default_points(records), public=plan.public, hidden=plan.hidden)
    points = points.restricted(plan.only)
    marks = {record["student"]: mark(record, points) for record in records}
    for record in records:
        _write_marks(record, marks[record["student"]], options.out)
    formats = list(dict.fromkeys(options.format or ("html", "csv")))
    written = [write_format(kind, options.out, records, marks, points, plan.lang) for kind in formats]
    _say(console, plan, records, marks, written)
    return 1 if any(map(is_ours, records)) else 0


def make_plan(options: Options) -> Plan:
    """Read what the options name, before the work begins.

    Raises:
        CommandError: something cannot be read, is not known, or does not work here.
    """
    points = read_points(options.points) if options.points is not None else None
    for name in options.only:
        if name not in ordered_components():
            raise CommandError(f"no component {name!r}{nearest(name, ordered_components())}")
        if points is not None and name not in points.points:
            raise CommandError(f"--only {name}: has no points in {options.points}")
    for kind in options.format:
        if kind not in FORMATS:
            raise CommandError(f"no format {kind!r}{nearest(kind, FORMATS)}")
    public = tuple(options.seed) or (points.public if points else (0,))
    hidden = tuple(seed for seed in (points.hidden if points else ()) if seed not in public)
    if points is not None:
        points = replace(points, public=public, hidden=hidden)
    adapter = read_adapter(options.adapter) if options.adapter is not None else None
    only = tuple(options.only) or tuple(points.points if points else ())
    return Plan(points, adapter, choose_tier(options.tier), public, hidden, only, options.lang or find_language())


def choose_tier(asked: str | None) -> str:
    """The tier asked for, or the best that keeps submissions from each other and from the answers.

    Raises:
        CommandError: it does not work here, or keeps nothing apart.
    """
    if asked == "in-process":
        raise CommandError(
            "in-process keeps nothing apart: a submission could give itself its marks. It is for one's own code"
        )
    if asked is not None:
        if not (tried := try_tier(asked)).works:
            raise CommandError(f"{tried.why}; the best tier here is {best_tier()}")
        return asked
    if (best := best_tier()) not in ISOLATING:
        ask = (
            f"or ask for --tier {best}, where a submission can read the answers" if best != "in-process" else "on Linux"
        )
        raise CommandError(f"no tier works here that keeps a submission from the others: install bubblewrap, {ask}")
    return best


def submissions(folder: Path, out: Path) -> dict[str, Path]:
    """Each file and folder directly below is a student's, by its name; what is hidden, and no Python, is left out.

    Raises:
        CommandError: there are none.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder}: expected a folder with a file or a folder for each student")
    entries = [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and path.name not in LEFT_OUT and path.resolve() != out.resolve()
        if path.is_dir() or (path.is_file() and path.suffix in (".py", ".ipynb"))
    ]
    if not entries:
        raise CommandError(f"{folder}: no .py file, notebook or folder in it")
    stems = [path.name if path.is_dir() else path.stem for path in entries]
    return {stem if stems.count(stem) == 1 else path.name: path for stem, path in zip(stems, entries, strict=True)}


def _check_out(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{out}: is no folder, and cannot become one ({error.strerror})") from error
    if not os.access(out, os.W_OK):
        raise CommandError(f"{out}: cannot be written to")


def _job(student: str, path: Path, plan: Plan, options: Options) -> Job:
    return Job(
        student,
        path,
        _hash(path, plan, options),
        plan.tier,
        plan.public,
        plan.hidden,
        plan.only,
        plan.adapter,
        plan.lang,
    )


def _hash(path: Path, plan: Plan, options: Options) -> str:
    """Over all that a result depends on."""
    sum_ = hashlib.sha256(suite_digest().encode())
    points = options.points.read_bytes() if options.points is not None else b""
    for piece in (points, repr((plan.tier, plan.public, plan.hidden, plan.only, plan.lang, plan.adapter)).encode()):
        sum_.update(hashlib.sha256(piece).digest())
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file() and not file.is_symlink() and not any(part in LEFT_OUT for part in file.parts):
            sum_.update(repr(str(file.relative_to(path))).encode())
            with file.open("rb") as stream:
                sum_.update(hashlib.file_digest(stream, "sha256").digest())
    return sum_.hexdigest()


@cache
def suite_digest() -> str:
    """What stands for the version: over the code, the tables and the answers, which change between versions too."""
    sum_ = hashlib.sha256()
    for package in ("parity", "scratch"):
        for file in sorted((HOME / package).rglob("*")):
            if file.suffix in (".py", ".toml", ".npz"):
                sum_.update(str(file.relative_to(HOME)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return sum_.hexdigest()


def _judge(jobs: Sequence[Job], plan: Plan, options: Options, console: Console) -> list[Record]:
    """Each submission's result, from its file where nothing has changed since."""
    records = {job.student: record for job in jobs if (record := _finished(_file(options.out, job.student), job.hash))}
    waiting = [job for job in jobs if job.student not in records]
    if records:
        console.print(text(plan.lang, "grade.unchanged", count=len(records), total=len(jobs)))
    if waiting:
        answers = hidden_answers(options.out / ".answers", [*plan.public, *plan.hidden], plan.only, plan.lang, console)
        with progress(console, len(waiting)) as steps:

            def done(record: Record) -> None:
                write_whole(_file(options.out, record["student"]), dump(record))
                records[record["student"]] = record
                steps.advance()
                steps.show(record["student"])

            try:
                _carry_out(waiting, options, answers, done)
            except KeyboardInterrupt:
                console.print(text(plan.lang, "grade.left", count=len(records), total=len(jobs)))
                raise
    return [records[job.student] for job in jobs]


def _carry_out(
    waiting: Sequence[Job], options: Options, answers: dict[int, str | bytes], done: Callable[[Record], None]
) -> None:
    if options.dask is not None:
        carry_out_with_dask(waiting, options.dask, answers, done)
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    carry_out_here(waiting, min(options.jobs or cores, len(waiting)), answers, done)


def _file(out: Path, student: str) -> Path:
    return out / f"{student}.json"


def _finished(file: Path, hash_: str) -> Record | None:
    """What is there, unless it is of something else or was our fault."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return record if record["hash"] == hash_ and not is_ours(record) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def hidden_answers(
    folder: Path, seeds: Sequence[int], components: Sequence[str], lang: str, console: Console
) -> dict[int, str | bytes]:
    """PyTorch's answers for seeds other than 0, which are not at hand: asked once, by this process, and kept.

    Raises:
        CommandError: torch is not installed, or is of another version.
    """
    found: dict[int, str | bytes] = {}
    for seed in seeds:
        if seed == 0:
            continue
        key = hashlib.sha256(f"{suite_digest()} {sorted(components)}".encode()).hexdigest()[:16]
        kept = folder.resolve() / f"seed-{seed}-{key}"
        if not kept.exists():
            console.print(text(lang, "grade.asking", seed=seed))
            _ask(kept, seed, components)
        found[seed] = str(kept)
    return found


def _ask(kept: Path, seed: int, components: Sequence[str]) -> None:
    from parity.environment import Unusable, check_environment

    try:
        check_environment()
    except Unusable as error:
        raise CommandError(f"the answers to seed {seed} are PyTorch's: {error}") from error
    unfinished = kept.with_name(f"{kept.name}.{os.getpid()}.tmp")
    unfinished.mkdir(parents=True)
    write_golden(unfinished, seed, components or None)
    unfinished.replace(kept)


def _write_marks(record: Record, marks: Sequence[Mark], out: Path) -> None:
    """The points, in the result file: they may depend on the class, and are not known before all are judged."""
    points, most = total(marks)
    given = {
        "points": points, "max_points": most,
        "components": [
            {"component": m.component, "points": m.points, "max_points": m.max_points, "passed": m.passed,
             "counted": m.counted, "verdict": m.verdict, "optional": m.optional} for m in marks
        ],
    }  # fmt: skip
    rows = with_points(record, marks)
    if record.get("marks") != given or rows != record["results"]:
        record |= {"marks": given, "results": rows}
        write_whole(_file(out, record["student"]), dump(record))


def _say(
    console: Console, plan: Plan, records: Sequence[Record], marks: dict[str, list[Mark]], written: Sequence[Path]
) -> None:
    shares = [points / most for points, most in map(total, marks.values()) if most]
    mean = f"{100 * sum(shares) / len(shares):.0f} %" if shares else "—"
    ours = [record["student"] for record in records if is_ours(record)]
    console.print(text(plan.lang, "grade.graded", count=len(records), tier=plan.tier, mean=mean))
    if ours:
        console.print(text(plan.lang, "grade.ours", names=", ".join(ours)), style="bold")
    console.print(text(plan.lang, "grade.written", files=", ".join(map(str, written))))
