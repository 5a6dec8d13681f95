"""Valor against micrograd's Value and PyTorch's scalars: chains of nodes, and micrograd's own demo network.

Times are processor time, and the sides take turns. Before each is timed it runs once: micrograd's closures make every
graph a cycle, and in a training loop the collector's work on the graphs of earlier steps is part of what a step costs.
What imports left behind is frozen, so that the collector looks at graphs only. Without micrograd its rows are missing.

`python -m benchmarks.bench_valor` prints the table.
"""

from __future__ import annotations

import gc
import math
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

from benchmarks.measure import Row, Work, main, row
from scratch import valor
from scratch.mlp import MLP
from scratch.valor import Valor

__all__ = ["run"]

NODES = 1_000_000  # of the longest chain
SAMPLES = 100  # of the demo
Make = Callable[[float], Any]


def run(repeats: int = 15) -> list[Row]:
    """Measure everything; a row is one comparison."""
    recursion_limit = sys.getrecursionlimit()
    sys.setrecursionlimit(2 * NODES)  # micrograd sorts its graph by recursion
    try:
        peers: dict[str, Make] = {"torch scalars": _scalar}
        if find_spec("micrograd") is not None:
            peers["micrograd"] = import_module("micrograd.engine").Value
        rows = [*_chains(peers, repeats), *_memory(peers), *_xor(repeats)]
        return [*rows, *_demo(repeats)] if "micrograd" in peers else rows
    finally:
        gc.unfreeze()
        sys.setrecursionlimit(recursion_limit)


def _chains(peers: dict[str, Make], repeats: int) -> Iterator[Row]:
    """Build a chain of multiplications and additions, go backward, free it."""
    for nodes, turns, loops in ((1_000, repeats, 50), (100_000, repeats, 1), (NODES, 1, 1)):  # the last takes long
        works = [partial(_chain_and_back, make, nodes) for make in (Valor, *peers.values())]
        ours, *others = _take_turns(works, turns, loops)
        for name, theirs in zip(peers, others, strict=True):
            yield row("Valor: chain", f"{nodes:,} nodes, {name}", ours, theirs, "", "ns/node", 1e9 / nodes)
    [ours] = _take_turns([partial(_chain_and_back, Valor, NODES)], repeats, loops=1)
    yield row("Valor: chain", f"{NODES:,} nodes", ours, None, "<= 1.5", "µs/node", 1e6 / NODES)


def _memory(peers: dict[str, Make]) -> Iterator[Row]:
    """Bytes a node, of the graph alone and with its gradients."""
    for name, backward, target in (("built", False, "<= 130"), ("after backward", True, "")):
        yield row("Valor: memory", name, [_bytes_per_node(Valor, backward)], None, target, "bytes/node", 1)
        if "micrograd" in peers:
            ours, theirs = ([_bytes_per_node(make, backward)] for make in (Valor, peers["micrograd"]))
            yield row("Valor: memory", f"{name}, micrograd", ours, theirs, "", "bytes/node", 1)


def _xor(repeats: int) -> Iterator[Row]:
    """A step of XOR with two hidden neurons; PyTorch has the four samples in one batch."""
    samples = [([0.0, 0.0], 0.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0), ([0.0, 1.0], 1.0)]
    ours = MLP(2, [2, 1], "sigmoid", "sigmoid")
    linear = torch.nn.Linear
    theirs = torch.nn.Sequential(linear(2, 2), torch.nn.Sigmoid(), linear(2, 1), torch.nn.Sigmoid()).double()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.2)
    x = torch.tensor([point for point, _ in samples], dtype=torch.float64)
    y = torch.tensor([[target] for _, target in samples], dtype=torch.float64)

    def our_step() -> None:
        ours.zero_grad()
        (valor.sum([(ours(point)[0] - target) ** 2 for point, target in samples]) / 4).backward()
        for parameter in ours.parameters():
            parameter.data -= 0.2 * parameter.grad

    def their_step() -> None:
        optimizer.zero_grad()
        loss: Any = torch.nn.functional.mse_loss(theirs(x), y)
        loss.backward()
        optimizer.step()

    a, b = _take_turns([our_step, their_step], repeats, loops=200)
    yield row("Valor: XOR", "a training step, PyTorch in one batch", a, b, "", "µs", 1e6)


def _demo(repeats: int) -> Iterator[Row]:
    """One step of micrograd's demo: 2-16-16-1, 100 points of two moons, max-margin loss and weight decay."""
    steps = _demo_steps()
    losses = {name: float(step().data) for name, step in steps.items()}
    if any(not math.isclose(loss, losses["micrograd"], rel_tol=1e-12) for loss in losses.values()):
        raise RuntimeError(f"the demo's losses differ: {losses}")
    # What the imports left (torch's are many) is gone through by every full collection, unless it is frozen. That
    # changes the ratio to micrograd, whose garbage is cyclic, about twofold: both are shown, and the target is held
    # against the collector as it is.
    collectors = (
        ("default collector", False, (">= 50", ">= 15")),
        ("default collector, imports frozen", True, ("", "")),
        ("collector off", True, (">= 7", ">= 2.5")),
    )
    for collector, frozen, targets in collectors:
        with _collector(collector != "collector off"):
            times = dict(zip(steps, _take_turns(list(steps.values()), repeats, 1, frozen), strict=True))
        for form, target in zip(("dot", "binary nodes only"), targets, strict=True):
            title = f"{collector}, {form}, "
            ours, theirs = times[form], times["micrograd"]
            yield row("Valor: demo", f"{title}micrograd", ours, theirs, target, "ms", 1e3)
            yield row("Valor: demo", f"{title}torch scalars", times[form], times["torch scalars"], "", "ms", 1e3)


