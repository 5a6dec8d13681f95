"""Lines: several of them, and two with their difference beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import FuncFormatter, MaxNLocator

from parity.plots.style import (
    BLUE,
    DASHES,
    FLOOR,
    GREY,
    LINES,
    MARKERS,
    PALE,
    Picture,
    as_power,
    check_names,
    figure,
    finished,
    log_axis,
    numbers,
    short,
    word,
)

__all__ = ["curves", "draw_curves", "draw_difference", "draw_lines", "draw_marks", "lines"]

Array = npt.NDArray[np.float64]
PAIR: tuple[dict[str, Any], ...] = (
    {"color": PALE, "linewidth": 4.5, "alpha": 0.85, "solid_capstyle": "round"},
    {"color": "#000000", "linewidth": 1.3, "linestyle": (0, (4, 3))},
)
POINTS = 600  # more than a picture has pixels to tell apart
MANY = 5  # names that fit among the lines; more of them stand beside
LARGEST = 1e100  # what is beyond is a gap


def lines(
    curves: Mapping[str, Any],
    xlabel: str,
    ylabel: str,
    log: bool | Literal["x", "y", "xy"] = False,
    marks: Mapping[str, float] | None = None,
    *,
    levels: Mapping[str, float] | None = None,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Several curves on the same axes, which differ in dash and width as well as in colour.

    Args:
        curves: the name and the values of each: (n), drawn over 0 to n − 1, or a pair of x (n) and y (n). nan is a gap.
        xlabel: the words on the horizontal axis.
        ylabel: the words on the vertical axis.
        log: which axes are logarithmic, "x", "y" or "xy"; True is "y". What is not positive is a gap on it.
        marks: places on the horizontal axis, with their names, drawn as upright lines.
        levels: places on the vertical axis, with their names, drawn as lines across.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: no curve, x and y of different lengths, what is not a number.

    Example:
        >>> lines({"square": [0, 1, 4], "cube": [0, 1, 8]}, "x", "y").alt
        'Lines of y over x: square from 0 to 4, cube from 0 to 8'
    """
    with figure(6.0, 3.6) as drawn:
        axes = drawn.add_subplot()
        draw_lines(axes, curves, xlabel, ylabel, log, marks, levels=levels)
    ends = [(name, *_ends(_points(name, values)[1])) for name, values in curves.items()]
    said = ", ".join(word("line", name=name, first=short(a), last=short(b)) for name, a, b in ends)
    return finished(drawn, title, alt, word("lines", x=xlabel, y=ylabel, curves=said))


