"""What both nets of a session say all over the plane, as one picture, quick enough to be drawn while they learn."""

from __future__ import annotations

import base64
import io
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.playground.session import Half, Session
from parity.plots.boundaries import draw_boundary
from parity.plots.style import figure, pixels, short, word

__all__ = ["boundaries"]

Array = npt.NDArray[Any]
RESOLUTION = 40  # places along each side
_ALONE = threading.Lock()  # matplotlib's settings belong to the process


def boundaries(session: Session, names: tuple[str, str]) -> tuple[str, str]:
    """The picture as a data URL, and the words that stand for it."""
    points = session.points
    shown = [points.names[label] for label in points.labels]
    with _ALONE, figure(4.8, 3.3, layout=None) as drawn, np.errstate(all="ignore"):
        drawn.set_dpi(130)
        # Places are given: a layout worked out anew takes longer than all the rest.
        drawn.subplots_adjust(left=0.1, right=0.995, top=0.925, bottom=0.195, wspace=0.04)
        panels = drawn.subplots(1, 2, sharey=True)
        shares = []
        for panel, name, half in zip(panels, names, (session.ours, session.theirs), strict=True):
            share = draw_boundary(
                panel, _Scores(session, half), points.places, shown, resolution=RESOLUTION, threshold=0.0,
                xlabel="", ylabel="",
            )  # fmt: skip
            panel.set_title(name)
            shares.append(word("on_their_side", name=f"{name}: ", percent=short(round(100 * share, 1))))
        drawn.legend(
            *panels[0].get_legend_handles_labels(), loc="lower center", ncols=5, handletextpad=0.0,
            columnspacing=0.8, borderpad=0.1, fontsize=9 if len(points.names) < 5 else 7.5,
        )  # fmt: skip
        image = pixels(drawn)
    page = io.BytesIO()
    image.save(page, "PNG", compress_level=1)
    alt = word("boundary", count=len(points.x), classes=len(points.names), shares="; ".join(shares))
    return f"data:image/png;base64,{base64.b64encode(page.getvalue()).decode()}", alt


class _Scores:
    """What one net says at places of the plane. A net that has run away to infinity says 0 everywhere."""

    def __init__(self, session: Session, half: Half) -> None:
        self.session, self.half = session, half

    def __call__(self, places: Array) -> Array:
        return np.nan_to_num(self.session.place_scores(self.half, places), posinf=0.0, neginf=0.0)
