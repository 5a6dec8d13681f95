"""Matrices in colours, and confusion matrices.

The scales are ones that colour-blind readers tell apart, and get lighter from one end to the other, so that they can be
read in grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.colors import PowerNorm
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from parity.plots import style
from parity.plots.style import Picture, figure, finished, short, word

__all__ = ["confusion", "draw_heat_map", "heat_map"]

Array = npt.NDArray[np.float64]
SCALE = "cividis"  # from blue over grey to yellow: grey is the middle
NUMBERS = 144  # entries up to which the numbers are written into the cells
FRAMES = 100
MISSING = "#bbbbbb"


def heat_map(
    matrix: Any,
    xlabel: str,
    ylabel: str,
    numbers: bool = True,
    *,
    limits: tuple[float, float] | None = None,
    centred: bool = False,
    rows: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """A matrix in colours, with the numbers in the cells where there is room.

    Args:
        matrix: (rows, columns); what is not finite is grey.
        xlabel: the words below the columns.
        ylabel: the words beside the rows.
        numbers: whether the numbers are written, up to 144 of them.
        limits: the numbers at the ends of the scale; by default the smallest and the largest.
        centred: 0 in the middle of the scale.
        rows: the names of the rows.
        columns: the names of the columns.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: another shape, names that are too few or too many.

    Example:
        >>> heat_map([[1.0, 2.0], [3.0, 4.5]], "key", "query").alt
        'A heat map of 2 × 2 numbers, query by key, from 1 to 4.5'
    """
    values = _matrix("heat_map", matrix)
    low, high = limits or _range(values, centred)
    names = _labels("heat_map", rows, columns, values)
    height, width = _extent(values)
    with figure(width, height) as drawn:
        axes = drawn.add_subplot()
        draw_heat_map(axes, values, (low, high), numbers=NUMBERS if numbers else 0, names=names)
        axes.set(xlabel=xlabel, ylabel=ylabel)
    seen = _range(values, False)
    said = word(
        "heat_map", rows=values.shape[0], columns=values.shape[1], x=xlabel, y=ylabel, low=short(seen[0]),
        high=short(seen[1]),
    )  # fmt: skip
    return finished(drawn, title, alt, said)


def confusion(matrix: Any, classes: Sequence[Any] | None = None, *, title: str = "", alt: str | None = None) -> Picture:
    """How often each class was taken for each; the colour is the share of its row, the number the count.

    Args:
        matrix: (classes, classes), a row for what is true, a column for what was predicted.
        classes: their names; 0, 1, 2 … by default.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: a matrix that is not square, names that are too few or too many.

    Example:
        >>> confusion([[8, 2], [1, 9]], ["cat", "dog"]).alt
        'A confusion matrix of 20 samples in 2 classes, 85 % right; most often cat is taken for dog (2 ×)'
    """
    counts = _matrix("confusion", matrix)
    if counts.shape[0] != counts.shape[1]:
        raise ValueError(f"confusion: expected as many rows as columns, got shape {counts.shape}")
    named = list(classes) if classes is not None else list(range(len(counts)))
    names = _labels("confusion", named, named, counts)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(3.4, 1.4 + 0.44 * len(counts))
    with figure(side + 0.6, side) as drawn:
        axes = drawn.add_subplot()
        written = [[f"{int(count)}" if count == int(count) else short(count) for count in row] for row in counts]
        bar = draw_heat_map(axes, share, (0.0, 1.0), numbers=counts.size, names=names, written=written, scale="Greys")
        axes.images[0].set_norm(PowerNorm(0.5, 0.0, 1.0))  # a mistake in a hundred shows
        bar.set_label(word("share"))
        bar.set_ticks([0.0, 0.05, 0.2, 0.5, 1.0], labels=["0", "0.05", "0.2", "0.5", "1"])
        axes.set(xlabel=word("predicted"), ylabel=word("true"))
    return finished(drawn, title, alt, _confusion_words(counts, named))


def _confusion_words(counts: Array, names: list[Any]) -> str:
    total = counts.sum()
    right = short(round(100 * float(np.trace(counts)) / total, 1)) if total else "0"
    said = word("confusion", total=short(total), classes=len(names), percent=right)
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return said
    i, j = np.unravel_index(wrong.argmax(), wrong.shape)
    return f"{said}; {word('confused', true=names[i], predicted=names[j], count=short(wrong[i, j]))}"


def draw_heat_map(
    axes: Any,
    values: Any,
    limits: tuple[float, float] | None = None,
    marks: npt.NDArray[np.bool_] | None = None,
    *,
    numbers: int = NUMBERS,
    names: tuple[Sequence[Any] | None, Sequence[Any] | None] = (None, None),
    written: Sequence[Sequence[str]] | None = None,
    scale: str = SCALE,
) -> Any:
    """A matrix in colours on given axes, with a bar beside it, which is returned.

    Args:
        axes: matplotlib's.
        values: (rows, columns); what is not finite is grey, with a cross where no numbers are written.
        limits: the numbers at the ends of the scale.
        marks: (rows, columns), the entries to be framed, unless that is all of them or more than 100.
        numbers: how many entries at most have their numbers written into the cells.
        names: of the rows and of the columns.
        written: what stands in the cells instead of the numbers.
        scale: matplotlib's name of the colours.
    """
    shown = _matrix("heat_map", values)
    low, high = limits or _range(shown, False)
    colours = matplotlib.colormaps[scale].with_extremes(bad=MISSING)
    image = axes.imshow(
        np.ma.masked_invalid(shown), cmap=colours, vmin=low, vmax=high, interpolation="none", aspect="auto"
    )
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=8)
    for axis, labels, count in ((axes.yaxis, names[0], shown.shape[0]), (axes.xaxis, names[1], shown.shape[1])):
        axis.set_major_locator(MaxNLocator(8, integer=True))
        if labels is not None:
            axis.set_ticks(range(count), [str(label) for label in labels])
    if shown.shape[0] == 1 and names[0] is None:
        axes.set_yticks([])
    _write_numbers(axes, shown, image, numbers, written)
    _draw_frames(axes, marks)
    return draw_bar(axes, image, axes.figure.get_figheight())


def draw_bar(axes: Any, image: Any, height: float) -> Any:
    """The bar with the numbers of a scale, beside axes in a figure of this height."""
    bar = axes.figure.colorbar(image, ax=axes, fraction=0.06, pad=0.03)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=8)
    bar.ax.yaxis.set_major_locator(MaxNLocator(4 if height > 1.3 else 2))
    return bar


def _write_numbers(axes: Any, values: Array, image: Any, most: int, written: Sequence[Sequence[str]] | None) -> None:
    room = values.size <= most
    for (i, j), value in np.ndenumerate(values):
        finite = np.isfinite(value)
        if not room and (finite or values.size > FRAMES * 4):
            continue
        red, green, blue, _ = image.cmap(image.norm(float(value))) if finite else (0.73, 0.73, 0.73, 1.0)
        bright = 0.3 * red + 0.59 * green + 0.11 * blue > 0.5
        said = (written[i][j] if written else f"{value:.2g}" if finite else str(value)) if room else "×"
        axes.text(
            j, i, said, ha="center", va="center", fontsize=8, color="#000000" if bright else "#ffffff", gid="cell"
        )  # fmt: skip


def _draw_frames(axes: Any, marks: npt.NDArray[np.bool_] | None) -> None:
    """Around what is marked, unless that is everything."""
    if marks is None or marks.all() or not 0 < marks.sum() <= FRAMES:
        return
    for i, j in np.argwhere(marks):
        for colour, wide in (("#ffffff", 3.0), ("#000000", 1.4)):
            frame = Rectangle((j - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=colour, linewidth=wide)
            axes.add_patch(frame)


def _matrix(what: str, values: Any) -> Array:
    return style.numbers(what, values, 2)


def _range(values: Array, centred: bool) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if centred:
        most = max(-low, high) or 1.0
        return -most, most
    return low, high


def _extent(values: Array) -> tuple[float, float]:
    """Height and width in inches: cells that hold a number, up to a page's width."""
    rows, columns = values.shape
    width = float(np.clip(1.5 + 0.48 * columns, 3.6, 7.0))
    return float(np.clip(0.9 + 0.36 * rows, 1.4, 5.5)), width


def _labels(
    what: str, rows: Sequence[Any] | None, columns: Sequence[Any] | None, values: Array
) -> tuple[Sequence[Any] | None, Sequence[Any] | None]:
    for names, count in ((rows, values.shape[0]), (columns, values.shape[1])):
        if names is not None and len(names) != count:
            raise ValueError(f"{what}: expected {count} names, got {len(names)}")
    return rows, columns
