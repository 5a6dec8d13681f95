"""Valor: a number that remembers how it was computed, and so knows its derivatives."""

from __future__ import annotations

import math
from builtins import sum as add_up
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from operator import gt, lt, mul
from pathlib import Path
from typing import Any

from scratch import _drawing as drawing
from scratch import _ieee as ieee

__all__ = ["Valor", "dot", "logsumexp", "sum"]

# float and int come first: isinstance stops at the first match, and asking Real (for NumPy's scalars) is slow.
NUMBER = (float, int, Real)

_new = object.__new__


class Valor:
    """A scalar with reverse-mode automatic differentiation: a node of the graph that an expression builds.

    Every operation makes a new node. It keeps its parents and, computed in the forward pass, its slope (the local
    derivative) toward each of them. `backward` walks the graph once and adds to every node's `grad`.

    PyTorch's scalars are the model, with three differences on purpose. `grad` is 0.0 before the first backward, as
    in the courses that build such a class, where PyTorch has None. Inner nodes show their gradient too (of the latest
    backward; leaves add up). A graph serves any number of backwards, as with `retain_graph=True`.

    `==`, `<` and the like compare the data, as in PyTorch, and the hash is the identity's. So a Valor can be a key in
    a dict or a member of a set, but `x in some_list` finds any node of equal value.

    Math:
        y = f(a, b),  a.grad += y.grad · ∂f/∂a,  b.grad += y.grad · ∂f/∂b,  from the last node back to the leaves.

    Args:
        data: the value, a number.
        label: a name for printing and drawing.

    Shape:
        ().

    Raises:
        TypeError: `data` is not a real number.

    Source:
        https://docs.pytorch.org/docs/stable/notes/autograd.html

    Example:
        >>> a, b = Valor(2.0), Valor(-3.0)
        >>> y = a * b + a**2
        >>> y.backward()
        >>> y.data, a.grad, b.grad
        (-2.0, 1.0, 2.0)
    """

    # 96 bytes a node: no dict, no closure, no list of parents. A node of many parents (dot, sum) keeps tuples in
    # _left and _left_slope. A slope of None lets nothing pass, where 0.0 would turn an infinite gradient into nan.
    __slots__ = ("_left", "_left_slope", "_name", "_right", "_right_slope", "_uses", "data", "grad")

    _uses: int  # of an inner node, while backward runs: how many have yet to hand it their share of the gradient

    def __init__(self, data: float, label: str = "") -> None:
        if not isinstance(data, NUMBER):
            raise TypeError(f"Valor: expected a number, got {type(data).__name__}")
        self.data = float(data)
        self.grad = 0.0
        self._name = f":{label}" if label else ""
        self._left: Any = None
        self._left_slope: Any = None
        self._right: Any = None
        self._right_slope: Any = None

    # One slot holds "operation:label", so that a node without a label pays nothing for it.

    @property
    def op(self) -> str:
        """The operation that made this node; empty for a leaf."""
        return self._name.partition(":")[0]

    @property
    def label(self) -> str:
        return self._name.partition(":")[2]

    @label.setter
    def label(self, label: str) -> None:
        self._name = f"{self.op}:{label}"

    @property
    def edges(self) -> tuple[tuple[Valor, float | None], ...]:
        """Each parent with the slope toward it; None where PyTorch masks the gradient."""
        if isinstance(self._left, tuple):
            return tuple(zip(self._left, self._left_slope, strict=True))
        pairs = ((self._left, self._left_slope), (self._right, self._right_slope))
        return tuple(pair for pair in pairs if pair[0] is not None)

    @property
    def parents(self) -> tuple[Valor, ...]:
        return tuple(parent for parent, _ in self.edges)

    def item(self) -> float:
        return self.data

    def zero_grad(self) -> None:
        self.grad = 0.0

    def backward(self, gradient: float = 1.0) -> None:
        """Add the derivative of this node, times `gradient`, to the `grad` of every node it was computed from."""
        if self._left is None:
            self.grad += gradient
            return
        found = [self]
        try:
            _count_uses(found)
            self.grad = gradient
            _pass_gradients(self)
        except BaseException:  # Ctrl-C too: counts left behind would spoil the next backward
            for node in found:
                node._uses = 0
            raise

    def tree(self) -> str:
        """The graph as indented text, from this node back to the leaves."""
        return drawing.tree(self)

    def to_dot(self) -> str:
        """The graph in Graphviz's language; on each edge the slope."""
        return drawing.to_dot(self)

    def to_svg(self) -> str:
        """The graph as an SVG picture, made without Graphviz."""
        return drawing.to_svg(self)

    def draw(self, path: str | Path) -> None:
        """Write the graph to a file: .svg, .dot, or what else Graphviz makes where it is installed (.png, .pdf)."""
        drawing.draw(self, Path(path))

    def __add__(self, other: Valor | float) -> Valor:
        if isinstance(other, Valor):
            return _node("+", self.data + other.data, self, 1.0, other, 1.0)
        if isinstance(other, NUMBER):
            return _node("+", self.data + float(other), self, 1.0)
        return NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Valor | float) -> Valor:
        if isinstance(other, Valor):
            return _node("-", self.data - other.data, self, 1.0, other, -1.0)
        if isinstance(other, NUMBER):
            return _node("-", self.data - float(other), self, 1.0)
        return NotImplemented

    def __rsub__(self, other: float) -> Valor:
        if isinstance(other, NUMBER):
            return _node("-", float(other) - self.data, self, -1.0)
        return NotImplemented

    def __mul__(self, other: Valor | float) -> Valor:
        if isinstance(other, Valor):
            return _node("*", self.data * other.data, self, other.data, other, self.data)
        if isinstance(other, NUMBER):
            number = float(other)
            return _node("*", self.data * number, self, number)
        return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Valor | float) -> Valor:
        if isinstance(other, Valor):
            quotient = ieee.divide(self.data, other.data)
            return _node("/", quotient, self, ieee.divide(1.0, other.data), other, -ieee.divide(quotient, other.data))
        if isinstance(other, NUMBER):
            number = float(other)
            return _node("/", ieee.divide(self.data, number), self, ieee.divide(1.0, number))
        return NotImplemented

    def __rtruediv__(self, other: float) -> Valor:
        if isinstance(other, NUMBER):
            # PyTorch takes other · (1/x), where 1/x² leaves the range of floats from |x| = 1e-154 down and 1e154 up.
            quotient = ieee.divide(float(other), self.data)
            return _node("/", quotient, self, -ieee.divide(quotient, self.data))
        return NotImplemented

    def __pow__(self, other: Valor | float) -> Valor:
        if isinstance(other, Valor):
            x, n = self.data, other.data
            power = ieee.power(x, n)
            slope = None if n == 0 else n * ieee.power(x, n - 1)
            return _node("**", power, self, slope, other, _exponent_slope(x, n, power))
        if isinstance(other, NUMBER):
            n = float(other)
            slope = None if n == 0 else n * ieee.power_or_root(self.data, n - 1)
            return _node("**", ieee.power_or_root(self.data, n), self, slope)
        return NotImplemented

    def __rpow__(self, other: float) -> Valor:
        if isinstance(other, NUMBER):
            power = ieee.power(float(other), self.data)
            return _node("**", power, self, _exponent_slope(float(other), self.data, power))
        return NotImplemented

    def pow(self, exponent: Valor | float) -> Valor:
        return self**exponent

    def __neg__(self) -> Valor:
        return _node("neg", -self.data, self, -1.0)

    def __pos__(self) -> Valor:
        return self

    def __abs__(self) -> Valor:
        return _node("abs", abs(self.data), self, float((self.data > 0) - (self.data < 0)))

    def abs(self) -> Valor:
        """|x|, slope sign(x): 0 at the kink, as PyTorch has it."""
        return self.__abs__()

    def exp(self) -> Valor:
        """eˣ, slope eˣ."""
        power = ieee.exp(self.data)
        return _node("exp", power, self, power)

    def expm1(self) -> Valor:
        """eˣ − 1, exact near 0; slope eˣ."""
        power = ieee.expm1(self.data)
        return _node("expm1", power, self, power + 1)

    def log(self) -> Valor:
        """ln x, slope 1/x."""
        return _node("log", ieee.log(self.data), self, ieee.divide(1.0, self.data))

    def log1p(self) -> Valor:
        """ln(1 + x), exact near 0; slope 1/(1 + x)."""
        return _node("log1p", ieee.log1p(self.data), self, ieee.divide(1.0, self.data + 1))

    def sqrt(self) -> Valor:
        """√x, slope 1/(2√x), which is infinite at 0."""
        root = ieee.sqrt(self.data)
        return _node("sqrt", root, self, ieee.divide(1.0, 2 * root))

    def sin(self) -> Valor:
        """sin x, slope cos x."""
        return _node("sin", ieee.sin(self.data), self, ieee.cos(self.data))

    def cos(self) -> Valor:
        """cos x, slope −sin x."""
        return _node("cos", ieee.cos(self.data), self, -ieee.sin(self.data))

    def tan(self) -> Valor:
        """tan x, slope 1 + tan² x."""
        tangent = ieee.tan(self.data)
        return _node("tan", tangent, self, 1 + tangent * tangent)

    def tanh(self) -> Valor:
        """tanh x, slope 1 − tanh² x."""
        tangent = math.tanh(self.data)
        return _node("tanh", tangent, self, 1 - tangent * tangent)

    def sigmoid(self) -> Valor:
        """σ(x) = 1/(1 + e⁻ˣ), slope σ(x)(1 − σ(x))."""
        sigma = 1 / (1 + ieee.exp(-self.data))
        return _node("sigmoid", sigma, self, (1 - sigma) * sigma)

    def relu(self) -> Valor:
        """max(x, 0), slope 1 above 0 and nothing elsewhere, the kink included."""
        x = self.data
        return _node("relu", 0.0 if x < 0 else x, self, None if x <= 0 else 1.0)

    def leaky_relu(self, negative_slope: float = 0.01) -> Valor:
        """x above 0 and negative_slope · x elsewhere."""
        slope = 1.0 if self.data > 0 else float(negative_slope)
        return _node("leaky_relu", self.data * slope, self, slope)

    def softplus(self, beta: float = 1.0, threshold: float = 20.0) -> Valor:
        """ln(1 + e^(βx))/β, slope σ(βx); x itself, slope 1, where βx > threshold."""
        x = self.data * beta
        if x > threshold:
            return _node("softplus", self.data, self, 1.0)
        power = ieee.exp(x)
        return _node("softplus", ieee.divide(math.log1p(power), beta), self, power / (power + 1))

    def maximum(self, other: Valor | float) -> Valor:
        """The larger of the two; on a tie each side takes half of the gradient. nan wins over any number."""
        return _extremum("maximum", gt, self, other)

    def minimum(self, other: Valor | float) -> Valor:
        """The smaller of the two; on a tie each side takes half of the gradient. nan wins over any number."""
        return _extremum("minimum", lt, self, other)

    def clamp(self, min: float | None = None, max: float | None = None) -> Valor:
        """x moved into [min, max]; slope 1 inside, its ends included, and nothing outside."""
        if min is None and max is None:
            raise RuntimeError("Valor.clamp: expected min, max or both, got neither")
        low, high = -math.inf if min is None else min, math.inf if max is None else max
        x = self.data
        data = low if x < low else x  # nan is neither below nor above, and stays
        data = high if data > high else data
        return _node("clamp", float(data), self, 1.0 if low <= x <= high else None)

    def __eq__(self, other: object) -> bool:
        return bool(self.data == (other.data if isinstance(other, Valor) else other))

    __hash__ = object.__hash__

    def __lt__(self, other: Valor | float) -> bool:
        return self.data < (other.data if isinstance(other, Valor) else other)

    def __le__(self, other: Valor | float) -> bool:
        return self.data <= (other.data if isinstance(other, Valor) else other)

    def __gt__(self, other: Valor | float) -> bool:
        return self.data > (other.data if isinstance(other, Valor) else other)

    def __ge__(self, other: Valor | float) -> bool:
        return self.data >= (other.data if isinstance(other, Valor) else other)

    def __bool__(self) -> bool:
        return self.data != 0

    def __float__(self) -> float:
        return self.data

    def __format__(self, specification: str) -> str:
        return format(self.data, specification) if specification else str(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Valor(data={self.data!r}, grad={self.grad!r}{label})"


def dot(weights: Sequence[Valor], inputs: Sequence[Valor | float], bias: Valor | float = 0.0) -> Valor:
    """The sum of weight times input, plus a bias: a whole neuron as one node.

    Math:
        y = Σᵢ wᵢ xᵢ + b,  ∂y/∂wᵢ = xᵢ,  ∂y/∂xᵢ = wᵢ,  ∂y/∂b = 1.

    Args:
        weights: n Valores.
        inputs: n Valores or numbers.
        bias: a Valor or a number.

    Shape:
        (n), (n), () to ().

    Raises:
        RuntimeError: `weights` and `inputs` differ in length.
        TypeError: a weight is not a Valor, or an input neither a Valor nor a number.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.dot.html

    Example:
        >>> dot([Valor(3.0), Valor(6.0)], [2.0, 5.0], -2.0).data
        34.0
    """
    if len(weights) != len(inputs):
        raise RuntimeError(f"dot: expected as many inputs as weights ({len(weights)}), got {len(inputs)}")
    weight_data, start = _data("dot", weights), _value(bias)
    nodes: Sequence[Any] = inputs
    try:  # the usual case, a hidden layer: every input is a Valor
        input_data, slopes = [x.data for x in nodes], weight_data
        result = add_up(map(mul, weight_data, input_data), start)
    except (AttributeError, TypeError):  # a number has no data (NumPy's have bytes), and no gradient to receive
        nodes = [x for x in inputs if isinstance(x, Valor)]
        input_data = [_value(x) for x in inputs]
        slopes = [w for w, x in zip(weight_data, inputs, strict=True) if isinstance(x, Valor)]
        result = add_up(map(mul, weight_data, input_data), start)
    if isinstance(bias, Valor):
        return _node("dot", result, (*weights, *nodes, bias), (*input_data, *slopes, 1.0))
    return _node("dot", result, (*weights, *nodes), (*input_data, *slopes))


def sum(values: Iterable[Valor]) -> Valor:
    """The sum of many Valores as one node, where Python's own sum makes one for each.

    Math:
        y = Σᵢ xᵢ,  ∂y/∂xᵢ = 1.

    Args:
        values: n Valores.

    Shape:
        (n) to ().

    Raises:
        RuntimeError: `values` is empty.
        TypeError: one of them is not a Valor.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.sum.html

    Example:
        >>> sum([Valor(1.0), Valor(2.0), Valor(4.0)]).data
        7.0
    """
    parents = tuple(values)
    if not parents:
        raise RuntimeError("sum: expected at least one Valor, got none")
    return _node("sum", add_up(_data("sum", parents)), parents, (1.0,) * len(parents))


def logsumexp(values: Iterable[Valor]) -> Valor:
    """The logarithm of a sum of exponentials, safe for large values; its slopes are the softmax.

    Math:
        y = m + ln Σᵢ e^(xᵢ − m) with m = maxᵢ xᵢ,  ∂y/∂xᵢ = e^(xᵢ − y).

    Args:
        values: n Valores.

    Shape:
        (n) to ().

    Raises:
        RuntimeError: `values` is empty.
        TypeError: one of them is not a Valor.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.logsumexp.html

    Example:
        >>> round(logsumexp([Valor(1000.0), Valor(1000.0)]).data, 4)
        1000.6931
    """
    parents = tuple(values)
    if not parents:
        raise RuntimeError("logsumexp: expected at least one Valor, got none")
    data = _data("logsumexp", parents)
    largest = max(data)
    shift = largest if math.isfinite(largest) else 0.0
    result = shift + ieee.log(add_up(ieee.exp(x - shift) for x in data))
    return _node("logsumexp", result, parents, tuple(ieee.exp(x - result) for x in data))


def _value(x: Valor | float) -> float:
    if isinstance(x, Valor):
        return x.data
    if isinstance(x, NUMBER):
        return float(x)
    raise TypeError(f"Valor: expected a number, got {type(x).__name__}")


def _data(name: str, valores: Sequence[Valor]) -> list[float]:
    try:
        return [x.data for x in valores]
    except AttributeError as error:
        raise TypeError(f"{name}: expected Valores, got {sorted({type(x).__name__ for x in valores})}") from error


def _node(op: str, data: float, left: Any, left_slope: Any, right: Any = None, right_slope: Any = None) -> Valor:
    """What an operation returns. __init__ is passed over: there is nothing to check, and a graph has many nodes."""
    node = _new(Valor)
    node.data = data
    node.grad = 0.0
    node._name = op
    node._left = left
    node._left_slope = left_slope
    node._right = right
    node._right_slope = right_slope
    node._uses = 0
    return node


def _count_uses(found: list[Valor]) -> None:
    """Count how often each inner node is used, and append each to `found`, which starts as the root alone.

    Leaves are not counted: they have nothing to pass on, and their gradients add up from one backward to the next.
    """
    for node in found:  # the list grows while it is walked
        left, right = node._left, node._right
        if type(left) is tuple:
            for parent in left:
                if parent._left is not None:
                    if not parent._uses:
                        parent.grad = 0.0
                        found.append(parent)
                    parent._uses += 1
            continue
        if left._left is not None:
            if not left._uses:
                left.grad = 0.0
                found.append(left)
            left._uses += 1
        if right is not None and right._left is not None:
            if not right._uses:
                right.grad = 0.0
                found.append(right)
            right._uses += 1


def _pass_gradients(root: Valor) -> None:
    """Hand each node's gradient to its parents, once all of the node's uses have reported theirs."""
    ready = [root]
    while ready:
        node = ready.pop()
        gradient, left, right = node.grad, node._left, node._right
        if type(left) is tuple:
            for parent, slope in zip(left, node._left_slope, strict=True):
                parent.grad += gradient * slope
                if parent._left is not None:
                    parent._uses -= 1
                    if not parent._uses:
                        ready.append(parent)
            continue
        if (slope := node._left_slope) is not None:
            left.grad += gradient * slope
        if left._left is not None:
            left._uses -= 1
            if not left._uses:
                ready.append(left)
        if right is not None:
            if (slope := node._right_slope) is not None:
                right.grad += gradient * slope
            if right._left is not None:
                right._uses -= 1
                if not right._uses:
                    ready.append(right)


def _exponent_slope(x: float, n: float, power: float) -> float:
    return 0.0 if x == 0 and n >= 0 else power * ieee.log(x)


def _extremum(op: str, wins: Callable[[float, float], bool], x: Valor, other: Valor | float) -> Valor:
    a, b = x.data, _value(other)
    right = other if isinstance(other, Valor) else None
    if a == b:
        return _node(op, a, x, 0.5, right, 0.5)
    if a != a or b != b:
        return _node(op, math.nan, x, 1.0, right, 1.0)
    if wins(a, b):
        return _node(op, a, x, 1.0, right, None)
    return _node(op, b, x, None, right, 1.0)
