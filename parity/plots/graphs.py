"""Graphs: how a Valor was computed, and the neurons of a network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from parity.plots.style import GREY, Picture, figure, finished, short, word

if TYPE_CHECKING:
    import networkx

    from scratch.valor import Valor

__all__ = ["draw_graph", "draw_network", "graph", "network"]

MOST = 48  # nodes of a graph that a reader can follow
BOX = (1.05, 0.5)  # of a Valor, in inches
ROUND = 0.15  # the radius of an operation
STEP = (2.1, 0.66)  # from a column of Valores to the next, and from a row to the next
SEEN = 12  # neurons of a layer that are drawn; of a larger one the first and the last four
GAP = 0.3  # inches between two neurons
ROOM = 7  # characters of a number
SIGNS = {"*": "×", "-": "−", "/": "÷", "neg": "−", "**": "^"}

Place = Any  # a Valor, or the number of an edge and of the column that it crosses


def graph(root: Valor, labels: bool = True, *, title: str = "", alt: str | None = None) -> Picture:
    """The graph that an expression built: a box for each Valor, a circle for each operation, from left to right.

    Args:
        root: the last Valor.
        labels: whether the names stand in the boxes, above the data and the gradient, and the slopes on the edges.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        TypeError: what is not a Valor.
        ValueError: a graph of more than 48 Valores, which nobody can read.

    Example:
        >>> from scratch.valor import Valor
        >>> a, b = Valor(2.0, label="a"), Valor(-3.0, label="b")
        >>> graph(a * b + a).alt
        'A graph (values: 4, operations: 2) from a = 2, b = -3 to + = -4'
    """
    net, columns = _layout(root)
    wide, high = len(columns), max(map(len, columns))
    above = 0.35 * bool(title)
    with figure(max(2.4, STEP[0] * wide - 0.2), STEP[1] * high + 0.1 + above, None) as drawn:
        axes = drawn.add_axes((0.0, 0.0, 1.0, 1.0 - above / drawn.get_figheight()))
        draw_graph(axes, root, labels)
    nodes = [node for node, kind in net.nodes(data="kind") if kind == "value"]
    leaves = [node for node in nodes if not node.parents]
    named = ", ".join(f"{leaf.label} = {short(leaf.data)}" for leaf in leaves if leaf.label)
    said = word(
        "graph", values=len(nodes), operations=len(nodes) - len(leaves), leaves=named or word("leaves"),
        root=f"{root.label or root.op or '·'} = {short(root.data)}",
    )  # fmt: skip
    return finished(drawn, title, alt, said)


def draw_graph(axes: Any, root: Valor, labels: bool = True) -> None:
    """Draw what `graph` shows on given axes, which keep their proportions."""
    net, columns = _layout(root)
    at = {
        place: (x * STEP[0], ((len(column) - 1) / 2 - y) * STEP[1])
        for x, column in enumerate(columns)
        for y, place in enumerate(column)
    }
    for node, kind in net.nodes(data="kind"):
        if kind == "value":
            _draw_value(axes, node, *at[node], labels)
    for start, stop, data in net.edges(data=True):
        route = [at[place] for place in (start, *data["route"], stop)]
        said = data["slope"] if labels else ""
        near = 0.3 if net.in_degree(stop) > net.out_degree(start) else 0.62 if net.out_degree(start) > 1 else 0.4
        _draw_edge(axes, stop, route, data["aside"], (said, near))
    highest = max(map(len, columns))
    axes.set(
        xlim=(min(at[p][0] - _entry(p) for p in columns[0]) - 0.1, (len(columns) - 1) * STEP[0] + BOX[0] / 2 + 0.1),
        ylim=(-(highest * STEP[1]) / 2, highest * STEP[1] / 2),
        aspect="equal",
    )
    axes.set_axis_off()


def _layout(root: Valor) -> tuple[networkx.MultiDiGraph[Any], list[list[Place]]]:
    """The graph, and its places in columns: the Valores, each as far right as its uses allow, and what passes by."""
    import networkx

    if not hasattr(root, "edges") or not hasattr(root, "op"):
        raise TypeError(f"graph: expected a Valor, got {type(root).__name__}")
    net: Any = networkx.MultiDiGraph()
    waiting = [root]
    net.add_node(root, kind="value")
    while waiting:
        node = waiting.pop()
        for parent, slope in node.edges:
            if parent not in net:
                waiting.append(parent)
                net.add_node(parent, kind="value")
            said = word("blocked") if slope is None else f"{slope:.3g}"
            net.add_edge(parent, node, slope=said, aside=0.0)
        if len(node.edges) == 2 and node.edges[0][0] is node.edges[1][0]:  # x * x: two edges, one above the other
            net.edges[node.edges[0][0], node, 0]["aside"], net.edges[node.edges[0][0], node, 1]["aside"] = 0.09, -0.09
        if len(net) > MOST:
            raise ValueError(f"graph: expected at most {MOST} values, which a reader can follow, got more")
    columns: list[list[Place]] = [list(part) for part in networkx.topological_generations(net.reverse(copy=False))]
    columns.reverse()
    column = {node: index for index, members in enumerate(columns) for node in members}
    for number, (start, stop, data) in enumerate(list(net.edges(data=True))):
        data["route"] = tuple((number, index) for index in range(column[start] + 1, column[stop]))
        for bend in data["route"]:
            columns[bend[1]].append(bend)
    _untangle(net, columns)
    return net, columns


def _untangle(net: Any, columns: list[list[Place]]) -> None:
    """Sort each column by the mean row of its neighbours, from the right, then from the left, a few times over."""
    before: dict[Place, list[Place]] = {}
    after: dict[Place, list[Place]] = {}
    for start, stop, route in net.edges(data="route"):
        for a, b in pairwise((start, *route, stop)):
            before.setdefault(b, []).append(a)
            after.setdefault(a, []).append(b)
    row = {place: index - (len(column) - 1) / 2 for column in columns for index, place in enumerate(column)}
    for sweep in range(12):
        neighbours, order = (after, columns[::-1]) if sweep % 2 == 0 else (before, columns)
        for column in order:
            means = {p: float(np.mean([row[q] for q in neighbours.get(p, [p])])) for p in column}
            column.sort(key=means.__getitem__)
            row |= {place: index - (len(column) - 1) / 2 for index, place in enumerate(column)}


def _draw_value(axes: Any, node: Valor, x: float, y: float, labels: bool) -> None:
    box = FancyBboxPatch(
        (x - BOX[0] / 2 + 0.05, y - BOX[1] / 2 + 0.05), BOX[0] - 0.1, BOX[1] - 0.1, boxstyle="round,pad=0.05",
        facecolor="#ffffff" if node.parents else "#e3edf7", edgecolor=GREY, linewidth=1.0, gid="value",
    )  # fmt: skip
    axes.add_patch(box)
    rows = [f"data {_few(node.data)}", f"grad {_few(node.grad)}"]
    if labels and node.label:
        rows.insert(0, node.label)
    for index, said in enumerate(rows):
        height = y + ((len(rows) - 1) / 2 - index) * (0.15 if len(rows) == 3 else 0.19)
        bold = "bold" if len(rows) == 3 and index == 0 else "normal"
        axes.text(x, height, said, ha="center", va="center", fontsize=8, fontweight=bold)
    if node.parents:
        _draw_operation(axes, SIGNS.get(node.op, node.op), x - BOX[0] / 2 - 0.12, y)
        _arrow(axes, (x - BOX[0] / 2 - 0.12, y), (x - BOX[0] / 2, y))


def _draw_operation(axes: Any, sign: str, right: float, y: float) -> None:
    """A circle, drawn out to the left where the name is longer than a sign."""
    half = max(ROUND, 0.028 * len(sign) + 0.06)
    shape = FancyBboxPatch(
        (right - 2 * half + ROUND, y - 0.001), 2 * (half - ROUND) + 0.001, 0.002, boxstyle=f"round,pad={ROUND}",
        facecolor="#f6dfae", edgecolor="#000000", linewidth=1.0, gid="op", zorder=3,
    )  # fmt: skip
    axes.add_patch(shape)
    size = 10 if len(sign) < 2 else 7
    axes.text(right - half, y, sign, ha="center", va="center", fontsize=size, zorder=4)


def _few(value: float) -> str:
    """Four digits, or as many as have room."""
    said = f"{value:.4g}"
    return said if len(said) <= ROOM else f"{value:.2e}".replace("e-0", "e-").replace("e+0", "e+")


def _entry(node: Valor) -> float:
    """How far left of a Valor's middle its edges arrive: at the operation that made it."""
    return BOX[0] / 2 + 0.12 + 2 * max(ROUND, 0.028 * len(SIGNS.get(node.op, node.op)) + 0.06)


