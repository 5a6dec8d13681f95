"""The training runs that are compared: each is written once and runs on either side.

A recipe builds a model and fits it. Both halves are seeded with the same number before `build`, and nothing is copied
from one to the other: initial weights, shuffles and dropout masks are equal because the two random streams are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from datasets import xor
from parity.registry import nearest
from parity.sides import Side

__all__ = ["RECIPES", "Data", "Recipe", "find_recipes", "load_data"]

OnStep = Callable[[int, float], None]


@dataclass(frozen=True)
class Data:
    """What a recipe trains on and is tested on, and where it came from ("XOR", "MNIST" or "synthetic digits").

    `note` says why the digits are synthetic.
    """

    source: str
    train: tuple[npt.NDArray[Any], npt.NDArray[Any]]
    test: tuple[npt.NDArray[Any], npt.NDArray[Any]]
    note: str = ""


@dataclass(frozen=True)
class Recipe:
    """A model, how it is trained, and on what.

    `float32_budget` is what float32's rounding was measured to need over the whole curve, with room to spare (for
    float64 it is always 1e-9). `only` says why a dtype is left out.
    """

    name: str
    data: str
    epochs: int
    build: Callable[[Side], Any]
    fit: Callable[[Side, Any, Data, int, int, OnStep | None], Any]
    predict: Callable[[Side, Any, Data], npt.NDArray[Any]]
    snapshots: int = 20
    float32_budget: float = 1e-3
    only: tuple[str, str] | None = None

    @property
    def dtypes(self) -> tuple[str, ...]:
        return ("float64", "float32") if self.only is None else (self.only[0],)


def load_data(name: str, dtype: str) -> Data:
    """XOR's four rows, or the digits as rows of 784 numbers in [0, 1]."""
    if name == "XOR":
        x, y = xor.xor()
        pair = x.astype(dtype), y.astype(dtype)
        return Data("XOR", pair, pair)
    from datasets import mnist  # imports torchvision, which takes a second

    halves = [mnist.load("MNIST", train=train) for train in (True, False)]
    train, test = halves
    kind = np.dtype(dtype)
    return Data(train.source, train.as_numpy(kind), test.as_numpy(kind), train.note)


def _train(
    criterion: str,
    optimizer: str,
    *,
    batch_size: int = 0,
    rows: int | None = None,
    shape: tuple[int, ...] | None = None,
    annealed: bool = False,
    max_norm: float | None = None,
    **options: Any,
) -> Any:
    """Fit with the library's own loop: shuffled batches, or all rows at once when `batch_size` is 0.

    `annealed`: the learning rate falls along a cosine, to a tenth at the last epoch.
    """

    def fit(side: Side, model: Any, data: Data, epochs: int, snapshots: int, on_step: OnStep | None) -> Any:
        x, y = (side.share(array[:rows]) for array in data.train)
        x = x if shape is None else x.reshape(-1, *shape)
        batches = (
            side.DataLoader(side.TensorDataset(x, y), batch_size=batch_size, shuffle=True) if batch_size else [(x, y)]
        )
        trainer = getattr(side, optimizer)(model.parameters(), **options)
        lr = options["lr"]
        return side.train(
            model,
            getattr(side, criterion)(),
            trainer,
            batches,
            epochs,
            scheduler=side.CosineAnnealingLR(trainer, T_max=epochs, eta_min=lr / 10) if annealed else None,
            max_norm=max_norm,
            snapshot_every=max(1, epochs * len(batches) // snapshots),
            on_step=on_step,
        )

    return fit


def _labels(shape: tuple[int, ...] | None = None) -> Callable[[Side, Any, Data], npt.NDArray[Any]]:
    """Predict the digit of every test image."""

    def predict(side: Side, model: Any, data: Data) -> npt.NDArray[Any]:
        x, y = (side.share(array) for array in data.test)
        x = x if shape is None else x.reshape(-1, *shape)
        loader = side.DataLoader(side.TensorDataset(x, y), batch_size=500)
        return np.asarray(side.predict(model, loader))

    return predict


def _bits(threshold: float) -> Callable[[Side, Any, Data], npt.NDArray[Any]]:
    """Predict XOR: whether the output exceeds the threshold."""

    def predict(side: Side, model: Any, data: Data) -> npt.NDArray[Any]:
        with side.no_grad():
            return (side.numpy(model(side.share(data.test[0]))) > threshold).astype(np.int64)

    return predict


# In float32 a rounding error that carries a number across ReLU's kink becomes a jump, which a net of a few neurons
# feels at once; with the smooth Tanh the curves show the arithmetic. ReLU has its place in the convolutional net.
MNIST_NETS = ((784, 16, 16, 10), (784, 128, 10))


def _mlp(*sizes: int) -> Callable[[Side], Any]:
    def build(side: Side) -> Any:
        layers = []
        for inputs, outputs in pairwise(sizes):
            layers += [side.Linear(inputs, outputs), side.Tanh()]
        return side.Sequential(*layers[:-1])

    return build


def _convolutional(side: Side) -> Any:
    return side.Sequential(
        side.Conv2d(1, 8, 3, padding=1, bias=False),  # batch norm would take a bias away again
        side.BatchNorm2d(8),
        side.ReLU(),
        side.MaxPool2d(2),
        side.Dropout(0.25),
        side.Flatten(),
        side.Linear(8 * 14 * 14, 10),
    )


def _fit_valor(side: Side, model: Any, data: Data, epochs: int, snapshots: int, on_step: OnStep | None) -> Any:
    x, y = data.train
    return side.train_valor(
        model, x.tolist(), y.tolist(), lr=1.0, epochs=epochs, snapshot_every=epochs // snapshots, on_step=on_step
    )


def _predict_valor(side: Side, model: Any, data: Data) -> npt.NDArray[Any]:
    outputs = [model(row) for row in data.test[0].tolist()]
    return np.array([[float(output[0].data) > 0.5] for output in outputs]).astype(np.int64)


def _fit_course(side: Side, model: Any, data: Data, epochs: int, snapshots: int, on_step: OnStep | None) -> Any:
    x, y = (side.share(array) for array in data.train)
    return side.exercises.train_xor(model, x, y, epochs, snapshot_every=epochs // snapshots, on_step=on_step)


XOR_OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "annealed": True},
    "Adagrad": {"lr": 0.1},
    # A larger eps than the default: once the gradient has faded, RMSprop would take steps of full length in the
    # direction of rounding errors, and part from itself.
    "RMSprop": {"lr": 0.001, "eps": 1e-4},
    "Adam": {"lr": 0.01},
    "AdamW": {"lr": 0.01},
}
MNIST_OPTIMIZERS: dict[str, dict[str, Any]] = {"SGD": {"lr": 0.05, "momentum": 0.9}, "Adam": {"lr": 0.002}}

