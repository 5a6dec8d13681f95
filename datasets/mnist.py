"""MNIST and Fashion-MNIST through torchvision, from one source for both halves, and a stand-in for when neither is here.

The files are looked for in the data folder (`data`, or what `PARITY_DATA` names), then in a mirror folder with the four
official `.gz` files (`PARITY_MNIST_MIRROR`; for Fashion-MNIST `PARITY_FASHION_MNIST_MIRROR`, or the subfolder
`FashionMNIST` of the former), then on the network. Where none is to be had, digits are rendered in their place.
"""

import contextlib
import gzip
import hashlib
import io
import os
import socket
import ssl
import struct
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray

from datasets import digits
from datasets.vision import import_torchvision

__all__ = ["DataError", "Digits", "Source", "data_folder", "load"]

Source = Literal["MNIST", "FashionMNIST", "synthetic digits"]
Resources = list[tuple[str, str]]  # file name and MD5, as torchvision lists them

SYNTHETIC: Source = "synthetic digits"
SYNTHETIC_FOLDER = "SyntheticDigits"
SYNTHETIC_COUNTS = {"train": 60_000, "t10k": 10_000}  # MNIST's own sizes and file names
MANIFEST = "MD5SUMS"  # lists the rendered files, whose bytes depend on the machine's zlib; `md5sum -c` reads it too
PROBE_SECONDS = 5.0  # for a mirror's first answer, name look-up included
STALL_SECONDS = 20.0  # for a download that no longer moves
# What a failing network raises. Any other OSError is the disk's.
NETWORK_ERRORS = (urllib.error.URLError, TimeoutError, ConnectionError, ssl.SSLError, HTTPException, RuntimeError)


class DataError(RuntimeError):
    """A data file is damaged or missing, or a folder cannot be written; the message says which, and what to do."""


