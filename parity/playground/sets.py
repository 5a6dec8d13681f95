"""What the playground's nets learn from: points in the plane, or the pixels of digits and a plane through them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from datasets import toy
from datasets.xor import xor
from scratch.random import Generator

__all__ = ["Points", "load_points"]

Array = npt.NDArray[Any]
POINTS = 200
DIGITS = {"two digits": (3, 8), "ten digits": tuple(range(10))}
ROWS = {"two digits": 300, "ten digits": 500}


@dataclass(frozen=True, eq=False)
class Points:
    """Rows to learn from, and the plane in which they are drawn.

    Args:
        x: (N, features).
        labels: (N), from 0 on.
        names: what each class is called.
        source: where the rows come from; "" where they are computed.
        origin: (features), the place in the middle of the plane; None where a row is a place in the plane itself.
        axes: (2, features), the directions of the plane.
    """

    x: Array
    labels: npt.NDArray[np.int64]
    names: tuple[int, ...]
    source: str = ""
    origin: Array | None = None
    axes: Array | None = None

    @property
    def outputs(self) -> int:
        """One number tells two classes apart; more need one each."""
        return 1 if len(self.names) == 2 else len(self.names)

    @property
    def places(self) -> Array:
        """(N, 2), where the rows are drawn."""
        return self.x if self.origin is None or self.axes is None else (self.x - self.origin) @ self.axes.T

    def rows_at(self, places: Array) -> Array:
        """(n, features): the inputs that stand at places of the plane."""
        return places if self.origin is None or self.axes is None else self.origin + places @ self.axes


def load_points(name: str, seed: int, dtype: str) -> Points:
    """The rows of a set; the seed draws the noise of those in the plane.

    Raises:
        DataError: digits that are damaged.
    """
    if name in DIGITS:
        return _digits(name, dtype)
    if name == "xor":
        x, y = xor()
        return Points(x.astype(dtype), y.ravel().astype(np.int64), (0, 1))
    made = {"moons": toy.moons, "circles": toy.circles, "spirals": toy.spirals}[name]
    x, labels = made(POINTS, generator=Generator().manual_seed(seed))
    return Points(x.astype(dtype), labels, tuple(range(int(labels.max()) + 1)))


@cache
def _digits(name: str, dtype: str) -> Points:
    """The first test digits of these classes. Nothing is downloaded for a page: `parity data` does that."""
    from datasets import mnist  # imports torchvision, which takes a second

    found = mnist.load("MNIST", train=False, download=False)
    x, labels = found.as_numpy(np.dtype(dtype))
    chosen = np.flatnonzero(np.isin(labels, DIGITS[name]))[: ROWS[name]]
    x, kept = x[chosen], np.searchsorted(DIGITS[name], labels[chosen]).astype(np.int64)
    origin = x.mean(axis=0)
    # The two directions in which the digits differ most (principal components).
    axes = np.linalg.svd(x - origin, full_matrices=False)[2][:2]
    return Points(x, kept, DIGITS[name], found.source, origin, axes)
