"""Synthetic digits: a stand-in for MNIST, drawn from a few strokes, for when MNIST itself cannot be had.

Each digit is one or two pen strokes through a handful of points. Every image moves the points a little, slants, turns,
stretches and shifts the whole, chooses a pen, and adds noise, so that a network has something to generalise over.
"""

import numpy as np
from numpy.typing import NDArray

from scratch.random import Generator, rand, randint

__all__ = ["VERSION", "render", "synthetic_digits"]

VERSION = 1  # to be raised with every change that alters a pixel: files on disk carry it
SIDE = 28
POINTS_PER_STROKE = 96  # about two for each pixel that the longest stroke crosses
CHUNK = 2000  # images rendered at a time, to keep memory small

# The ways of writing each digit. A way is one stroke or two, parted by "|"; a stroke lists the points x,y that the pen
# passes through smoothly, x to the right and y downwards. A point given twice is a corner.
WAYS = {
    0: [
        "0.1,-1 -0.4,-0.75 -0.6,0 -0.4,0.75 0,1 0.4,0.75 0.6,0 0.4,-0.75 0,-1",
        "0.3,-0.8 -0.2,-1 -0.6,-0.3 -0.5,0.6 0,1 0.5,0.5 0.55,-0.4 0.1,-0.95",
    ],
    1: [
        "0,-1 0,-0.3 0,0.3 0,1",
        "-0.4,-0.55 0.05,-1 0.05,-1 0.05,0 0.05,1",
        "-0.4,-0.6 0.05,-1 0.05,-1 0.05,0 0.05,1 | -0.45,1 0,1 0.5,1",
    ],
    2: [
        "-0.55,-0.6 -0.2,-0.95 0.25,-0.95 0.5,-0.5 0.25,0 -0.6,1 -0.6,1 0,1 0.6,1",
        "-0.5,-0.6 -0.1,-1 0.4,-0.7 0.2,0 -0.3,0.8 -0.6,0.9 -0.3,0.6 0.2,0.95 0.65,0.8",
    ],
    3: [
        "-0.5,-0.75 0,-1 0.45,-0.65 0.25,-0.15 -0.1,0 -0.1,0 0.4,0.2 0.5,0.6 0.1,1 -0.5,0.75",
        "-0.5,-1 0.5,-1 0.5,-1 0,-0.2 0,-0.2 0.45,0.15 0.45,0.7 0,1 -0.5,0.8",
    ],
    4: [
        "-0.2,-1 -0.4,-0.4 -0.6,0.2 -0.6,0.2 0,0.2 0.65,0.2 | 0.25,-0.6 0.25,0.2 0.25,1",
        "0.2,-1 -0.2,-0.4 -0.6,0.3 -0.6,0.3 0,0.3 0.6,0.3 | 0.2,-1 0.2,0 0.2,1",
    ],
    5: [
        "0.5,-1 -0.35,-1 -0.35,-1 -0.42,-0.15 -0.42,-0.15 0.1,-0.25 0.5,0.2 0.4,0.75 -0.05,1 -0.55,0.75",
        "-0.3,-1 -0.4,-0.1 -0.4,-0.1 0.2,-0.15 0.5,0.3 0.2,0.9 -0.5,0.95 | -0.3,-1 0.1,-1 0.55,-1",
    ],
    6: [
        "0.4,-1 -0.15,-0.6 -0.5,0 -0.5,0.6 -0.1,1 0.35,0.85 0.5,0.4 0.2,0.05 -0.2,0.15 -0.48,0.5",
        "0.1,-1 -0.3,-0.4 -0.45,0.3 -0.3,0.9 0.2,0.95 0.45,0.5 0.1,0.15 -0.4,0.5",
    ],
    7: [
        "-0.55,-1 0,-1 0.55,-1 0.55,-1 0.2,-0.2 -0.2,1",
        "-0.55,-0.95 0,-1 0.55,-1 0.55,-1 0.2,-0.2 0,1 | -0.25,0 0.1,0 0.5,0",
    ],
    8: [
        "0.4,-0.75 0,-1 -0.4,-0.7 -0.25,-0.25 0.2,0.1 0.45,0.55 0,1 -0.45,0.6 -0.2,0.1 0.25,-0.25 0.42,-0.7",
        "0,-1 -0.4,-0.55 0,-0.1 0.4,-0.55 0,-1 | 0,-0.1 -0.5,0.45 0,1 0.5,0.45 0,-0.1",
    ],
    9: [
        "0.45,-0.55 0.1,-1 -0.35,-0.85 -0.45,-0.4 -0.1,-0.1 0.3,-0.3 0.45,-0.7 0.4,0.2 0.25,1",
        "0.4,-0.8 -0.1,-1 -0.45,-0.5 -0.1,-0.1 0.4,-0.45 0.4,-0.8 0.4,-0.8 0.4,0.1 0.4,1",
    ],
}


