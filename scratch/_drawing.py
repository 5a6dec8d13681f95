"""Pictures of a graph of Valores: indented text, Graphviz source, and an SVG that needs no Graphviz."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from scratch.valor import Valor

__all__ = ["draw", "to_dot", "to_svg", "tree"]

BOX = (104, 44)  # the size of a node in the SVG, in pixels
STEP = (184, 60)  # from a column to the next, and from a row to the next

# A place in the layout: a node, or the point at which an edge (by its number) passes through a column.
Place: TypeAlias = "Valor | tuple[int, int]"


def tree(root: Valor) -> str:
    lines, seen, waiting = [], set(), [(root, "", "")]
    while waiting:
        node, branch, indent = waiting.pop()
        again = "  (shown above)" if node in seen and node.parents else ""
        lines.append(f"{branch}{_name(node)}  data={node.data:.6g}  grad={node.grad:.6g}{again}")
        if not again:
            for position, parent in enumerate(reversed(node.parents)):
                corner, rest = ("├─ ", "│  ") if position else ("└─ ", "   ")
                waiting.append((parent, indent + corner, indent + rest))
        seen.add(node)
    return "\n".join(lines)


def to_dot(root: Valor) -> str:
    nodes = _leaves_first(root)
    number = {node: index for index, node in enumerate(nodes)}
    lines = ["digraph {", "  rankdir=LR", '  node [shape=record fontname="Helvetica"]']
    for node in nodes:
        name = "".join(f"\\{c}" if c in '\\"{}|<>' else c for c in _name(node))
        lines.append(f'  n{number[node]} [label="{{{name}|data {node.data:.6g}|grad {node.grad:.6g}}}"]')
    for node in nodes:
        for parent, slope in node.edges:
            lines.append(f'  n{number[parent]} -> n{number[node]} [label="{_slope(slope)}"]')
    return "\n".join([*lines, "}"])


def draw(root: Valor, path: Path) -> None:
    kind = path.suffix.lstrip(".")
    if kind in ("dot", "gv"):
        path.write_text(to_dot(root), encoding="utf-8")
    elif graphviz := shutil.which("dot"):
        subprocess.run([graphviz, f"-T{kind}", f"-o{path}"], input=to_dot(root), encoding="utf-8", check=True)
    elif kind == "svg":
        path.write_text(to_svg(root), encoding="utf-8")
    else:
        raise RuntimeError(f"Valor.draw: expected .svg or .dot where Graphviz is not installed, got {path.name}")


def to_svg(root: Valor) -> str:
    nodes = _leaves_first(root)
    routes, columns = _layout(root, nodes)
    height = max(len(column) for column in columns) * STEP[1]
    at = {
        place: (10 + BOX[0] / 2 + x * STEP[0], height / 2 + (y - (len(column) - 1) / 2) * STEP[1])
        for x, column in enumerate(columns)
        for y, place in enumerate(column)
    }
    parts = [*(_svg_edge(route, slope, at) for route, slope in routes), *(_svg_node(node, *at[node]) for node in nodes)]
    width = 20 + BOX[0] + (len(columns) - 1) * STEP[0]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="11" text-anchor="middle">',
            '<marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0L8 4L0 8z" fill="#666"/></marker>',
            *parts,
            "</svg>",
        ]
    )


def _layout(root: Valor, nodes: list[Valor]) -> tuple[list[tuple[list[Place], float | None]], list[list[Place]]]:
    """A column for each node, as far right as its uses allow; edges that cross a column get a place in it."""
    depth = dict.fromkeys(nodes, 0)
    for node in reversed(nodes):
        for parent in node.parents:
            depth[parent] = max(depth[parent], depth[node] + 1)
    columns: list[list[Place]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in nodes:
        columns[-1 - depth[node]].append(node)
    routes: list[tuple[list[Place], float | None]] = []
    for node in nodes:
        for parent, slope in node.edges:
            bends: list[Place] = [(len(routes), d) for d in range(depth[parent] - 1, depth[node], -1)]
            for bend, d in zip(bends, range(depth[parent] - 1, depth[node], -1), strict=True):
                columns[-1 - d].append(bend)
            routes.append(([parent, *bends, node], slope))
    _untangle(routes, columns)
    return routes, columns


def _untangle(routes: list[tuple[list[Place], float | None]], columns: list[list[Place]]) -> None:
    """Sort each column by the mean row of its neighbours in the column before, then after, a few times over."""
    before, after = defaultdict(list), defaultdict(list)
    for route, _ in routes:
        for a, b in pairwise(route):
            before[b].append(a)
            after[a].append(b)
    row: dict[Place, float] = {}
    for sweep in range(8):
        neighbours, order = (after, reversed(columns)) if sweep % 2 == 0 else (before, iter(columns))
        for column in order:
            for place in column:
                row.setdefault(place, 0.0)
            means = {p: sum(row[q] for q in neighbours[p]) / len(neighbours[p]) for p in column if neighbours[p]}
            column.sort(key=lambda place: means.get(place, row[place]))
            row |= {place: index - (len(column) - 1) / 2 for index, place in enumerate(column)}


def _svg_node(node: Valor, x: float, y: float) -> str:
    colour = "#fff" if node.parents else "#e8f0fe"
    left, top = x - BOX[0] / 2, y - BOX[1] / 2
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{BOX[0]}" height="{BOX[1]}" rx="5" fill="{colour}" stroke="#666"/>'
        f'<text x="{x:g}" y="{y - 8:g}" font-weight="bold">{escape(_name(node))}</text>'
        f'<text x="{x:g}" y="{y + 5:g}">data {node.data:.5g}</text>'
        f'<text x="{x:g}" y="{y + 17:g}" fill="#a33">grad {node.grad:.5g}</text>'
    )


def _svg_edge(route: list[Place], slope: float | None, at: dict[Place, tuple[float, float]]) -> str:
    points = [at[place] for place in route]
    points[0] = (points[0][0] + BOX[0] / 2, points[0][1])
    points[-1] = (points[-1][0] - BOX[0] / 2, points[-1][1])
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        path += f"C{middle:g} {y0:g} {middle:g} {y1:g} {x1:g} {y1:g}"
    (x0, y0), (x1, y1) = points[:2]  # the slope stands where the edge leaves its parent: few others are near
    return (
        f'<path d="{path}" fill="none" stroke="#888" marker-end="url(#arrow)"/>'
        f'<text x="{x0 + 0.35 * (x1 - x0):g}" y="{y0 + 0.22 * (y1 - y0) + 3:g}" fill="#555" font-size="10" '
        f'stroke="#fff" stroke-width="3" paint-order="stroke">{_slope(slope)}</text>'
    )


def _leaves_first(root: Valor) -> list[Valor]:
    """Every node once, after all that it was computed from."""
    order, seen, waiting = [], set(), [(root, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in reversed(node.parents))
    return order


def _name(node: Valor) -> str:
    if node.label and node.op:
        return f"{node.label} ({node.op})"
    return node.label or node.op or "leaf"


def _slope(slope: float | None) -> str:
    return "blocked" if slope is None else f"{slope:.4g}"