RECIPES = [
    Recipe(
        "xor-valor", "XOR", 5000, lambda side: side.MLP(2, [4, 1], "tanh", "sigmoid"), _fit_valor, _predict_valor,
        only=("float64", "a Valor holds a Python float, which is a float64"),
    ),
    Recipe("xor-course", "XOR", 5000, lambda side: side.exercises.build_xor(), _fit_course, _bits(0.5)),
    *(
        Recipe(
            f"xor-{name.lower()}", "XOR", 5000, _mlp(2, 8, 1),
            _train("BCEWithLogitsLoss", name, **options), _bits(0.0), float32_budget=5e-3,
        )
        for name, options in XOR_OPTIMIZERS.items()
    ),
    *(
        Recipe(
            f"mnist-{'-'.join(map(str, sizes))}-{name.lower()}", "MNIST", 1, _mlp(*sizes),
            _train("CrossEntropyLoss", name, batch_size=64, **options), _labels(),
        )
        for sizes in MNIST_NETS
        for name, options in MNIST_OPTIMIZERS.items()
    ),
    Recipe(
        "mnist-convolutional", "MNIST", 1, _convolutional,
        _train("CrossEntropyLoss", "Adam", batch_size=64, rows=6400, shape=(1, 28, 28), max_norm=1.0, lr=0.001),
        _labels((1, 28, 28)),
    ),
    Recipe(
        "mnist-lstm", "MNIST", 1, lambda side: side.RowLSTM(28, 32, 10),
        _train("CrossEntropyLoss", "Adam", batch_size=64, rows=6400, shape=(28, 28), max_norm=1.0, lr=0.002),
        _labels((28, 28)),
    ),
    # SGD, since the true gradient of the keys' bias is 0 (softmax takes it away), and Adam would magnify its rounding.
    Recipe(
        "mnist-transformer", "MNIST", 1, lambda side: side.RowTransformer(28, 32, 2, 1, 64),
        _train(
            "CrossEntropyLoss", "SGD",
            batch_size=64, rows=3200, shape=(28, 28), max_norm=1.0, lr=0.05, momentum=0.9,
        ),
        _labels((28, 28)),
    ),
]  # fmt: skip


def find_recipes(names: list[str]) -> list[Recipe]:
    """The recipes whose names begin with one of these; all of them when none is given.

    Raises:
        KeyError: no recipe begins so; the message suggests the nearest name.
    """
    for name in names:
        if not any(recipe.name.startswith(name) for recipe in RECIPES):
            raise KeyError(f"no recipe {name!r}{nearest(name, [recipe.name for recipe in RECIPES])}")
    return [r for r in RECIPES if not names or any(r.name.startswith(name) for name in names)]
