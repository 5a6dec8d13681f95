"""The truth table, the points, the rendered digits, and the import of torchvision."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import datasets
from datasets import digits, toy, vision
from datasets.mnist import Digits
from datasets.xor import xor
from scratch.random import Generator

HOME = Path(datasets.__file__).parent.parent


# XOR


def test_xor_is_xor_and_not_the_and_that_the_course_prints() -> None:
    x, y = xor()
    assert [(int(a) ^ int(b)) for a, b in x] == y.ravel().tolist() == [0, 1, 0, 1]
    assert x.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]], "the course's order"
    assert (x.shape, y.shape, x.dtype.name, y.dtype.name) == ((4, 2), (4, 1), "float64", "float64")


def test_xor_returns_new_arrays() -> None:
    xor()[0][:] = 7
    assert xor()[0].max() == 1


def test_the_package_imports_nothing() -> None:
    tree = ast.parse((HOME / "datasets" / "__init__.py").read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


# torchvision's import


class Importer:
    """Stands for importlib: raises these errors one after the other, then returns a module."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.module = ModuleType("torchvision.datasets")
        self.leftovers: list[bool] = []

    def import_module(self, name: str) -> ModuleType:
        self.leftovers.append("torchvision.extension" in sys.modules)
        sys.modules["torchvision.extension"] = ModuleType("torchvision.extension")
        if self.errors:
            raise self.errors.pop(0)
        return self.module


NMS = "operator torchvision::nms does not exist"


def import_with(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], Callable[[], ModuleType]]:
    declared: list[str] = []
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torchvision.extension", ModuleType("before"))  # so that it is restored afterwards
    monkeypatch.delitem(sys.modules, "torchvision.extension")
    monkeypatch.setattr(vision, "importlib", importer)
    monkeypatch.setattr(vision, "_declare_operators", lambda: declared.append("declared"))
    return declared, vision.import_torchvision


def test_a_torchvision_that_imports_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    importer = Importer()
    declared, import_torchvision = import_with(importer, monkeypatch)
    assert import_torchvision() is importer.module
    assert declared == []


