"""A worker in a jail: starts it, gives it groups of tasks, and says how each ended. Nothing it sends is believed.

Four tiers, from the strongest: "bwrap" (its own view of the files, no network, limits), "landlock" (rules on files and
system calls, limits), "limits" (memory, time, size of files), "in-process" (none at all, for one's own code).
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from parity.outputs import CommandError
from parity.student.isolation.copies import copy_submission
from parity.student.isolation.ending import end_all, has_children, remove_tree
from parity.student.isolation.exchange import Ended, Exchange
from parity.student.isolation.folders import OwnFolder
from parity.student.isolation.surroundings import bubblewrap, interpreter, library_path, packages, readable
from parity.student.worker.frames import Incoming, frame_bytes

__all__ = ["ROOMY", "TIERS", "Ended", "Jail", "Limits", "Probe", "TierError", "best_tier", "probe"]

TIERS = ("bwrap", "landlock", "limits", "in-process")
TOKEN = "PARITY_JAIL"  # in the environment of whatever runs in a jail, so that it can be found
PROGRAM = "import sys; sys.path[:0] = [{packages!r}]; from worker.main import main; main({descriptor})"
START = 30.0  # seconds that a worker may take to start
DISK = 64 << 20  # bytes of the folder that a worker may write


class TierError(CommandError):
    """A tier that does not work here; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What a group of tasks may take."""

    cpu: int = 10  # seconds of processor time
    wall: float = 20.0  # seconds
    memory: int = 2 << 30  # bytes of address space; NumPy alone takes a share
    file: int = 16 << 20  # bytes of a file
    files: int = 64
    output: int = 1 << 20  # bytes of what it prints
    disk: int = DISK  # bytes of all its files


ROOMY = Limits(cpu=300, wall=300.0, memory=64 << 30, files=512)  # for packages that compile and reserve ahead


@dataclass(frozen=True)
class Probe:
    """Whether a tier works on this machine; if not, why, in a sentence."""

    tier: str
    works: bool
    why: str = ""


@dataclass(frozen=True)
class _Worker:
    process: subprocess.Popen[bytes]
    control: socket.socket
    printed: int  # a pipe

    def close(self) -> None:
        self.control.close()
        os.close(self.printed)


class Jail:
    """A submission's worker; `run` gives it a group of tasks. A context manager that leaves no process behind.

    Raises:
        TierError: the tier does not work here.
        SubmissionError: the submission cannot be handed over.
    """

    def __init__(
        self, submission: Path, tier: str, limits: Limits = Limits(), helpers: str = "", alone: bool = False,
        tried: bool = True, packages: Sequence[str] = (),
    ) -> None:  # fmt: skip
        if tier not in TIERS:
            raise TierError(f"no tier {tier!r}, expected {', '.join(TIERS)}")
        if tried and not (found := try_tier(tier)).works:
            raise TierError(found.why)
        self.tier, self.limits, self.helpers, self._tried = tier, limits, helpers, tried
        self._named = tuple(packages)  # beside NumPy, what it may import
        self.last: tuple[Sequence[Mapping[str, Any]], Ended] = ((), Ended())  # the group that was run last
        self._worker: _Worker | None = None
        self._token = secrets.token_hex(16)
        self._folder = Path()
        self._owned: OwnFolder | None = None
        if tier == "in-process":
            self._check_named()
            self.submission = submission.resolve()
            return
        self._owned = OwnFolder()
        self._folder = self._owned.path
        try:
            self.submission = copy_submission(submission, self._folder / "submission", alone)
            self._link_packages()
        except BaseException:
            self._owned.remove()
            raise

    def __enter__(self) -> Jail:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._owned is not None:
            self._owned.remove()

    def run(self, tasks: Sequence[Mapping[str, Any]]) -> Ended:
        """Have a child import the submission and carry the tasks out."""
        ended = self._run_here(tasks) if self.tier == "in-process" else self._run_there(tasks)
        self.last = tasks, ended
        return ended

    def _run_there(self, tasks: Sequence[Mapping[str, Any]]) -> Ended:
        try:
            worker = self._worker = self._worker or self._start()
        except TierError as error:
            if not self._tried:
                raise
            return Ended(verdict="INFRA", why=str(error))  # it did work, in this very process
        try:
            folder = self._folder / "work" if self.tier != "bwrap" else None
            ended = Exchange(worker.control, worker.printed, self.limits, folder).run(tasks)
        except BaseException:
            self.kill()
            raise
        if ended.verdict or not ended.clean or (self.tier == "limits" and has_children(worker.process)):
            self.kill()
        return ended

    def kill(self) -> None:
        """End the worker and whatever it started; wait until they are gone."""
        if self._worker is not None:
            end_all(self._worker.process, TOKEN, self._token if self.tier == "limits" else "")
            self._worker.close()
            self._worker = None

    def _check_named(self) -> None:
        """What cannot be named elsewhere cannot be named in this process, where nothing is kept from a submission."""
        packages(self._named)

    # --- in a process of its own

    def _link_packages(self) -> None:
        folder = self._folder / "packages"
        folder.mkdir()
        for name, target in packages(self._named).items():
            (folder / name).symlink_to(target.resolve())

    def _environment(self) -> dict[str, str]:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        work = self._setup()["work"]
        return {**threads, TOKEN: self._token, "LC_ALL": "C.UTF-8", "HOME": work, "TMPDIR": work, **library_path()}

    def _setup(self) -> dict[str, Any]:
        """What the worker is told first; in bubblewrap things lie elsewhere."""
        inside = Path("/jail") if self.tier == "bwrap" else self._folder
        return {
            "tier": self.tier, "helpers": self.helpers, "limits": asdict(self.limits), "work": str(inside / "work"),
            "path": str(inside / "submission" / self.submission.name),
            "reads": readable(self.submission, self._named) if self.tier == "landlock" else {},
        }  # fmt: skip

    def _command(self, descriptor: int) -> tuple[list[str], int | None]:
        """What is started, and a descriptor that it reads its arguments from."""
        place = "/jail/packages" if self.tier == "bwrap" else str(self._folder / "packages")
        program = PROGRAM.format(packages=place, descriptor=descriptor)
        python = [str(interpreter()), "-I", "-S", "-B", "-u", "-c", program]
        if self.tier != "bwrap":
            return python, None
        found = shutil.which("bwrap")
        if found is None:
            raise TierError("bubblewrap is not installed (apt install bubblewrap)")
        read, write = os.pipe()
        with os.fdopen(write, "wb") as stream:  # not on the command line, which everybody can read
            arguments = bubblewrap(self.submission, self._environment(), self.limits.disk, self._named)
            stream.write("\0".join(arguments).encode())
        return [found, "--args", str(read), "--", *python], read

    def _start(self) -> _Worker:
        """Start it, tell it what it is for, and hear whether it can.

        Raises:
            TierError: it cannot.
        """
        remove_tree(self._folder / "work")
        (self._folder / "work").mkdir()
        ours, theirs = socket.socketpair()
        printed, output = os.pipe()
        given = [theirs.fileno()]
        try:
            command, arguments = self._command(theirs.fileno())
            given += [] if arguments is None else [arguments]
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder,
                env=self._environment(), start_new_session=True, pass_fds=given,
            )  # fmt: skip
        except BaseException as error:
            ours.close()
            os.close(printed)
            if isinstance(error, OSError):
                raise TierError(f"no worker could be started: {error}") from error
            raise
        finally:
            for descriptor in (output, *given[1:]):
                os.close(descriptor)
            theirs.close()
        worker = _Worker(process, ours, printed)
        self._greet(worker)
        return worker

    def _greet(self, worker: _Worker) -> None:
        worker.control.settimeout(START)
        incoming = Incoming(1 << 16, 1 << 20)
        found: dict[str, Any] = {}
        try:
            with contextlib.suppress(OSError):  # it has gone, and its last words say why
                worker.control.sendall(frame_bytes(self._setup()))
                while not found and (data := worker.control.recv(1 << 16)):
                    found = next(incoming.feed(data), {})
        finally:
            if found.get("kind") != "ready":
                end_all(worker.process, TOKEN, "")
                words = os.read(worker.printed, 4000).decode(errors="replace").strip()
                worker.close()
        if found.get("kind") != "ready":
            why = found.get("why") or words or "the worker did not answer"
            raise TierError(f"the tier {self.tier!r} does not work here: {why}")

    # --- in this process

    def _run_here(self, tasks: Sequence[Mapping[str, Any]]) -> Ended:
        from parity.student.isolation.replies import checked_reply
        from parity.student.worker.main import carry_out

        found = Ended(verdict="PROTOCOL")
        printed = io.StringIO()
        setup = {"path": str(self.submission), "helpers": self.helpers}
        path, modules = list(sys.path), set(sys.modules)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                for frame in carry_out(setup, {"tasks": list(tasks)}):
                    if frame["kind"] == "reply":
                        reply = checked_reply(frame, len(found.replies))
                        found.replies[reply["number"]] = reply
                    if frame["kind"] == "end" or frame["number"] == -1:
                        found.verdict = ""
        finally:
            sys.path[:] = path
            for name in set(sys.modules) - modules:
                file = getattr(sys.modules[name], "__file__", None) or ""
                if name == "submission" or file.startswith(str(self.submission.parent)):
                    del sys.modules[name]
        found.output = printed.getvalue()[: self.limits.output]
        return found


# --- which tiers work here

# Each line is tried in a jail; a function that is defined afterwards says that it was refused.
TRIAL = """
def attempt(name, action):
    try:
        action()
    except BaseException:
        globals()["refused_" + name] = lambda: None

