"""A judge's folder among the temporary files, and those that judges before it could not remove.

A folder is locked for as long as its owner lives. The system drops the lock however that ends, SIGKILL among it; a
process's number may be another's by now, and is another one in each container that shares the folder.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from parity.student.isolation.ending import remove_tree

if sys.platform != "win32":
    import fcntl

__all__ = ["OwnFolder", "own_folder", "sweep"]

PREFIX = "parity-"
LOCK = "owner"  # a file in the folder


class OwnFolder:
    """A new folder, which is this process's until `remove`."""

    def __init__(self) -> None:
        sweep(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        try:
            self._lock = _lock(self.path)
        except BaseException:
            remove_tree(self.path)
            raise

    def remove(self) -> None:
        remove_tree(self.path)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = OwnFolder()
    try:
        yield folder.path
    finally:
        folder.remove()


def _lock(folder: Path) -> int | None:
    """The file gets its name when it is locked, since one that is not locked means that nobody lives here."""
    if sys.platform == "win32":
        return None
    waiting = folder / f"{LOCK}.new"
    descriptor = os.open(waiting, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        waiting.rename(folder / LOCK)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@cache
def sweep(place: str) -> None:
    """Remove the folders of this user's whose owner has gone; once in a process."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(place)):
            if entry.name.startswith(PREFIX):
                with contextlib.suppress(OSError):  # another judge may be removing it, too
                    _remove_abandoned(entry)


def _remove_abandoned(entry: os.DirEntry[str]) -> None:
    if sys.platform == "win32":
        return
    if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != os.getuid():
        return
    descriptor = os.open(Path(entry.path, LOCK), os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_tree(Path(entry.path))
    finally:
        os.close(descriptor)
