"""Valor against micrograd's Value and PyTorch's scalars: chains of nodes, and micrograd's own demo network.

A ratio says how many times faster Valor is: the other's time over ours. Where a target is about bytes or about our own
time, `ratio` is that figure itself. Times are processor time, so that other programs disturb less, and the sides take
turns. Each does its work once before it is timed, as in a training loop: micrograd's closures make every graph a cycle,
and collecting the graphs of earlier steps is part of what a step costs. What the imports left is frozen, so that the
collector looks at graphs only. `python -m benchmarks.bench_valor` prints the table.
"""

from __future__ import annotations

import argparse
import gc
import math
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

import torch
from micrograd import nn as micrograd_nn  # type: ignore[import-untyped]  # it ships no types
from micrograd.engine import Value  # type: ignore[import-untyped]

from scratch import valor
from scratch.mlp import MLP
from scratch.valor import Valor

__all__ = ["run"]

Row = dict[str, Any]
SIZES = (1_000, 100_000, 1_000_000)
SAMPLES = 100


def run(repeats: int = 5) -> list[Row]:
    """Measure everything; a row is one comparison."""
    torch.set_num_threads(1)
    recursion_limit = sys.getrecursionlimit()
    sys.setrecursionlimit(2 * max(SIZES))  # micrograd sorts its graph by recursion
    gc.freeze()
    try:
        return [*_chains(repeats), *_memory(), *_demo(repeats), *_xor(repeats)]
    finally:
        gc.unfreeze()
        sys.setrecursionlimit(recursion_limit)


