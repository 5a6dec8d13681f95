"""Nothing is left of a worker: no process, wherever it went, and no file, however deep."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

__all__ = ["end_all", "has_children", "remove_tree"]

ROUNDS = 20
PATIENCE = 5.0  # seconds


def end_all(process: subprocess.Popen[bytes], variable: str, token: str) -> None:
    """Kill a worker, its descendants, and whatever has `token` in its environment; wait until they are gone."""
    if process.returncode is not None:  # it is gone, and its number may be another's by now
        return
    seen: dict[int, psutil.Process] = {}
    for _ in range(ROUNDS):  # again, since one that is forking may have got away
        found = {other.pid: other for other in _family(process.pid)}
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        if token:
            found |= {other.pid: other for other in _marked(variable, token)}
        for other in found.values():
            with contextlib.suppress(psutil.Error):
                other.kill()
        seen |= found
        if not found:
            break
    process.wait()
    deadline = time.monotonic() + PATIENCE
    while any(map(_lives, seen.values())) and time.monotonic() < deadline:
        time.sleep(0.002)


def has_children(process: subprocess.Popen[bytes]) -> bool:
    """Whether a worker that waits for its next group has left something running."""
    return len(_family(process.pid)) > 1


def _family(pid: int) -> list[psutil.Process]:
    """The living ones; a worker has its orphans given to itself, so that they are among its children."""
    try:
        worker = psutil.Process(pid)
        return [other for other in [worker, *worker.children(recursive=True)] if _lives(other)]
    except psutil.Error:
        return []


def _marked(variable: str, token: str) -> Iterator[psutil.Process]:
    for other in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if other.environ().get(variable) == token and _lives(other):
                yield other


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def remove_tree(folder: Path) -> None:
    """Remove a folder, also one whose folders are nested too deep for recursion, or may not be entered."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        if folder.is_dir() and not folder.is_symlink():
            subprocess.run([*command, "--", str(folder)], check=False, stderr=subprocess.DEVNULL)
