"""Expressions of scalars that show whether an automatic differentiation is right, in a learner's order.

The code is Python that both sides understand; `$relu` stands for whatever the student calls it. Leaves and results are
named. A value of -0.7 multiplies most results, since an upstream gradient of 1 would hide a derivative that ignores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FUNCTIONS", "GRAPHS", "Graph"]

# What an expression may call, besides the operators.
FUNCTIONS = ("relu", "tanh", "sigmoid", "exp", "log")


@dataclass(frozen=True)
class Graph:
    """A sample: leaves with their values, statements, and the names of the results."""

    name: str
    exposes: str
    leaves: Mapping[str, float]
    code: str
    results: tuple[str, ...] = ("y",)
    backwards: int = 1
    uses: tuple[str, ...] = field(default=())  # the special methods, beyond __add__ and __mul__, and the functions
    seconds: float = 1.0  # of processor time, where a right one takes a thousandth


GRAPHS = (
    Graph("addition", "a sum whose gradient is not passed on", {"a": 2.0, "b": -3.0, "u": -0.7}, "y = (a + b) * u"),
    Graph("multiplication", "the factors exchanged", {"a": 2.0, "b": -3.0, "u": -0.7}, "y = (a * b) * u"),
    Graph("product with itself", "a gradient that is overwritten", {"a": 3.0}, "y = a * a"),
    Graph("a sum with itself, twice", "a node visited before what uses it", {"a": 1.5}, "b = a + a\ny = b + b"),
    Graph(
        "two paths that meet",
        "a node visited before what uses it, and gradients overwritten",
        {"a": 2.0, "b": -3.0, "u": -0.7},
        "c = a * b\nd = c + a\ny = d * c * u",
    ),
    Graph(
        "met early and late",
        "a node visited before what uses it, where one path is longer",
        {"a": 2.0, "b": -3.0, "u": -0.7},
        "c = a * b\nd = c + a\ny = c * d * u",
    ),
    Graph("a number on the right", "a number that is not wrapped", {"a": 2.0}, "y = (a + 1.5) * 3.0"),
    Graph(
        "a number on the left",
        "reflected operators that are missing",
        {"a": 2.0},
        "y = 3.0 * (1.5 + a)",
        uses=("__radd__", "__rmul__"),
    ),
    Graph("negation", "a sign", {"a": 2.0, "b": 5.0}, "y = -a * b", uses=("__neg__",)),
    Graph(
        "subtraction",
        "a sign, or the operands exchanged",
        {"a": 2.0, "b": -3.0, "u": -0.7},
        "y = (a - b) * u",
        uses=("__sub__",),
    ),
    Graph(
        "a number minus a value",
        "the reflected operands exchanged",
        {"a": 2.0, "u": -0.7},
        "y = (5.0 - a) * u",
        uses=("__rsub__",),
    ),
    Graph(
        "division",
        "a quotient's derivative",
        {"a": 2.0, "b": -3.0, "u": -0.7},
        "y = (a / b) * u",
        uses=("__truediv__",),
    ),
    Graph(
        "a number over a value",
        "the reflected operands exchanged",
        {"a": 2.0, "u": -0.7},
        "y = (5.0 / a) * u",
        uses=("__rtruediv__",),
    ),
    Graph("power", "an exponent that is not reduced by one", {"a": 2.0, "u": -0.7}, "y = a**3 * u", uses=("__pow__",)),
    Graph("root as a power", "exponents that are whole numbers only", {"a": 2.25}, "y = a**0.5", uses=("__pow__",)),
    Graph("exp", "a derivative other than exp itself", {"a": 0.7, "u": -0.7}, "y = a.$exp() * u", uses=("exp",)),
    Graph("log", "a derivative other than 1/a", {"a": 0.7, "u": -0.7}, "y = a.$log() * u", uses=("log",)),
    Graph("tanh", "1 − x² for 1 − tanh² x", {"a": 0.8, "u": -0.7}, "y = a.$tanh() * u", uses=("tanh",)),
    Graph("sigmoid", "σ′ of the activation itself", {"a": 0.8, "u": -0.7}, "y = a.$sigmoid() * u", uses=("sigmoid",)),
    Graph(
        "sigmoid far out",
        "an exponential that overflows",
        {"a": 800.0, "b": -800.0},
        "c = a.$sigmoid()\nd = b.$sigmoid()\ny = c + d",
        uses=("sigmoid",),
    ),
    Graph(
        "relu",
        "a slope where there is none",
        {"a": 0.8, "b": -0.6, "u": -0.7},
        "y = (a.$relu() + b.$relu()) * u",
        uses=("relu",),
    ),
    Graph("relu at the kink", "a slope of 1 at exactly 0", {"a": 0.0, "u": -0.7}, "y = a.$relu() * u", uses=("relu",)),
    Graph(
        "a neuron",
        "a gradient that does not reach the weights",
        {"x1": 2.0, "x2": 5.0, "w1": 3.0, "w2": 6.0, "b": -2.0},
        "y = x1 * w1 + x2 * w2 + b",
    ),
    Graph(
        "second backward",
        "inner nodes that keep their gradient",
        {"a": 2.0, "b": 3.0},
        "y = (a * b + a) * b",
        backwards=2,
    ),
    Graph(
        "a long chain",
        "a recursion that is too deep",
        {"a": 1.0},
        "y = a\nfor _ in range(2000):\n    y = y + 1.0",
    ),
    Graph(
        "doubled thirty times",
        "every path walked, which takes exponential time",
        {"a": 1.0},
        "y = a\nfor _ in range(30):\n    y = y + y",
    ),
)
