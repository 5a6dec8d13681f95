"""How far to go along a direction: the line search with the strong Wolfe conditions.

The loss along the direction is a function φ of the step t. A step is good enough where
    φ(t) ≤ φ(0) + c₁ · t · φ'(0)     it went down enough (Armijo), and
    |φ'(t)| ≤ c₂ · |φ'(0)|           it is flat enough, so that going on would not pay.
The search first goes out until such steps must lie between two points, then closes in on them. Nocedal and Wright,
Numerical Optimization, 2006, algorithms 3.5 and 3.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from scratch.dtypes import Array

__all__ = ["Point", "strong_wolfe"]

C1, C2 = 1e-4, 0.9
NARROW = 1e-9  # an interval in which no parameter changes by more is not searched further


class Point(NamedTuple):
    """A place on the line: the step t that leads to it, and there φ(t), the gradient, and φ'(t)."""

    t: Any
    loss: float
    grad: Array
    slope: Any


Look = Callable[[Any], Point]


def strong_wolfe(look: Look, start: Point, t: Any, size: Any, max_steps: int) -> tuple[Point, int]:
    """The best point found, and how often `look` was called; `size` is the largest element of the direction."""
    bracket, steps = _go_out(look, start, t, max_steps)
    if len(bracket) == 1:
        return bracket[0], steps + 1
    low, high = _order(bracket)
    stuck = False
    while steps < max_steps and not abs(bracket[1].t - bracket[0].t) * size < NARROW:
        t, stuck = _between(bracket, stuck)
        point = look(t)
        steps += 1
        if _too_high(point, start) or point.loss >= bracket[low].loss:
            bracket[high] = point
            low, high = _order(bracket)
            continue
        good = _flat_enough(point, start)
        if not good and point.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = point
        if good:
            break
    return bracket[low], steps + 1


def _go_out(look: Look, start: Point, t: Any, max_steps: int) -> tuple[list[Point], int]:
    """Two points with good steps between them, or one that is good; and the number of steps after the first."""
    previous, point = start, look(t)
    for step in range(max_steps):
        if _too_high(point, start) or (step > 1 and point.loss >= previous.loss):
            return [previous, point], step
        if _flat_enough(point, start):
            return [point], step
        if point.slope >= 0:
            return [previous, point], step
        t = _cubic_minimum(previous, point, point.t + 0.01 * (point.t - previous.t), point.t * 10)
        previous, point = point, look(t)
    return [start, point], max_steps


def _between(bracket: list[Point], stuck: bool) -> tuple[Any, bool]:
    """The next step to try, and whether it lies near an end: the second time in a row it is moved inwards."""
    left, right = min(point.t for point in bracket), max(point.t for point in bracket)
    t = _cubic_minimum(bracket[0], bracket[1], left, right)
    margin = 0.1 * (right - left)
    near = min(right - t, t - left) < margin
    if near and (stuck or t in (left, right)):
        return (right - margin if right - t < t - left else left + margin), False
    return t, near


def _cubic_minimum(a: Point, b: Point, lowest: Any, highest: Any) -> Any:
    """Where the cubic with the losses and slopes of two points is least, within bounds; their middle if it is not."""
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (lowest + highest) / 2.0
    left, right = sorted((a, b), key=lambda point: point.t)
    d2 = np.sqrt(square)
    t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2))
    return min(max(t, lowest), highest)


def _too_high(point: Point, start: Point) -> bool:
    return bool(point.loss > start.loss + C1 * point.t * start.slope)


def _flat_enough(point: Point, start: Point) -> bool:
    return bool(abs(point.slope) <= -C2 * start.slope)


def _order(bracket: list[Point]) -> tuple[int, int]:
    """The places of the lower point and of the higher."""
    return (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
