"""Functions of one number: their slope, and activations with their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    Picture,
    check_names,
    figure,
    finished,
    numbers,
    short,
    word,
)
from parity.plots.traces import draw_lines

__all__ = ["activation", "activations", "draw_activation", "draw_slope", "evaluated", "slope"]

Array = npt.NDArray[np.float64]
PLACES = 401  # at which a function is drawn; odd, so that the middle is among them
SECANTS = ((0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (12, 3)), (0, (3, 1.5, 1, 1.5, 1, 1.5)))


def evaluated(function: Callable[..., Any], *places: Array) -> Array:
    """What a function gives at each place: asked for all at once, or, if it takes only numbers, one after the other.

    Args:
        function: of as many arguments as there are arrays.
        places: arrays of one shape.

    Raises:
        ValueError: what it gives is not a number.

    Example:
        >>> import math
        >>> evaluated(math.sqrt, np.array([1.0, 4.0, 9.0]))
        array([1., 2., 3.])
    """
    with np.errstate(all="ignore"):
        try:
            found = np.asarray(function(*(place.copy() for place in places)))
            if found.shape == places[0].shape and found.dtype.kind in "fiub":
                return found.astype(np.float64)
        except (TypeError, ValueError, AttributeError, RuntimeError):
            pass  # it may be one that takes only numbers; if it is wrong, it says so below
        each = [function(*map(float, at)) for at in zip(*(place.ravel() for place in places), strict=True)]
    return numbers("function", each, 1).reshape(places[0].shape)


def slope(
    function: Callable[[Any], Any],
    x: float,
    slope: float,
    width: float = 2.0,
    steps: Sequence[float] = (),
    *,
    xlabel: str = "x",
    ylabel: str = "f(x)",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """A curve and its tangent at a point, and the secants that approach it.

    Args:
        function: of a number, or of an array.
        x: the point.
        slope: the derivative there.
        width: how far to each side of the point is drawn.
        steps: for each h a secant through the points at x and x + h.
        xlabel: the words on the horizontal axis.
        ylabel: the words on the vertical axis.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: a width that is not positive, a step of 0, what is not a number.

    Example:
        >>> slope(lambda x: x**2, 3.0, 6.0, steps=[1.0]).alt
        'A curve of f(x) over x from 1 to 5, and its tangent at x = 3 of slope 6; secants: h = 1, slope 7'
    """
    with figure(6.0, 3.8) as drawn:
        secants = draw_slope(drawn.add_subplot(), function, x, slope, width, steps, xlabel=xlabel, ylabel=ylabel)
    said = word("slope", x=xlabel, y=ylabel, low=short(x - width), high=short(x + width), at=short(x), m=short(slope))
    if secants:
        each = ", ".join(word("secant", h=short(h), m=short(m)) for h, m in secants.items())
        said = word("secants", tangent=said, each=each)
    return finished(drawn, title, alt, said)


def draw_slope(
    axes: Any,
    function: Callable[[Any], Any],
    x: float,
    slope: float,
    width: float = 2.0,
    steps: Sequence[float] = (),
    *,
    xlabel: str = "x",
    ylabel: str = "f(x)",
) -> dict[float, float]:
    """Draw what `slope` shows on given axes; returns the slope of each secant by its step."""
    if not width > 0 or not np.isfinite([x, slope, width]).all():
        raise ValueError(f"slope: expected finite numbers and width > 0, got x={x}, slope={slope}, width={width}")
    if not all(steps):
        raise ValueError("slope: expected steps that are not 0")
    places = np.linspace(x - width, x + width, PLACES)
    values = evaluated(function, places)
    at, *others = evaluated(function, np.array([x, *(x + h for h in steps)]))
    axes.plot(places, values, color=BLUE, linewidth=2.6, label=ylabel)
    secants = {float(h): float((other - at) / h) for h, other in zip(steps, others, strict=True)}
    for index, (h, rise) in enumerate(secants.items()):
        dash, shade = SECANTS[index % len(SECANTS)], (GREEN, GREY)[index % 2]
        label = word("secant", h=short(h), m=short(rise))
        axes.plot(places, at + rise * (places - x), color=shade, linewidth=1.2, linestyle=dash, label=label)
        axes.plot([x + h], [at + rise * h], color=shade, marker="s", markersize=5, linestyle="")
    label = word("tangent", m=short(slope))
    axes.plot(places, at + slope * (places - x), color=ORANGE, linewidth=1.6, linestyle=(0, (5, 2)), label=label)
    axes.plot([x], [at], color="#000000", marker="o", markersize=7, linestyle="")
    seen = values[np.isfinite(values)]
    room = 0.15 * (np.ptp(seen) or 1.0)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(seen.min() - room, seen.max() + room))
    axes.legend(loc="best")
    return secants


def activation(
    function: Callable[[Any], Any],
    derivative: Callable[[Any], Any],
    name: str,
    xlim: tuple[float, float] = (-4.0, 4.0),
    *,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """An activation function and its derivative, on the same axes.

    Args:
        function: of a number, or of an array.
        derivative: the same.
        name: of the function.
        xlim: from where to where.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: limits that are not in order, what is not a number.

    Example:
        >>> activation(np.tanh, lambda x: 1 - np.tanh(x) ** 2, "tanh").alt
        'tanh and its derivative from -4 to 4: the function goes from -0.999 to 0.999, the derivative from 0.00134 to 1'
    """
    with figure(5.0, 3.4) as drawn:
        said = draw_activation(drawn.add_subplot(), function, derivative, name, xlim)
    return finished(drawn, title, alt, said)


def activations(
    functions: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]],
    xlim: tuple[float, float] = (-4.0, 4.0),
    columns: int = 3,
    *,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Several activation functions with their derivatives, in small panels.

    Args:
        functions: by name, a pair of function and derivative, each of a number or of an array.
        xlim: from where to where.
        columns: how many panels stand side by side.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: no function, limits that are not in order, what is not a number.

    Example:
        >>> relu = (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0)
        >>> activations({"ReLU": relu}).alt
        'ReLU and its derivative from -4 to 4: the function goes from 0 to 4, the derivative from 0 to 1'
    """
    check_names("activations", functions)
    columns = min(columns, len(functions))
    rows = -(-len(functions) // columns)
    with figure(max(4.2, 2.7 * columns), 0.5 + 2.2 * rows) as drawn:
        panels = list(drawn.subplots(rows, columns, sharex=True, squeeze=False).flat)
        said = []
        for panel, (name, (function, derivative)) in zip(panels, functions.items(), strict=False):
            said.append(draw_activation(panel, function, derivative, name, xlim, legend=False))
            panel.set_title(name, fontsize=10.5)
            panel.set(xlabel="x", ylabel="")
            panel.tick_params(labelbottom=True)
        for panel in panels[len(functions) :]:
            panel.remove()
        shared, labels = panels[0].get_legend_handles_labels()
        drawn.legend(shared, labels, loc="outside lower center", ncols=2)
    return finished(drawn, title, alt, "; ".join(said))


def draw_activation(
    axes: Any,
    function: Callable[[Any], Any],
    derivative: Callable[[Any], Any],
    name: str,
    xlim: tuple[float, float] = (-4.0, 4.0),
    *,
    legend: bool = True,
) -> str:
    """Draw what `activation` shows on given axes; returns it in words."""
    if not xlim[0] < xlim[1]:
        raise ValueError(f"activation: expected limits in order, got {xlim}")
    places = np.linspace(*xlim, PLACES)
    both = {
        label: evaluated(f, places) for label, f in ((word("function"), function), (word("derivative"), derivative))
    }
    draw_lines(axes, {label: (places, values) for label, values in both.items()}, "x", name)
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=1)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    if not legend:
        axes.get_legend().remove()
    ends = [short(float(end)) for values in both.values() for end in (np.nanmin(values), np.nanmax(values))]
    keys = ("f_low", "f_high", "d_low", "d_high")
    return word("activation", name=name, low=short(xlim[0]), high=short(xlim[1]), **dict(zip(keys, ends, strict=True)))
