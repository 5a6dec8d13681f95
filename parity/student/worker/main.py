"""The worker: waits for groups of tasks, and gives each to a child that imports the submission.

The parent here never imports a line of the student's. A child that crashes, hangs or leaves takes its group with it and
no other; the next group begins anew. The child has no way to speak for the parent: it writes its replies to a pipe of
its own, which came with the group, and what it inherited is closed before the submission is imported.

    setup  {"tier", "path", "helpers", "limits", …}     once, answered by "ready" or "refused"
    group  {"tasks": [{"kind", "spec", …}]}             as often as wanted, after a byte that brings the pipe
    reply  {"number", "values", "raised", …}            from the child, a task each
    end    {}                                           from the child, after its last task
    ended  {"signal", "status", …}                      from the parent, when the child is gone
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .confine import Confinement, adopt_orphans
from .frames import frame_bytes, read_frame, write_frame
from .load import describe, load, own_trace
from .notes import taken
from .tasks import TASKS, Seen

__all__ = ["NO_MEMORY", "UNSENT", "carry_out", "serve"]

TEXT = 2000  # characters of a message
PATIENCE = 10  # seconds beyond the limit, after which the parent itself ends a child that nobody asks about any more
# The child's status where its replies could not be written.
UNSENT, NO_MEMORY = 70, 71


def main(descriptor: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits
    sys.setrecursionlimit(1000)
    with socket.socket(fileno=descriptor) as control, control.makefile("rb") as channel:
        serve(control, channel)


def serve(control: socket.socket, channel: BinaryIO) -> None:
    """Until the channel ends."""
    setup = read_frame(channel)
    if setup is None:
        return
    try:
        confinement = Confinement(setup["tier"], setup["limits"], setup["reads"], setup["work"])
        adopt_orphans()
    except Exception as error:
        control.sendall(frame_bytes({"kind": "refused", "why": f"{type(error).__name__}: {error}"[:TEXT]}))
        return
    control.sendall(frame_bytes({"kind": "ready"}))
    while True:
        _, pipes, _, _ = socket.recv_fds(control, 1, 1)
        group = read_frame(channel) if pipes else None
        if group is None:
            return
        control.sendall(frame_bytes({"kind": "ended", **_child(setup, group, pipes[0], confinement, control)}))


def _child(
    setup: Mapping[str, Any],
    group: Mapping[str, Any],
    answers: int,
    confinement: Confinement,
    control: socket.socket,
) -> dict[str, Any]:
    """Fork, and wait; how it ended."""
    told, tell = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        return {"refused": f"no new process: {error}"}
    if child == 0:
        _be_child(setup, group, answers, tell, confinement)
    os.close(answers)
    os.close(tell)
    with os.fdopen(told, "rb") as confined:
        word = confined.read(TEXT)
    _, status, usage = _awaited(child, control, setup["limits"]["wall"])
    return {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "status": os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
        "cpu": usage.ru_utime + usage.ru_stime,
        "refused": "" if word == b"confined" else word.decode(errors="replace") or "the child was never confined",
        "clean": _emptied(Path(setup["work"])),
    }


def _awaited(child: int, control: socket.socket, wall: float) -> tuple[int, int, Any]:
    """Wait for its end; where nobody listens any more, everything here ends at once."""
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(int(wall) + PATIENCE)
    if hasattr(os, "pidfd_open"):
        descriptor = os.pidfd_open(child)
        sources: list[Any] = [descriptor, control]
        ready, _, _ = select.select(sources, [], [])
        os.close(descriptor)
        if descriptor not in ready:
            os.killpg(0, signal.SIGKILL)
    found = os.wait4(child, 0)
    signal.alarm(0)
    return found


def _be_child(
    setup: Mapping[str, Any], group: Mapping[str, Any], answers: int, tell: int, confinement: Confinement
) -> None:
    """Everything that the child does; it does not return."""
    status = UNSENT
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        os.chdir(setup["work"])
        try:
            confinement.apply()
        except BaseException as error:
            os.write(tell, f"{type(error).__name__}: {error}"[:TEXT].encode())
            raise
        os.write(tell, b"confined")
        os.closerange(3, answers)  # the parent's channel among them
        os.closerange(answers + 1, 1024)
        with os.fdopen(answers, "wb") as stream:
            for reply in carry_out(setup, group):
                write_frame(stream, reply)
        status = 0
        with suppress(Exception):  # they may have closed or replaced it
            sys.stdout.flush()
    except MemoryError:
        status = NO_MEMORY
    finally:
        os._exit(status)


def _emptied(folder: Path) -> bool:
    """Whether everything that the child left in its folder could be removed."""
    for entry in os.scandir(folder):
        with suppress(OSError, RecursionError):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                Path(entry.path).unlink()
    return not any(os.scandir(folder))


def carry_out(setup: Mapping[str, Any], group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The replies to a group, one after the other."""
    path = Path(setup["path"])
    try:
        names = load(path, setup.get("helpers", ""))
    except BaseException as error:
        yield {"kind": "reply", "number": -1, "raised": _raised("import", error, path, {})}
        return
    for number, task in enumerate(group["tasks"]):
        yield {"kind": "reply", "number": number, **_reply(names, task, path)}
    yield {"kind": "end", "threads": threading.active_count()}


def _reply(names: dict[str, Any], task: Mapping[str, Any], path: Path) -> dict[str, Any]:
    seen = Seen()
    try:
        if task["kind"] == "describe":
            return {"description": describe(names)}
        with np.errstate(all="ignore"):
            TASKS[task["kind"]](names, task["spec"], task, seen)
    except BaseException as error:
        return _seen(seen) | {"raised": _raised(seen.stage, error, path, names)}
    return _seen(seen) | {"raised": None}


def _seen(seen: Seen) -> dict[str, Any]:
    return {"values": dict(seen.values), "containers": dict(seen.containers), "notes": taken()}


def _raised(stage: str, error: BaseException, path: Path, names: Mapping[str, Any]) -> dict[str, Any]:
    try:
        message = str(error)[:TEXT]
    except BaseException:
        message = ""
    module = getattr(error, "name", None) if isinstance(error, ImportError) else None
    return {
        "stage": stage,
        "type": type(error).__name__,
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "message": message,
        "module": module if isinstance(module, str) else None,
        "errno": error.errno if isinstance(error, OSError) and isinstance(error.errno, int) else None,
        "trace": own_trace(error, path, names),
        "line": error.lineno if isinstance(error, SyntaxError) else None,
    }
