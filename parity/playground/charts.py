"""A session as options of ECharts: the losses, their difference, and the net with what each neuron differs by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from parity.playground.session import Neuron, Session
from parity.plots.style import BLUE, FLOOR, GREY, ORANGE, short

__all__ = ["difference_options", "largest", "losses_options", "network_options"]

Words = Callable[..., str]
DRAWN = 400  # steps at most; of more, as many with even gaps and the last one
# A neuron's fill by its difference: pale where it is nothing, dark where it is more than is allowed.
FILLS = ((0.0, "#ffffff"), (1e-3, "#d9e8f5"), (1e-1, "#a9cbe3"), (1.0, "#e6a15c"))
FAR = "#A33F00"


def _drawn(count: int) -> list[int]:
    """The places of the steps that are drawn."""
    return list(range(count)) if count <= DRAWN else np.linspace(0, count - 1, DRAWN).round().astype(int).tolist()


def _line(name: str, points: list[list[Any]], colour: str, width: float, dash: str) -> dict[str, Any]:
    style = {"color": colour, "width": width, "type": dash}
    return {
        "type": "line", "name": name, "data": points, "showSymbol": False, "lineStyle": style,
        "itemStyle": {"color": colour}, "sampling": None,
    }  # fmt: skip


def _frame(series: list[dict[str, Any]], log: bool, names: list[str]) -> dict[str, Any]:
    return {
        "animation": False,
        "aria": {"enabled": True},
        "grid": {"left": 62, "right": 16, "top": 30 if names else 12, "bottom": 28},
        "legend": {"data": names, "top": 0, "show": bool(names)},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "min": 0, "max": "dataMax", "minInterval": 1, "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "log", "min": FLOOR, "max": "dataMax"} if log else {"type": "value", "min": 0},
        "series": series,
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def losses_options(session: Session, say: Words) -> dict[str, Any]:
    """Both losses over the steps, the one broad and blue, the other dashed and over it."""
    names = [say("ours"), say("theirs")]
    lines = [
        _line(name, [[step + 1, _finite(half.losses[step])] for step in _drawn(session.steps)], colour, width, dash)
        for name, half, colour, width, dash in (
            (names[0], session.ours, BLUE, 3.5, "solid"),
            (names[1], session.theirs, ORANGE, 1.8, "dashed"),
        )
    ]
    return _frame(lines, False, names)


def difference_options(session: Session, say: Words) -> dict[str, Any]:
    """The relative difference of the losses, and the control's; none at all is drawn on the floor, 1e-17."""
    names = [f"{say('ours')} − {say('theirs')}", say("control")]
    lines = []
    for name, found, colour, width, dash in (
        (names[1], session.control_difference(), GREY, 1.4, "dashed"),
        (names[0], session.difference(), "#111111", 1.8, "solid"),
    ):
        sizes = np.where(np.isfinite(found), np.maximum(found, FLOOR), np.nan)
        lines.append(
            _line(name, [[step + 1, _finite(sizes[step])] for step in _drawn(session.steps)], colour, width, dash)
        )
    options = _frame(lines, True, names)
    # ECharts would write 0.0000000000000001.
    options["yAxis"]["axisLabel"] = {":formatter": "value => value.toExponential(0)"}
    most = max([1e-8, *(point[1] for line in lines for point in line["data"] if point[1] is not None)])
    options["yAxis"]["max"] = float(10 ** np.ceil(np.log10(most)))
    return options


def largest(neurons: Sequence[Neuron]) -> tuple[float, float]:
    """The largest difference of a weight or bias, and of an output."""
    return (
        max(neuron.weights.max_abs_error for neuron in neurons),
        max(neuron.outputs.max_abs_error for neuron in neurons),
    )