def synthetic_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return `count` rendered digits and their labels, the same ones for the same seed.

    Math:
        Each label is uniform over 0 ... 9, and each image is `render` of its label.

    Args:
        count: how many images.
        seed: chooses them all.

    Shape:
        - images: (count, 28, 28), 0 is paper and 255 is ink
        - labels: (count,)

    Example:
        >>> images, labels = synthetic_digits(5, seed=0)
        >>> images.shape, labels.shape, images.dtype
        ((5, 28, 28), (5,), dtype('uint8'))
        >>> bool((images == synthetic_digits(5, seed=0)[0]).all())
        True
    """
    generator = Generator().manual_seed(seed)
    labels = randint(0, 10, (count,), generator=generator)
    return render(labels, generator), labels


def render(labels: NDArray[np.int64], generator: Generator) -> NDArray[np.uint8]:
    """Draw one image for each label.

    Math:
        The points of each stroke are moved at random and joined by a Catmull-Rom spline; x ↦ A x + b slants, turns,
        stretches and shifts it; the ink along it is spread by a Gaussian of standard deviation σ, multiplied by a
        pressure, and cut off at 1.

    Args:
        labels: digits from 0 to 9.
        generator: draws every variation.

    Shape:
        - labels: (N,)
        - images: (N, 28, 28)

    Raises:
        ValueError: where a label is not a digit.
    """
    if labels.size and not 0 <= labels.min() <= labels.max() <= 9:
        raise ValueError(f"render: expected labels from 0 to 9, got {labels.min()} to {labels.max()}")
    images = np.empty((len(labels), SIDE, SIDE), dtype=np.uint8)
    for start in range(0, len(labels), CHUNK):
        images[start : start + CHUNK] = _render_chunk(labels[start : start + CHUNK], generator)
    return images


def _render_chunk(labels: NDArray[np.int64], generator: Generator) -> NDArray[np.uint8]:
    count = len(labels)
    ink = np.zeros((count, SIDE, SIDE))
    way = _between(0.0, 1.0, generator, count)
    transform = _random_transforms(count, generator)
    for digit, ways in WAYS.items():
        for number, strokes in enumerate(ways):
            rows = np.flatnonzero((labels == digit) & ((way * len(ways)).astype(int) == number))
            for stroke in strokes.split("|"):
                ink[rows] += _draw(stroke, len(rows), transform[rows], generator)
    sigma = _between(0.6, 1.0, generator, count)
    pressure = _between(1.2, 3.5, generator, count)
    ink = _blur(ink, sigma) * (pressure * sigma)[:, None, None]
    noise = _between(-3.0, 0.25, generator, count, SIDE, SIDE)
    page: NDArray[np.float64] = (ink.clip(0, 1) + noise.clip(0)).clip(0, 1)
    return (page * 255).astype(np.uint8)


def _between(low: float, high: float, generator: Generator, *shape: int) -> NDArray[np.float64]:
    return low + (high - low) * np.asarray(rand(*shape, dtype=np.float64, generator=generator), np.float64)


def _random_transforms(count: int, generator: Generator) -> NDArray[np.float64]:
    """Return matrices (count, 3, 2) that take (x, y, 1) of a stroke to its column and row in the image."""
    turn = _between(-0.25, 0.25, generator, count)
    slant = _between(-0.25, 0.45, generator, count)
    width, height = _between(5.5, 9.5, generator, count), _between(7.5, 10.5, generator, count)
    cos, sin = np.cos(turn), np.sin(turn)
    transform = np.empty((count, 3, 2))
    transform[:, 0] = np.stack([width * cos, width * sin], axis=1)
    transform[:, 1] = np.stack([-height * (sin + slant * cos), height * (cos - slant * sin)], axis=1)
    transform[:, 2] = (SIDE - 1) / 2 + _between(-2.0, 2.0, generator, count, 2)
    return transform


def _draw(stroke: str, count: int, transform: NDArray[np.float64], generator: Generator) -> NDArray[np.float64]:
    """Return the ink of one stroke, in `count` variations."""
    skeleton = np.array([point.split(",") for point in stroke.split()], dtype=np.float64)  # (control points, 2)
    points = skeleton + _between(-0.14, 0.14, generator, count, *skeleton.shape)  # (count, control points, 2)
    path = _spline(len(skeleton)) @ points  # (count, points on the path, 2)
    path = path @ transform[:, :2] + transform[:, 2:]
    length = np.linalg.norm(np.diff(path, axis=1), axis=2)
    middle = ((path[:, 1:] + path[:, :-1]) / 2).clip(0, SIDE - 1.001)
    corner = middle.astype(np.int64)  # each bit of ink is shared by the four pixels around it
    right, below = np.moveaxis(middle - corner, 2, 0)
    pixel = np.arange(count)[:, None] * SIDE * SIDE + corner[:, :, 1] * SIDE + corner[:, :, 0]
    ink = np.zeros(count * SIDE * SIDE)
    for offset, share in (
        (0, (1 - below) * (1 - right)),
        (1, (1 - below) * right),
        (SIDE, below * (1 - right)),
        (SIDE + 1, below * right),
    ):
        ink += np.bincount((pixel + offset).ravel(), (length * share).ravel(), minlength=ink.size)
    return ink.reshape(count, SIDE, SIDE)


def _spline(controls: int) -> NDArray[np.float64]:
    """Return the matrix (points, controls) that turns control points into a Catmull-Rom curve through all of them."""
    position = np.linspace(0, controls - 1, POINTS_PER_STROKE)
    start = np.minimum(position.astype(int), controls - 2)
    t = position - start
    weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
    matrix = np.zeros((len(position), controls))
    for shift, weight in zip((-1, 0, 1, 2), weights, strict=True):
        neighbour = np.clip(start + shift, 0, controls - 1)
        np.add.at(matrix, (np.arange(len(position)), neighbour), weight / 2)
    return matrix


def _blur(ink: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    pixel = np.arange(SIDE)
    kernel = np.exp(-(((pixel[:, None] - pixel) / sigma[:, None, None]) ** 2) / 2)  # (count, 28, 28)
    kernel /= kernel.sum(axis=2, keepdims=True)
    return kernel @ ink @ kernel.swapaxes(1, 2)
