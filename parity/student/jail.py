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
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
import psutil

from parity.student.worker.frames import FrameError, read_frame, write_frame

__all__ = ["TIERS", "Ended", "Jail", "Limits", "best_tier"]

TIERS = ("bwrap", "landlock", "limits", "in-process")
TOKEN = "PARITY_JAIL"  # in the environment of whatever runs in a jail, so that it can be found
PROGRAM = "import sys; sys.path[:0] = {paths!r}; from worker.main import main; main({fds[0]}, {fds[1]})"


@dataclass(frozen=True)
class Limits:
    """What a group of tasks may take."""

    cpu: int = 10  # seconds of processor time
    wall: float = 20.0  # seconds
    memory: int = 2 << 30  # bytes of address space; NumPy alone takes a share
    file: int = 16 << 20  # bytes of a file
    files: int = 64
    output: int = 1 << 20  # bytes of what it prints


@dataclass
class Ended:
    """How a group ended: the replies by number, and a verdict for what has none; "" where all is there."""

    replies: dict[int, dict[str, Any]] = field(default_factory=dict)
    verdict: str = ""
    why: str = ""
    output: str = ""


def best_tier() -> str:
    """The strongest that works here."""
    return "limits" if hasattr(os, "fork") else "in-process"


class Jail:
    """A submission's worker; `run` gives it a group of tasks. A context manager that leaves no process behind."""

    def __init__(self, submission: Path, tier: str, limits: Limits = Limits(), helpers: str = "") -> None:
        self.submission, self.tier, self.limits, self.helpers = submission.resolve(), tier, limits, helpers
        self._process: subprocess.Popen[bytes] | None = None
        self._to: BinaryIO | None = None
        self._from: BinaryIO | None = None
        self._token = secrets.token_hex(16)
        self._folder = Path(tempfile.mkdtemp(prefix="parity-"))
        self._printed: _Drain | None = None

    def __enter__(self) -> Jail:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, tasks: Sequence[Mapping[str, Any]]) -> Ended:
        """Have a child import the submission and carry the tasks out."""
        if self.tier == "in-process":
            return self._run_here(tasks)
        if self._process is None:
            self._start()
        timer = threading.Timer(self.limits.wall, self._stop, ["TIMEOUT"])
        self._stopped = ""
        timer.start()
        try:
            return self._exchange(tasks)
        finally:
            timer.cancel()

    # --- in a process of its own

    def _setup(self, path: str) -> dict[str, Any]:
        limits = {name: getattr(self.limits, name) for name in ("cpu", "memory", "file", "files")}
        return {"path": path, "helpers": self.helpers, "tier": self.tier, "limits": limits}

    def _start(self) -> None:
        packages = self._folder / "packages"
        if not packages.exists():
            packages.mkdir()
            for name, target in _packages().items():
                (packages / name).symlink_to(target)
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        program = PROGRAM.format(paths=[str(packages)], fds=(to_read, from_write))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", program],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self._folder,
            env=self._environment(), pass_fds=(to_read, from_write), start_new_session=True,
        )  # fmt: skip
        os.close(to_read)
        os.close(from_write)
        self._to, self._from = open(to_write, "wb"), open(from_read, "rb")
        assert self._process.stdout is not None
        self._printed = _Drain(self._process.stdout, self.limits.output, lambda: self._stop("OUTPUT_LIMIT"))
        write_frame(self._to, self._setup(str(self.submission)))
        read_frame(self._from)

    def _environment(self) -> dict[str, str]:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        return {
            **threads,
            TOKEN: self._token,
            "LC_ALL": "C.UTF-8",
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
        }

    def _exchange(self, tasks: Sequence[Mapping[str, Any]]) -> Ended:
        nonce = secrets.token_hex(16)
        found = Ended()
        complete = False
        try:
            assert self._to is not None and self._from is not None
            write_frame(self._to, {"nonce": nonce, "tasks": list(tasks)})
            while (frame := read_frame(self._from)) is not None:
                if frame.get("nonce") != nonce:
                    raise FrameError("a frame that belongs to no group")
                if frame.get("kind") == "reply":
                    found.replies.setdefault(int(frame["number"]), frame)
                elif frame.get("kind") == "end":
                    complete = True
                elif frame.get("kind") == "ended":
                    found.verdict, found.why = _ending(frame, complete or -1 in found.replies)
                    break
            else:
                found.verdict, found.why = self._stopped or "CRASH", "the worker was gone"
        except (FrameError, KeyError, TypeError, ValueError) as error:
            found.verdict, found.why = self._stopped or "PROTOCOL", str(error)
        except OSError:
            found.verdict, found.why = self._stopped or "CRASH", "the worker was gone"
        if self._stopped:
            found.verdict, found.why = self._stopped, ""
        found.output = self._printed.text() if self._printed else ""
        if found.verdict:
            self.kill()
        return found

    def _stop(self, verdict: str) -> None:
        self._stopped = self._stopped or verdict
        self._kill_all()

    def _kill_all(self) -> None:
        """The worker and whatever it left, wherever it went: its environment gives it away."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(TOKEN) == self._token:
                    process.kill()

    def kill(self) -> None:
        if self._process is None:
            return
        self._kill_all()
        self._process.wait()
        if self._printed is not None:
            self._printed.join()
        for stream in (self._to, self._from):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()
        self._process = None

    # --- in this process

    def _run_here(self, tasks: Sequence[Mapping[str, Any]]) -> Ended:
        from parity.student.worker.main import carry_out

        found = Ended(verdict="PROTOCOL")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            for reply in carry_out(self._setup(str(self.submission)), {"nonce": "", "tasks": list(tasks)}):
                if reply["kind"] == "end" or reply["number"] == -1:
                    found.verdict = ""
                if reply["kind"] == "reply":
                    found.replies[reply["number"]] = reply
        found.output = printed.getvalue()[: self.limits.output]
        return found


def _packages() -> dict[str, Path]:
    """What can be imported beside the standard library."""
    numpy = Path(np.__file__).parent
    found = {"worker": Path(__file__).parent / "worker", "numpy": numpy}
    if (libraries := numpy.with_name("numpy.libs")).exists():
        found["numpy.libs"] = libraries
    return found


def _ending(frame: Mapping[str, Any], complete: bool) -> tuple[str, str]:
    """The verdict on a child's end."""
    if number := frame["signal"]:
        if number in (signal.SIGXCPU, signal.SIGKILL):
            return "TIMEOUT", "it used up its processor time"
        return "CRASH", f"it was ended by {signal.Signals(number).name}"
    if not complete:
        return "EXITED", f"it left with status {frame['status']}"
    return "", ""


class _Drain:
    """Reads what is printed, keeps the beginning, and calls `full` when it is too much."""

    def __init__(self, stream: IO[bytes], limit: int, full: Any) -> None:
        self._stream, self._limit, self._full = stream, limit, full
        self._kept, self._count = bytearray(), 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while data := os.read(self._stream.fileno(), 1 << 16):
            self._count += len(data)
            self._kept += data[: max(4000 - len(self._kept), 0)]
            if self._count > self._limit:
                self._full()
                self._limit = sys.maxsize

    def text(self) -> str:
        return self._kept.decode(errors="replace")

    def join(self) -> None:
        self._thread.join(timeout=5)
        self._stream.close()