def network_options(session: Session, neurons: Sequence[Neuron], say: Words) -> dict[str, Any]:
    """The net: each neuron with its largest difference, each weight a line, broad where it is large."""
    columns = [list(group) for _, group in groupby(neurons, key=lambda neuron: neuron.layer)]
    inputs = _inputs(session, say)
    nodes = [_node(f"0.{place + 1}", 0, place, len(inputs), name) for place, name in enumerate(inputs)]
    for node, name in zip(nodes, inputs, strict=True):
        node["tooltip"] = {"formatter": say("input", name=name)}
        node["symbolSize"] = [34 if len(name) < 4 else 64, 34]
    links: list[dict[str, Any]] = []
    strongest = max(float(np.abs(np.nan_to_num(neuron.ours[:-1])).max()) for neuron in neurons) or 1.0
    for column in columns:
        for neuron in column:
            nodes.append(_neuron(neuron, len(column), say))
            links += _links(neuron, column[0].layer == 1 and len(inputs) == 1, strongest, say)
    series = {
        "type": "graph", "layout": "none", "coordinateSystem": "cartesian2d", "symbolSize": 34, "data": nodes,
        "links": links, "label": {"show": True, "fontSize": 9, "color": "#111111"}, "cursor": "default",
        "itemStyle": {"borderColor": "#444444", "borderWidth": 1.2}, "z": 3,
    }  # fmt: skip
    axis = {"type": "value", "show": False}
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": 12}},
        "grid": {"left": 38, "right": 24, "top": 22, "bottom": 22},
        "xAxis": {**axis, "min": 0, "max": len(columns)},
        "yAxis": {**axis, "min": 0, "max": 1},
        "series": [series],
    }


def _inputs(session: Session, say: Words) -> list[str]:
    """A node for each coordinate, one for all the pixels of a digit."""
    features = session.points.x.shape[1]
    return ["x₁", "x₂"] if features == 2 else [say("pixels", count=features)]


def _node(name: str, x: int, place: int, count: int, label: str) -> dict[str, Any]:
    return {
        "name": name, "value": [x, 1 - (place + 0.5) / count], "label": {"formatter": label},
        "itemStyle": {"color": "#f3f3f3"}, "symbol": "roundRect",
    }  # fmt: skip


def _neuron(neuron: Neuron, count: int, say: Words) -> dict[str, Any]:
    apart = neuron.weights.max_abs_error
    label = f"{apart:.1g}" if apart == 0 or apart >= 0.01 else f"{apart:.0e}".replace("e-0", "e-")
    node = _node(f"{neuron.layer}.{neuron.number}", neuron.layer, neuron.number - 1, count, label)
    fill = next((colour for share, colour in FILLS if neuron.weights.used <= share), FAR)
    node |= {"symbol": "circle", "itemStyle": {"color": fill}}
    node["label"]["color"] = "#ffffff" if fill == FAR else "#111111"
    node["tooltip"] = {"formatter": "<br>".join(_said(neuron, say))}
    return node


def _said(neuron: Neuron, say: Words) -> list[str]:
    ours, theirs = (short(float(bias)) for bias in (neuron.ours[-1], neuron.theirs[-1]))
    lines = [
        f"<b>{say('neuron', layer=neuron.layer, number=neuron.number)}</b>",
        f"{say('bias')}: {say('ours')} {ours}, {say('theirs')} {theirs}",
    ]
    for key, found in (("weights_apart", neuron.weights), ("outputs_apart", neuron.outputs)):
        lines.append(say(key, size=short(found.max_abs_error), times=f"{found.used:.2g}"))
    return lines


def _links(neuron: Neuron, gathered: bool, strongest: float, say: Words) -> list[dict[str, Any]]:
    """A line from each neuron before; one line where the inputs are gathered in one node."""
    target = f"{neuron.layer}.{neuron.number}"
    if gathered:
        style = {"color": "#999999", "width": 1.2}
        said = {"formatter": _said(neuron, say)[0]}
        return [{"source": "0.1", "target": target, "lineStyle": style, "tooltip": said}]
    links: list[dict[str, Any]] = []
    for place, (ours, theirs) in enumerate(zip(neuron.ours[:-1], neuron.theirs[:-1], strict=True), 1):
        sure = 0.4 + 5.0 * min(1.0, abs(float(np.nan_to_num(ours))) / strongest)
        line = {"color": BLUE if ours >= 0 else ORANGE, "type": "solid" if ours >= 0 else "dashed", "width": sure}
        words = f"{say('weight')}: {say('ours')} {short(float(ours))}, {say('theirs')} {short(float(theirs))}"
        links.append({
            "source": f"{neuron.layer - 1}.{place}", "target": target, "lineStyle": {**line, "opacity": 0.7},
            "tooltip": {"formatter": words},
        })  # fmt: skip
    return links
