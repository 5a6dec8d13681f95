"""Pictures of a failure: heat maps of what was expected and what came, two trajectories and where they part.

The scales are ones that colour-blind readers tell apart (cividis, purple to orange). What is wrong is also framed, and
the numbers stand in the cells where there is room.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from parity.plots import BLUE, FLOOR, GREY, ORANGE, as_power, picture
from parity.student.showing.grids import plane

__all__ = ["MOST", "crop", "distance_plot", "heat_map", "steps_plot"]

Array = npt.NDArray[Any]
MOST = 64  # rows and columns of a picture
NUMBERS = (8, 7)  # rows and columns up to which the numbers are written into the cells
FRAMES = 100
WIDTH = 3.6  # inches


def crop(array: Array, focus: tuple[int, ...]) -> Array:
    """The rows and columns that are drawn: all of a small matrix, of what is larger the part with the focus."""
    flat = plane(array, focus)
    starts = [max(0, min(f - MOST // 2, n - MOST)) for f, n in zip((0, 0, *focus)[-2:], flat.shape, strict=True)]
    return flat[starts[0] : starts[0] + MOST, starts[1] : starts[1] + MOST]


def heat_map(values: Array, name: str, limits: tuple[float, float], marks: Array | None = None) -> str:
    """A matrix in colours, with the numbers where there is room. A difference has limits equal on both sides of 0."""
    rows, columns = values.shape
    height = min(max(0.55 + 2.6 * rows / max(columns, 1), 1.0), 4.2)
    centred = limits[0] == -limits[1]
    shown = np.ma.masked_invalid(values.astype(np.float64))
    scale = matplotlib.colormaps["PuOr_r" if centred else "cividis"].with_extremes(bad="#bbbbbb")
    with picture(name, height, WIDTH) as (axes, svg):
        image = axes.imshow(shown, cmap=scale, vmin=limits[0], vmax=limits[1], interpolation="none", aspect="auto")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=8)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))
        if rows == 1:
            axes.set_yticks([])
        bar = axes.figure.colorbar(image, ax=axes, fraction=0.06, pad=0.03)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=2, labelsize=8)
        bar.ax.yaxis.set_major_locator(MaxNLocator(4 if height > 1.3 else 2))
        _write_numbers(axes, values, image)
        _draw_frames(axes, marks)
    return svg[0].replace('id="cell"', 'class="cell"')


def _write_numbers(axes: Any, values: Array, image: Any) -> None:
    rows, columns = values.shape
    room = rows <= NUMBERS[0] and columns <= NUMBERS[1]
    for (i, j), value in np.ndenumerate(values):
        finite = np.isfinite(value)
        if not room and (finite or values.size > FRAMES * 4):
            continue
        red, green, blue, _ = image.cmap(image.norm(float(value))) if finite else (0.73, 0.73, 0.73, 1.0)
        bright = 0.3 * red + 0.59 * green + 0.11 * blue > 0.5
        said = (f"{value:.2g}" if finite else str(value)) if room else "×"
        axes.text(
            j, i, said, ha="center", va="center", fontsize=8, color="#000000" if bright else "#ffffff", gid="cell"
        )  # fmt: skip


def _draw_frames(axes: Any, marks: Array | None) -> None:
    """Around what differs, unless that is everything."""
    if marks is None or marks.all() or not 0 < marks.sum() <= FRAMES:
        return
    for i, j in np.argwhere(marks):
        for colour, wide in (("#ffffff", 3.0), ("#000000", 1.4)):
            frame = Rectangle((j - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=colour, linewidth=wide)
            axes.add_patch(frame)


def steps_plot(got: Mapping[int, float], expected: Mapping[int, float], parting: int, words: Mapping[str, str]) -> str:
    """One entry from step to step on both sides: a wide pale line under a thin dashed one."""
    with picture(words["alt"], 2.8) as (axes, svg):
        axes.plot(*_line(expected), color="#56B4E9", linewidth=4.5, label=words["expected"], solid_capstyle="round")
        dashed = {"linewidth": 1.6, "linestyle": (0, (4, 2)), "marker": "o", "markersize": 3}
        axes.plot(*_line(got), color=ORANGE, label=words["got"], **dashed)
        _mark_step(axes, parting, words)
        axes.set(xlabel=words["step"], ylabel=words["value"])
        axes.legend(loc="best", fontsize=9)
    return svg[0]


def distance_plot(distance: Mapping[int, float], parting: int, words: Mapping[str, str]) -> str:
    """How far the two are apart, on a log axis."""
    with picture(words["alt"], 2.8) as (axes, svg):
        steps, values = _line(distance)
        axes.semilogy(steps, np.clip(values, FLOOR, 1e300), color=BLUE, linewidth=2, marker="o", markersize=3)
        _mark_step(axes, parting, words)
        axes.set(xlabel=words["step"], ylabel=words["distance"])
        axes.yaxis.set_major_formatter(as_power)
    return svg[0]


def _line(values: Mapping[int, float]) -> tuple[list[int], list[float]]:
    drawable = {step: value if abs(value) < 1e100 else np.nan for step, value in sorted(values.items())}
    return list(drawable), list(drawable.values())


def _mark_step(axes: Any, parting: int, words: Mapping[str, str]) -> None:
    axes.axvline(parting, color=GREY, linewidth=1.2, linestyle=(0, (6, 3)), label=words["part_at"])
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
