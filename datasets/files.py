"""What it takes to have a data file that can be trusted: verify it, find who has it, and put it in place whole."""

import contextlib
import gzip
import hashlib
import io
import socket
import struct
import tempfile
import threading
import time
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from pathlib import Path

__all__ = [
    "DataError",
    "Resources",
    "answering",
    "bounded_and_quiet",
    "check_archive",
    "md5_of",
    "publish",
    "read",
    "staging",
    "verify",
]

Resources = list[tuple[str, str]]  # file name and MD5, as torchvision lists them

PROBE_SECONDS = 5.0  # for a mirror's first answer, name look-up included
STALL_SECONDS = 20.0  # for a download that no longer moves


class DataError(RuntimeError):
    """A data file is damaged or missing, or a folder cannot be written; the message says which, and what to do."""


def read(path: Path) -> bytes:
    """Return the content of a file, or raise DataError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): make it readable, or delete it") from error


def md5_of(content: bytes) -> str:
    """Return the MD5 as it is published with the data: against damage, not against attackers."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def verify(raw: Path, resources: Resources) -> bool:
    """Check every file that is there; return whether all are, each archive beside what was unpacked from it.

    torchvision verifies an archive when it fetches it, and later asks only whether the unpacked files exist.
    """
    complete = True
    for file, md5 in resources:
        archive, unpacked = raw / file, (raw / file).with_suffix("")
        if archive.exists():
            check_archive(archive, md5, "delete it, and it is fetched again")
        if archive.exists() and unpacked.exists():
            _check_unpacked(unpacked, archive)
        complete = complete and archive.exists() and unpacked.exists()
    return complete


def check_archive(archive: Path, md5: str, remedy: str) -> None:
    """Raise DataError where the archive is not the published one."""
    found = md5_of(read(archive))
    if found != md5:
        raise DataError(f"{archive}: damaged, its MD5 is {found}, expected {md5}: {remedy}")


def _check_unpacked(unpacked: Path, archive: Path) -> None:
    # A gzip file ends with the CRC-32 and the size of what it holds, which is quicker than unpacking it again.
    content, packed = read(unpacked), read(archive)
    if struct.unpack("<II", packed[-8:]) != (zlib.crc32(content), len(content)):
        raise DataError(
            f"{unpacked}: damaged, its MD5 is {md5_of(content)}, expected {md5_of(gzip.decompress(packed))}: "
            f"delete it, and it is unpacked again from {archive.name}"
        )


def answering(mirrors: Sequence[str], file: str) -> list[str]:
    """Return the mirrors that answer within PROBE_SECONDS when they are asked for a file, in their order."""
    answered: set[str] = set()

    def ask(mirror: str) -> None:
        with contextlib.suppress(OSError, HTTPException):
            request = urllib.request.Request(mirror + file, method="HEAD")
            with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
                answered.add(mirror)

    # In threads, because the look-up of a name cannot be given a timeout.
    threads = [threading.Thread(target=ask, args=(mirror,), daemon=True) for mirror in mirrors]
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [mirror for mirror in mirrors if mirror in answered]


@contextlib.contextmanager
def bounded_and_quiet() -> Iterator[None]:
    """Around torchvision's fetching, which gives no connection a timeout and draws progress bars."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder inside `folder`, so that an interruption leaves nothing half-written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as stage:
            yield Path(stage)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{folder}: cannot be written ({reason}): set PARITY_DATA to a folder that can") from error


def publish(stage: Path, raw: Path) -> None:
    """Move each staged file whole, so that an interruption leaves either a good file or none that is believed.

    Unpacked files go first, since without an archive beside them they do not count. Archives follow, and what vouches
    for archives, a manifest, comes last.
    """

    def rank(path: Path) -> int:
        return 1 if path.suffix == ".gz" else 0 if (stage / f"{path.name}.gz").exists() else 2

    raw.mkdir(parents=True, exist_ok=True)
    for path in sorted(stage.iterdir(), key=rank):
        path.replace(raw / path.name)