def fork():
    import os
    if os.fork() == 0:
        os._exit(0)

def fill(size):
    with open("large", "wb") as stream:
        stream.write(bytes(size))

attempt("reading", lambda: open({secret!r}).read())
attempt("writing", lambda: open({beside!r}, "w"))
attempt("network", lambda: __import__("socket").socket())
attempt("processes", fork)
attempt("large_files", lambda: fill({file}))
attempt("memory", lambda: bytearray({memory}))
"""
LIMITED = ("large_files",) if sys.platform == "darwin" else ("large_files", "memory")
REFUSED = {"bwrap": ("reading", "writing", "network", "processes", *LIMITED), "limits": LIMITED, "in-process": ()}


def probe() -> list[Probe]:
    """Every tier, the strongest first."""
    return [try_tier(tier) for tier in TIERS]


def best_tier() -> str:
    """The strongest that works here."""
    return next(tier for tier in TIERS if try_tier(tier).works)


@cache
def try_tier(tier: str) -> Probe:
    """Start it once, and try what it must not allow."""
    if tier == "in-process":
        return Probe(tier, True)
    if not hasattr(os, "fork"):
        return Probe(tier, False, f"the tier {tier!r} needs os.fork, which this system does not have")
    limits = Limits(memory=1 << 30, file=1 << 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "secret").write_text("secret")
        places = {"secret": str(folder / "secret"), "beside": str(folder / "beside")}
        trial = folder / "trial.py"
        trial.write_text(TRIAL.format(**places, file=limits.file + 1, memory=limits.memory))
        try:
            with Jail(trial, tier, limits, tried=False) as jail:
                ended = jail.run([{"kind": "describe"}])
        except CommandError as error:
            return Probe(tier, False, str(error))
    if ended.verdict or 0 not in ended.replies:
        return Probe(tier, False, f"the tier {tier!r} does not work here: {ended.why or ended.output}")
    refused = ended.replies[0]["description"]["functions"]
    allowed = [what for what in REFUSED.get(tier, REFUSED["bwrap"]) if f"refused_{what}" not in refused]
    if allowed:
        return Probe(tier, False, f"the tier {tier!r} does not work here: it allows {', '.join(allowed)}")
    return Probe(tier, True)