def _chains(repeats: int) -> Iterator[Row]:
    """Build a chain of multiplications and additions, go backward, free it."""
    for nodes in SIZES:
        works = [partial(_chain_and_back, make, nodes) for make in (Valor, Value, _scalar)]
        turns = max(1, repeats // 3) if nodes == max(SIZES) else repeats
        times = _take_turns(works, turns, loops=max(1, 100_000 // nodes))
        ours, micrograd, scalars = ([1e9 * t / nodes for t in seconds] for seconds in times)
        yield _row("Valor chain", f"{nodes:,} nodes, against micrograd", ours, micrograd, "", "ns/node")
        yield _row("Valor chain", f"{nodes:,} nodes, against torch scalars", ours, scalars, "", "ns/node")
        if nodes == max(SIZES):
            yield _row("Valor chain", f"{nodes:,} nodes", [t / 1000 for t in ours], None, "<= 1.5", "µs/node")


def _memory() -> Iterator[Row]:
    for name, backward, target in (("built", False, "<= 130"), ("after backward", True, "")):
        ours, theirs = _bytes_per_node(Valor, backward), _bytes_per_node(Value, backward)
        yield _row("Valor memory", f"bytes a node, {name}", [ours], None, target, "bytes/node") | {"theirs": theirs}


def _demo(repeats: int) -> Iterator[Row]:
    """One step of micrograd's demo: 2-16-16-1, 100 points of two moons, max-margin loss and weight decay."""
    points, labels = _moons()
    random.seed(1)
    theirs = micrograd_nn.MLP(2, [16, 16, 1])
    ours = MLP(2, [16, 16, 1])
    for layer, their_layer in zip(ours.layers, theirs.layers, strict=True):
        weight = [[w.data for w in neuron.w] for neuron in their_layer.neurons]
        layer.load_state_dict({"weight": weight, "bias": [neuron.b.data for neuron in their_layer.neurons]})
    rows_of_ours = [[(neuron.weight, neuron.bias) for neuron in layer.neurons] for layer in ours.layers]
    scalars = [[([_scalar(float(w)) for w in row], _scalar(float(b))) for row, b in layer] for layer in rows_of_ours]

    def step(make: Any, score: Callable[[list[Any]], Any], parameters: list[Any], add_up: Callable[..., Any]) -> Any:
        losses = [(1 + -y * score([make(x) for x in point])).relu() for point, y in zip(points, labels, strict=True)]
        loss = add_up(losses) * (1.0 / len(losses)) + 1e-4 * add_up([p * p for p in parameters])
        for parameter in parameters:
            parameter.grad = None if make is _scalar else 0.0
        loss.backward()
        return loss

    flat = [p for layer in scalars for weight, bias in layer for p in (*weight, bias)]
    steps: dict[str, Callable[[], Any]] = {
        "micrograd": lambda: step(Value, theirs, theirs.parameters(), sum),
        "dot": lambda: step(Valor, lambda x: ours(x)[0], ours.parameters(), valor.sum),
        "binary nodes only": lambda: step(Valor, lambda x: _binary(rows_of_ours, x), ours.parameters(), sum),
        "torch scalars": lambda: step(_scalar, lambda x: _binary(scalars, x), flat, sum),
    }
    losses = {name: float(work().data) for name, work in steps.items()}
    if any(not math.isclose(loss, losses["micrograd"], rel_tol=1e-12) for loss in losses.values()):
        raise RuntimeError(f"the demo's losses differ: {losses}")
    for collector, targets in ((True, (50, 15)), (False, (7, 2.5))):
        with _collector(collector):
            times = dict(zip(steps, _take_turns(list(steps.values()), repeats, loops=1), strict=True))
        milliseconds = {name: [1e3 * t for t in values] for name, values in times.items()}
        gc_name = "default collector" if collector else "collector off"
        for name, target in zip(("dot", "binary nodes only"), targets, strict=True):
            title = f"demo, {gc_name}, {name}, against "
            yield _row(
                "Valor demo", f"{title}micrograd", milliseconds[name], milliseconds["micrograd"], f">= {target}", "ms"
            )
            yield _row(
                "Valor demo", f"{title}torch scalars", milliseconds[name], milliseconds["torch scalars"], "", "ms"
            )


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

    a, b = _take_turns([our_step, their_step], 3 * repeats, 200)
    yield _row(
        "Valor XOR",
        "a training step, against PyTorch in one batch",
        [1e6 * t for t in a],
        [1e6 * t for t in b],
        "",
        "µs",
    )


def _row(group: str, name: str, ours: list[float], theirs: list[float] | None, target: str, unit: str) -> Row:
    ratios = ours if theirs is None else [b / a for a, b in zip(ours, theirs, strict=True)]
    return {
        "group": group,
        "name": name,
        "ours": median(ours),
        "theirs": None if theirs is None else median(theirs),
        "ratio": median(ratios),
        "low": min(ratios),
        "high": max(ratios),
        "target": target,
        "unit": unit,
    }


def _take_turns(works: Sequence[Callable[[], Any]], repeats: int, loops: int) -> list[list[float]]:
    """Seconds for each piece of work, `repeats` times; before it is timed it runs once, to leave its garbage behind."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, seconds in zip(works, times, strict=True):
            gc.collect()
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


def _scalar(data: float) -> torch.Tensor:
    return torch.tensor(data, dtype=torch.float64, requires_grad=True)


def _chain(make: Callable[[float], Any], nodes: int) -> Any:
    end, factor, term = make(1.0), make(1.0000001), make(1e-9)
    for _ in range(nodes // 2):
        end = end * factor + term
    return end


def _chain_and_back(make: Callable[[float], Any], nodes: int) -> None:
    _chain(make, nodes).backward()


def _bytes_per_node(make: Callable[[float], Any], backward: bool) -> float:
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


def _binary(layers: Any, values: Sequence[Any]) -> Any:
    """micrograd's own forward: every product and every addition is a node."""
    for layer in layers[:-1]:
        values = [sum((w * x for w, x in zip(weight, values, strict=True)), bias).relu() for weight, bias in layer]
    [(weight, bias)] = layers[-1]
    return sum((w * x for w, x in zip(weight, values, strict=True)), bias)


def _moons() -> tuple[list[list[float]], list[int]]:
    """Two interleaved half circles with a little noise, labelled −1 and 1."""
    random.seed(0)
    points, labels = [], []
    for index in range(SAMPLES // 2):
        angle = math.pi * index / (SAMPLES // 2 - 1)
        for x, y, label in ((math.cos(angle), math.sin(angle), -1), (1 - math.cos(angle), 0.5 - math.sin(angle), 1)):
            points.append([x + random.gauss(0, 0.1), y + random.gauss(0, 0.1)])
            labels.append(label)
    return points, labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    for row in run(parser.parse_args().repeats):
        theirs = "" if row["theirs"] is None else f"{row['theirs']:.4g}"
        print(
            f"{row['name']:66} {row['ours']:9.4g} {theirs:>9} {row['unit']:10}"
            f" {row['ratio']:7.3g} ({row['low']:.3g} to {row['high']:.3g}) {row['target']}"
        )


if __name__ == "__main__":
    main()
