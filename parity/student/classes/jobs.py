"""A submission judged as a job, by processes of this machine or by a Dask cluster. What comes back is a result file."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import io
import multiprocessing
import signal
import threading
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from parity.outputs import CommandError
from parity.student import reference
from parity.student.adapters import Adapter
from parity.student.classes.marks import Record
from parity.student.findings import BAD, Finding, Judgement
from parity.student.isolation.copies import SubmissionError, copy_submission
from parity.student.isolation.folders import OwnFolder, own_folder
from parity.student.judge import judge_submission
from parity.student.showing.formats import versions
from parity.student.showing.grids import differing
from parity.student.showing.show import plain
from parity.student.showing.view import cleaned, headline

__all__ = ["Job", "carry_out_here", "carry_out_with_dask", "judge_job", "packed"]

DIGITS = 10  # to which wrong numbers are rounded before they are compared between submissions
PRINTED = 500  # characters kept of what a submission printed
PATIENCE = 5.0  # seconds that a worker has to end its jail

Answers = Mapping[int, str | bytes]  # for each seed a folder, or the same zipped
Row = tuple[int, bool, Finding]  # the seed, whether it is a hidden one, what was found
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Job:
    """A submission and how to judge it. `content` is the submission itself where another machine judges it."""

    student: str
    path: Path
    hash: str
    tier: str
    public: tuple[int, ...] = (0,)
    hidden: tuple[int, ...] = ()
    only: tuple[str, ...] = ()
    adapter: Adapter | None = None
    lang: str = "en"
    content: bytes = b""


def judge_job(job: Job) -> Record:
    """Judge it with every seed. Whatever goes wrong on our side is INFRA."""
    start = time.perf_counter()
    try:
        with own_folder() as folder:
            place = copy_submission(job.path, folder / "alone", alone=True)
            judged = list(_with_every_seed(job, place))
        return _record(job, judged, time.perf_counter() - start)
    except SubmissionError as error:
        return _without_judging(job, "ERROR", str(error).removeprefix(f"{job.path}: "))
    except Exception as error:
        return infra(job, f"{type(error).__name__}: {error}")


def _with_every_seed(job: Job, place: Path) -> Iterator[tuple[int, bool, Judgement]]:
    for hidden, seeds in ((False, job.public), (True, job.hidden)):
        for seed in seeds:
            found = cleaned(judge_submission(place, job.tier, job.adapter, job.only, seed))
            yield seed, hidden, found
            if not found.found:
                return  # it cannot be imported, or has nothing that is known: other inputs do not change that


def infra(job: Job, message: str) -> Record:
    """The result of a submission of which we do not know how it would have done."""
    return _without_judging(job, "INFRA", message)


def _without_judging(job: Job, verdict: str, message: str) -> Record:
    finding = Finding("", "", "import", verdict, message=message)
    judgement = Judgement(job.path.name, job.tier, job.public[0], findings=(finding,))
    return _record(job, [(job.public[0], False, judgement)], 0.0)


# --- what is written down


def _record(job: Job, judged: Sequence[tuple[int, bool, Judgement]], seconds: float) -> Record:
    rows = list(_merged(judged))
    together = replace(judged[0][2], target=job.path.name, findings=tuple(finding for _, _, finding in rows))
    record = together.to_json(versions())
    first = {id(finding) for finding in together.first_to_fix()}
    for (seed, hidden, finding), row in zip(rows, record["results"], strict=True):
        row |= {"seed": seed, "hidden": hidden}
        if id(finding) in first:
            row |= {"headline": headline(job.lang, finding), "explained": plain(job.lang, finding)}
    return record | {
        "student": job.student, "hash": job.hash, "seconds": round(seconds, 3), "printed": together.printed[:PRINTED],
        "seeds": {"public": list(job.public), "hidden": list(job.hidden)}, "fingerprints": _fingerprints(rows),
    }  # fmt: skip


def _merged(judged: Sequence[tuple[int, bool, Judgement]]) -> Iterator[Row]:
    """What the first seed found, and for each sample the first thing that only another seed found."""
    rows = [(judged[0][0], judged[0][1], finding) for finding in judged[0][2].findings]
    failed = {(finding.component, finding.sample) for _, _, finding in rows if finding.verdict in BAD}
    for seed, hidden, judgement in judged[1:]:
        for finding in judgement.findings:
            key = (finding.component, finding.sample)
            if finding.verdict in BAD and key not in failed:
                failed.add(key)
                rows.append((seed, hidden, finding))
    order = {component: place for place, component in enumerate(["", *judged[0][2].found])}
    yield from sorted(rows, key=lambda row: order.get(row[2].component, len(order)))


def _fingerprints(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Of each component a digest of its wrong numbers. Right ones are equal by nature, and zeros say nothing."""
    found: dict[str, list[tuple[str, Finding]]] = {}
    for seed, _, finding in rows:
        if wrong := _wrong_numbers(finding):
            text = f"{seed} {finding.sample} {finding.check} {wrong}"
            found.setdefault(finding.component, []).append((text, finding))
    return {
        component: {
            "digest": hashlib.sha256("\n".join(sorted(text for text, _ in pieces)).encode()).hexdigest()[:16],
            "findings": len(pieces),
            "explained": any(f.diagnosis is not None and not f.diagnosis.remaining for _, f in pieces),
        }
        for component, pieces in found.items()
    }


