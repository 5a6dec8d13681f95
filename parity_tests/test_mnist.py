"""MNIST and its stand-in: where they are looked for, and what is said when a file is damaged or missing."""

import errno
import gzip
import hashlib
import http.server
import os
import shutil
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from datasets import digits, files, mnist, vision
from datasets.files import DataError
from datasets.mnist import Digits, load

VARIABLES = ("PARITY_DATA", "PARITY_MNIST_MIRROR", "PARITY_FASHION_MNIST_MIRROR")
REAL_MIRROR = os.environ.get("PARITY_MNIST_MIRROR")
TRAIN_IMAGES = "train-images-idx3-ubyte.gz"


# Small files in MNIST's format, which torchvision takes for MNIST because their MD5 is put in its list


def idx(array: NDArray[np.uint8]) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + array.tobytes()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(mnist, "SYNTHETIC_COUNTS", {"train": 30, "t10k": 20})


@pytest.fixture
def small() -> dict[str, NDArray[np.uint8]]:
    generator = np.random.default_rng(0)
    return {
        f"{split}-{kind}-ubyte.gz": generator.integers(0, high, (count, *shape), dtype=np.uint8)
        for split, count in (("train", 7), ("t10k", 5))
        for kind, high, shape in (("images-idx3", 256, (28, 28)), ("labels-idx1", 10, ()))
    }


