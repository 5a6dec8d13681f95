"""MNIST and Fashion-MNIST through torchvision, one source for both halves, and a stand-in where neither can be had.

The files are looked for in the data folder (`data`, or what `PARITY_DATA` names), then in a mirror folder with the four
official `.gz` files (`PARITY_MNIST_MIRROR`; for Fashion-MNIST `PARITY_FASHION_MNIST_MIRROR`, or the subfolder
`FashionMNIST` of the former), then on the network. Where none is to be had, digits are rendered in their place.
"""

import gzip
import os
import shutil
import ssl
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any, Literal
from urllib.error import URLError

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray

from datasets import digits, files
from datasets.files import DataError, Resources
from datasets.vision import import_torchvision

__all__ = ["DataError", "Digits", "Source", "data_folder", "load"]

Source = Literal["MNIST", "FashionMNIST", "synthetic digits"]

SYNTHETIC: Source = "synthetic digits"
SYNTHETIC_FOLDER = "SyntheticDigits"
SYNTHETIC_COUNTS = {"train": 60_000, "t10k": 10_000}  # MNIST's own sizes and file names
MANIFEST = "MD5SUMS"  # the rendered files, whose bytes depend on the machine's zlib; `md5sum -c` reads it too
# What a failing network raises. Any other OSError is the disk's.
NETWORK_ERRORS = (URLError, TimeoutError, ConnectionError, ssl.SSLError, HTTPException, RuntimeError)


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
    reader = _reader(SYNTHETIC_FOLDER, _provide_synthetic(folder)) if source == SYNTHETIC else _reader(source)
    dataset = reader(root=folder, train=train)
    return Digits(dataset.data.numpy(), dataset.targets.numpy(), source, train, note)


def _reader(name: str, resources: Resources | None = None, mirrors: Sequence[str] | None = None) -> Any:
    """Return torchvision's own class, told what to verify and where to download from."""
    datasets = import_torchvision()
    original = datasets.FashionMNIST if name == "FashionMNIST" else datasets.MNIST
    # torchvision names the folder after the class. Its legacy files, processed/*.pt, would be read unverified.
    members = {
        "resources": original.resources if resources is None else resources,
        "mirrors": original.mirrors if mirrors is None else mirrors,
        "_check_legacy_exist": lambda self: False,
    }
    return type(name, (original,), members)


def _provide(name: str, folder: Path, download: bool) -> str:
    """Put the verified files into the data folder; return an empty string, or why that cannot be done."""
    reader, raw = _reader(name), folder / name / "raw"
    if files.verify(raw, reader.resources):
        return ""
    local = [raw, *_mirror_folder(name, reader.resources)]
    found = {file: path / file for path in local for file, _ in reader.resources if (path / file).exists()}
    missing = [file for file, _ in reader.resources if file not in found]
    if not missing:
        failure = _fetch(name, found.values(), None, folder)
    elif not download:
        failure = "downloading was not asked for"
    elif mirrors := files.answering(reader.mirrors, missing[0]):
        failure = _fetch(name, found.values(), mirrors, folder)
    else:
        failure = "the network does not answer"
    if failure and raw.is_dir() and any(raw.iterdir()):
        absent = ", ".join(missing)
        raise DataError(f"{raw}: incomplete ({absent}), and {failure}: put the four .gz files there, or delete it")
    return failure and f"{name} is neither in {folder} nor in a mirror folder, and {failure}"


def _mirror_folder(name: str, resources: Resources) -> list[Path]:
    """Return the mirror folder, verified, or nothing where none is set."""
    variable = "PARITY_MNIST_MIRROR" if name == "MNIST" else "PARITY_FASHION_MNIST_MIRROR"
    setting = os.environ.get(variable)
    if name == "FashionMNIST" and not setting and (shared := os.environ.get("PARITY_MNIST_MIRROR")):
        variable, setting = "PARITY_MNIST_MIRROR", f"{shared}/{name}" if (Path(shared) / name).is_dir() else ""
    if not setting:
        return []
    mirror = Path(setting).expanduser()
    for file, md5 in resources:
        if not (mirror / file).is_file():
            raise DataError(f"{mirror / file}: not found, expected MD5 {md5}: correct {variable}, or unset it")
        files.check_archive(mirror / file, md5, f"replace it by the official file, or unset {variable}")
    return [mirror]


def _fetch(name: str, archives: Iterable[Path], mirrors: Sequence[str] | None, folder: Path) -> str:
    """Let torchvision verify and unpack these archives, and download the others; return how the network failed, if so.

    The archives are copied to where torchvision downloads to: it takes a file that is there, and has the right MD5, for
    downloaded, and it cannot read a file:// address.
    """
    with files.staging(folder) as stage:
        staged = stage / name / "raw"
        staged.mkdir(parents=True)
        for archive in archives:
            shutil.copyfile(archive, staged / archive.name)
        try:
            with files.bounded_and_quiet():
                _reader(name, mirrors=mirrors)(root=stage, download=True)
        except NETWORK_ERRORS as error:
            return f"the download failed ({' '.join(str(error).split()) or type(error).__name__})"
        files.publish(staged, folder / name / "raw")
    return ""


def _provide_synthetic(folder: Path) -> Resources:
    """Render the digits unless they are there, in MNIST's format; return the files with their MD5."""
    raw = folder / SYNTHETIC_FOLDER / "raw"
    resources = _read_manifest(raw / MANIFEST)
    if resources is None or not files.verify(raw, resources):
        with files.staging(folder) as stage:
            staged = stage / SYNTHETIC_FOLDER / "raw"
            resources = _render(staged)
            _reader(SYNTHETIC_FOLDER, resources)(root=stage, download=True)  # nothing to download: verifies and unpacks
            files.publish(staged, raw)
    return resources


def _heading() -> str:
    return f"# synthetic digits, version {digits.VERSION}, {SYNTHETIC_COUNTS}"


def _read_manifest(manifest: Path) -> Resources | None:
    """Return the files that it lists, or nothing where it is missing or of another version."""
    if not manifest.exists():
        return None
    heading, *lines = files.read(manifest).decode(errors="replace").splitlines() or [""]
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
            resources.append((file, files.md5_of(packed)))
    manifest = [_heading(), *(f"{md5}  {file}" for file, md5 in resources)]
    (raw / MANIFEST).write_text("\n".join(manifest) + "\n")
    return resources
