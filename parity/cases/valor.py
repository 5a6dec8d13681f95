"""Cases of Valor, the scalar that differentiates itself."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from parity.cases import Case, Difference, ErrorSample, ScriptSample
from parity.sides import Side

__all__ = ["CASES"]

INF, NAN = math.inf, math.nan
FLOAT64 = ("float64",)
UPSTREAM = -0.7  # never 1, or a derivative that forgets the upstream gradient would pass

Points = Sequence[tuple[float, ...]]


def _grad(x: Any) -> float:
    return 0.0 if x.grad is None else float(x.grad)


def _derivatives(side: Side, expression: Callable[..., Any], points: Points, upstream: float = UPSTREAM) -> Any:
    """At each point: the value of the expression, and the gradient of each variable."""
    found = []
    for point in points:
        variables = [side.Valor(x) for x in point]
        y = expression(*variables)
        (y * upstream).backward()
        found.append([y.item(), *map(_grad, variables)])
    return found


def _sample(name: str, exposes: str, expression: Callable[..., Any], *points: tuple[float, ...]) -> ScriptSample:
    args = {"expression": expression, "points": points}
    return ScriptSample(name, exposes, args, dtypes=FLOAT64, script=_derivatives)


def _worked(
    name: str, exposes: str, expression: Callable[..., Any], point: tuple[float, ...], *expected: float
) -> ScriptSample:
    """A sample with upstream gradient 1, and the value and gradients that one works out by hand."""
    args = {"expression": expression, "points": [point], "upstream": 1.0}
    return ScriptSample(name, exposes, args, expected={"result.0": list(expected)}, dtypes=FLOAT64, script=_derivatives)


def _many(function: str) -> Callable[..., Any]:
    """The same for a function of a list; the first variable comes twice, so that its gradients must add up."""

    def script(side: Side, points: Points) -> Any:
        return _derivatives(side, lambda *x: getattr(side.valor, function)([*x, x[0]]), points)

    return script


def _dot_of_valores(side: Side, points: Points) -> Any:
    return _derivatives(side, lambda w, x, b: side.valor.dot([w, b], [x, w], b), points)


def _dot_with_numbers(side: Side, points: Points) -> Any:
    return _derivatives(side, lambda v, w, b: side.valor.dot([v, w], [2, 0.5], b), points)


def _dot_mixed(side: Side, points: Points) -> Any:
    return _derivatives(side, lambda v, w, x: side.valor.dot([v, w], [2, x]), points)


def _dots_of_dots(side: Side, points: Points) -> Any:
    """Two layers: the hidden neuron h is used twice by one node, and once more by another."""

    def expression(w: Any, x: Any) -> Any:
        h = side.valor.dot([w, x], [x, 0.5]).tanh()
        both = side.valor.sum([side.valor.dot([h, w], [h, h * x]), h, h])
        return side.valor.sum([both, both * h])

    return _derivatives(side, expression, points)


def _dot_of_the_course(side: Side, points: Points, upstream: float) -> Any:
    return _derivatives(side, lambda v, w: side.valor.dot([v, w], [2.0, 5.0], -2.0), points, upstream)


def _readme(a: Any, b: Any) -> Any:
    """The expression in micrograd's README, whose value is 24.7041, with gradients 138.8338 and 645.5773."""
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


def _doubled(x: Any, times: int) -> Any:
    for _ in range(times):
        x = x + x
    return x


def _chain(x: Any, length: int) -> Any:
    y = x
    for _ in range(length):
        y = y * 0.999 + x
    return y


def _doubling_twice(a: Any) -> Any:
    b = a + a
    return b + b


def _second_backward(side: Side) -> Any:
    """y = (ab + a) b has the gradients b² + b = 12 and 2ab + a = 14. Two backwards through one graph: twice that."""
    a, b = side.Valor(2.0), side.Valor(3.0)
    y = (a * b + a) * b
    y.backward()
    y.backward()
    return [_grad(a), _grad(b)]


def _two_ends(side: Side) -> Any:
    """3a² and 5a² share the node a²: 6a + 10a = 32."""
    a = side.Valor(2.0)
    square = a * a
    (square * 3).backward()
    (square * 5).backward()
    return _grad(a)