@pytest.fixture
def mirror(small: dict[str, NDArray[np.uint8]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with four small archives, listed by torchvision's MNIST and FashionMNIST as the official ones."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    resources = []
    for file, array in small.items():
        packed = gzip.compress(idx(array), mtime=0)
        (folder / file).write_bytes(packed)
        resources.append((file, hashlib.md5(packed).hexdigest()))
    for name in ("MNIST", "FashionMNIST"):
        monkeypatch.setattr(getattr(vision.import_torchvision(), name), "resources", resources)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "some data, é"


@pytest.fixture
def filled(root: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that was filled from the mirror, which is then gone."""
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    load("MNIST", root, download=False)
    monkeypatch.delenv("PARITY_MNIST_MIRROR")
    return root


def says(caught: pytest.ExceptionInfo[DataError], *parts: object) -> None:
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message


# MNIST: where it is looked for


@pytest.mark.parametrize("train", [True, False])
def test_the_mirror_folder_is_copied_verified_and_read(
    train: bool,
    root: Path,
    mirror: Path,
    small: dict[str, NDArray[np.uint8]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    before = {path: path.read_bytes() for path in mirror.iterdir()}
    data = load("MNIST", root, train=train)
    split = "train" if train else "t10k"
    assert (data.images == small[f"{split}-images-idx3-ubyte.gz"]).all()
    assert (data.labels == small[f"{split}-labels-idx1-ubyte.gz"]).all()
    assert (data.images.dtype.name, data.labels.dtype.name) == ("uint8", "int64")
    assert (data.source, data.note, data.train, len(data)) == ("MNIST", "", train, 7 if train else 5)
    assert [path.name for path in root.iterdir()] == ["MNIST"], "nothing unfinished stays"
    assert len(list((root / "MNIST" / "raw").iterdir())) == 8
    assert {path: path.read_bytes() for path in mirror.iterdir()} == before
    assert capfd.readouterr() == ("", ""), "the terminal stays tidy"


def test_the_data_folder_is_enough_the_second_time(filled: Path, mirror: Path) -> None:
    shutil.rmtree(mirror)
    assert load("MNIST", filled, download=False).source == "MNIST"


def test_the_data_folder_is_data_or_what_the_variable_names(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    monkeypatch.chdir(tmp_path)
    load()
    assert (tmp_path / "data" / "MNIST").is_dir()
    monkeypatch.setenv("PARITY_DATA", str(tmp_path / "elsewhere"))
    load()
    assert (tmp_path / "elsewhere" / "MNIST").is_dir()


def test_archives_put_into_the_data_folder_are_unpacked(root: Path, mirror: Path) -> None:
    shutil.copytree(mirror, root / "MNIST" / "raw")
    assert load("MNIST", root, download=False).source == "MNIST"


@pytest.mark.parametrize("own", [True, False], ids=["own variable", "subfolder"])
def test_fashion_mnist_has_its_own_mirror_folder(
    own: bool, root: Path, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if own:
        monkeypatch.setenv("PARITY_FASHION_MNIST_MIRROR", str(mirror))
    else:
        shutil.copytree(mirror, tmp_path / "shared" / "FashionMNIST")
        monkeypatch.setenv("PARITY_MNIST_MIRROR", str(tmp_path / "shared"))
    assert load("FashionMNIST", root, download=False).source == "FashionMNIST"
    assert [path.name for path in root.iterdir()] == ["FashionMNIST"]


def test_the_mirror_of_mnist_is_not_taken_for_fashion_mnist(
    root: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    assert load("FashionMNIST", root, download=False).source == "synthetic digits"


def test_another_name_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="expected name 'MNIST', 'FashionMNIST' or 'synthetic digits', got 'mnist'"):
        load("mnist", root)  # type: ignore[arg-type]  # the mistake that is tested


def test_files_of_an_old_torchvision_are_not_read_unverified(filled: Path, small: dict[str, NDArray[np.uint8]]) -> None:
    processed = filled / "MNIST" / "processed"
    processed.mkdir()
    for file in ("training.pt", "test.pt"):
        torch.save((torch.zeros(3, 28, 28, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)), processed / file)
    assert (load("MNIST", filled, download=False).images == small[TRAIN_IMAGES]).all()


# MNIST: what is damaged or missing


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize("harm", [damage, truncate])
def test_a_damaged_mirror_is_an_error_and_writes_nothing(
    harm: Callable[[Path], None], root: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = hashlib.md5((mirror / TRAIN_IMAGES).read_bytes()).hexdigest()
    harm(mirror / TRAIN_IMAGES)
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    with pytest.raises(DataError) as caught:
        load("MNIST", root)
    says(caught, mirror / TRAIN_IMAGES, "damaged", f"expected {expected}", "unset PARITY_MNIST_MIRROR")
    assert not root.exists()


@pytest.mark.parametrize(
    ("name", "variable"),
    [("MNIST", "PARITY_MNIST_MIRROR"), ("FashionMNIST", "PARITY_FASHION_MNIST_MIRROR")],
)
@pytest.mark.parametrize("folder", ["incomplete", "absent"])
def test_a_mirror_folder_without_the_files_is_an_error(
    folder: str, name: mnist.Source, variable: str, root: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mirror / TRAIN_IMAGES).unlink()
    wrong = mirror if folder == "incomplete" else mirror / "absent"
    monkeypatch.setenv(variable, str(wrong))
    with pytest.raises(DataError) as caught:
        load(name, root)
    says(caught, wrong / TRAIN_IMAGES, "not found", "expected MD5", variable)


@pytest.mark.parametrize("harm", [damage, truncate])
@pytest.mark.parametrize("file", [TRAIN_IMAGES, "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
def test_a_damaged_file_in_the_data_folder_is_an_error_and_its_remedy_works(
    file: str, harm: Callable[[Path], None], filled: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled / "MNIST" / "raw" / file
    expected = hashlib.md5(path.read_bytes()).hexdigest()
    harm(path)
    with pytest.raises(DataError) as caught:
        load("MNIST", filled)
    says(caught, path, "damaged", f"expected {expected}", "delete it")
    path.unlink()
    if path.suffix == ".gz":
        monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    assert load("MNIST", filled, download=False).source == "MNIST"


def test_an_incomplete_data_folder_is_an_error_rather_than_a_reason_for_synthetic_digits(filled: Path) -> None:
    raw = filled / "MNIST" / "raw"
    (raw / TRAIN_IMAGES).unlink()
    with pytest.raises(DataError) as caught:
        load("MNIST", filled, download=False)
    says(caught, raw, TRAIN_IMAGES, "downloading was not asked for", "put the four .gz files there")


def test_an_empty_data_folder_is_no_error(root: Path) -> None:
    (root / "MNIST" / "raw").mkdir(parents=True)
    assert load("MNIST", root, download=False).source == "synthetic digits"


def test_an_unreadable_file_is_an_error(filled: Path) -> None:
    path = filled / "MNIST" / "raw" / TRAIN_IMAGES
    path.unlink()
    path.mkdir()
    with pytest.raises(DataError) as caught:
        load("MNIST", filled)
    says(caught, path, "cannot be read", os.strerror(errno.EISDIR))


@pytest.mark.parametrize("name", ["MNIST", "synthetic digits"])
def test_a_data_folder_that_cannot_be_written_is_an_error_with_a_way_out(
    name: mnist.Source, tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    with pytest.raises(DataError) as caught:
        load(name, tmp_path / "file" / "data")
    says(caught, tmp_path / "file" / "data", "cannot be written", os.strerror(errno.ENOTDIR), "set PARITY_DATA")


def test_a_full_disk_is_an_error_and_leaves_nothing(root: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DataError) as caught:
        load("MNIST", root)
    says(caught, root, os.strerror(errno.ENOSPC), "set PARITY_DATA")
    assert list(root.iterdir()) == []


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], None]:
    """Run something that is interrupted after it has moved so many files into place."""

    def run(moves: int, action: Callable[[], object]) -> None:
        left, replace = moves, Path.replace

        def move(source: Path, target: Path) -> Path:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            return replace(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", move)
            with pytest.raises(KeyboardInterrupt):
                action()

    return run


Interrupt = Callable[[int, Callable[[], object]], None]


@pytest.mark.parametrize("name", ["MNIST", "synthetic digits"])
@pytest.mark.parametrize("moves", [0, 1, 5, 7])
def test_an_interruption_leaves_nothing_half_written(
    moves: int, name: mnist.Source, interrupt: Interrupt, root: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    interrupt(moves, lambda: load(name, root))
    assert not list(root.glob(".unfinished-*"))
    assert load(name, root, download=False).source == name


@pytest.mark.parametrize("moves", range(9))
def test_an_interruption_while_a_new_version_is_rendered_is_made_good(
    moves: int, interrupt: Interrupt, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("synthetic digits", root)
    monkeypatch.setattr(digits, "VERSION", digits.VERSION + 1)
    monkeypatch.setattr(mnist, "SYNTHETIC_COUNTS", {"train": 12, "t10k": 11})
    interrupt(moves, lambda: load("synthetic digits", root))
    assert len(load("synthetic digits", root)) == 12


@pytest.mark.parametrize("moves", [0, 1, 4, 5, 7])
def test_an_interruption_while_leftovers_are_replaced_is_made_good(
    moves: int, interrupt: Interrupt, filled: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = filled / "MNIST" / "raw"
    for archive in list(raw.glob("*.gz")):
        archive.unlink()
        damage(archive.with_suffix(""))
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(mirror))
    interrupt(moves, lambda: load("MNIST", filled))
    assert load("MNIST", filled).source == "MNIST"


# MNIST: the network, played by a server on this machine


class Server(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class StallingServer(Server):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.flush()
        time.sleep(1)


class EmptyServer(Server):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"portal")


@pytest.fixture
def serve(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[type[Server]], None]]:
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(handler: type[Server]) -> None:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(mirror)))
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(vision.import_torchvision().MNIST, "mirrors", ["http://127.0.0.1:9/", address])

    monkeypatch.setenv("no_proxy", "*")
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_network_is_asked_last_and_torchvision_downloads(
    serve: Callable[[type[Server]], None], root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    serve(Server)
    assert load("MNIST", root, download=False).source == "synthetic digits"
    data = load("MNIST", root)
    assert (data.source, data.note, len(data)) == ("MNIST", "", 7)
    assert capfd.readouterr() == ("", "")


def test_a_mirror_that_never_answers_is_left_out(
    serve: Callable[[type[Server]], None], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(Server)
    monkeypatch.setattr(files, "PROBE_SECONDS", 1.0)
    original = vision.import_torchvision().MNIST
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        monkeypatch.setattr(original, "mirrors", [address, *original.mirrors])
        start = time.monotonic()
        assert load("MNIST", root).source == "MNIST"
        assert time.monotonic() - start < files.STALL_SECONDS / 2


def test_only_what_is_missing_is_downloaded(
    serve: Callable[[type[Server]], None], filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Listening(Server):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    serve(Listening)
    (filled / "MNIST" / "raw" / TRAIN_IMAGES).unlink()
    assert load("MNIST", filled).source == "MNIST"
    assert set(asked) == {f"/{TRAIN_IMAGES}"}


@pytest.mark.parametrize(("server", "reason"), [(EmptyServer, "corrupted"), (StallingServer, "timed out")])
def test_a_download_that_fails_gives_synthetic_digits_and_says_why(
    server: type[Server],
    reason: str,
    serve: Callable[[type[Server]], None],
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serve(server)
    monkeypatch.setattr(files, "STALL_SECONDS", 0.2)
    start = time.monotonic()
    data = load("MNIST", root)
    assert time.monotonic() - start < 5
    assert data.source == "synthetic digits"
    assert "the download failed" in data.note
    assert reason in data.note
    assert "\n" not in data.note
    assert [path.name for path in root.iterdir()] == ["SyntheticDigits"]
    assert socket.getdefaulttimeout() is None


def test_a_mirror_that_never_answers_holds_nobody_up(root: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(files, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        monkeypatch.setattr(vision.import_torchvision().MNIST, "mirrors", [address])
        start = time.monotonic()
        data = load("MNIST", root)
        assert time.monotonic() - start < 3
    assert data.source == "synthetic digits"
    assert data.note == f"MNIST is neither in {root} nor in a mirror folder, and the network does not answer"


def test_looking_up_a_name_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        released.wait(5)
        raise socket.gaierror("no such name")

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(files, "PROBE_SECONDS", 0.1)
    start = time.monotonic()
    assert files.answering(["http://example.invalid/"], "file") == []
    assert time.monotonic() - start < 2
    released.set()


# The stand-in


def test_synthetic_digits_are_labelled_read_by_torchvision_and_kept(root: Path) -> None:
    train, test = (load("MNIST", root, train=train, download=False) for train in (True, False))
    assert (train.source, test.source) == ("synthetic digits", "synthetic digits")
    assert "MNIST is neither in" in train.note
    assert (train.images.shape, test.images.shape) == ((30, 28, 28), (20, 28, 28))
    images, labels = digits.synthetic_digits(30, seed=0)
    assert (train.images == images).all()
    assert (train.labels == labels).all()
    assert (test.images == digits.synthetic_digits(20, seed=1)[0]).all()
    assert [path.name for path in root.iterdir()] == ["SyntheticDigits"], "never a folder that is called MNIST"
    written = (root / "SyntheticDigits" / "raw" / TRAIN_IMAGES).stat().st_mtime_ns
    asked_for = load("synthetic digits", root)
    assert (asked_for.note, asked_for.source) == ("", "synthetic digits")
    assert (root / "SyntheticDigits" / "raw" / TRAIN_IMAGES).stat().st_mtime_ns == written, "rendered only once"


def test_the_rendered_files_are_idx_files(root: Path) -> None:
    load("synthetic digits", root)
    raw = root / "SyntheticDigits" / "raw"
    for split, count in (("train", 30), ("t10k", 20)):
        images = gzip.decompress((raw / f"{split}-images-idx3-ubyte.gz").read_bytes())
        assert struct.unpack(">4I", images[:16]) == (2051, count, 28, 28)  # 2051 and 2049 are MNIST's magic numbers
        assert len(images) == 16 + count * 28 * 28
        labels = gzip.decompress((raw / f"{split}-labels-idx1-ubyte.gz").read_bytes())
        assert struct.unpack(">2I", labels[:8]) == (2049, count)
        assert len(labels) == 8 + count


@pytest.mark.parametrize("file", [TRAIN_IMAGES, "t10k-images-idx3-ubyte"])
def test_damaged_synthetic_digits_are_an_error_too(file: str, root: Path) -> None:
    load("synthetic digits", root)
    path = root / "SyntheticDigits" / "raw" / file
    damage(path)
    with pytest.raises(DataError) as caught:
        load("synthetic digits", root)
    says(caught, path, "damaged", "delete it")
    path.unlink()
    assert len(load("synthetic digits", root)) == 30


@pytest.mark.parametrize("change", ["version", "sizes", "nonsense", "cut off"])
def test_synthetic_digits_of_another_version_are_rendered_anew(
    change: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("synthetic digits", root)
    raw = root / "SyntheticDigits" / "raw"
    if change == "version":
        monkeypatch.setattr(digits, "VERSION", digits.VERSION + 1)
    elif change == "sizes":
        monkeypatch.setattr(mnist, "SYNTHETIC_COUNTS", {"train": 12, "t10k": 11})
    elif change == "nonsense":
        (raw / mnist.MANIFEST).write_bytes(b"\xff\x00 nonsense")
    else:
        (raw / mnist.MANIFEST).write_text((raw / mnist.MANIFEST).read_text().splitlines()[0])
    before = (raw / mnist.MANIFEST).read_bytes()
    assert len(load("synthetic digits", root)) == (12 if change == "sizes" else 30)
    assert (raw / mnist.MANIFEST).read_bytes() != before


# Arrays and tensors


@pytest.mark.parametrize("flatten", [True, False])
@pytest.mark.parametrize(
    ("dtype", "torch_dtype"), [(np.float32, torch.float32), (np.float64, torch.float64)], ids=["float32", "float64"]
)
def test_arrays_and_tensors_are_equal_and_in_0_to_1(flatten: bool, dtype: Any, torch_dtype: torch.dtype) -> None:
    images = np.resize(np.arange(256, dtype=np.uint8), (3, 28, 28))
    data = Digits(images, np.array([1, 2, 3]), "MNIST")
    x, y = data.as_numpy(dtype, flatten)
    tensor, target = data.as_tensors(torch_dtype, flatten)
    assert (x.shape, x.dtype) == ((3, 784) if flatten else (3, 1, 28, 28), dtype)
    assert (tensor.dtype, target.dtype) == (torch_dtype, torch.int64)
    assert tensor.numpy().tobytes() == x.tobytes()
    assert target.numpy().tobytes() == y.tobytes()
    scaled = torch.from_numpy(images).to(torch_dtype) / 255  # torchvision's ToTensor is this division
    assert torch.equal(tensor.reshape(3, 28, 28), scaled)
    assert (x.min(), x.max()) == (0, 1)


def test_what_is_handed_out_does_not_share_memory() -> None:
    data = Digits(np.full((2, 28, 28), 255, dtype=np.uint8), np.array([1, 2]), "MNIST")
    for x, y in (data.as_numpy(), data.as_tensors()):
        x[:], y[:] = 0.25, 9
    assert data.images.min() == 255
    assert data.labels.tolist() == [1, 2]


def test_an_integer_dtype_is_refused() -> None:
    data = Digits(np.zeros((2, 28, 28), dtype=np.uint8), np.array([1, 2]), "MNIST")
    with pytest.raises(TypeError, match="expected a floating dtype, got int64"):
        data.as_numpy(np.int64)


def test_the_first_few_keep_their_source() -> None:
    data = Digits(np.zeros((5, 28, 28), dtype=np.uint8), np.arange(5), "synthetic digits", False, "why").first(2)
    assert (len(data), data.labels.tolist()) == (2, [0, 1])
    assert (data.source, data.train, data.note) == ("synthetic digits", False, "why")


# The real MNIST


@pytest.mark.skipif(not REAL_MIRROR, reason="PARITY_MNIST_MIRROR is not set, so there is no real MNIST to read")
def test_the_real_mnist(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_MNIST_MIRROR", str(REAL_MIRROR))
    train, test = load("MNIST", root), load("MNIST", root, train=False)
    assert (train.source, train.images.shape, test.images.shape) == ("MNIST", (60_000, 28, 28), (10_000, 28, 28))
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    x, _ = train.as_numpy(np.float64)
    assert (round(x.mean(), 4), round(x.std(), 4)) == (0.1307, 0.3081)  # the two numbers of every MNIST tutorial