def _draw_edge(
    axes: Any, stop: Valor, route: list[tuple[float, float]], aside: float, label: tuple[str, float]
) -> None:
    """A curve from the right side of a parent, through the gaps of the columns between, to the operation.

    The label has its words, and how far along the first or the last bend it stands, where fewer edges are near.
    """
    points = [(route[0][0] + BOX[0] / 2, route[0][1])]
    for x, y in route[1:-1]:
        points += [(x - BOX[0] / 2 - 0.3, y), (x + BOX[0] / 2, y)]
    points.append((route[-1][0] - _entry(stop), route[-1][1] + aside))
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0 + aside), (middle, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    curve = PathPatch(Path(vertices, codes), fill=False, edgecolor="#777777", linewidth=1.0, gid="edge", zorder=1)
    axes.add_patch(curve)
    _arrow(axes, (points[-1][0] - 0.05, points[-1][1]), points[-1])
    said, near = label
    bend = np.array(vertices[:4] if near < 0.6 else vertices[-4:])
    place = np.array([(1 - near) ** 3, 3 * near * (1 - near) ** 2, 3 * near**2 * (1 - near), near**3]) @ bend
    if said:
        axes.text(
            *place, said, ha="center", va="center", fontsize=6.5, color="#222222", zorder=2, gid="slope",
            bbox={"facecolor": "#ffffff", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


def _arrow(axes: Any, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """A line to a point, and its head."""
    (x0, y0), (x1, y1) = start, stop
    axes.plot([x0, x1], [y0, y1], color="#777777", linewidth=1.0, zorder=1)
    head = [(x1, y1), (x1 - 0.08, y1 + 0.04), (x1 - 0.08, y1 - 0.04)]
    axes.add_patch(Polygon(head, closed=True, facecolor="#777777", edgecolor="none", zorder=3))


def network(
    sizes: Sequence[int], names: Sequence[str] | None = None, *, title: str = "", alt: str | None = None
) -> Picture:
    """The neurons of a fully connected network as circles, its weights as lines, and how many there are.

    Args:
        sizes: how many inputs, then how many neurons in each layer; of a layer of more than 12 some are drawn.
        names: what the layers are called, one for each size.
        title: the words above.
        alt: the words that stand for the picture; by default made from the data.

    Raises:
        ValueError: fewer than two sizes, a size below 1, names that are too few or too many.

    Example:
        >>> network([2, 3, 1]).alt
        'A fully connected network of 2-3-1 neurons, weights: 9, biases: 4'
    """
    _check_sizes(sizes, names)
    high = 2 * max(map(max, map(_neurons, sizes))) + GAP + 0.95
    with figure(float(np.clip(1.75 * len(sizes), 3.0, 9.0)), high + 0.3 * bool(title)) as drawn:
        weights, biases = draw_network(drawn.add_subplot(), sizes, names)
    layers = "-".join(map(str, sizes))
    return finished(drawn, title, alt, word("network", layers=layers, weights=weights, biases=biases))


def draw_network(axes: Any, sizes: Sequence[int], names: Sequence[str] | None = None) -> tuple[int, int]:
    """Draw what `network` shows on given axes; returns how many weights and biases the network has."""
    _check_sizes(sizes, names)
    named = names or [word("input"), *[word("hidden")] * (len(sizes) - 2), word("output")]
    columns = [_neurons(size) for size in sizes]
    reach = max(map(max, columns))
    for index, (left, right) in enumerate(pairwise(columns)):
        ends = [[(index, a), (index + 1, b)] for a in left for b in right]
        axes.add_collection(LineCollection(ends, colors="#8a8a8a", linewidths=0.7 if len(ends) < 80 else 0.35))
    for index, (column, size, name) in enumerate(zip(columns, sizes, named, strict=True)):
        face = "#e3edf7" if index == 0 else "#ffffff" if index < len(sizes) - 1 else "#f6dfae"
        style = {"s": 130, "facecolor": face, "edgecolor": "#222222", "linewidth": 1.1, "zorder": 3}
        axes.scatter([index] * len(column), column, **style)
        if len(column) < size:
            axes.text(index, 0, "⋮", ha="center", va="center", fontsize=17)
        axes.text(index, -reach - 0.22, f"{size}\n{name}", ha="center", va="top", fontsize=9, linespacing=1.3)
    weights, biases = sum(a * b for a, b in pairwise(sizes)), sum(sizes[1:])
    axes.text(
        (len(sizes) - 1) / 2, reach + 0.22, word("counted", weights=weights, biases=biases), ha="center", fontsize=10
    )
    axes.set(xlim=(-0.45, len(sizes) - 0.55), ylim=(-reach - 0.62, reach + 0.42))
    axes.set_axis_off()
    return weights, biases


def _check_sizes(sizes: Sequence[int], names: Sequence[str] | None) -> None:
    if len(sizes) < 2 or any(size != int(size) or size < 1 for size in sizes):
        raise ValueError(f"network: expected at least two sizes of 1 or more, got {list(sizes)}")
    if names is not None and len(names) != len(sizes):
        raise ValueError(f"network: expected {len(sizes)} names, got {len(names)}")


def _neurons(size: int) -> list[float]:
    """Where the neurons of a layer stand, from top to bottom; of a large one the first and the last few."""
    if size <= SEEN:
        return [GAP * (index - (size - 1) / 2) for index in range(size)]
    some = [GAP * (index + 1.2) for index in range(4)]
    return [*(-y for y in some[::-1]), *some]