def _two_steps(side: Side, zero: bool) -> Any:
    """The gradients of two graphs over the same leaf add up, unless they are set to zero in between."""
    a = side.Valor(3.0)
    (a * a).backward()
    if zero:
        a.zero_grad()
    (a * 5).backward()
    return _grad(a)


def _descent(side: Side) -> Any:
    """Gradient descent on (wx − 4)² with x = 2: from w = 1, a step of 0.125 · 2 (wx − 4) x reaches 2, the answer."""
    w, curve = side.Valor(1.0), []
    for _ in range(2):
        w.zero_grad()
        loss = (w * 2.0 - 4.0) ** 2
        loss.backward()
        w.data -= 0.125 * w.grad
        curve += [loss.item(), w.item()]
    return curve


def _comparisons(side: Side) -> Any:
    a, b, c = side.Valor(1.0), side.Valor(2.0), side.Valor(1.0)
    answers = [a < b, a > b, a <= c, a >= b, a == c, a != c, a < 2, a > 2, a == 1.0, a != 1.0]
    answers += [a < c, a > c, a >= c, a <= 1, a >= 1]
    return [*map(bool, answers), bool(side.Valor(0.0)), bool(a), len({a, b, c})]


def _labelled(side: Side) -> Any:
    labelled = side.Valor(2.0, label="weight")
    return [labelled.label, side.Valor(2.0).label, labelled.item()]


def _of_a_leaf(side: Side) -> Any:
    leaf = side.Valor(2.0)
    leaf.backward()
    leaf.backward()
    return _grad(leaf)


def _inner_node(side: Side) -> Any:
    """The gradient of a node between: 0 at first, and then that of the last backward alone."""
    a = side.Valor(3.0)
    inner = a * 2.0
    getattr(inner, "retain_grad", int)()  # PyTorch keeps it on demand
    seen = [_grad(inner)]
    (inner * inner).backward()
    return [*seen, _grad(inner)]


def _upstream_argument(side: Side) -> Any:
    a = side.Valor(3.0)
    (a * a).backward(-0.5)
    return _grad(a)


ARITHMETIC = (
    _sample("addition", "a gradient that is not handed to both sides", lambda a, b: a + b, (1.5, -0.4), (INF, -INF)),
    _sample("addition of a number", "a number on one side that fails", lambda a: (a + 2) + (3.5 + a), (1.5,)),
    _sample("subtraction", "the sign of the second gradient", lambda a, b: a - b, (1.5, -0.4), (INF, INF)),
    _sample("subtraction of a number", "reflected operands swapped", lambda a: (a - 2) * (3.5 - a), (1.5,)),
    _sample("multiplication", "own value in place of the other's", lambda a, b: a * b, (1.5, -0.4), (0.0, INF)),
    _sample("multiplication by a number", "a number on one side that fails", lambda a: (a * 2) + (3.5 * a), (1.5,)),
    _sample("division", "the gradient of the denominator", lambda a, b: a / b, (1.5, -0.4), (1.0, 3.0)),
    _sample("division by a number", "reflected operands swapped", lambda a: (a / 2) - (3.5 / a), (1.5,), (-0.2,)),
    _sample(
        "division by zero",
        "ZeroDivisionError where floating-point numbers have ±∞ or nan",
        lambda a, b: a / b,
        (1.0, 0.0), (1.0, -0.0), (-2.0, 0.0), (0.0, 0.0), (1.0, INF), (INF, INF), (NAN, 0.0),
    ),
    _sample("a number over zero", "an exception for 1/0", lambda a: 2.0 / a, (0.0,), (-0.0,), (INF,), (NAN,)),
    _sample("power with a fixed exponent", "n xⁿ for n xⁿ⁻¹", lambda a: a**3 + a**-2 + a**0.5, (1.5,), (0.3,)),
    _sample(
        "fixed powers at zero and infinity",
        "nan or an exception where the derivative is 0 or ∞",
        lambda a: a**0 + a**1 + a**2,
        (0.0,), (-0.0,), (-1.5,), (INF,), (NAN,),
    ),
    _sample("negative powers of zero", "an exception for 0⁻¹", lambda a: a**-1, (0.0,), (-0.0,), (-2.0,), (INF,)),
    _sample("root as a power", "a complex number for (−4)^0.5", lambda a: a**0.5, (0.0,), (-4.0,), (-INF,), (4.0,)),
    _sample("power of two variables", "a missing gradient of the exponent", lambda a, b: a**b, (1.5, -0.4), (2.0, 3.0)),
    _sample(
        "powers of two variables at the edges",
        "the logarithm of zero or of a negative base",
        lambda a, b: a**b,
        (0.0, 0.0), (0.0, 2.0), (0.0, -1.0), (0.0, -0.5), (-2.0, 3.0), (-2.0, 0.5), (1.0, INF), (2.0, 0.0),
        (1e200, 2.0),
    ),
    _sample("a number to a variable power", "reflected operands swapped", lambda a: 2**a + 0.5**a, (1.5,), (-0.7,)),
    _sample("zero to a variable power", "0 · log 0 = nan", lambda a: 0.0**a, (2.0,), (0.0,), (-1.0,)),
    _sample("power by name", "a pow that is not **", lambda a, b: a.pow(2) + a.pow(b), (1.5, -0.4)),
    _sample("signs", "a sign that the gradient misses", lambda a: -a * 3 + (+a), (1.5,), (-0.2,)),
)  # fmt: skip

