"""The first witness: what the wrong variants of `parity.mistakes` give on the samples that the student's code got."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import ModuleSample
from parity.mistakes import Mistake, autograd, mistakes
from parity.mistakes.autograd import OwnGraph
from parity.observation import Observation, drawn_from
from parity.observe import observe
from parity.observe_module import Run, start
from parity.sides import ScratchSide, leaves, rebuild
from parity.student.diagnosis.seen import Hypothesis, Seen
from parity.student.graphs import FUNCTIONS, GRAPHS, Graph
from parity.student.networks import Network, Steps
from parity.student.routines import Routine
from scratch.valor import Valor

__all__ = ["flip", "rerun", "variants"]

Array = npt.NDArray[Any]
SIDE = ScratchSide()

SLOW = ("a long chain", "doubled thirty times")  # graphs that a wrong variant could take for ever on


def variants(component: str) -> Iterator[Hypothesis]:
    """The catalogued mistakes of a component, each with what it gives."""
    if component == "Valor":
        yield from _graph_variants()
        return
    for number, mistake in enumerate(mistakes()):
        if mistake.component == component and mistake.twin is None and not mistake.id.startswith("shared-"):
            yield Hypothesis(mistake.id, lambda seen, n=number: _observed(n, seen))  # type: ignore[misc]
            if mistake.check == "forward":  # the gradient may follow the wrong forward or the right one
                yield Hypothesis(mistake.id, lambda seen, n=number: _outputs(n, seen), sure=0.93)  # type: ignore[misc]


def _observed(number: int, seen: Seen) -> Mapping[str, Any]:
    """Under the names of the student's checks; "raised" where the variant raises."""
    values, raised = _run(number, seen.sample.name, seen.seed)
    return {**seen.renamed(values), **({"raised": raised} if raised else {})}


def _outputs(number: int, seen: Seen) -> Mapping[str, Any]:
    return {
        name: value for name, value in _observed(number, seen).items() if name.split(".")[0] in ("forward", "raised")
    }


@lru_cache(maxsize=4096)
def _run(number: int, sample: str, seed: int) -> tuple[Mapping[str, Any], str]:
    """A class is judged by the same samples, so what a variant gives is kept."""
    from parity.student.curriculum import samples

    mistake: Mistake = mistakes()[number]
    chosen = next(s for s in samples(mistake.component) if s.name == sample)
    if isinstance(chosen, ModuleSample):
        chosen = replace(chosen, kink="not asked", layout="not asked")  # neither finite differences nor other layouts
    assert not isinstance(chosen, Graph | Network | Steps | Routine)
    side = ScratchSide({mistake.component: mistake.wrong})
    with warnings.catch_warnings(), np.errstate(all="ignore"), drawn_from(seed):
        warnings.simplefilter("ignore")
        seen = observe(side, mistake.component, chosen, "float64")
    values = {name: value for name, value in seen.values.items() if isinstance(value, np.ndarray)}
    return values, "" if seen.raised is None or seen.raised.check in ("state", "restored") else str(seen.raised)


# --- a right component, run otherwise


@lru_cache(maxsize=512)
def rerun(component: str, sample: str, seed: int, change: str) -> Mapping[str, Any]:
    """A right component's output and gradients, with an upstream of "ones", or with its kernel "flipped"."""
    from parity.student.curriculum import samples

    chosen = next(s for s in samples(component) if s.name == sample)
    assert isinstance(chosen, ModuleSample)
    with np.errstate(all="ignore"), drawn_from(seed), SIDE.default_dtype("float64"):
        run = Run(SIDE, component, chosen, "float64")
        start(run, Observation())
        if change == "flipped":
            weight = run.parameters()["weight"]
            weight.data[...] = flip(weight.data)
        output = run.forward()
        upstream = run.upstream(output, "upstream")
        if change == "ones":
            upstream = rebuild(upstream, (None if u is None else np.ones_like(u) for _, u in leaves(upstream)))
        grads = SIDE.backward(run.module, output, upstream, run.inputs)
        named = {name: grad for (name, needed), grad in zip(run.needs_grad.items(), grads, strict=True) if needed}
        named |= {name: p.grad for name, p in run.parameters().items()}
    found = {f"grad.{name}": np.array(grad) for name, grad in named.items() if grad is not None}
    return found | ({"forward": np.array(output)} if not isinstance(output, tuple) else {})


def flip(kernel: Array) -> Array:
    return np.array(kernel[(slice(None), slice(None), *[slice(None, None, -1)] * (kernel.ndim - 2))])


# --- expressions of scalars

# Only some operations carry the mistake, as it happens when each operation has its own function for the backward.
PARTS: dict[str, tuple[str, ...] | None] = {
    "all": None, "multiplication": ("*",), "addition": ("+", "-"), "power": ("**",),
    "activations": ("tanh", "sigmoid", "relu", "exp", "log"), "tanh": ("tanh",), "sigmoid": ("sigmoid",),
    "relu": ("relu",), "exp": ("exp",), "log": ("log",),
}  # fmt: skip


