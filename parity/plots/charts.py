"""Histograms and bars, told apart by their outlines and hatches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity.plots.style import LINES, Picture, check_names, figure, finished, log_axis, numbers, short, word

__all__ = ["bars", "draw_bars", "draw_histogram", "histogram"]

HATCHES = ("", "///", "...", "xx", "\\\\\\", "++", "oo", "--")
FILLS = ("#0072B2", "#f3c9ae", "#ffffff", "#8fd0bd", "#dcb8cf", "#c9e4f5", "#e6d3a3", "#cccccc")


def histogram(
    values: Mapping[str, Any],
    xlabel: str = "",
    bins: int = 40,
    log: bool = False,
    *,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """How often values occur, as outlines over each other, which differ in dash and width.

    Args:
        values: by name, arrays of any shape; what is not finite is left out.
        xlabel: the words on the horizontal axis, "value" by default.
        bins: how many classes of values, the same for all.
        log: a logarithmic vertical axis.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: no values, what is not a number.

    Example:
        >>> histogram({"a": [0.0, 0.0, 0.5], "b": [1.0, 3.0]}, bins=4).alt
        'Histograms: a, 3 values, mean 0.167, standard deviation 0.236; b, 2 values, mean 2, standard deviation 1'
    """
    with figure(6.0, 3.4) as drawn:
        found = draw_histogram(drawn.add_subplot(), values, xlabel, bins, log)
    each = "; ".join(
        word("spread", name=name, count=len(mine), mean=short(float(mine.mean())), deviation=short(float(mine.std())))
        for name, mine in found.items()
    )
    return finished(drawn, title, alt, word("histogram", each=each))


def draw_histogram(
    axes: Any, values: Mapping[str, Any], xlabel: str = "", bins: int = 40, log: bool = False
) -> dict[str, Any]:
    """Draw what `histogram` shows on given axes; returns the finite values by name."""
    check_names("histogram", values)
    found = {name: numbers(name, mine).ravel() for name, mine in values.items()}
    found = {name: mine[np.isfinite(mine)] for name, mine in found.items()}
    if not all(len(mine) for mine in found.values()):
        raise ValueError("histogram: expected finite values, got none")
    edges = np.histogram_bin_edges(np.concatenate(list(found.values())), bins)
    for index, (name, mine) in enumerate(found.items()):
        style = LINES[index % len(LINES)]
        counts = np.histogram(mine, edges)[0]
        axes.stairs(counts, edges, fill=True, color=style["color"], alpha=0.12)
        axes.stairs(counts, edges, label=name, **style)
    axes.set(xlabel=xlabel or word("value"), ylabel=word("count"))
    if log:
        log_axis(axes.yaxis)
    if len(found) > 1:
        axes.legend(loc="best")
    return found


def bars(
    values: Mapping[str, float] | Mapping[str, Mapping[str, float]],
    xlabel: str = "",
    ylabel: str = "",
    log: bool = False,
    *,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Numbers as bars, each with its number above; groups of bars differ in hatch.

    Args:
        values: a number for each name; or for each series (a hatch) a number for each name.
        xlabel: the words below.
        ylabel: the words on the upright axis, "value" by default.
        log: a logarithmic upright axis, on which what is not positive has no bar.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: no values, series with different names, what is not a number.

    Example:
        >>> bars({"SGD": 0.91, "Adam": 0.97}, ylabel="accuracy").alt
        'Bars of accuracy: SGD 0.91, Adam 0.97'
    """
    series = _series(values)
    count = sum(len(members) for members in series.values())
    with figure(float(np.clip(1.5 + 0.62 * count, 3.6, 7.0)), 3.4) as drawn:
        draw_bars(drawn.add_subplot(), values, xlabel, ylabel, log)
    said = [
        " ".join(filter(None, (name, member, short(float(number)))))
        for name, members in series.items()
        for member, number in members.items()
    ]
    return finished(drawn, title, alt, word("bars", y=ylabel or word("value"), each=", ".join(said)))


def draw_bars(
    axes: Any,
    values: Mapping[str, float] | Mapping[str, Mapping[str, float]],
    xlabel: str = "",
    ylabel: str = "",
    log: bool = False,
) -> None:
    """Draw what `bars` shows on given axes."""
    series = _series(values)
    members = list(next(iter(series.values())))
    width = 0.8 / len(series)
    floor = 0.0
    if log:
        everything = numbers("bars", [list(mine.values()) for mine in series.values()])
        floor = 0.1 * float(np.min(everything, where=everything > 0, initial=np.inf))
        floor = floor if np.isfinite(floor) else 1.0
        log_axis(axes.yaxis)
    for index, (name, mine) in enumerate(series.items()):
        places = np.arange(len(members)) + (index - (len(series) - 1) / 2) * width
        heights = numbers(name or "bars", [mine[member] for member in members], 1)
        drawn = axes.bar(
            places, np.maximum(heights - floor, 0.0) if log else heights, width * 0.92, floor, label=name,
            facecolor=FILLS[index % len(FILLS)], edgecolor="#222222", linewidth=0.8,
            hatch=HATCHES[index % len(HATCHES)],
        )  # fmt: skip
        axes.bar_label(drawn, [short(height) for height in heights], fontsize=8, padding=2)
    long = sum(map(len, members)) > 60
    axes.set_xticks(range(len(members)), members, rotation=30 if long else 0, ha="right" if long else "center")
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.12)
    if log:
        axes.set_ylim(bottom=floor)
    else:
        axes.axhline(0, color="#222222", linewidth=0.8)
    axes.set(xlabel=xlabel, ylabel=ylabel or word("value"))
    if len(series) > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4)


def _series(values: Mapping[str, Any]) -> Mapping[str, Mapping[str, float]]:
    """Series of named numbers; one without a name where there is but one."""
    check_names("bars", values)
    if not any(isinstance(mine, Mapping) for mine in values.values()):
        return {"": values}
    first = next(iter(values.values()))
    for name, mine in values.items():
        if not isinstance(mine, Mapping) or not mine or list(mine) != list(first):
            raise ValueError(f"bars: expected the same names in each series, got {name}: {mine!r:.60}")
    return values