def _demo_steps() -> dict[str, Work]:
    """The demo's step (loss and gradients) on each engine, from the same weights."""
    random.seed(1)
    theirs = import_module("micrograd.nn").MLP(2, [16, 16, 1])
    ours = MLP(2, [16, 16, 1])
    for layer, their_layer in zip(ours.layers, theirs.layers, strict=True):
        weight = [[w.data for w in neuron.w] for neuron in their_layer.neurons]
        layer.load_state_dict({"weight": weight, "bias": [neuron.b.data for neuron in their_layer.neurons]})
    valores = [[(neuron.weight, neuron.bias) for neuron in layer.neurons] for layer in ours.layers]
    scalars = [[([_scalar(float(w)) for w in row], _scalar(float(b))) for row, b in layer] for layer in valores]
    flat = [p for layer in scalars for weight, bias in layer for p in (*weight, bias)]
    value = import_module("micrograd.engine").Value
    step = partial(_demo_step, _moons())
    return {
        "dot": partial(step, Valor, lambda x: ours(x)[0], ours.parameters(), valor.sum),
        "binary nodes only": partial(step, Valor, partial(_binary, valores), ours.parameters(), sum),
        "micrograd": partial(step, value, theirs, theirs.parameters(), sum),
        "torch scalars": partial(step, _scalar, partial(_binary, scalars), flat, sum),
    }


def _demo_step(
    samples: list[tuple[list[float], int]],
    make: Make,
    score: Callable[[list[Any]], Any],
    parameters: list[Any],
    add_up: Callable[..., Any],
) -> Any:
    losses = [(1 + -y * score([make(x) for x in point])).relu() for point, y in samples]
    loss = add_up(losses) * (1.0 / len(losses)) + 1e-4 * add_up([p * p for p in parameters])
    for parameter in parameters:
        parameter.grad = None if make is _scalar else 0.0
    loss.backward()
    return loss


def _binary(layers: Any, values: Sequence[Any]) -> Any:
    """micrograd's own forward: every product and every addition is a node."""
    for layer in layers[:-1]:
        values = [sum((w * x for w, x in zip(weight, values, strict=True)), bias).relu() for weight, bias in layer]
    [(weight, bias)] = layers[-1]
    return sum((w * x for w, x in zip(weight, values, strict=True)), bias)


def _moons() -> list[tuple[list[float], int]]:
    """Two interleaved half circles with a little noise, labelled −1 and 1."""
    rng = random.Random(0)
    samples = []
    for index in range(SAMPLES // 2):
        angle = math.pi * index / (SAMPLES // 2 - 1)
        for x, y, label in ((math.cos(angle), math.sin(angle), -1), (1 - math.cos(angle), 0.5 - math.sin(angle), 1)):
            samples.append(([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)], label))
    return samples


def _scalar(data: float) -> torch.Tensor:
    return torch.tensor(data, dtype=torch.float64, requires_grad=True)


def _chain(make: Make, nodes: int) -> Any:
    end, factor, term = make(1.0), make(1.0000001), make(1e-9)
    for _ in range(nodes // 2):
        end = end * factor + term
    return end


def _chain_and_back(make: Make, nodes: int) -> None:
    _chain(make, nodes).backward()


def _bytes_per_node(make: Make, backward: bool) -> float:
    nodes = 100_000
    gc.collect()
    tracemalloc.start()
    try:
        end = _chain(make, nodes)
        if backward:
            end.backward()
            gc.collect()
        return tracemalloc.get_traced_memory()[0] / nodes
    finally:
        tracemalloc.stop()


def _take_turns(works: Sequence[Work], repeats: int, loops: int, frozen: bool = True) -> list[list[float]]:
    """Seconds of processor time for each piece of work, a list a piece.

    Unlike `measure.take_turns` it collects between the sides, so that none pays for the cycles of another.
    """
    times: list[list[float]] = [[] for _ in works]
    gc.collect()
    (gc.freeze if frozen else gc.unfreeze)()
    for _ in range(repeats):
        for work, seconds in zip(works, times, strict=True):
            gc.collect()
            if repeats > 1:
                work()
            start = time.process_time()
            for _ in range(loops):
                work()
            seconds.append((time.process_time() - start) / loops)
    gc.collect()
    return times


@contextmanager
def _collector(enabled: bool) -> Iterator[None]:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        yield
    finally:
        (gc.enable if before else gc.disable)()


if __name__ == "__main__":
    main(run, __doc__)
