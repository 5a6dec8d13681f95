"""What a classifier says all over the plane, with the points that it is to tell apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap, ListedColormap

from parity.plots.style import MARKERS, Picture, check_names, figure, finished, numbers, short, word

__all__ = ["decision_boundary", "draw_boundary"]

Array = npt.NDArray[np.float64]
FEW = 30  # points that are drawn large
# From pale to darker, so that the sides of a boundary differ in grey too; the points on them are dark.
TINTS = ("#fdf1e3", "#a9cbe3", "#d9e8c8", "#8fa3a0", "#e6c9dd", "#c9c2a0", "#f5e68c", "#b09fc0", "#cfe8ea", "#9aa87a")
DARK = ("#A33F00", "#003f66", "#1c5c1c", "#111111", "#7a1f5c", "#5c4a00", "#806000", "#3d2066", "#00585c", "#37470f")
TWO = LinearSegmentedColormap.from_list("two", ["#fde3c8", "#f7f3ee", "#7fb2d6"])


def decision_boundary(
    predict: Callable[[Array], Any] | Mapping[str, Callable[[Array], Any]],
    points: Any,
    labels: Any,
    *,
    threshold: float | None = None,
    resolution: int = 100,
    xlabel: str = "x₁",
    ylabel: str = "x₂",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """What a classifier says all over the plane, with the points that it is to tell apart.

    Classes differ in marker and in how dark their side is, as well as in colour; the boundary is a black line.

    Args:
        predict: takes (n, 2) and gives a score for each point, (n) or (n, 1), or one for each class, (n, classes).
            Several, by name, are drawn side by side.
        points: (n, 2).
        labels: (n), the class of each; in order, the first is the one with low scores.
        threshold: the score at the boundary. None is 0.5 where every score lies from 0 to 1, as probabilities do,
            and 0 elsewhere.
        resolution: how many places are asked for along each side.
        xlabel: the words on the horizontal axis.
        ylabel: the words on the vertical axis.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: shapes that do not fit, more classes than markers, scores of another shape.

    Example:
        >>> decision_boundary(lambda x: x[:, 0] + x[:, 1], [[-1, -1], [1, 1], [2, 1]], [0, 1, 1]).alt
        'Decision boundary among 3 points of 2 classes; 100 % of the points are on their side'
    """
    several = predict if isinstance(predict, Mapping) else {"": predict}
    check_names("decision_boundary", several)
    with figure(4.6 if len(several) == 1 else 3.5 * len(several), 3.7) as drawn:
        panels = drawn.subplots(1, len(several), sharey=True, squeeze=False)[0]
        right = {}
        for panel, (name, function) in zip(panels, several.items(), strict=True):
            right[name] = draw_boundary(
                panel, function, points, labels, threshold=threshold, resolution=resolution, xlabel=xlabel,
                ylabel=ylabel if panel is panels[0] else "",
            )  # fmt: skip
            panel.set_title(name, fontsize=10.5)
        drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, handletextpad=0.1)
    shares = "; ".join(
        word("on_their_side", name=f"{name}: " if name else "", percent=short(round(100 * share, 1)))
        for name, share in right.items()
    )
    count, classes = len(np.asarray(points)), len(np.unique(np.asarray(labels)))
    return finished(drawn, title, alt, word("boundary", count=count, classes=classes, shares=shares))


def draw_boundary(
    axes: Any,
    predict: Callable[[Array], Any],
    points: Any,
    labels: Any,
    *,
    threshold: float | None = None,
    resolution: int = 60,
    xlabel: str = "x₁",
    ylabel: str = "x₂",
) -> float:
    """Draw what `decision_boundary` shows on given axes; returns the share of points on their side."""
    places, classes, which = _classes(points, labels)
    low, high = places.min(axis=0), places.max(axis=0)
    room = 0.08 * np.maximum(high - low, 1e-9) + 0.04 * max(float(np.max(high - low)), 1e-9)
    x, y = (np.linspace(a, b, resolution) for a, b in zip(low - room, high + room, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    scores = _scores(predict, np.concatenate([grid.reshape(-1, 2), places]), len(classes))
    on_grid, on_points = scores[: grid.shape[0] * grid.shape[1]], scores[resolution * resolution :]
    if scores.shape[1] == 1:
        if threshold is None:
            threshold = 0.5 if scores.min() >= 0 and scores.max() <= 1 else 0.0
        _shade_two(axes, x, y, on_grid.reshape(resolution, resolution) - threshold)
        said = (on_points[:, 0] > threshold).astype(np.int64)
    else:
        _shade_many(axes, x, y, on_grid.reshape(resolution, resolution, -1))
        said = on_points.argmax(axis=1)
    for index, name in enumerate(classes):
        mine = places[which == index]
        axes.scatter(
            mine[:, 0], mine[:, 1], s=28 if len(places) > FEW else 90, marker=MARKERS[index], color=DARK[index],
            edgecolors="#ffffff", linewidths=0.7, label=word("class", name=name), zorder=3,
        )  # fmt: skip
    axes.grid(visible=False)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    return float((said == which).mean())


def _classes(points: Any, labels: Any) -> tuple[Array, list[Any], npt.NDArray[np.int64]]:
    places = numbers("decision_boundary: points", points, 2)
    found = np.asarray(labels).reshape(-1)
    if places.shape[1] != 2 or len(found) != len(places) or not np.isfinite(places).all():
        raise ValueError(
            f"decision_boundary: expected finite points (n, 2) and labels (n), got {places.shape} and {found.shape}"
        )
    classes, which = np.unique(found, return_inverse=True)
    if len(classes) > len(MARKERS):
        raise ValueError(f"decision_boundary: expected at most {len(MARKERS)} classes, got {len(classes)}")
    named = [int(name) if np.issubdtype(type(name), np.floating) and name == int(name) else name for name in classes]
    return places, named, which.reshape(-1).astype(np.int64)


def _scores(predict: Callable[[Array], Any], places: Array, classes: int) -> Array:
    scores = numbers("decision_boundary: scores", predict(places))
    scores = scores.reshape(len(scores), -1)
    if len(scores) != len(places) or not ((scores.shape[1] == 1 and classes <= 2) or scores.shape[1] >= classes):
        raise ValueError(
            f"decision_boundary: expected scores for {len(places)} points and {classes} classes, got {scores.shape}"
        )
    return scores


def _shade_two(axes: Any, x: Array, y: Array, score: Array) -> None:
    """Two sides, darker where the score is surer, and the line between them."""
    finite = np.abs(score[np.isfinite(score)])
    scale = float(np.quantile(finite, 0.8)) if finite.size else 1.0
    axes.contourf(x, y, np.tanh(score / (scale or 1.0)), levels=np.linspace(-1, 1, 9), cmap=TWO, extend="both")
    if (score > 0).any() and (score < 0).any():
        axes.contour(x, y, score, levels=[0.0], colors="#000000", linewidths=1.8)


def _shade_many(axes: Any, x: Array, y: Array, scores: Array) -> None:
    """The side of each class, and black lines between them."""
    classes = scores.shape[-1]
    tints = ListedColormap([TINTS[index % len(TINTS)] for index in range(classes)])
    most = scores.argmax(axis=-1)
    limits = (x[0], x[-1], y[0], y[-1])
    axes.imshow(
        most, cmap=tints, vmin=-0.5, vmax=classes - 0.5, extent=limits, origin="lower", aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    for index in np.unique(most):
        others = np.delete(scores, index, axis=-1).max(axis=-1)
        ahead = scores[..., index] - others
        if (ahead < 0).any():
            axes.contour(x, y, ahead, levels=[0.0], colors="#000000", linewidths=1.2)