def _wrong_numbers(finding: Finding) -> str:
    evidence = finding.evidence
    if finding.verdict != "FAIL" or finding.beyond or evidence is None:
        return ""
    got, expected = evidence.got, evidence.expected
    if not isinstance(got, np.ndarray) or not isinstance(expected, np.ndarray) or got.shape != expected.shape:
        return ""
    wrong = got[differing(got, expected, finding.allowed)]
    if wrong.dtype.kind not in "fiu" or not np.any(np.isfinite(wrong) & (wrong != 0)):
        return ""
    return " ".join(f"{float(value) + 0.0:.{DIGITS - 1}e}" for value in wrong)


# --- on this machine


def carry_out_here(jobs: Iterable[Job], workers: int, answers: Answers, done: Callable[[Record], None]) -> None:
    """Judge them in processes. Those under way when one dies are tried again alone, and are INFRA if it dies too."""
    waiting, suspects = deque(jobs), deque[Job]()
    while waiting:
        suspects.extend(_round(waiting, workers, answers, done))
    while suspects:
        for job in _round(suspects, 1, answers, done):
            done(infra(job, "the process that judged it was ended twice"))


def _round(waiting: deque[Job], workers: int, answers: Answers, done: Callable[[Record], None]) -> list[Job]:
    """Until nothing waits, or a process has died; the jobs that were under way then."""
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(answers,)
    )
    before = set(multiprocessing.active_children())
    running: dict[Future[Record], Job] = {}
    lost: list[Job] = []
    try:
        while (waiting or running) and not lost:
            while waiting and len(running) < workers + (workers > 1):  # one more, so that no process waits for us
                job = waiting.popleft()
                running[pool.submit(judge_job, job)] = job
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                try:
                    record = future.result()
                except (BrokenProcessPool, SystemExit):
                    lost.append(job)
                else:
                    done(record)
    except BrokenProcessPool:  # it died between two jobs
        waiting.appendleft(job)
    except BaseException:
        _end(set(multiprocessing.active_children()) - before)
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return [*lost, *running.values()]


def _begin(answers: Answers) -> None:
    """A process that judges: Ctrl-C is for the one who waits, and an end from there ends the jail first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    _learn(answers)


def _leave(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _end(workers: set[Any]) -> None:
    """End the processes, and what they leave: a jail's worker has a session of its own."""
    below: list[psutil.Process] = []
    for worker in workers:
        with contextlib.suppress(psutil.Error):
            below += psutil.Process(worker.pid).children(recursive=True)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(PATIENCE)
        worker.kill()
    for process in below:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _learn(answers: Answers) -> None:
    for seed, kept in answers.items():
        reference.keep(seed, Path(kept) if isinstance(kept, str) else _kept_answers(kept))


# --- on a cluster


def packed(path: Path) -> bytes:
    """A file or a folder, zipped, with its own name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                archive.write(file, file.relative_to(path.parent))
    return stream.getvalue()


def _unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


@cache
def _kept_answers(content: bytes) -> Path:
    """Answers that came over the network, in a folder that goes when the process does."""
    folder = OwnFolder()
    atexit.register(folder.remove)
    return _unpacked(content, folder.path / "answers")


def _judge_there(job: Job, answers: Answers) -> Record:
    """On a machine that has the project and not the files. One at a time: the inputs' seed belongs to the process."""
    with _one_at_a_time, own_folder() as folder:
        _learn(answers)
        place = folder / "there" / job.path.name
        if not job.content:
            place.mkdir(parents=True)  # a folder in which there is nothing to judge
        else:
            _unpacked(job.content, place.parent)
        return judge_job(replace(job, path=place, content=b""))


def carry_out_with_dask(jobs: Iterable[Job], address: str, answers: Answers, done: Callable[[Record], None]) -> None:
    """Hand them to the scheduler at `address`, which gives a job whose worker has died to another.

    Raises:
        CommandError: dask.distributed is not installed, or nobody answers there.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise CommandError("--dask needs dask.distributed: run `pip install 'valor-parity[cluster]'`") from error
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CommandError(f"--dask: no scheduler answers at {address} ({error})") from error
    with client:
        sent = {seed: packed(Path(kept)) if isinstance(kept, str) else kept for seed, kept in answers.items()}
        known = client.scatter([sent], broadcast=True, hash=False)[0]
        futures = {}
        for job in jobs:
            if (ready := _with_content(job, done)) is not None:
                futures[client.submit(_judge_there, ready, known, pure=False)] = job
        try:
            for future in as_completed(list(futures), loop=client.loop):
                job = futures.pop(future)
                failed = future.exception()
                done(future.result() if failed is None else infra(job, f"{type(failed).__name__}: {failed}"))
        finally:
            client.cancel(list(futures))


def _with_content(job: Job, done: Callable[[Record], None]) -> Job | None:
    """With the files themselves; None where they cannot be handed over, which is then the result."""
    with own_folder() as folder:
        try:
            return replace(job, content=packed(copy_submission(job.path, folder / "alone", alone=True)))
        except SubmissionError as error:
            done(_without_judging(job, "ERROR", str(error).removeprefix(f"{job.path}: ")))
            return None