@dataclass(frozen=True, eq=False)
class Digits:
    """Images and labels as torchvision read them, and where they come from.

    Whatever is printed, plotted or reported about them names `source`: synthetic digits are never called MNIST.

    Math:
        x = image / 255, in [0, 1].

    Args:
        images: uint8, 0 is background and 255 is ink.
        labels: int64, from 0 to 9.
        source: "MNIST", "FashionMNIST" or "synthetic digits".
        train: whether this is the training set or the test set.
        note: why the images are synthetic; empty where they are what was asked for.

    Shape:
        - images: (N, 28, 28)
        - labels: (N,)

    Example:
        >>> images = np.full((2, 28, 28), 51, dtype=np.uint8)
        >>> two = Digits(images, np.array([3, 7]), "synthetic digits")
        >>> x, y = two.as_numpy(np.float64)
        >>> x.shape, float(x[0, 0]), y.tolist()
        ((2, 784), 0.2, [3, 7])
        >>> two.as_tensors(torch.float64, flatten=False)[0].shape
        torch.Size([2, 1, 28, 28])
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    source: Source
    train: bool = True
    note: str = ""

    def __len__(self) -> int:
        return len(self.images)

    def first(self, count: int) -> "Digits":
        """Return the first `count` of them."""
        return replace(self, images=self.images[:count], labels=self.labels[:count])

    def as_numpy(self, dtype: DTypeLike = np.float32, flatten: bool = True) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return new arrays: x in [0, 1], (N, 784) or (N, 1, 28, 28) when not flattened, and the labels."""
        kind = np.dtype(dtype)
        if not np.issubdtype(kind, np.floating):
            raise TypeError(f"Digits: expected a floating dtype, got {kind}")
        x = self.images.astype(kind)
        x /= kind.type(255)
        return x.reshape(len(x), -1) if flatten else x[:, None], self.labels.copy()

    def as_tensors(self, dtype: torch.dtype = torch.float32, flatten: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what `as_numpy` returns, bit for bit, as tensors."""
        x, y = self.as_numpy(torch.empty(0, dtype=dtype).numpy().dtype, flatten)
        return torch.from_numpy(x), torch.from_numpy(y)


def data_folder() -> Path:
    """Return the folder that `PARITY_DATA` names, or `data` in the current folder."""
    return Path(os.environ.get("PARITY_DATA") or "data").expanduser()


def load(name: Source = "MNIST", root: str | Path | None = None, train: bool = True, download: bool = True) -> Digits:
    """Return the training or the test set of `name`, or synthetic digits in its place.

    Every file is verified before it is read: a damaged one is an error, and never a reason to fall back.

    Args:
        name: "MNIST", "FashionMNIST", or "synthetic digits" to ask for the stand-in itself.
        root: the data folder; `data_folder()` when not given.
        train: the training set, or the test set.
        download: whether the network may be asked. A mirror folder is used in any case.

    Raises:
        ValueError: for another name.
        DataError: for a damaged file, an incomplete mirror folder, or a data folder that cannot be written.
    """
    if name not in ("MNIST", "FashionMNIST", SYNTHETIC):
        raise ValueError(f"load: expected name 'MNIST', 'FashionMNIST' or '{SYNTHETIC}', got {name!r}")
    folder = data_folder() if root is None else Path(root).expanduser()
    note = "" if name == SYNTHETIC else _provide(name, folder, download)
    source = SYNTHETIC if note else name
    if source == SYNTHETIC:
        reader = _reader(SYNTHETIC_FOLDER, [], _provide_synthetic(folder))
    else:
        reader = _reader(source, [], _resources(source))
    dataset = reader(root=folder, train=train)
    return Digits(dataset.data.numpy(), dataset.targets.numpy(), source, train, note)


def _provide(name: str, folder: Path, download: bool) -> str:
    """Put the verified files into the data folder; return an empty string, or why that cannot be done."""
    resources, raw = _resources(name), folder / name / "raw"
    if _verify(raw, resources):
        return ""
    local = [raw, *_mirror_folder(name, resources)]
    mirrors = [path.resolve().as_uri() + "/" for path in local]
    missing = [file for file, _ in resources if not any((path / file).exists() for path in local)]
    failure = ""
    if missing:
        online = _answering(_reader(name).mirrors, missing[0]) if download else []
        failure = "" if online else "the network does not answer" if download else "downloading was not asked for"
        mirrors += online
    failure = failure or _fetch(name, mirrors, resources, folder, bool(missing))
    if failure and raw.is_dir() and any(raw.iterdir()):
        raise DataError(
            f"{raw}: {missing[0]} is missing, and {failure}: put the four .gz files there, or delete the folder"
        )
    return failure and f"no {name} in {folder}, no mirror folder, and {failure}"


def _reader(name: str, mirrors: Sequence[str] | None = None, resources: Resources | None = None) -> Any:
    """Return torchvision's own class, told where to fetch from and what to verify."""
    datasets = import_torchvision()
    original = datasets.FashionMNIST if name == "FashionMNIST" else datasets.MNIST
    # torchvision names the folder after the class. Its legacy files, processed/*.pt, would be read unverified.
    return type(
        name,
        (original,),
        {
            "mirrors": original.mirrors if mirrors is None else list(mirrors),
            "resources": original.resources if resources is None else resources,
            "_check_legacy_exist": lambda self: False,
        },
    )


def _resources(name: str) -> Resources:
    resources: Resources = _reader(name).resources
    return resources


def _verify(raw: Path, resources: Resources) -> bool:
    """Check every file that is there; return whether all are, each archive beside what was unpacked from it."""
    complete = True
    for file, md5 in resources:
        archive = raw / file
        unpacked = archive.with_suffix("")
        if archive.exists():
            _check_archive(archive, md5, "delete it, and it is fetched again")
        if archive.exists() and unpacked.exists():
            _check_unpacked(unpacked, archive)
        complete = complete and archive.exists() and unpacked.exists()
    return complete


def _check_archive(archive: Path, md5: str, remedy: str) -> None:
    found = hashlib.md5(_read(archive), usedforsecurity=False).hexdigest()
    if found != md5:
        raise DataError(f"{archive}: damaged, its MD5 is {found}, expected {md5}: {remedy}")


def _check_unpacked(unpacked: Path, archive: Path) -> None:
    # A gzip file ends with the CRC-32 and the size of what it holds, which is quicker than unpacking it again.
    content, packed = _read(unpacked), _read(archive)
    if struct.unpack("<II", packed[-8:]) == (zlib.crc32(content), len(content)):
        return
    found, md5 = (hashlib.md5(data, usedforsecurity=False).hexdigest() for data in (content, gzip.decompress(packed)))
    raise DataError(
        f"{unpacked}: damaged, its MD5 is {found}, expected {md5}: delete it, and it is unpacked again from {archive.name}"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): make it readable, or delete it") from error


def _mirror_folder(name: str, resources: Resources) -> list[Path]:
    """Return the mirror folder, verified, or nothing where none is set."""
    variable, mnist = "PARITY_MNIST_MIRROR", os.environ.get("PARITY_MNIST_MIRROR")
    if name == "MNIST":
        mirror = Path(mnist) if mnist else None
    elif fashion := os.environ.get("PARITY_FASHION_MNIST_MIRROR"):
        variable, mirror = "PARITY_FASHION_MNIST_MIRROR", Path(fashion)
    else:
        mirror = Path(mnist) / name if mnist and (Path(mnist) / name).is_dir() else None
    if mirror is None:
        return []
    mirror = mirror.expanduser()
    for file, md5 in resources:
        if not (mirror / file).is_file():
            raise DataError(f"{mirror / file}: not found, expected MD5 {md5}: correct or unset {variable}")
        _check_archive(mirror / file, md5, f"replace it by the official file, or unset {variable}")
    return [mirror]


def _answering(mirrors: Sequence[str], file: str) -> list[str]:
    """Return the mirrors that answer at once."""
    answered: set[str] = set()

    def ask(mirror: str) -> None:
        with contextlib.suppress(OSError, HTTPException):
            request = urllib.request.Request(mirror + file, method="HEAD")
            with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
                answered.add(mirror)

    # In threads, because looking up a name cannot be given a timeout.
    threads = [threading.Thread(target=ask, args=(mirror,), daemon=True) for mirror in mirrors]
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [mirror for mirror in mirrors if mirror in answered]


def _fetch(name: str, mirrors: list[str], resources: Resources, folder: Path, online: bool) -> str:
    """Let torchvision copy or download, verify and unpack; return an empty string, or how the network failed."""
    reader = _reader(name, mirrors, resources)
    with _staging(folder) as stage:
        try:
            with _quiet_and_bounded():
                reader(root=stage, download=True)
        except NETWORK_ERRORS as error:
            reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            if not online:
                raise DataError(f"{mirrors[-1]}: cannot be read ({reason}): try again") from error
            return f"the download failed ({reason})"
        _publish(stage / name / "raw", folder / name / "raw")
    return ""


@contextlib.contextmanager
def _quiet_and_bounded() -> Iterator[None]:
    # torchvision draws progress bars even for a copy, and gives its connections no timeout.
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A temporary folder beside the final place, so that an interruption leaves nothing half-written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as stage:
            yield Path(stage)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be written ({error.strerror or error}): set PARITY_DATA to a folder that can"
        ) from error


