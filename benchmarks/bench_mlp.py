"""The training step of a multilayer perceptron, against PyTorch and against what people use instead, one thread each.

A step is zero_grad, forward, cross-entropy, backward and the optimizer, in float32, written as a user writes it. Times
are processor time, so that other programs disturb less, and the sides take turns: a ratio is the median over the turns.
A peer that is not installed has no row.

`python -m benchmarks.bench_mlp` prints the table.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy and torch are imported

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from statistics import geometric_mean, median, quantiles
from typing import Any

import numpy as np
import torch

import scratch
from benchmarks.peers_mlp import autograd_step, nnfs_step, numpy_ml_step

__all__ = ["run"]

Step = Callable[[], Any]

NETWORKS = ((784, 16, 16, 10), (784, 128, 10), (784, 256, 128, 10))
BATCHES = (32, 128, 512)
OPTIMIZERS = ("SGD", "Adam")
VARIANTS: tuple[dict[str, bool], ...] = ({}, {"foreach": True}, {"fused": True})  # the first is PyTorch's default
PEERS = (  # the package that must be there, its step, and the share of its time that is the target
    ("nnfs-style", None, nnfs_step, 1 / 1.6),
    ("HIPS autograd", "autograd", autograd_step, 1 / 3.5),
    ("numpy-ml", "numpy_ml", numpy_ml_step, 1 / 3.5),
)
RATE = 1e-3
SLICE = 0.01  # seconds of work between two looks at the clock


def run(repeats: int = 15) -> list[dict[str, Any]]:
    """Measure everything; a row is one comparison, times in microseconds a step."""
    torch.set_num_threads(1)
    default, best = [], []
    for sizes, batch, optimizer in itertools.product(NETWORKS, BATCHES, OPTIMIZERS):
        name = f"{'-'.join(map(str, sizes))}, batch {batch}, {optimizer}"
        steps = [_torch_step(sizes, batch, optimizer, variant) for variant in VARIANTS]
        ours, *theirs = _take_turns([_scratch_step(sizes, batch, optimizer), *steps], repeats)
        small = sizes == NETWORKS[0] and batch == BATCHES[0]
        default.append(_row("default PyTorch", name, ours, theirs[0], 0.30 if small else 1.0))
        best.append(_row("best PyTorch", name, ours, min(theirs, key=median), 1.1))
    default.append(_mean_row("default PyTorch", default, 0.65))
    best.append(_mean_row("best PyTorch", best, 0.75))
    return default + best + _peer_rows(repeats)


def _peer_rows(repeats: int) -> list[dict[str, Any]]:
    """Against what people use instead."""
    sizes, batch = (784, 128, 10), 32
    rows = []
    for name, package, build, target in PEERS:
        if package is None or find_spec(package) is not None:
            ours, theirs = _take_turns(
                [_scratch_step(sizes, batch, "SGD"), build(sizes, *_data(batch), rate=RATE)], repeats
            )
            rows.append(_row("peers", f"{name}, 784-128-10, batch 32, SGD", ours, theirs, target))
    return rows


def _take_turns(steps: Sequence[Step], repeats: int) -> list[list[float]]:
    """Microseconds a step, a list a side, one after the other in each turn."""
    counts = [max(1, round(SLICE / _seconds(step, 5))) for step in steps]  # which also warms up
    turns = [[1e6 * _seconds(step, count) for step, count in zip(steps, counts, strict=True)] for _ in range(repeats)]
    return [list(side) for side in zip(*turns, strict=True)]


def _seconds(step: Step, count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - start) / count


def _row(group: str, name: str, ours: list[float], theirs: list[float], target: float) -> dict[str, Any]:
    """The median ratio; the spread is that of the middle four fifths of the turns."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    deciles = quantiles(ratios, n=10)
    return {
        "group": group,
        "name": name,
        "ours": median(ours),
        "theirs": median(theirs),
        "ratio": median(ratios),
        "low": deciles[0],
        "high": deciles[-1],
        "target": f"<= {target:.2f}",
        "unit": "µs",
    }


def _mean_row(group: str, rows: list[dict[str, Any]], target: float) -> dict[str, Any]:
    means = {key: geometric_mean(row[key] for row in rows) for key in ("ours", "theirs", "ratio", "low", "high")}
    name = f"geometric mean of {len(rows)}"
    return {"group": group, "name": name, **means, "target": f"<= {target:.2f}", "unit": "µs"}


def _data(batch: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Images and labels of one batch."""
    rng = np.random.default_rng(0)
    return rng.random((batch, 784), dtype=np.float32), rng.integers(0, 10, batch)


def _scratch_step(sizes: Sequence[int], batch: int, name: str) -> Step:
    scratch.random.manual_seed(0)
    layers = [[scratch.Linear(n_in, n_out), scratch.ReLU()] for n_in, n_out in itertools.pairwise(sizes)]
    model = scratch.Sequential(*itertools.chain(*layers[:-1]), layers[-1][0]).input_requires_grad_(False)
    criterion = scratch.CrossEntropyLoss()
    optimizer = getattr(scratch, name)(model.parameters(), lr=RATE)
    images, labels = _data(batch)

    def step() -> Any:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        model.backward(criterion.backward())
        optimizer.step()
        return loss

    return step


def _torch_step(sizes: Sequence[int], batch: int, name: str, variant: dict[str, bool]) -> Step:
    torch.manual_seed(0)
    layers = [[torch.nn.Linear(n_in, n_out), torch.nn.ReLU()] for n_in, n_out in itertools.pairwise(sizes)]
    model = torch.nn.Sequential(*itertools.chain(*layers[:-1]), layers[-1][0])
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=RATE, **variant)
    images, labels = (torch.from_numpy(array) for array in _data(batch))

    def step() -> Any:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    for row in run(parser.parse_args().repeats):
        print(
            f"{row['group']:<16} {row['name']:<40} {row['ours']:7.0f} {row['theirs']:7.0f} {row['unit']}"
            f"   ratio {row['ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]   target {row['target']}"
        )


if __name__ == "__main__":
    main()