class _OnceEach(OwnGraph):
    """Each node once, as a walk from the end meets them: parents may hand on before all that uses them has."""

    __slots__ = ()

    def order(self) -> list[Valor]:
        found: list[Valor] = []
        waiting: list[Valor] = [self]
        while waiting:
            node = waiting.pop(self.end)
            if all(node is not other for other in found):
                found.append(node)
                waiting += node.parents
        return found

    end = 0


class _DepthFirst(_OnceEach):
    __slots__ = ()
    end = -1

    def order(self) -> list[Valor]:
        found: list[Valor] = []

        def visit(node: Valor) -> None:
            if all(node is not other for other in found):
                found.append(node)
                for parent in node.parents:
                    visit(parent)

        visit(self)
        return found


class _SubtractionSwapped(OwnGraph):
    __slots__ = ()

    def __rsub__(self, other: float) -> Valor:
        return self - other


class _DivisionSwapped(OwnGraph):
    __slots__ = ()

    def __rtruediv__(self, other: float) -> Valor:
        return self / other


class _RootAnew(OwnGraph):
    """Inner nodes keep their gradient, and the end starts from 1 each time."""

    __slots__ = ()

    def backward(self, gradient: float = 1.0) -> None:
        self.grad = gradient
        for node in self.order():
            self.pass_on(node)


def _derived(wrong: type[OwnGraph]) -> type[OwnGraph]:
    """With subtraction and division made of sums, products and powers, as many write them."""

    class Derived(wrong):  # type: ignore[misc, valid-type]  # a class made of a value
        __slots__ = ()

        def __neg__(self) -> Any:
            return self * -1.0

        def __sub__(self, other: Any) -> Any:
            return self + (-other)

        def __rsub__(self, other: Any) -> Any:
            return -self + other

        def __truediv__(self, other: Any) -> Any:
            return self * other**-1

        def __rtruediv__(self, other: Any) -> Any:
            return self**-1 * other

    return Derived


def _limited(wrong: type[OwnGraph], operations: tuple[str, ...]) -> type[OwnGraph]:
    """The mistake in these operations only."""

    class Limited(wrong):  # type: ignore[misc, valid-type]  # a class made of a value
        __slots__ = ()

        def pass_on(self, node: Valor) -> None:
            (wrong if node.op in operations else OwnGraph).pass_on(self, node)

    return Limited


OTHERS = (
    ("no-topological-order", _OnceEach), ("no-topological-order", _DepthFirst),
    ("second-backward-accumulates", _RootAnew),
)  # fmt: skip


@cache
def _graph_variants() -> tuple[Hypothesis, ...]:
    return tuple(_made_of_graphs())


def _made_of_graphs() -> Iterator[Hypothesis]:
    for mistake in autograd.MISTAKES:
        by_part = mistake.id in ("grad-overwritten", "upstream-ignored")
        for operations in PARTS.values() if by_part else (None,):
            wrong = mistake.wrong if operations is None else _limited(mistake.wrong, operations)
            yield Hypothesis(mistake.id, _graph_prediction(wrong))
            if not mistake.id.startswith("reflected"):
                yield Hypothesis(mistake.id, _graph_prediction(_derived(wrong)))
    for name, wrong in OTHERS:
        yield Hypothesis(name, _graph_prediction(wrong))
        yield Hypothesis(name, _graph_prediction(_derived(wrong)))
    for wrong in (_SubtractionSwapped, _DivisionSwapped):
        yield Hypothesis("reflected-operands-swapped", _graph_prediction(wrong))


def _graph_prediction(wrong: Any) -> Any:
    return lambda seen: seen.renamed(_run_graph(wrong, seen.sample.name))


@lru_cache(maxsize=1024)
def _run_graph(wrong: Any, name: str) -> Mapping[str, Any]:
    """What a variant makes of a graph, under the names of the checks."""
    graph = next(graph for graph in GRAPHS if graph.name == name)
    if name in SLOW:
        return {}
    found: dict[str, Any] = {}
    leaves = {name: wrong(value) for name, value in graph.leaves.items()}
    scope: dict[str, Any] = dict(leaves)
    try:
        exec(Template(graph.code).substitute({name: name for name in FUNCTIONS}), scope)
        results = {name: scope[name] for name in graph.results}
        found |= {f"forward.{name}": result.data for name, result in results.items()}
        for stage in ("grad", "again")[: graph.backwards]:
            for result in results.values():
                result.backward()
            found |= {f"{stage}.{name}": leaf.grad for name, leaf in leaves.items()}
    except (ArithmeticError, TypeError, ValueError, TimeoutError) as error:
        found["raised"] = f"{type(error).__name__}: {error}"
    return {name: value if name == "raised" else np.array(float(value)) for name, value in found.items()}