FUNCTIONS = (
    _sample("exp", "a derivative that is not the result itself", lambda a: a.exp(), (0.3,), (-1.7,)),
    _sample("exp far out", "OverflowError for ∞", lambda a: a.exp(), (800.0,), (-800.0,), (INF,), (-INF,)),
    _sample("expm1", "digits lost by exp(x) − 1 near 0", lambda a: a.expm1(), (0.3,), (1e-12,), (-40.0,), (800.0,)),
    _sample("log", "a derivative other than 1/x", lambda a: a.log(), (0.3,), (2.5,)),
    _sample("log at zero", "ValueError where the result is −∞", lambda a: a.log(), (0.0,), (-0.0,), (-1.0,), (INF,)),
    _sample("log1p", "digits lost by log(1 + x) near 0", lambda a: a.log1p(), (0.3,), (1e-12,), (-1.0,), (-2.0,)),
    _sample("sqrt", "a missing 2 in the derivative", lambda a: a.sqrt(), (0.3,), (2.5,)),
    _sample("sqrt at zero", "an exception where the slope is ∞", lambda a: a.sqrt(), (0.0,), (-0.0,), (-1.0,), (INF,)),
    _sample("sin", "a derivative other than the cosine", lambda a: a.sin(), (0.3,), (-2.5,), (INF,)),
    _sample("cos", "the sign of the sine", lambda a: a.cos(), (0.3,), (-2.5,), (INF,)),
    _sample("tan", "a derivative other than 1 + tan²", lambda a: a.tan(), (0.3,), (-2.5,), (INF,)),
    _sample("tanh", "1 − x² for 1 − tanh² x", lambda a: a.tanh(), (0.3,), (-2.0,), (40.0,), (-INF,)),
    _sample("sigmoid", "σ′ taken at σ(x)", lambda a: a.sigmoid(), (0.0,), (0.3,), (-2.0,)),
    _sample("sigmoid far out", "overflow of exp at 710", lambda a: a.sigmoid(), (800.0,), (-800.0,), (INF,), (-INF,)),
    _sample("softplus", "a derivative other than σ", lambda a: a.softplus(), (0.3,), (-2.0,)),
    _sample("softplus far out", "overflow of exp", lambda a: a.softplus(), (20.0,), (20.5,), (-800.0,), (INF,)),
    _sample("sharp softplus", "β or threshold ignored", lambda a: a.softplus(beta=3.0, threshold=4.0), (0.3,), (1.4,)),
    _sample("relu", "a slope below 0", lambda a: a.relu(), (0.3,), (-2.0,)),
    _sample("relu at the kink", "slope 1 at exactly 0", lambda a: a.relu(), (0.0,), (-0.0,), (INF,), (-INF,), (NAN,)),
    _sample("log of relu", "0 · ∞ = nan where a blocked path is 0", lambda a: a.relu().log(), (-1.0,), (0.0,), (2.0,)),
    _sample("leaky relu", "the negative side", lambda a: a.leaky_relu() + a.leaky_relu(0.3), (0.3,), (-2.0,), (0.0,)),
    _sample("abs", "a missing sign", lambda a: a.abs() * abs(a), (0.3,), (-2.0,)),
    _sample("abs at the kink", "slope ±1 at exactly 0", lambda a: abs(a), (0.0,), (-0.0,), (-INF,), (NAN,)),
    _sample("maximum", "a gradient to the smaller side", lambda a, b: a.maximum(b), (1.5, -0.4), (-0.4, 1.5)),
    _sample("minimum", "a gradient to the larger side", lambda a, b: a.minimum(b), (1.5, -0.4), (-0.4, 1.5)),
    _sample("a tie", "a tie that counts twice or for one side", lambda a, b: a.maximum(b) + a.minimum(b), (2.0, 2.0)),
    _sample("maximum with nan", "a nan that is lost", lambda a, b: a.maximum(b), (NAN, 1.0), (1.0, NAN), (INF, 1.0)),
    _sample("maximum with a number", "a number that fails", lambda a: a.maximum(0.5) + a.minimum(2), (1.5,), (0.5,)),
    _sample("clamp", "a gradient outside, or none at the ends", lambda a: a.clamp(-1, 2), (-1.0,), (2.0,), (3.0,)),
    _sample("clamp on one side", "a missing bound", lambda a: a.clamp(min=0) + a.clamp(max=1), (0.5,), (2.0,), (NAN,)),
)  # fmt: skip

