"""Mutation testing: change one operator or number of `scratch` at a time, and see whether the table notices.

    python -m parity.mutants layers/linear.py losses
    python -m parity.mutants --sample 40 --json new.json

A mutant is killed when some sample of the components that depend on its file fails, or when it crashes or hangs.
Those that live are shown as the line before (-) and after (+). Either the table lacks a sample, or the code says more
than is needed, or the mutant computes the same thing in every case, or another test catches it: the last two stand in
`parity_tests/survivors.json` with the reason. Messages, annotations, docstrings, warnings and default arguments are
left alone. The exit status is 1 when a mutant lives without a reason, or a reason is no longer needed.

mutmut and cosmic-ray start pytest for every mutant, which takes seconds; here a mutant is a process forked from one
that has imported everything and has run PyTorch's half, so this needs a Unix.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import resource
import signal
import sys
import textwrap
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
from rich.console import Console

from parity import observe_module
from parity.cases import Case
from parity.checks import check_error, judge
from parity.mutations import ROOT, Mutant, apply, imports, mutants_of
from parity.observation import Observation
from parity.observe import observe
from parity.registry import cases, components, find_case
from parity.sides import ScratchSide, TorchSide
from parity.terminal import Steps, make_console, progress

__all__ = [
    "Outcome",
    "Witness",
    "choose",
    "dependents",
    "fork",
    "main",
    "reason",
    "reasons",
    "table_of",
    "try_file",
    "try_mutants",
]

SURVIVORS = Path(__file__).parent.parent / "parity_tests" / "survivors.json"
SECONDS = 10.0  # and ten times what the table takes: a mutant that takes longer hangs
MEMORY = 1 << 30  # bytes more than there are now; a wrong shape can ask for any amount
LIVES, KILLED, BROKEN = 0, 1, 2  # how a mutant's process ends, if no signal ends it

Witness = Callable[[], str]  # what fails first, or nothing

OURS, THEIRS = ScratchSide(), TorchSide()


def dependents(file: str) -> list[Case]:
    """The cases of the components in a file; of a private one, those of the files that import it."""
    wanted = [file.removesuffix(".py").replace("/", ".")]
    for module in wanted:  # grows: a private module may serve another private one
        if module.rsplit(".", 1)[-1].startswith("_"):
            wanted += [user for user, used in imports().items() if module in used and user not in wanted]
    known = components()
    return [cases()[name] for module in wanted for name, home in known.items() if home == module and name in cases()]


@cache
def reference(component: str, index: int, dtype: str) -> Observation:
    """What PyTorch does with a sample, observed once for all the mutants."""
    return observe(THEIRS, component, find_case(component).samples[index], dtype)


def table_of(file: str) -> Witness:
    """What the table says of the components that depend on a file."""
    table = dependents(file)
    if not table:
        raise RuntimeError(f"{file}: no case in the table depends on it")
    for case in table:
        for index, sample in enumerate(case.samples):
            for dtype in sample.dtypes:
                reference(case.component, index, dtype)
    return lambda: _first_failure(table)


def _first_failure(table: list[Case]) -> str:
    for dtype in ("float64", "float32"):
        for case in table:
            for index, sample in enumerate(case.samples):
                if dtype in sample.dtypes:
                    seen = observe(OURS, case.component, sample, dtype)
                    expected = reference(case.component, index, dtype)
                    if any(result.failed for result in judge(case.component, sample, dtype, seen, expected)):
                        return f"{case.component}, sample “{sample.name}”, {dtype}"
    for case in table:
        for error in case.errors:
            if check_error(case.component, error, OURS, THEIRS).failed:
                return f"{case.component}, error “{error.name}”"
    return ""


@contextmanager
def _uninterrupted() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def fork(work: Callable[[], int], seconds: float) -> int:
    """Start a process that ends with what `work` returns, or is ended after so many seconds: its number."""
    with _uninterrupted():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of other threads: here they draw a bar, or wait
            pid = os.fork()
        if pid == 0:
            _child(work, seconds)
        return pid


def _child(work: Callable[[], int], seconds: float) -> None:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
        signal.setitimer(signal.ITIMER_REAL, seconds)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        faulthandler.disable()  # which pytest enables: a crash is expected here
        if sys.platform == "linux":
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        warnings.simplefilter("error")  # as in the tests
        observe_module.FINITE_DIFFERENCES = 0  # PyTorch is the quicker witness
        os._exit(work())
    except BaseException:  # whatever a mutant raises, it was noticed
        os._exit(KILLED)


@dataclass
class _Running:
    """The mutants at work, and what became of the others. None is the code as it is."""

    witness: Witness
    workers: int
    at_work: dict[int, Mutant | None] = field(default_factory=dict)
    living: list[Mutant] = field(default_factory=list)

    def passes_as_it_is(self) -> bool:
        self.start(None, 3600)
        return self.reap()

    def start(self, mutant: Mutant | None, seconds: float) -> None:
        def work() -> int:
            try:
                if mutant is not None:
                    apply(mutant)
            except LookupError:
                return BROKEN
            return KILLED if self.witness() else LIVES

        while len(self.at_work) >= self.workers:
            self.reap()
        with _uninterrupted():  # a number that is lost is a process that nobody ends
            self.at_work[fork(work, seconds)] = mutant

    def reap(self) -> bool:
        """Wait until one has ended: whether it lives."""
        pid, status = os.wait()
        if pid not in self.at_work:  # somebody else's
            return self.reap()
        mutant = self.at_work.pop(pid)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN:
            raise LookupError(f"{mutant}: does not fit into the running program")
        if status == LIVES and mutant is not None:
            self.living.append(mutant)
        return status == LIVES

    def end(self) -> None:
        for pid in self.at_work:
            with suppress(ProcessLookupError, ChildProcessError):  # it ended as this was interrupted
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def try_mutants(
    mutants: Sequence[Mutant], witness: Witness, workers: int = 1, steps: Steps | None = None
) -> list[Mutant]:
    """Those that live, each alone in a process of its own.

    Raises:
        RuntimeError: the witness finds something to fail without a mutant.
    """
    running, start = _Running(witness, workers), time.monotonic()
    try:
        if not running.passes_as_it_is():
            raise RuntimeError(f"without a mutant fails {witness() or 'what passes in this process'}")
        seconds = SECONDS + 10 * (time.monotonic() - start)
        for number, mutant in enumerate(mutants):
            if steps is not None:
                steps.show(f"{mutant.file} {number + 1} of {len(mutants)}")
            running.start(mutant, seconds)
        while running.at_work:
            running.reap()
    finally:
        running.end()
    return sorted(running.living, key=str)


@dataclass(frozen=True)
class Outcome:
    """What became of the mutants of a file, or of a sample of them."""

    file: str
    tried: int
    living: tuple[Mutant, ...]
    stale: tuple[str, ...]  # texts that have a reason, and no mutant of this text lives
    seconds: float


def try_file(file: str, sample: int = 0, seed: int = 0, workers: int = 1, steps: Steps | None = None) -> Outcome:
    """Try every mutant of a file, or so many of them."""
    start = time.monotonic()
    found = list(mutants_of(file))
    chosen = random.Random(f"{seed} {file}").sample(found, min(sample, len(found))) if sample else found
    living = tuple(try_mutants(chosen, table_of(file), workers, steps)) if chosen else ()
    texts, killed = {str(mutant) for mutant in found}, {str(mutant) for mutant in set(chosen) - set(living)}
    stale = [text for text in reasons() if text.startswith(f"{file} ") and (text in killed or text not in texts)]
    return Outcome(file, len(chosen), living, tuple(stale), time.monotonic() - start)


def reasons() -> dict[str, str]:
    """Survivors that are accounted for, with the reason: by the mutant's text, or a file's name for all of its own."""
    return dict(json.loads(SURVIVORS.read_text(encoding="utf-8"))) if SURVIVORS.exists() else {}


def reason(mutant: Mutant) -> str:
    known = reasons()
    return known.get(str(mutant)) or known.get(mutant.file, "")


def show(console: Console, outcome: Outcome) -> None:
    killed = outcome.tried - len(outcome.living)
    share = f" ({killed / outcome.tried:.1%})" if outcome.tried else ""
    console.print(f"{outcome.file}: {killed} of {outcome.tried} killed{share}, {outcome.seconds:.0f} s")
    for mutant in outcome.living:
        again = f", no. {mutant.twin} of these" if mutant.twin > 1 else ""
        console.print(f"  lives: {mutant.function}{again}", soft_wrap=True)
        before, after = _around_the_difference(mutant.before, mutant.after)
        console.print(f"    - {before}\n    + {after}", soft_wrap=True)
        if why := reason(mutant):
            console.print(textwrap.fill(why, 76, initial_indent="    = ", subsequent_indent="      "))
    for text in outcome.stale:
        console.print(f"  in {SURVIVORS.name}, and does not live: {text}", soft_wrap=True)


def _around_the_difference(before: str, after: str, width: int = 74) -> tuple[str, str]:
    """Both lines, or where they are long as much of them as fits around what differs."""
    place = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    start = 0 if max(len(before), len(after)) <= width else max(place - width // 2, 0)

    def part(line: str) -> str:
        end = start + width
        return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")

    return part(before), part(after)


def choose(names: Sequence[str]) -> list[str]:
    """The files of `scratch` that begin with one of these names; all when there are none.

    Raises:
        ValueError: a name that no file begins with.
    """
    files = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if path.name != "__init__.py")
    wanted = [name.removeprefix("scratch/") for name in names] or [""]
    for name in wanted:
        if not any(file.startswith(name) for file in files):
            raise ValueError(f"no file of scratch begins with {name!r}")
    return [file for file in files if file.startswith(tuple(wanted))]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m parity.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", help='files or folders of scratch, such as "layers"; all when none')
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="at most N mutants of each file; all when 0")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which ones (default %(default)s)")
    workers = os.cpu_count() or 1
    parser.add_argument("--workers", type=int, default=workers, metavar="N", help="processes (default %(default)s)")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write those that live to FILE, with a place for the reason"
    )
    return parser


def main() -> int:
    """The exit status: 0, or 1 when a mutant lives without a reason, or 2 when it could not be tried."""
    parser = _parser()
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = make_console()
    outcomes: list[Outcome] = []
    try:
        files = choose(arguments.files)
        with progress(console, len(files)) as steps:
            for file in files:
                outcomes.append(try_file(file, arguments.sample, arguments.seed, arguments.workers, steps))
                show(console, outcomes[-1])
                steps.advance()
    except (ValueError, RuntimeError, LookupError) as error:
        parser.error(f"{error}")
    except KeyboardInterrupt:
        print("parity.mutants: interrupted", file=sys.stderr)
        return 2
    return _sum_up(console, outcomes, arguments.json)


def _sum_up(console: Console, outcomes: list[Outcome], file: Path | None) -> int:
    living = [mutant for outcome in outcomes for mutant in outcome.living]
    if file is not None:
        text = json.dumps({str(mutant): reason(mutant) for mutant in living}, indent=1, ensure_ascii=False)
        file.write_text(f"{text}\n", encoding="utf-8")
    tried = sum(outcome.tried for outcome in outcomes)
    unexplained = sum(not reason(mutant) for mutant in living)
    console.print(
        f"{tried - len(living)} of {tried} mutants killed ({1 - len(living) / max(tried, 1):.1%});"
        f" of the {len(living)} that live {unexplained} have no reason in {SURVIVORS.name}."
    )
    return 1 if unexplained or any(outcome.stale for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
