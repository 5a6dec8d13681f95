"""Mistakes in automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from parity.mistakes import Mistake
from scratch.valor import Valor

__all__ = ["MISTAKES", "OwnGraph"]

OPERATIONS = (
    "__abs__", "__add__", "__mul__", "__neg__", "__pow__", "__radd__", "__rmul__", "__rpow__", "__rsub__",
    "__rtruediv__", "__sub__", "__truediv__", "clamp", "cos", "exp", "expm1", "leaky_relu", "log", "log1p", "maximum",
    "minimum", "relu", "sigmoid", "sin", "softplus", "sqrt", "tan", "tanh",
)  # fmt: skip
LIMIT = 10_000  # where a walk gives up that would take for ever


class OwnGraph(Valor):
    """A right Valor whose backward is three small methods, so that a variant changes one of them.

    Values and slopes are Valor's. Its operations make Valores; here the result is of the variant's class.
    """

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        order = self.order()
        self.forget(order)
        self.grad += gradient
        for node in order:
            self.pass_on(node)

    def order(self) -> list[Valor]:
        """Each node once, and before its parents."""
        found: list[Valor] = []
        seen = set()
        waiting: list[tuple[Valor, bool]] = [(self, False)]
        while waiting:
            node, parents_found = waiting.pop()
            if parents_found:
                found.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                waiting.append((node, True))
                waiting += [(parent, False) for parent in node.parents]
        return found[::-1]

    def forget(self, order: Iterable[Valor]) -> None:
        """What inner nodes got in an earlier backward; in leaves it stays, to be added to."""
        for node in order:
            if node.edges:
                node.grad = 0.0

    def pass_on(self, node: Valor) -> None:
        for parent, slope in node.edges:
            if slope is not None:
                parent.grad += node.grad * slope


def of_the_same_class(name: str) -> Callable[..., Any]:
    def operation(self: OwnGraph, *args: Any, **options: Any) -> Any:
        result = getattr(Valor, name)(self, *args, **options)
        if type(result) is Valor:
            result.__class__ = type(self)
        return result

    return operation


for _name in OPERATIONS:
    setattr(OwnGraph, _name, of_the_same_class(_name))


class GradOverwritten(OwnGraph):
    __slots__ = ()

    def pass_on(self, node: Valor) -> None:
        for parent, slope in node.edges:
            if slope is not None:
                parent.grad = node.grad * slope


class UpstreamIgnored(OwnGraph):
    __slots__ = ()

    def pass_on(self, node: Valor) -> None:
        for parent, slope in node.edges:
            if slope is not None:
                parent.grad += slope


class InnerGradientsKept(OwnGraph):
    __slots__ = ()

    def forget(self, order: Iterable[Valor]) -> None:
        """Nothing."""


class LeavesForgotten(OwnGraph):
    __slots__ = ()

    def forget(self, order: Iterable[Valor]) -> None:
        for node in order:
            node.grad = 0.0


class StartsFromOne(OwnGraph):
    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        super().backward()


class RecursiveOrder(OwnGraph):
    """The usual way to write it; a chain of a thousand nodes is deeper than Python's stack."""

    __slots__ = ()

    def order(self) -> list[Valor]:
        found: list[Valor] = []
        seen = set()

        def visit(node: Valor) -> None:
            if id(node) not in seen:
                seen.add(id(node))
                for parent in node.parents:
                    visit(parent)
                found.append(node)

        visit(self)
        return found[::-1]


class NoTopologicalOrder(OwnGraph):
    """Hands on to its parents, and then lets each of them do so: a node that is used twice hands on twice."""

    __slots__ = ()

    def order(self) -> list[Valor]:
        found: list[Valor] = []
        waiting: list[Valor] = [self]
        while waiting and len(found) < LIMIT:
            found.append(node := waiting.pop())
            waiting += reversed(node.parents)
        return found


class EveryPathWalked(OwnGraph):
    """Each path from the end to a leaf hands its own share on, which is right, and doubles with each reuse."""

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        self.forget(self.order())
        waiting: list[tuple[Valor, float]] = [(self, gradient)]
        for _ in range(LIMIT):
            if not waiting:
                return
            node, share = waiting.pop()
            node.grad += share
            waiting += [(parent, share * slope) for parent, slope in node.edges if slope is not None]
        raise TimeoutError(f"backward: given up after {LIMIT:,} paths")


class ReflectedSwapped(OwnGraph):
    __slots__ = ()

    def __rsub__(self, other: float) -> Valor:
        return self - other

    def __rtruediv__(self, other: float) -> Valor:
        return self / other


class ReflectedMissing(OwnGraph):
    __slots__ = ()

    def __rtruediv__(self, other: float) -> Any:
        return NotImplemented


class SlopeOneAtZero(OwnGraph):
    __slots__ = ()

    def relu(self) -> Valor:
        return self.leaky_relu(1.0) if self.data == 0 else super().relu()


class NaiveSigmoid(OwnGraph):
    __slots__ = ()

    def sigmoid(self) -> Valor:
        power = self.exp()
        return power / (power + 1)


class PrimeOfActivation(OwnGraph):
    __slots__ = ()

    def pass_on(self, node: Valor) -> None:
        if node.op == "sigmoid":
            (parent,) = node.parents
            again = Valor(node.data).sigmoid().data
            parent.grad += node.grad * again * (1 - again)
        else:
            super().pass_on(node)


class PrimeOfInput(OwnGraph):
    __slots__ = ()

    def pass_on(self, node: Valor) -> None:
        if node.op == "tanh":
            (parent,) = node.parents
            parent.grad += node.grad * (1 - parent.data**2)
        else:
            super().pass_on(node)


class ZeroGradMissing(OwnGraph):
    __slots__ = ()

    def zero_grad(self) -> None:
        """Nothing."""


MISTAKES = [
    Mistake("grad-overwritten", "Valor", "result", GradOverwritten, "= where += is meant"),
    Mistake("no-topological-order", "Valor", "result", NoTopologicalOrder, "a node hands on before it has got all"),
    Mistake("second-backward-accumulates", "Valor", "result", InnerGradientsKept, "inner nodes keep their gradient"),
    Mistake("leaves-forgotten", "Valor", "result", LeavesForgotten, "leaves lose what an earlier graph gave them"),
    Mistake("zero-grad-missing", "Valor", "result", ZeroGradMissing, "zero_grad leaves the gradient as it is"),
    Mistake("upstream-ignored", "Valor", "result", UpstreamIgnored, "the local derivative is all that is handed on"),
    Mistake("starts-from-one", "Valor", "result", StartsFromOne, "the gradient given to backward is ignored"),
    Mistake("reflected-operands-swapped", "Valor", "result", ReflectedSwapped, "3 − v is computed as v − 3"),
    Mistake("reflected-operator-missing", "Valor", "result", ReflectedMissing, "1 / v raises TypeError"),
    Mistake("relu-kink", "Valor", "result", SlopeOneAtZero, "the derivative at exactly 0 is 1"),
    Mistake("sigmoid-overflow", "Valor", "result", NaiveSigmoid, "exp(x) / (exp(x) + 1) overflows"),
    Mistake("sigmoid-prime-of-activation", "Valor", "result", PrimeOfActivation, "σ'(σ(x)) where σ'(x) is meant"),
    Mistake("tanh-prime-of-input", "Valor", "result", PrimeOfInput, "1 − x² where 1 − tanh(x)² is meant"),
    Mistake("recursion-limit", "Valor", "result", RecursiveOrder, "the graph is sorted by a recursive function"),
    Mistake("exponential-backward", "Valor", "result", EveryPathWalked, "every path is walked by itself"),
]
