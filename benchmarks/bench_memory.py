"""Peak memory of a training step (forward, loss, backward, SGD), against PyTorch; on Linux, no rows elsewhere.

Each side is measured in a process of its own: how far the resident memory climbs during three steps above what it was
before them, with gradients, work space and all that a forward keeps for its backward.

`python -m benchmarks.bench_memory` prints the table.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

import scratch
import torch_ref
from benchmarks.measure import Row, main, row

__all__ = ["run"]

TARGET = "<= 1.5"
MODELS = {
    "784-1024-10, batch 4096": (4096, (784,)),
    "Conv2d 1→16 k3, BatchNorm2d, ReLU, MaxPool2d, Linear, batch 512": (512, (1, 28, 28)),
    "RowLSTM 28→128, batch 1024": (1024, (28, 28)),
    "LayerNorm, GELU, Dropout, Linear, batch 8192": (8192, (784,)),
}


def run(repeats: int = 3) -> list[Row]:
    """Measure everything; a row is one comparison, in MiB."""
    if sys.platform != "linux":
        return []
    rows = []
    for name in MODELS:
        sides = [[_in_a_fresh_process(half, name) for _ in range(min(repeats, 3))] for half in ("scratch", "torch_ref")]
        rows.append(row("peak memory of a step, float32", name, sides[0], sides[1], TARGET, "MiB", 1.0))
    return rows


def _in_a_fresh_process(half: str, name: str) -> float:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(peak, half, name).result()


def peak(half: str, name: str) -> float:
    """MiB by which three steps climb."""
    side: Any = scratch if half == "scratch" else torch_ref
    torch.set_num_threads(1)
    batch, shape = MODELS[name]
    model, loss = _model(side, name), side.CrossEntropyLoss()
    optimizer = side.SGD(model.parameters(), lr=0.01)
    rng = np.random.default_rng(0)
    input: Any = rng.normal(size=(batch, *shape)).astype(np.float32)
    labels: Any = rng.integers(0, 10, batch)
    if side is scratch:
        model.input_requires_grad_(False)
    else:
        input, labels = torch.from_numpy(input), torch.from_numpy(labels)
    _step(side, model, loss, optimizer, input[:2], labels[:2])  # what is loaded at the first use is not counted
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # so that what was freed before is not used again uncounted
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = _status("VmRSS")
    for _ in range(3):
        _step(side, model, loss, optimizer, input, labels)
    return (_status("VmHWM") - before) / 1024


def _step(side: Any, model: Any, loss: Any, optimizer: Any, input: Any, labels: Any) -> None:
    optimizer.zero_grad()
    value = loss(model(input), labels)
    if side is scratch:
        model.backward(loss.backward())
    else:
        value.backward()
    optimizer.step()


def _status(key: str) -> int:
    """A line of this process's status, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1])


def _model(side: Any, name: str) -> Any:
    if name.startswith("RowLSTM"):
        return side.RowLSTM(28, 128, 10)
    if name.startswith("784"):
        return side.Sequential(side.Linear(784, 1024), side.ReLU(), side.Linear(1024, 10))
    if name.startswith("LayerNorm"):
        return side.Sequential(side.LayerNorm(784), side.GELU(), side.Dropout(0.5), side.Linear(784, 10))
    layers = [side.Conv2d(1, 16, 3), side.BatchNorm2d(16), side.ReLU(), side.MaxPool2d(2), side.Flatten()]
    return side.Sequential(*layers, side.Linear(16 * 13 * 13, 10))


if __name__ == "__main__":
    main(run, __doc__)
