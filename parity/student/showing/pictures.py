"""Pictures of a failure: heat maps of what was expected and what came, two trajectories and where they part.

The scales are ones that colour-blind readers tell apart (cividis, purple to orange). What is wrong is also framed, and
the numbers stand in the cells where there is room.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.plots.heat_maps import SCALE, draw_heat_map
from parity.plots.style import BLUE, FLOOR, ORANGE, Picture, figure
from parity.plots.traces import draw_curves, draw_lines, draw_marks
from parity.student.showing.grids import plane

__all__ = ["MOST", "crop", "distance_plot", "heat_map", "steps_plot"]

Array = npt.NDArray[Any]
MOST = 64  # rows and columns of a picture
NUMBERS = (8, 7)  # rows and columns up to which the numbers are written into the cells
WIDTH, HEIGHT = 3.6, 2.8  # inches, of a picture of lines


def crop(array: Array, focus: tuple[int, ...]) -> Array:
    """The rows and columns that are drawn: all of a small matrix, of what is larger the part with the focus."""
    flat = plane(array, focus)
    starts = [max(0, min(f - MOST // 2, n - MOST)) for f, n in zip((0, 0, *focus)[-2:], flat.shape, strict=True)]
    return flat[starts[0] : starts[0] + MOST, starts[1] : starts[1] + MOST]


def heat_map(values: Array, name: str, limits: tuple[float, float], marks: Array | None = None) -> str:
    """A matrix in colours, with the numbers where there is room. A difference has limits equal on both sides of 0."""
    rows, columns = values.shape
    height = min(max(0.55 + 2.6 * rows / max(columns, 1), 1.0), 4.2)
    scale = "PuOr_r" if limits[0] == -limits[1] else SCALE
    room = values.size if rows <= NUMBERS[0] and columns <= NUMBERS[1] else 0
    with figure(WIDTH, height) as drawn:
        draw_heat_map(drawn.add_subplot(), values, limits, marks, numbers=room, scale=scale)
    return Picture(drawn, name).svg().replace('id="cell"', 'class="cell"')


def steps_plot(got: Mapping[int, float], expected: Mapping[int, float], parting: int, words: Mapping[str, str]) -> str:
    """One entry from step to step on both sides: a wide pale line under a thin dashed one."""
    with figure(WIDTH, HEIGHT) as drawn:
        axes = drawn.add_subplot()
        names = (words["expected"], words["got"])
        draw_curves(axes, _line(expected), _line(got), words["step"], words["value"], names, False)
        axes.lines[1].set(color=ORANGE, marker="o", markersize=3)
        draw_marks(axes, {words["part_at"]: parting}, {})
        axes.legend(loc="best")
    return Picture(drawn, words["alt"]).svg()


def distance_plot(distance: Mapping[int, float], parting: int, words: Mapping[str, str]) -> str:
    """How far the two are apart, on a log axis."""
    with figure(WIDTH, HEIGHT) as drawn:
        axes = drawn.add_subplot()
        steps, values = _line(distance)
        style = {"color": BLUE, "linewidth": 2, "marker": "o", "markersize": 3}
        apart = {words["distance"]: (steps, np.clip(values, FLOOR, None))}
        draw_lines(axes, apart, words["step"], words["distance"], log=True, styles=[style])
        draw_marks(axes, {words["part_at"]: parting}, {})
    return Picture(drawn, words["alt"]).svg()


def _line(values: Mapping[int, float]) -> tuple[Array, Array]:
    steps = sorted(values)
    return np.array(steps, np.float64), np.array([values[step] for step in steps], np.float64)
