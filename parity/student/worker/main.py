"""The worker: waits for groups of tasks, and gives each to a child that imports the submission.

The parent here never imports a line of the student's. A child that crashes, hangs or leaves takes its group with it and
no other; the next group begins anew.

    setup  {"path", "helpers", "tier", "limits"}        once
    group  {"nonce", "tasks": [{"kind", "spec", …}]}    as often as wanted
    reply  {"nonce", "number", "values", "raised"}      from the child, a task each
    end    {"nonce"}                                    from the child, after its last task
    ended  {"nonce", "status"}                          from the parent, when the child is gone
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from . import confine
from .frames import read_frame, write_frame
from .load import describe, load, own_trace
from .tasks import TASKS, Seen

__all__ = ["carry_out", "serve"]

TEXT = 2000  # characters of a message


def serve(channel: BinaryIO, answers: BinaryIO) -> None:
    """Until the channel ends."""
    setup = read_frame(channel)
    if setup is None:
        return
    write_frame(answers, {"kind": "ready", "pid": os.getpid(), "numpy": np.__version__})
    while (group := read_frame(channel)) is not None:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                confine.confine(setup["tier"], setup["limits"])
                for reply in carry_out(setup, group):
                    write_frame(answers, reply)
                status = 0
            finally:
                os._exit(status)
        _, status, usage = os.wait4(child, 0)
        write_frame(
            answers,
            {
                "kind": "ended",
                "nonce": group["nonce"],
                "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                "status": os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
                "cpu": usage.ru_utime + usage.ru_stime,
                "memory": usage.ru_maxrss << 10,
            },
        )


def carry_out(setup: Mapping[str, Any], group: Mapping[str, Any]) -> Any:
    """The replies to a group, one after the other."""
    path = Path(setup["path"])
    nonce = group["nonce"]
    try:
        names = load(path, setup.get("helpers", ""))
    except BaseException as error:
        yield {"kind": "reply", "nonce": nonce, "number": -1, "raised": _raised("import", error, path)}
        return
    for number, task in enumerate(group["tasks"]):
        if task["kind"] == "describe":
            yield {"kind": "reply", "nonce": nonce, "number": number, "description": describe(names)}
            continue
        seen = Seen()
        raised = None
        try:
            with np.errstate(all="ignore"):
                TASKS[task["kind"]](names, task["spec"], task, seen)
        except BaseException as error:
            raised = _raised(seen.stage, error, path)
        values, containers = dict(seen.values), dict(seen.containers)
        yield {
            "kind": "reply", "nonce": nonce, "number": number,
            "values": values, "containers": containers, "raised": raised,
        }  # fmt: skip
    yield {"kind": "end", "nonce": nonce, "threads": threading.active_count()}


def _raised(stage: str, error: BaseException, path: Path) -> dict[str, Any]:
    try:
        message = str(error)[:TEXT]
    except BaseException:
        message = ""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    module = getattr(error, "name", None) if isinstance(error, ImportError) else None
    return {
        "stage": stage, "type": type(error).__name__, "kinds": kinds, "message": message,
        "module": module if isinstance(module, str) else None, "trace": own_trace(error, path),
        "line": error.lineno if isinstance(error, SyntaxError) else None,
    }  # fmt: skip


def main(descriptor_in: int, descriptor_out: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits
    sys.setrecursionlimit(1000)
    with open(descriptor_in, "rb") as channel, open(descriptor_out, "wb") as answers:
        serve(channel, answers)
