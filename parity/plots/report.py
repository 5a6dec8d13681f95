"""The pictures of report.html, which is in English wherever it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.plots.style import BLUE, DASHES, FLOOR, GREY, ORANGE, Picture, figure, log_axis
from parity.plots.traces import draw_curves, draw_lines

__all__ = ["drift_plot", "loss_plot", "margins_plot"]

Array = npt.NDArray[np.float64]
WIDTH, HEIGHT = 4.7, 3.0  # inches
CEILING = 1e6  # where an exploded difference is drawn
LEAST = 0.1  # what fails stands left of the limit, and not far away
DRIFTS = (
    {"color": BLUE, "linewidth": 2.2},
    {"color": ORANGE, "linewidth": 1.6, "linestyle": ":"},
)


def loss_plot(ours: Any, theirs: Any, name: str) -> str:
    """The two loss curves over each other."""
    step = np.arange(1, len(ours) + 1)  # step 0 is before the first loss
    with figure(WIDTH, HEIGHT) as drawn:
        draw_curves(drawn.add_subplot(), (step, ours), (step, theirs), "step", "loss")
    return Picture(drawn, f"loss {name}").svg()


def drift_plot(ours: Array, control: Array, budget: float, name: str) -> str:
    """How far the runs are apart, on a log axis, and what is allowed."""
    found, nudged = (np.clip(difference, FLOOR, CEILING) for difference in (ours, control))
    with figure(WIDTH, HEIGHT) as drawn:
        axes = drawn.add_subplot()
        drifts = {"scratch against PyTorch": found, "PyTorch, one weight moved by 1 ULP": nudged}
        allowed = {f"budget {budget:g}".replace("e-0", "e-"): budget}
        draw_lines(
            axes, drifts, "step", "largest relative difference so far", log=True, levels=allowed, styles=DRIFTS,
            legend="upper left",
        )  # fmt: skip
        top = max(budget, found.max(), nudged.max())
        axes.set_ylim(FLOOR / 2, top * (top / FLOOR) ** 0.45)
    return Picture(drawn, f"drift {name}").svg()


def margins_plot(families: Mapping[str, Mapping[str, list[float]]]) -> str:
    """A row for each family, a mark for each component: how much of the allowed difference it leaves.

    `families` gives the margins by family ("layers.conv") and dtype. Components equal to the last bit stand at the
    right edge.
    """
    edge = 10.0 ** (np.ceil(np.log10(max([10.0, *_finite(families)]))) + 1)
    with figure(WIDTH, 0.9 + 0.24 * len(families)) as drawn:
        axes: Any = drawn.add_subplot()
        for row, margins in enumerate(families.values()):
            for dtype, offset, style in (
                ("float64", -0.13, {"marker": "o", "color": BLUE}),
                ("float32", 0.13, {"marker": "^", "color": ORANGE}),
            ):
                values = np.clip(margins.get(dtype, []), LEAST, edge)
                places = np.full(len(values), row + offset)
                axes.plot(values, places, linestyle="", markersize=4.5, alpha=0.75, label=dtype, **style)
        log_axis(axes.xaxis)
        axes.set_xlim(min([0.5, *_finite(families)]) / 1.5, edge * 2)
        axes.axvline(1.0, color=GREY, linewidth=1.2, linestyle=(0, DASHES))
        axes.set(xlabel="allowed difference ÷ largest difference found", ylim=(len(families) - 0.4, -1.9))
        axes.set_yticks(range(len(families)), list(families))
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles[:2], labels[:2], loc="upper center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.0))
        axes.text(1.1, -0.8, "limit", color=GREY, fontsize=9, va="center")
        axes.text(edge, -0.8, "exact", color=GREY, fontsize=9, va="center", ha="center")
    return Picture(drawn, "margins").svg()


def _finite(families: Mapping[str, Mapping[str, list[float]]]) -> list[float]:
    return [
        max(v, LEAST) for margins in families.values() for values in margins.values() for v in values if np.isfinite(v)
    ]