def _publish(stage: Path, raw: Path) -> None:
    # Each file moves whole. Archives go first and the manifest last, so that an interrupted move is seen as incomplete.
    raw.mkdir(parents=True, exist_ok=True)
    for path in sorted(stage.iterdir(), key=lambda path: (path.name == MANIFEST, path.suffix != ".gz")):
        path.replace(raw / path.name)


def _provide_synthetic(folder: Path) -> Resources:
    """Render the digits unless they are there, in MNIST's format; return the files with their MD5."""
    raw = folder / SYNTHETIC_FOLDER / "raw"
    resources = _read_manifest(raw / MANIFEST)
    if resources is None or not _verify(raw, resources):
        with _staging(folder) as stage:
            staged = stage / SYNTHETIC_FOLDER / "raw"
            resources = _render(staged)
            with _quiet_and_bounded():
                _reader(SYNTHETIC_FOLDER, [staged.as_uri() + "/"], resources)(root=stage, download=True)
            _publish(staged, raw)
    return resources


def _heading() -> str:
    return f"# synthetic digits, version {digits.VERSION}, {SYNTHETIC_COUNTS}"


def _read_manifest(manifest: Path) -> Resources | None:
    """Return the files that it lists, or nothing where it is missing or of another version."""
    if not manifest.exists():
        return None
    heading, *lines = _read(manifest).decode(errors="replace").splitlines() or [""]
    entries = [(file, md5) for md5, _, file in (line.partition("  ") for line in lines)]
    return entries if heading == _heading() and len(entries) == 2 * len(SYNTHETIC_COUNTS) else None


def _render(raw: Path) -> Resources:
    """Write the four IDX archives and their manifest."""
    raw.mkdir(parents=True)
    resources: Resources = []
    for seed, (split, count) in enumerate(SYNTHETIC_COUNTS.items()):
        images, labels = digits.synthetic_digits(count, seed)
        for kind, array in (("images", images), ("labels", labels.astype(np.uint8))):
            # IDX: two zero bytes, 8 for uint8, the number of axes, then each size as a big-endian integer.
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            packed = gzip.compress(header + array.tobytes(), compresslevel=1, mtime=0)
            file = f"{split}-{kind}-idx{array.ndim}-ubyte.gz"
            (raw / file).write_bytes(packed)
            resources.append((file, hashlib.md5(packed, usedforsecurity=False).hexdigest()))
    manifest = [_heading(), *(f"{md5}  {file}" for file, md5 in resources)]
    (raw / MANIFEST).write_text("\n".join(manifest) + "\n")
    return resources