def test_missing_operators_are_declared_and_the_import_tried_again_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    importer = Importer(RuntimeError(NMS))
    declared, import_torchvision = import_with(importer, monkeypatch)
    assert import_torchvision() is importer.module
    assert declared == ["declared"]
    assert importer.leftovers == [False, False], "the failed import's submodules must be gone at the second attempt"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("operator torchvision::roi_align does not exist"),
        RuntimeError(f"{NMS}, and something else"),
        ImportError(NMS),
        ModuleNotFoundError("No module named 'torchvision'"),
        OSError("libcudart.so.12: cannot open shared object file"),
    ],
    ids=["other operator", "longer message", "ImportError", "not installed", "missing library"],
)
def test_every_other_failure_of_the_import_is_passed_on(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    declared, import_torchvision = import_with(Importer(error), monkeypatch)
    with pytest.raises(type(error)) as caught:
        import_torchvision()
    assert caught.value is error
    assert declared == []


def test_a_second_failure_of_the_import_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    second = RuntimeError("operator torchvision::roi_align does not exist")
    _, import_torchvision = import_with(Importer(RuntimeError(NMS), second), monkeypatch)
    with pytest.raises(RuntimeError) as caught:
        import_torchvision()
    assert caught.value is second


def test_the_installed_torchvision_imports_without_a_warning_and_its_operators_stay() -> None:
    program = (
        "import gc, torch; from datasets.vision import import_torchvision as load\n"
        "first = load(); gc.collect()\n"
        "assert load() is first and first.MNIST.__name__ == 'MNIST'\n"
        "assert torch.ops.torchvision.nms and torch.ops.torchvision.qnms"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=HOME, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


# The rendered digits


@pytest.fixture(scope="module")
def rendered() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return digits.synthetic_digits(12_000, seed=0)


def test_a_seed_chooses_the_digits() -> None:
    images, labels = digits.synthetic_digits(50, seed=3)
    again, same = digits.synthetic_digits(50, seed=3)
    other, _ = digits.synthetic_digits(50, seed=4)
    assert (images == again).all()
    assert (labels == same).all()
    assert (images != other).any()


def test_no_two_digits_are_alike(rendered: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    images, labels = rendered
    assert len({image.tobytes() for image in images}) == len(images)
    assert np.bincount(labels, minlength=10).min() > 1_000


def test_the_digits_stay_on_the_page(rendered: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    ink = rendered[0] > 128
    assert ink.any(axis=(1, 2)).mean() > 0.99, "every image shows something"
    border = np.ones((28, 28), dtype=bool)
    border[1:-1, 1:-1] = False
    assert ink[:, border].any(axis=1).mean() < 0.05, "hardly one is cut off"


def test_render_draws_what_it_is_asked_for() -> None:
    labels = np.repeat(np.arange(10), 20)
    means = digits.render(labels, Generator().manual_seed(0)).reshape(10, 20, 784).mean(axis=1)
    distinct = np.linalg.norm(means[:, None] - means, axis=2) + np.eye(10) * 1e9
    assert distinct.min() > 300, "ten digits give ten pictures"
    with pytest.raises(ValueError, match="expected labels from 0 to 9, got -1 to 10"):
        digits.render(np.array([-1, 10]), Generator())
    assert digits.render(np.array([], dtype=np.int64), Generator()).shape == (0, 28, 28)


def test_a_small_network_learns_the_digits_and_the_mean_image_of_each_does_not_suffice(
    rendered: tuple[NDArray[np.uint8], NDArray[np.int64]],
) -> None:
    x, y = Digits(*rendered, "synthetic digits").as_tensors()
    x_test, y_test = Digits(*digits.synthetic_digits(2_000, seed=1), "synthetic digits").as_tensors()
    means = torch.stack([x[y == digit].mean(0) for digit in range(10)])
    nearest = torch.cdist(x_test, means).argmin(1)
    assert 0.3 < (nearest == y_test).double().mean().item() < 0.9

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for _ in range(4):
        for batch in torch.split(torch.randperm(len(x)), 64):
            optimizer.zero_grad()
            torch.autograd.backward(torch.nn.functional.cross_entropy(net(x[batch]), y[batch]))
            optimizer.step()
    with torch.no_grad():
        accuracy = (net(x_test).argmax(1) == y_test).double().mean().item()
    assert accuracy > 0.9


# Points in the plane


SETS = [toy.moons, toy.circles, toy.spirals, toy.blobs]


@pytest.mark.parametrize("points", SETS)
def test_points_have_their_shape_and_classes(points: Callable[..., toy.Points]) -> None:
    x, y = points(31)
    assert (x.shape, y.shape, x.dtype.name, y.dtype.name) == ((31, 2), (31,), "float64", "int64")
    counts = np.bincount(y)
    assert counts.max() - counts.min() == 1
    assert counts[0] == counts.max()


@pytest.mark.parametrize("points", SETS)
def test_the_noise_is_torch_s_normal_from_the_same_seed(points: Callable[..., toy.Points]) -> None:
    clean, _ = points(40, noise=0)
    noisy, _ = points(40, noise=0.3, generator=Generator().manual_seed(5))
    normal = torch.randn(40, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    np.testing.assert_allclose(noisy, clean + 0.3 * normal.numpy(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("points", SETS)
def test_points_refuse_what_makes_no_sense(points: Callable[..., toy.Points]) -> None:
    with pytest.raises(ValueError, match=f"{points.__name__}: expected at least one sample for each class, got 1 for"):
        points(1)
    with pytest.raises(ValueError, match=f"{points.__name__}: expected noise >= 0, got -1"):
        points(10, noise=-1)


@pytest.mark.parametrize("points", [toy.spirals, toy.blobs])
def test_the_number_of_classes_can_be_chosen(points: Callable[..., toy.Points]) -> None:
    assert np.bincount(points(20, classes=5)[1]).tolist() == [4] * 5
    with pytest.raises(ValueError, match="got 20 for 0"):
        points(20, classes=0)


def test_the_points_lie_where_their_formula_says() -> None:
    x, y = toy.moons(101, noise=0)
    np.testing.assert_allclose(np.hypot(*x[y == 0].T), 1)
    np.testing.assert_allclose(np.hypot(*(x[y == 1] - [1, 0.5]).T), 1)
    assert x[y == 0, 1].min() > -1e-12
    assert x[y == 1, 1].max() < 0.5 + 1e-12
    x, y = toy.circles(101, noise=0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.5))
    np.testing.assert_allclose(x[y == 1].mean(axis=0), 0, atol=1e-12)
    x, y = toy.spirals(99, noise=0)
    radius = np.hypot(*x.T)
    turn = np.arctan2(x[:, 1], x[:, 0]) - 4 * radius - 2 * np.pi * y / 3
    np.testing.assert_allclose(np.cos(turn[radius > 0]), 1)
    x, y = toy.blobs(4, noise=0, classes=4)
    np.testing.assert_allclose(x, [[1, 0], [0, 1], [-1, 0], [0, -1]], atol=1e-12)