GRAPHS = (
    _worked("a product with itself", "gradients overwritten, not added", lambda a: a * a, (3.0,), 9.0, 6.0),
    _worked("doubled twice", "no topological order: 8 for 4", _doubling_twice, (1.0,), 4.0, 4.0),
    _worked("two paths that meet", "one path lost", lambda a: (a * 3) * (a + 1), (2.0,), 18.0, 15.0),
    _worked("a difference with itself", "gradients that do not cancel", lambda a: a - a, (3.0,), 0.0, 0.0),
    _worked("a neuron", "the course's example: 2·3 + 5·6 − 2", lambda x, w, y, v, b: x * w + y * v + b,
            (2.0, 3.0, 5.0, 6.0, -2.0), 34.0, 3.0, 2.0, 6.0, 5.0, 1.0),
    _worked("sigmoid at zero", "0.235, which is σ′(σ(0))", lambda a: a.sigmoid(), (0.0,), 0.5, 0.25),
    _worked("sum of all operators", "an operator that breaks the others",
            lambda a, b: a * b + a / b - b**2 + 2 * a - 1 / b, (3.0, 1.0), 10.0, 4.0, -1.0),
    _sample("micrograd's README", "any rule wrong in a longer expression", _readme, (-4.0, 2.0)),
    _sample("a chain of 2,000", "a recursive sort: RecursionError", lambda a: _chain(a, 1_000), (0.5,)),
    _sample("doubled thirty times", "every path walked: 2³⁰ of them", lambda a: _doubled(a, 30), (0.5,)),
    _sample("a small network", "a gradient lost between layers",
            lambda a, b, c: (a * b + c).tanh().maximum(a) - (a * c).sigmoid() * b.exp(), (0.6, -1.1, 0.4)),
    ScriptSample("second backward", "inner nodes that keep their gradient: 108 for 72", dtypes=FLOAT64,
                 expected={"result": [24.0, 28.0]}, script=_second_backward),
    ScriptSample("two ends of one graph", "a shared node that keeps the first end's gradient", dtypes=FLOAT64,
                 expected={"result": 32.0}, script=_two_ends),
    ScriptSample("gradients of two graphs", "leaves that forget the first", {"zero": False}, dtypes=FLOAT64,
                 expected={"result": 11.0}, script=_two_steps),
    ScriptSample("zero_grad between two graphs", "gradients kept between steps", {"zero": True}, dtypes=FLOAT64,
                 expected={"result": 5.0}, script=_two_steps),
    ScriptSample("gradient descent", "data that cannot be changed between steps", dtypes=FLOAT64,
                 expected={"result": [4.0, 2.0, 0.0, 2.0]}, script=_descent),
    ScriptSample("an inner node", "a gradient that is there before backward", dtypes=FLOAT64,
                 expected={"result": [0.0, 12.0]}, script=_inner_node),
    ScriptSample("backward of a leaf", "a leaf that is not its own graph", dtypes=FLOAT64,
                 expected={"result": 2.0}, script=_of_a_leaf),
    ScriptSample("backward from a given gradient", "a start that is always 1", dtypes=FLOAT64,
                 expected={"result": -3.0}, script=_upstream_argument),
    ScriptSample("comparisons", "comparison of identities, or a hash of values", dtypes=FLOAT64, script=_comparisons),
    ScriptSample("label", "a label that changes the value", dtypes=FLOAT64, script=_labelled),
)  # fmt: skip

