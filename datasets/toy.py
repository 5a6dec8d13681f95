"""Toy sets of points in the plane, for decision boundaries and for overfitting.

Each returns its points class by class, so shuffle before training on a part of them.
"""

import numpy as np
from numpy.typing import NDArray

from scratch.random import Generator, randn

__all__ = ["blobs", "circles", "moons", "spirals"]

Points = tuple[NDArray[np.float64], NDArray[np.int64]]


def moons(n_samples: int = 200, noise: float = 0.1, generator: Generator | None = None) -> Points:
    """Two half circles, each reaching into the other.

    Math:
        Class 0 is (cos t, sin t), class 1 is (1 − cos t, ½ − sin t), with t evenly from 0 to π, plus noise · N(0, 1).

    Args:
        n_samples: of both classes together; class 0 has one more where it is odd.
        noise: standard deviation of what is added to each coordinate.
        generator: the random stream; the default one when None.

    Shape:
        - x: (n_samples, 2)
        - y: (n_samples,)

    Raises:
        ValueError: fewer samples than classes, or a negative noise.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html

    Example:
        >>> x, y = moons(4, noise=0)
        >>> np.abs(x).round(1).tolist(), y.tolist()
        ([[1.0, 0.0], [1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [0, 0, 1, 1])
    """
    outer, inner = (np.linspace(0, np.pi, size) for size in _sizes("moons", n_samples, 2, noise))
    upper = np.stack([np.cos(outer), np.sin(outer)], axis=1)
    lower = np.stack([1 - np.cos(inner), 0.5 - np.sin(inner)], axis=1)
    return _scatter([upper, lower], noise, generator)


def circles(n_samples: int = 200, noise: float = 0.1, generator: Generator | None = None) -> Points:
    """Two circles around the same centre: no straight line parts them.

    Math:
        Class 0 is (cos t, sin t), class 1 is ½ (cos t, sin t), with t evenly over a turn, plus noise · N(0, 1).

    Args:
        n_samples: of both classes together; class 0 has one more where it is odd.
        noise: standard deviation of what is added to each coordinate.
        generator: the random stream; the default one when None.

    Shape:
        - x: (n_samples, 2)
        - y: (n_samples,)

    Raises:
        ValueError: fewer samples than classes, or a negative noise.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_circles.html

    Example:
        >>> x, y = circles(4, noise=0)
        >>> np.hypot(x[:, 0], x[:, 1]).tolist(), y.tolist()
        ([1.0, 1.0, 0.5, 0.5], [0, 0, 1, 1])
    """
    classes = []
    for radius, size in zip((1.0, 0.5), _sizes("circles", n_samples, 2, noise), strict=True):
        turn = np.linspace(0, 2 * np.pi, size, endpoint=False)
        classes.append(radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return _scatter(classes, noise, generator)


def spirals(
    n_samples: int = 300, noise: float = 0.05, generator: Generator | None = None, *, classes: int = 3
) -> Points:
    """Arms that wind around the origin: a small network needs a hidden layer and patience.

    Math:
        Class k of K is r (cos t, sin t), with t = 2π k / K + 4 r and r evenly from 0 to 1, plus noise · N(0, 1).

    Args:
        n_samples: of all classes together; the first ones have one more where it does not divide evenly.
        noise: standard deviation of what is added to each coordinate.
        generator: the random stream; the default one when None.
        classes: how many arms.

    Shape:
        - x: (n_samples, 2)
        - y: (n_samples,)

    Raises:
        ValueError: fewer samples than classes, no class, or a negative noise.

    Source:
        https://cs231n.github.io/neural-networks-case-study/, with noise on the points instead of on the angle.

    Example:
        >>> x, y = spirals(6, noise=0)
        >>> np.hypot(x[:, 0], x[:, 1]).round(9).tolist(), y.tolist()
        ([0.0, 1.0, 0.0, 1.0, 0.0, 1.0], [0, 0, 1, 1, 2, 2])
    """
    arms = []
    for label, size in enumerate(_sizes("spirals", n_samples, classes, noise)):
        radius = np.linspace(0, 1, size)
        turn = 2 * np.pi * label / classes + 4 * radius
        arms.append(radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return _scatter(arms, noise, generator)


def blobs(n_samples: int = 300, noise: float = 0.2, generator: Generator | None = None, *, classes: int = 3) -> Points:
    """Round clouds whose centres stand evenly on a circle: the easy one, with logistic regression in reach.

    Math:
        Class k of K is (cos t, sin t) + noise · N(0, 1), with t = 2π k / K.

    Args:
        n_samples: of all classes together; the first ones have one more where it does not divide evenly.
        noise: standard deviation of each cloud.
        generator: the random stream; the default one when None.
        classes: how many clouds.

    Shape:
        - x: (n_samples, 2)
        - y: (n_samples,)

    Raises:
        ValueError: fewer samples than classes, no class, or a negative noise.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_blobs.html, with fixed centres.

    Example:
        >>> x, y = blobs(4, noise=0, classes=2)
        >>> x.round(9).tolist(), y.tolist()
        ([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]], [0, 0, 1, 1])
    """
    clouds = []
    for label, size in enumerate(_sizes("blobs", n_samples, classes, noise)):
        turn = 2 * np.pi * label / classes
        clouds.append(np.tile([np.cos(turn), np.sin(turn)], (size, 1)))
    return _scatter(clouds, noise, generator)


def _sizes(name: str, n_samples: int, classes: int, noise: float) -> list[int]:
    """Return how many points each class gets."""
    if classes < 1 or n_samples < classes:
        raise ValueError(f"{name}: expected at least one sample for each class, got {n_samples} for {classes}")
    if not noise >= 0:
        raise ValueError(f"{name}: expected noise >= 0, got {noise}")
    return [n_samples // classes + (label < n_samples % classes) for label in range(classes)]


def _scatter(classes: list[NDArray[np.float64]], noise: float, generator: Generator | None) -> Points:
    """Join the classes, and add the noise."""
    x = np.concatenate(classes)
    y = np.repeat(np.arange(len(classes)), [len(points) for points in classes])
    return x + noise * np.asarray(randn(*x.shape, dtype=np.float64, generator=generator), np.float64), y
