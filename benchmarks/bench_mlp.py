"""The training step of a multilayer perceptron, against PyTorch and against what people use instead, one thread each.

A step is zero_grad, forward, cross-entropy, backward and the optimizer, in float32, written as a user writes it. Times
are processor time, so that other programs disturb less, and the sides take turns: a ratio is the median over the turns.
A peer that is not installed has no row.

`python -m benchmarks.bench_mlp` prints the table.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
import torch

import scratch
from benchmarks.measure import Row, Work, main, mean_row, row, take_turns
from benchmarks.peers_mlp import autograd_step, nnfs_step, numpy_ml_step

__all__ = ["run"]

NETWORKS = ((784, 16, 16, 10), (784, 128, 10), (784, 256, 128, 10))
BATCHES = (32, 128, 512)
OPTIMIZERS = ("SGD", "Adam")
VARIANTS: tuple[dict[str, bool], ...] = ({}, {"foreach": True}, {"fused": True})  # the first is PyTorch's default
PEERS = (  # the package that must be there, its step, and how many times faster we should be
    ("nnfs-style", None, nnfs_step, ">= 1.6"),
    ("HIPS autograd", "autograd", autograd_step, ">= 3.5"),
    ("numpy-ml", "numpy_ml", numpy_ml_step, ">= 3.5"),
)
RATE = 1e-3
MICROSECONDS = ("µs", 1e6)


def run(repeats: int = 15) -> list[Row]:
    """Measure everything; a row is one comparison, times in microseconds a step."""
    default, best = [], []
    for sizes, batch, optimizer in itertools.product(NETWORKS, BATCHES, OPTIMIZERS):
        name = f"{'-'.join(map(str, sizes))}, batch {batch}, {optimizer}"
        steps = [_torch_step(sizes, batch, optimizer, variant) for variant in VARIANTS]
        ours, *theirs = take_turns([_scratch_step(sizes, batch, optimizer), *steps], repeats)
        small = sizes == NETWORKS[0] and batch == BATCHES[0]
        default.append(row("default PyTorch", name, ours, theirs[0], "<= 0.3" if small else "<= 1", *MICROSECONDS))
        best.append(row("best PyTorch", name, ours, min(theirs, key=median), "<= 1.1", *MICROSECONDS))
    default.append(mean_row("default PyTorch", default, "<= 0.65"))
    best.append(mean_row("best PyTorch", best, "<= 0.75"))
    return default + best + _peer_rows(repeats)


def _peer_rows(repeats: int) -> list[Row]:
    """Against what people use instead."""
    sizes, batch = (784, 128, 10), 32
    rows = []
    for name, package, build, target in PEERS:
        if package is None or find_spec(package) is not None:
            ours, theirs = take_turns(
                [_scratch_step(sizes, batch, "SGD"), build(sizes, *_data(batch), rate=RATE)], repeats
            )
            rows.append(row("peers", f"{name}, 784-128-10, batch 32, SGD", ours, theirs, target, *MICROSECONDS))
    return rows


def _data(batch: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Images and labels of one batch."""
    rng = np.random.default_rng(0)
    return rng.random((batch, 784), dtype=np.float32), rng.integers(0, 10, batch)


def _scratch_step(sizes: Sequence[int], batch: int, name: str) -> Work:
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


def _torch_step(sizes: Sequence[int], batch: int, name: str, variant: dict[str, bool]) -> Work:
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


if __name__ == "__main__":
    main(run, __doc__)