def curves(
    ours: Any,
    theirs: Any,
    xlabel: str | None = None,
    ylabel: str | None = None,
    names: tuple[str, str] = ("scratch", "PyTorch"),
    *,
    log: bool = False,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Two curves over each other, and beneath them how far they are apart, on a logarithmic axis.

    Args:
        ours: (n), drawn over 0 to n − 1, or a pair of x (n) and y (n). nan is a gap.
        theirs: the same.
        xlabel: the words on the horizontal axis, "step" by default.
        ylabel: the words on the vertical axis, "loss" by default.
        names: what the two are called.
        log: a logarithmic axis for the values too.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: curves of different lengths, what is not a number.

    Example:
        >>> curves([0.7, 0.2, 0.1], [0.7, 0.2, 0.1]).alt
        'Curves of loss over step, scratch and PyTorch, from 0.7 to 0.1; equal to the last bit at each of 3 steps'
    """
    xlabel, ylabel = xlabel or word("step"), ylabel or word("loss")
    (x, below), (_, above) = _points("curves", ours), _points("curves", theirs)
    if below.shape != above.shape:
        raise ValueError(f"curves: expected two curves of one length, got {below.shape} and {above.shape}")
    with figure(6.0, 4.2) as drawn:
        upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        draw_curves(upper, (x, below), (x, above), "", ylabel, names, log)
        draw_difference(lower, (x, below), (x, above), xlabel, word("difference"))
        drawn.align_ylabels()
    first, last = _ends(below)
    said = word(
        "curves",
        x=xlabel,
        y=ylabel,
        ours=names[0],
        theirs=names[1],
        first=short(first),
        last=short(last),
        apart=_apart_words(np.abs(below - above)),
    )
    return finished(drawn, title, alt, said)


def _apart_words(apart: Array) -> str:
    finite = apart[np.isfinite(apart)]
    if not finite.size or not finite.max():
        return word("equal", count=len(apart))
    return word("largest", size=short(float(finite.max())))


def draw_lines(
    axes: Any,
    curves: Mapping[str, Any],
    xlabel: str,
    ylabel: str,
    log: bool | Literal["x", "y", "xy"] = False,
    marks: Mapping[str, float] | None = None,
    *,
    levels: Mapping[str, float] | None = None,
    styles: Sequence[Mapping[str, Any]] = LINES,
    legend: str = "best",
) -> None:
    """Draw what `lines` shows on given axes; the arguments are its own.

    Example:
        >>> with figure(4, 3) as drawn:
        ...     axes = drawn.add_subplot()
        ...     draw_lines(axes, {"a": [1, 2], "b": [2, 1]}, "step", "loss")
        >>> len({(line.get_linestyle(), line.get_linewidth()) for line in axes.lines})
        2
    """
    check_names("lines", curves)
    which = "y" if log is True else log or ""
    whole = True  # there is no half of a step
    for index, (name, values) in enumerate(curves.items()):
        x, y = _points(name, values)
        style = dict(styles[index % len(styles)])
        if len(y) == 1 or index >= len(styles):
            style |= {"marker": MARKERS[index // len(styles)], "markevery": max(1, len(y) // 10)}
        x, y = (np.where(v > 0, v, np.nan) if axis in which else v for v, axis in ((x, "x"), (y, "y")))
        axes.plot(*_thin(x, y), label=name, **style)
        whole &= bool((x == np.round(x)).all())
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if whole and "x" not in which:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
    for axis in which:
        log_axis(getattr(axes, f"{axis}axis"))
    draw_marks(axes, marks or {}, levels or {})
    count = len(curves) + len(marks or {}) + len(levels or {})
    if count > MANY:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    elif count > 1:
        axes.legend(loc=legend)


def draw_marks(axes: Any, marks: Mapping[str, float], levels: Mapping[str, float]) -> None:
    """Draw upright lines at the marks, and lines across at the levels, each with a name in the legend."""
    for dash, (name, place) in zip((DASHES, (1, 2), (8, 2, 1, 2)) * len(marks), marks.items(), strict=False):
        axes.axvline(place, color=GREY, linewidth=1.2, linestyle=(0, dash), label=name)
    for dash, (name, place) in zip((DASHES, (1, 2), (8, 2, 1, 2)) * len(levels), levels.items(), strict=False):
        axes.axhline(place, color=GREY, linewidth=1.2, linestyle=(0, dash), label=name)


def draw_curves(
    axes: Any,
    ours: Any,
    theirs: Any,
    xlabel: str,
    ylabel: str,
    names: tuple[str, str] = ("scratch", "PyTorch"),
    log: bool | None = None,
) -> None:
    """Two curves over each other on given axes: a wide pale line under a thin dashed one.

    Args:
        axes: matplotlib's.
        ours: (n), or a pair of x (n) and y (n); what has exploded is a gap.
        theirs: the same.
        xlabel: the words on the horizontal axis.
        ylabel: the words on the vertical axis.
        names: what the two are called.
        log: a logarithmic vertical axis; None for one where the values go over three powers of ten.
    """
    values = [_points(name, side) for name, side in zip(names, (ours, theirs), strict=True)]
    seen = values[0][1][np.isfinite(values[0][1])]
    if log is None:
        log = bool(seen.size and seen.min() > 0 and seen.max() > 1000 * seen.min())
    draw_lines(axes, dict(zip(names, values, strict=True)), xlabel, ylabel, log, styles=PAIR)


def draw_difference(axes: Any, ours: Any, theirs: Any, xlabel: str, ylabel: str) -> None:
    """The absolute difference of two curves on given axes, logarithmic; no difference stands on the floor, at 0."""
    (x, below), (_, above) = _points("curves", ours), _points("curves", theirs)
    apart = np.abs(below - above)
    some = apart[np.isfinite(apart) & (apart > 0)]
    floor = min(FLOOR, 10.0 ** (np.floor(np.log10(some.min())) - 1)) if some.size else FLOOR
    top = float(some.max()) if some.size else 1e-15
    log_axis(axes.yaxis)
    axes.plot(*_thin(x, np.maximum(apart, floor)), color=BLUE, linewidth=1.2, marker="o", markersize=2.2)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(floor / 4, max(top * 6, floor * 100)))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, place: "0" if value <= floor * 1.01 else as_power(value))
    )
    axes.set_yticks(_powers(floor, max(top, floor * 10)))
    axes.minorticks_off()
    if not some.size:
        axes.text(0.5, 0.5, word("all_zero"), transform=axes.transAxes, ha="center", va="center", color=GREY)


def _powers(floor: float, top: float) -> list[float]:
    """The floor, and a few powers of ten above it."""
    low, high = round(np.log10(floor)), int(np.ceil(np.log10(top)))
    step = max(1, -(-(high - low) // 4))
    return [floor, *(10.0**k for k in range(high, low + (step + 1) // 2, -step))]


def _points(name: str, values: Any) -> tuple[Array, Array]:
    """x and y of a curve; what has exploded is a gap."""
    if isinstance(values, tuple) and len(values) == 2 and np.ndim(values[0]) == 1:
        x, y = numbers(name, values[0], 1), numbers(name, values[1], 1)
        if x.shape != y.shape:
            raise ValueError(f"{name}: expected as many x as y, got {len(x)} and {len(y)}")
    else:
        y = numbers(name, values, 1)
        x = np.arange(len(y), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return x, np.where(np.abs(y) < LARGEST, y, np.nan)


def _ends(y: Array) -> tuple[float, float]:
    seen = y[np.isfinite(y)]
    return (float(seen[0]), float(seen[-1])) if seen.size else (np.nan, np.nan)


def _thin(x: Array, y: Array) -> tuple[Array, Array]:
    """A long curve at a few hundred places: of each stretch the smallest and the largest value, so that peaks stay."""
    if len(y) <= POINTS:
        return x, y
    keep = {0, len(y) - 1}
    for start, stop in pairwise(np.linspace(0, len(y), POINTS // 2 + 1).astype(np.int64)):
        part = y[start:stop]
        keep |= {start + int(np.argmin(part)), start + int(np.argmax(part))}  # nan counts as the smallest and largest
    places = sorted(keep)
    return x[places], y[places]
