"""Convolution, max pooling and a convolutional training step: forward and backward, against PyTorch, one thread each.

Each side gets its arrays as the layer before it hands them out: PyTorch's lie in memory as (N, C, H, W), ours as
(H, C, W, N). Images that are data lie as (N, C, H, W) on both sides.

`python -m benchmarks.bench_conv` prints the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import scratch
import torch_ref
from benchmarks.measure import Row, Work, main, row, take_turns

__all__ = ["run"]

N = 64
CONVOLUTIONS = (  # dtype, channels in and out, kernel size, target
    ("float32", 1, 16, 3, 0.7),
    ("float32", 1, 16, 5, 0.9),
    ("float32", 16, 32, 3, 1.6),
    ("float32", 16, 32, 5, 1.9),
    ("float64", 16, 32, 3, 0.5),
    ("float64", 16, 32, 5, 0.5),
)
POOLS = (("float32", 0.25), ("float64", 0.7))
STEPS = (("float32", 0.8), ("float64", 0.85))


def run(repeats: int = 20) -> list[Row]:
    """Measure everything; a row is one comparison, times in milliseconds."""
    rows = []
    for dtype, c_in, c_out, k, target in CONVOLUTIONS:
        for padding in (0, k // 2):
            sides = [_layer(h, "Conv2d", (c_in, c_out, k, 1, padding), c_in, dtype) for h in (scratch, torch_ref)]
            name = f"Conv2d {c_in}→{c_out} k{k} padding {padding} {dtype}"
            rows.append(_compare("convolution", name, sides[0], sides[1], target, repeats))
    for dtype, target in POOLS:
        sides = [_layer(h, "MaxPool2d", (2,), 16, dtype) for h in (scratch, torch_ref)]
        rows.append(_compare("pooling", f"MaxPool2d 16×28×28 k2 {dtype}", sides[0], sides[1], target, repeats))
    for dtype, target in STEPS:
        sides = [_training_step(half, dtype) for half in (scratch, torch_ref)]
        rows.append(_compare("step", f"conv k3, ReLU, pool, linear {dtype}", sides[0], sides[1], target, repeats))
    return rows


def _compare(group: str, name: str, ours: Work, theirs: Work, target: float, repeats: int) -> Row:
    our_times, their_times = take_turns([ours, theirs], repeats)
    return row(group, name, our_times, their_times, f"<= {target:g}", "ms", 1e3)


def _layer(half: Any, name: str, args: tuple[Any, ...], channels: int, dtype: str) -> Work:
    """One forward and backward of a layer, gradients of the input and the parameters."""
    rng = np.random.default_rng(0)
    image = rng.normal(size=(N, channels, 28, 28)).astype(dtype)
    layer = getattr(half, name)(*args)
    if half is scratch:
        layer.to(dtype)
        images = image if channels == 1 else _rows_first(image)
        grad = _rows_first(rng.normal(size=layer(images).shape).astype(dtype))

        def work() -> Any:
            layer.zero_grad()
            layer(images)
            return layer.backward(grad)

        return work
    layer.to(getattr(torch, dtype))
    tensor = torch.from_numpy(image).requires_grad_()
    upstream = torch.from_numpy(rng.normal(size=tuple(layer(tensor).shape)).astype(dtype))

    def torch_work() -> Any:
        layer.zero_grad()
        tensor.grad = None
        layer(tensor).backward(upstream)

    return torch_work


def _rows_first(array: Any) -> Any:
    """The same array, lying in memory as (H, C, W, N)."""
    return np.ascontiguousarray(array.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2)


def _training_step(half: Any, dtype: str) -> Work:
    """Forward, loss, backward and an SGD step of a small convolutional network."""
    half.manual_seed(0)
    layers = [half.Conv2d(1, 16, 3), half.ReLU(), half.MaxPool2d(2), half.Flatten(), half.Linear(16 * 13 * 13, 10)]
    model = half.Sequential(*layers)
    loss = half.CrossEntropyLoss()
    rng = np.random.default_rng(0)
    images: Any = rng.normal(size=(N, 1, 28, 28)).astype(dtype)
    labels: Any = rng.integers(0, 10, N)
    if half is scratch:
        model.to(dtype).input_requires_grad_(False)
    else:
        model.to(getattr(torch, dtype))
        images, labels = torch.from_numpy(images), torch.from_numpy(labels)
    optimizer = half.SGD(model.parameters(), lr=0.01)

    def work() -> None:
        optimizer.zero_grad()
        value = loss(model(images), labels)
        if half is scratch:
            model.backward(loss.backward())
        else:
            value.backward()
        optimizer.step()

    return work


if __name__ == "__main__":
    main(run, __doc__)