CASES = [
    Case(
        "Valor",
        samples=(*GRAPHS, *ARITHMETIC, *FUNCTIONS),
        errors=(
            ErrorSample("made of text", TypeError, {"data": "x"}),
            ErrorSample("made of nothing", TypeError, {"data": None}),
            ErrorSample("plus text", TypeError, script=lambda side: side.Valor(1.0) + "x"),
            ErrorSample("text times", TypeError, script=lambda side: "x" * side.Valor(1.0)),
            ErrorSample("to the power of text", TypeError, script=lambda side: side.Valor(1.0) ** "x"),
            ErrorSample("maximum with text", TypeError, script=lambda side: side.Valor(1.0).maximum("x")),
            ErrorSample("clamp without bounds", RuntimeError, script=lambda side: side.Valor(1.0).clamp()),
        ),
        differences=(
            Difference(
                "grad is 0.0 before the first backward, not None", "the courses that build this class start at 0"
            ),
            Difference("every node shows its gradient", "PyTorch keeps those of inner nodes only after retain_grad()"),
            Difference("a graph serves any number of backwards", "the slopes stay; PyTorch asks for retain_graph=True"),
            Difference(
                "a number over a Valor below 1e-154 or above 1e154",
                "PyTorch computes other · (1/x), and 1/x² leaves the range of floats; here the derivative is exact",
            ),
        ),
    ),
    Case(
        "valor.dot",
        samples=(
            ScriptSample(
                "two Valores a product",
                "own value in place of the other's",
                {"points": [(1.5, -0.4, 0.3), (0.0, INF, 1.0)]},
                dtypes=FLOAT64,
                script=_dot_of_valores,
            ),
            ScriptSample(
                "inputs that are numbers",
                "a gradient for what is not a variable",
                {"points": [(1.5, -0.4, 0.3)]},
                dtypes=FLOAT64,
                script=_dot_with_numbers,
            ),
            ScriptSample(
                "numbers and Valores mixed",
                "gradients that slip to the wrong input",
                {"points": [(1.5, -0.4, 0.3)]},
                dtypes=FLOAT64,
                script=_dot_mixed,
            ),
            ScriptSample(
                "two layers",
                "a hidden neuron's gradient handed on before all of it has come",
                {"points": [(1.5, -0.4), (-0.3, 0.8)]},
                dtypes=FLOAT64,
                script=_dots_of_dots,
            ),
            ScriptSample(
                "the course's neuron",
                "a bias that is forgotten: 2·3 + 5·6 − 2",
                {"points": [(3.0, 6.0)], "upstream": 1.0},
                dtypes=FLOAT64,
                expected={"result.0": [34.0, 2.0, 5.0]},
                script=_dot_of_the_course,
            ),
        ),
        errors=(
            ErrorSample(
                "fewer inputs than weights",
                RuntimeError,
                script=lambda side: side.valor.dot([side.Valor(1.0), side.Valor(2.0)], [side.Valor(1.0)]),
            ),
        ),
    ),
    Case(
        "valor.logsumexp",
        samples=(
            ScriptSample(
                "ordinary values",
                "slopes that are not the softmax",
                {"points": [(0.5, -1.2, 0.8)]},
                dtypes=FLOAT64,
                script=_many("logsumexp"),
            ),
            ScriptSample(
                "large and infinite values",
                "overflow, where the maximum is not subtracted",
                {"points": [(1000.0, 999.0), (-1000.0, -1001.0), (INF, 1.0), (-INF, 1.0), (-INF, -INF), (NAN, 1.0)]},
                dtypes=FLOAT64,
                script=_many("logsumexp"),
            ),
        ),
        errors=(ErrorSample("of nothing", RuntimeError, script=lambda side: side.valor.logsumexp([])),),
    ),
    Case(
        "valor.sum",
        samples=(
            ScriptSample(
                "one of them twice",
                "a gradient counted once",
                {"points": [(0.5, -1.2, 0.8), (INF, -INF, 1.0)]},
                dtypes=FLOAT64,
                script=_many("sum"),
            ),
        ),
        errors=(ErrorSample("of nothing", RuntimeError, script=lambda side: side.valor.sum([])),),
    ),
]
