"""Pictures for the report: SVG that stands in the page itself, equal bytes for equal numbers.

Lines differ in dash and width, not in colour alone; the colours are Okabe and Ito's, which colour-blind readers tell
apart.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

__all__ = ["BLUE", "FLOOR", "GREY", "ORANGE", "as_power", "drift_plot", "loss_plot", "margins_plot", "picture"]

Array = npt.NDArray[np.float64]
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#555555"
POINTS = 300  # more than the picture has pixels to tell apart
FLOOR, CEILING = 1e-17, 1e6  # where no difference at all, and an exploded one, are drawn on a log axis
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LEAST = 0.1  # what fails stands left of the limit, and not far away
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's font
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "text.parse_math": False,
}


def loss_plot(ours: Any, theirs: Any, name: str) -> str:
    """The two loss curves over each other: a wide pale line under a thin dashed one."""
    with picture(f"loss {name}", 3.0) as (axes, svg):
        step, (below, above) = _thin(_drawable(ours), _drawable(theirs))
        step += 1  # step 0 is before the first loss
        axes.plot(step, below, color="#56B4E9", linewidth=4, alpha=0.8, label="scratch", solid_capstyle="round")
        axes.plot(step, above, color="#000000", linewidth=1.2, linestyle=(0, (4, 3)), label="PyTorch")
        axes.set(xlabel="step", ylabel="loss")
        if np.nanmin(below) > 0 and np.nanmax(below) > 1000 * np.nanmin(below):
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(as_power)
        axes.legend(loc="best")
    return svg[0]


def drift_plot(ours: Array, control: Array, budget: float, name: str) -> str:
    """How far the runs are apart, on a log axis, and what is allowed."""
    with picture(f"drift {name}", 3.0) as (axes, svg):
        step, (found, nudged) = _thin(_bounded(ours), _bounded(control))
        axes.semilogy(step, found, color=BLUE, linewidth=2.2, label="scratch against PyTorch")
        axes.semilogy(
            step, nudged, color=ORANGE, linewidth=1.6, linestyle=":", label="PyTorch, one weight moved by 1 ULP"
        )
        axes.axhline(
            budget, color=GREY, linewidth=1.2, linestyle=(0, (6, 3)), label=f"budget {budget:g}".replace("e-0", "e-")
        )
        top = max(budget, found.max(), nudged.max())
        axes.set(
            xlabel="step", ylabel="largest relative difference so far", ylim=(FLOOR / 2, top * (top / FLOOR) ** 0.45)
        )
        axes.yaxis.set_major_formatter(as_power)
        axes.legend(loc="upper left", fontsize=8.5)
    return svg[0]


def margins_plot(families: Mapping[str, Mapping[str, list[float]]]) -> str:
    """A row for each family, a mark for each component: how much of the allowed difference it leaves.

    `families` gives the margins by family ("layers.conv") and dtype. Components equal to the last bit stand at the
    right edge.
    """
    edge = 10.0 ** (np.ceil(np.log10(max([10.0, *_finite(families)]))) + 1)
    with picture("margins", 0.9 + 0.24 * len(families)) as (axes, svg):
        for row, margins in enumerate(families.values()):
            for dtype, offset, style in (
                ("float64", -0.13, {"marker": "o", "color": BLUE}),
                ("float32", 0.13, {"marker": "^", "color": ORANGE}),
            ):
                values = np.clip(margins.get(dtype, []), LEAST, edge)
                axes.plot(
                    values,
                    np.full(len(values), row + offset),
                    linestyle="",
                    markersize=4.5,
                    alpha=0.75,
                    label=dtype,
                    **style,
                )
        axes.set_xlim(min([0.5, *_finite(families)]) / 1.5, edge * 2)
        axes.axvline(1.0, color=GREY, linewidth=1.2, linestyle=(0, (6, 3)))
        axes.set(xscale="log", xlabel="allowed difference ÷ largest difference found", ylim=(len(families) - 0.4, -1.9))
        axes.xaxis.set_major_formatter(as_power)
        axes.set_yticks(range(len(families)), list(families))
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles[:2], labels[:2], loc="upper center", ncols=2, fontsize=9, bbox_to_anchor=(0.5, 1.0))
        axes.text(1.0, -0.8, " limit", color=GREY, fontsize=9, va="center")
        axes.text(edge, -0.8, "exact", color=GREY, fontsize=9, va="center", ha="center")
    return svg[0]


def as_power(value: float, position: int | None = None) -> str:
    """10⁻⁹ in plain text, which is drawn ten times as fast as in mathematical notation."""
    return "10" + str(round(np.log10(value))).translate(SUPERSCRIPTS)


def _bounded(difference: Array) -> Array:
    return np.clip(difference, FLOOR, CEILING)


def _drawable(loss: Any) -> Array:
    """A gap where the loss has exploded."""
    values = np.asarray(loss, np.float64)
    return np.where(np.abs(values) < 1e100, values, np.nan)


def _finite(families: Mapping[str, Mapping[str, list[float]]]) -> list[float]:
    return [
        max(v, LEAST) for margins in families.values() for values in margins.values() for v in values if np.isfinite(v)
    ]


def _thin(*lines: Array) -> tuple[npt.NDArray[np.int64], list[Array]]:
    """Steps and values at a few hundred places, the first and the last among them."""
    count = min(len(line) for line in lines)
    step = np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(np.int64))
    return step, [line[step] for line in lines]


@contextmanager
def picture(name: str, height: float, width: float = 4.7) -> Iterator[tuple[Any, list[str]]]:
    """The axes of a picture, in inches; the list holds its SVG afterwards. The name is what a screen reader says."""
    svg: list[str] = []
    with matplotlib.rc_context({**SETTINGS, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure.add_subplot(), svg
        page = io.StringIO()
        figure.savefig(page, format="svg", transparent=True)
    svg.append(_inline(page.getvalue(), name))


def _inline(document: str, name: str) -> str:
    """What may stand inside a page: no prologue, no date, no ids that another picture has too."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' id="[\w.]+_\d+"', "", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    return body.replace("<svg ", f'<svg role="img" aria-label="{escape(name)}" ', 1)
