"""Arrays as small pictures beside each other: digits in grey, weights on a scale with 0 in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.patches import Rectangle

from parity.plots.heat_maps import SCALE, draw_bar
from parity.plots.style import Picture, figure, finished, numbers, short, word

__all__ = ["draw_images", "images", "weights"]

Array = npt.NDArray[np.float64]


def images(
    arrays: Any,
    titles: Sequence[Any] | None = None,
    columns: int = 8,
    limits: tuple[float, float] | None = None,
    *,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Small pictures in grey beside each other, the larger numbers darker, as ink.

    Args:
        arrays: (n, height, width), or a sequence of (height, width), or (n, pixels) of square pictures.
        titles: n words above them.
        columns: how many stand side by side.
        limits: the numbers of white and of black; by default the smallest and the largest of all.
        title: the words above all.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: pictures of different shapes, pixels that make no square, titles that are too few or too many.

    Example:
        >>> images(np.zeros((3, 28, 28)), titles=[7, 2, 1]).alt
        '3 pictures of 28 × 28 pixels: 7, 2, 1'
    """
    tiles = _tiles("images", arrays)
    names = _names(titles, len(tiles))
    with figure(*_size(tiles, columns, bool(names))) as drawn:
        draw_images(drawn.add_subplot(), tiles, names, columns, limits)
    return finished(drawn, title, alt, _tiles_words("images", tiles, names))


def weights(
    matrix: Any,
    shape: tuple[int, int] = (28, 28),
    columns: int = 8,
    titles: Sequence[Any] | None = None,
    limits: tuple[float, float] | None = None,
    *,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Each row of a weight matrix as a picture of its inputs, on one scale with 0 in the middle.

    Args:
        matrix: (out_features, in_features), or kernels (n, height, width).
        shape: of a row's picture; its size is in_features.
        columns: how many stand side by side.
        titles: words above them.
        limits: the numbers at the ends of the scale; by default as far to both sides of 0 as the largest weight.
        title: the words above all.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: rows that do not have this shape, titles that are too few or too many.

    Example:
        >>> weights([[0.5, -1.0, 0.0, 2.0]], shape=(2, 2)).alt
        'Weights as 1 picture of 2 × 2, from -1 to 2; 0 is grey, what is positive is light, what is negative is dark'
    """
    found = numbers("weights", matrix)
    if found.ndim < 2 or found[0].size != shape[0] * shape[1]:
        if found.ndim != 3:
            raise ValueError(f"weights: expected rows of {shape[0]} × {shape[1]}, got shape {found.shape}")
        shape = (found.shape[1], found.shape[2])
    tiles = found.reshape(len(found), *shape)
    names = _names(titles, len(tiles))
    most = float(np.nanmax(np.abs(tiles))) or 1.0
    width, height = _size(tiles, columns, bool(names))
    with figure(width + 0.7, height) as drawn:
        axes = drawn.add_subplot()
        shown = draw_images(axes, tiles, names, columns, limits or (-most, most), scale=SCALE)
        draw_bar(axes, shown, height).set_label(word("weight"))
    return finished(drawn, title, alt, _tiles_words("weights", tiles, names))


def draw_images(
    axes: Any,
    arrays: Any,
    titles: Sequence[Any] | None = None,
    columns: int = 8,
    limits: tuple[float, float] | None = None,
    *,
    scale: str = "Greys",
) -> Any:
    """Draw what `images` shows on given axes, as one image with white between its parts; returns that image."""
    tiles = _tiles("images", arrays)
    names = _names(titles, len(tiles))
    count, height, width = tiles.shape
    columns = min(columns, count)
    rows, gap = -(-count // columns), max(1, width // 14)
    above = max(2.0, 0.27 * width) if names else gap
    down = height + round(above)
    sheet = np.full((rows * down - (0 if names else gap), columns * (width + gap) - gap), np.nan)
    for index, tile in enumerate(tiles):
        top, left = index // columns * down + (round(above) if names else 0), index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = tile
        if names:
            axes.text(left + width / 2 - 0.5, top - 0.9, names[index], ha="center", va="bottom", fontsize=9)
        frame = Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor="#999999", linewidth=0.6)
        axes.add_patch(frame)
    finite = tiles[np.isfinite(tiles)]
    low, high = limits or ((float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0))
    colours = matplotlib.colormaps[scale].with_extremes(bad="#ffffff00")
    shown = axes.imshow(np.ma.masked_invalid(sheet), cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    edge = 0.5 + width / 50  # room for the outer frames
    axes.set(xlim=(-edge, sheet.shape[1] - 1 + edge), ylim=(sheet.shape[0] - 1 + edge, -edge))
    axes.set_axis_off()
    return shown


def _tiles(what: str, arrays: Any) -> Array:
    """(n, height, width)."""
    try:
        found = numbers(what, arrays)
    except ValueError as error:
        raise ValueError(f"{what}: expected pictures of one shape, (n, height, width) ({error})") from error
    if found.ndim == 4 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim == 2 and round(found.shape[1] ** 0.5) ** 2 == found.shape[1] and found.shape[1] > 1:
        side = round(found.shape[1] ** 0.5)
        found = found.reshape(-1, side, side)
    if found.ndim != 3:
        raise ValueError(f"{what}: expected shape (n, height, width), got {found.shape}")
    return found


def _names(titles: Sequence[Any] | None, count: int) -> list[str] | None:
    if titles is not None and len(titles) != count:
        raise ValueError(f"images: expected {count} titles, got {len(titles)}")
    return None if titles is None else [str(name.item() if hasattr(name, "item") else name) for name in titles]


def _size(tiles: Array, columns: int, named: bool) -> tuple[float, float]:
    """Inches: a tile an inch wide at most, a page at most seven."""
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    side = min(1.1, 7.0 / columns)
    ratio = tiles.shape[1] / tiles.shape[2]
    return max(1.6, side * columns), max(0.8, rows * (side * ratio + (0.27 if named else 0.06)))


def _tiles_words(key: str, tiles: Array, names: list[str] | None) -> str:
    count, height, width = tiles.shape
    finite = tiles[np.isfinite(tiles)]
    low, high = (finite.min(), finite.max()) if finite.size else (np.nan, np.nan)
    many = word("picture" if count == 1 else "pictures", count=count)
    said = word(key, pictures=many, height=height, width=width, low=short(float(low)), high=short(float(high)))
    return f"{said}: {', '.join(names)}" if names else said
