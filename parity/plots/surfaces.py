"""Functions of two numbers, from above and in three dimensions, with the ways that were taken on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import Stroke
from matplotlib.ticker import MaxNLocator

from parity.plots.functions import evaluated
from parity.plots.style import LINES, MARKERS, Picture, figure, finished, numbers, short, word

__all__ = ["draw_relief", "draw_surface", "relief", "surface"]

Array = npt.NDArray[np.float64]
Paths = Mapping[str, Any]
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#27496d", "#5f8d9e", "#a9c6a4", "#e3dfa8", "#f7efc8"])


def surface(
    function: Callable[[Any, Any], Any],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    paths: Paths | None = None,
    levels: int | Sequence[float] = 14,
    log: bool = False,
    *,
    resolution: int = 100,
    xlabel: str = "x",
    ylabel: str = "y",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """A function of two numbers seen from above, darker where it is lower, and the ways that were taken on it.

    Args:
        function: of two arrays, or of two numbers.
        xlim: from where to where.
        ylim: the same for the second number.
        paths: by name, points (n, 2), drawn from a circle to a star.
        levels: how many steps of height are told apart, or at which heights they are.
        log: steps that grow tenfold from the lowest point up, for a ravine.
        resolution: how many places are asked for along each side.
        xlabel: the words on the horizontal axis.
        ylabel: the words on the vertical axis.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: limits that are not in order, a path of another shape, what is not a number.

    Example:
        >>> surface(lambda x, y: x**2 + y**2, (-2, 2), (-2, 2), {"SGD": [(2, 2), (1, 1), (0, 0)]}).alt
        'Contours over x from -2 to 2 and y from -2 to 2; SGD goes from (2, 2) to (0, 0) in 2 steps'
    """
    with figure(5.6, 4.0) as drawn:
        axes = drawn.add_subplot()
        draw_surface(
            axes, function, xlim, ylim, paths, levels, log, resolution=resolution, xlabel=xlabel, ylabel=ylabel
        )
    return finished(drawn, title, alt, _surface_words("contours", xlim, ylim, xlabel, ylabel, paths))


def draw_surface(
    axes: Any,
    function: Callable[[Any, Any], Any],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    paths: Paths | None = None,
    levels: int | Sequence[float] = 14,
    log: bool = False,
    *,
    resolution: int = 100,
    xlabel: str = "x",
    ylabel: str = "y",
    bar: bool = True,
) -> None:
    """Draw what `surface` shows on given axes; `bar` says whether the heights stand beside it."""
    x, y, heights = _heights(function, xlim, ylim, resolution)
    steps = _steps(heights, levels, log)
    shades = BoundaryNorm(steps, HEIGHTS.N)
    beyond = (np.nanmin(heights) < steps[0], np.nanmax(heights) > steps[-1])
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(beyond, "neither")
    filled = axes.contourf(x, y, heights, levels=steps, cmap=HEIGHTS, norm=shades, extend=extend)
    axes.contour(x, y, heights, levels=steps, colors="#ffffff", linewidths=0.5, alpha=0.6)
    for index, (name, points) in enumerate((paths or {}).items()):
        _draw_path(axes, name, _path(name, points), index)
    axes.grid(visible=False)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=xlim, ylim=ylim)
    if paths:
        axes.legend(loc="best")
    if bar:
        beside = axes.figure.colorbar(filled, ax=axes, ticks=steps[:: max(1, len(steps) // 6)])
        beside.ax.set_yticklabels([short(float(f"{tick:.2g}")).replace("-", "−") for tick in beside.get_ticks()])
        beside.ax.minorticks_off()
        beside.outline.set_visible(False)
        beside.set_label(word("height"))


def _draw_path(axes: Any, name: str, points: Array, index: int) -> None:
    """A line with a white edge, which shows on dark and on pale; small markers tell the paths apart in grey."""
    style = {**LINES[index % len(LINES)], "linewidth": 1.8}
    marker = MARKERS[index % len(MARKERS)]
    halo = [Stroke(linewidth=3.6, foreground="#ffffff"), Stroke(linewidth=1.8, foreground=style["color"])]
    axes.plot(
        points[:, 0], points[:, 1], **style, marker=marker, markersize=4.5, markeredgecolor="#ffffff",
        markeredgewidth=0.5, markevery=max(1, len(points) // 12), label=name, path_effects=halo, zorder=3,
    )  # fmt: skip
    ends = {"linestyle": "", "markeredgecolor": "#000000", "color": style["color"], "zorder": 4}
    axes.plot(*points[:1].T, marker="o", markersize=9, **{**ends, "color": "#ffffff"})
    axes.plot(*points[-1:].T, marker="*", markersize=14, **ends)


def relief(
    function: Callable[[Any, Any], Any],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    paths: Paths | None = None,
    *,
    view: tuple[float, float] = (35.0, -60.0),
    xlabel: str = "x",
    ylabel: str = "y",
    zlabel: str = "",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """A function of two numbers in three dimensions, and the ways that were taken on it.

    Args:
        function: of two arrays, or of two numbers.
        xlim: from where to where.
        ylim: the same for the second number.
        paths: by name, points (n, 2), drawn at the height of the function from a circle to a star.
        view: from how high, and from which side, in degrees.
        xlabel: the words on the first axis.
        ylabel: the words on the second axis.
        zlabel: the words on the upright axis, "height" by default.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: limits that are not in order, a path of another shape, what is not a number.

    Example:
        >>> relief(lambda x, y: x**2 - y**2, (-1, 1), (-1, 1)).alt
        'A surface in three dimensions over x from -1 to 1 and y from -1 to 1'
    """
    with figure(5.2, 4.2) as drawn:
        draw_relief(drawn, function, xlim, ylim, paths, view=view, labels=(xlabel, ylabel, zlabel or word("height")))
    return finished(drawn, title, alt, _surface_words("relief", xlim, ylim, xlabel, ylabel, paths))


def draw_relief(
    drawn: Figure,
    function: Callable[[Any, Any], Any],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    paths: Paths | None = None,
    *,
    view: tuple[float, float] = (35.0, -60.0),
    labels: tuple[str, str, str] = ("x", "y", "z"),
) -> Any:
    """Draw what `relief` shows on a figure; returns the axes."""
    axes: Any = drawn.add_subplot(projection="3d", computed_zorder=False)
    x, y, heights = _heights(function, xlim, ylim, 50)
    axes.plot_surface(
        *np.meshgrid(x, y), heights, cmap=HEIGHTS, rcount=40, ccount=40, linewidth=0.2, edgecolor="#33333355", zorder=1
    )
    lift = 0.01 * float(np.nanmax(heights) - np.nanmin(heights))
    for index, (name, points) in enumerate((paths or {}).items()):
        way = _path(name, points)
        at = evaluated(function, way[:, 0], way[:, 1]) + lift
        axes.plot(way[:, 0], way[:, 1], at, **{**LINES[index % len(LINES)], "linewidth": 2.0}, label=name, zorder=3)
        for place, marker, size in ((0, "o", 7), (-1, "*", 13)):
            axes.plot(
                *way[place], at[place], marker=marker, markersize=size, color="#ffffff", markeredgecolor="#000000",
                zorder=4,
            )  # fmt: skip
    axes.view_init(*view)
    axes.set(xlabel=labels[0], ylabel=labels[1], zlabel=labels[2], xlim=xlim, ylim=ylim)
    axes.tick_params(labelsize=8)
    if paths:
        axes.legend(loc="upper left")
    return axes


def _heights(
    function: Callable[[Any, Any], Any], xlim: tuple[float, float], ylim: tuple[float, float], resolution: int
) -> tuple[Array, Array, Array]:
    if not (xlim[0] < xlim[1] and ylim[0] < ylim[1]):
        raise ValueError(f"surface: expected limits in order, got {xlim} and {ylim}")
    x, y = np.linspace(*xlim, resolution), np.linspace(*ylim, resolution)
    heights = evaluated(function, *np.meshgrid(x, y))
    if not np.isfinite(heights).any():
        raise ValueError("surface: expected a function with finite values")
    return x, y, np.where(np.isfinite(heights), heights, np.nan)


def _steps(heights: Array, levels: int | Sequence[float], log: bool) -> Array:
    if not isinstance(levels, int):
        return np.unique(numbers("surface: levels", levels, 1))
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    if log:
        return low + np.geomspace((high - low) * 1e-4, high - low, levels)
    return np.asarray(MaxNLocator(levels).tick_values(low, high), np.float64)


def _path(name: str, points: Any) -> Array:
    found = numbers(name, points, 2)
    if found.shape[1] != 2:
        raise ValueError(f"{name}: expected points (n, 2), got shape {found.shape}")
    return found


def _surface_words(
    key: str, xlim: tuple[float, float], ylim: tuple[float, float], x: str, y: str, paths: Paths | None
) -> str:
    ends = dict(zip(("x_low", "x_high", "y_low", "y_high"), map(short, (*xlim, *ylim)), strict=True))
    said = [word(key, x=x, y=y, **ends)]
    for name, points in (paths or {}).items():
        way = _path(name, points)
        first, last = (f"({short(round(a, 3))}, {short(round(b, 3))})" for a, b in (way[0], way[-1]))
        said.append(word("path", name=name, first=first, last=last, count=len(way) - 1))
    return "; ".join(said)
