"""Recurrent layers, attention and layers where NumPy is weak, forward and backward, against PyTorch, one thread each.

Attention is self-attention: its input is query, key and value, and both sides add up the three gradients.

`python -m benchmarks.bench_layers` prints the table.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch

import scratch
import torch_ref
from benchmarks.measure import Row, Work, main, row, take_turns

__all__ = ["run"]

# name, arguments, shape of the input (a number alone: indices below it, 64×32 of them), targets of float32 and float64
LAYERS: tuple[tuple[str, tuple[Any, ...], Any, float | None, float | None], ...] = (
    ("LSTM", (28, 64), (28, 64, 28), 1.3, 0.65),
    ("LSTM", (28, 128), (28, 64, 28), 1.3, 0.65),
    ("GRU", (28, 128), (28, 64, 28), None, None),
    ("RNN", (28, 128), (28, 64, 28), None, None),
    ("MultiheadAttention", (64, 4), (28, 64, 64), None, None),
    ("TransformerEncoderLayer", (64, 4, 128), (28, 64, 64), None, None),
    ("Embedding", (1000, 64), 1000, None, None),
    ("EmbeddingBag", (1000, 64), 1000, None, None),
    ("LayerNorm", (128,), (512, 128), None, None),
    ("GELU", (), (64, 512), None, None),
    ("Sigmoid", (), (64, 512), None, None),
    ("Conv1d", (16, 32, 5), (64, 16, 100), None, None),
    ("Conv3d", (4, 8, 3), (8, 4, 12, 12, 12), None, None),
    ("ConvTranspose2d", (16, 8, 3, 2, 1, 1), (64, 16, 14, 14), None, None),
    ("ConvTranspose2d", (16, 8, 4, 2, 1), (64, 16, 14, 14), None, None),
)


def run(repeats: int = 20) -> list[Row]:
    """Measure everything; a row is one comparison, times in milliseconds."""
    rows = []
    for name, args, shape, *targets in LAYERS:
        for dtype, target in zip(("float32", "float64"), targets, strict=True):
            ours, theirs = take_turns([_work(half, name, args, shape, dtype) for half in (scratch, torch_ref)], repeats)
            label = f"{name}{args} {dtype}".replace(",)", ")").replace("()", "")
            rows.append(row("layers", label, ours, theirs, f"<= {target:g}" if target else "", "ms", 1e3))
    return rows


def _work(half: Any, name: str, args: tuple[Any, ...], shape: Any, dtype: str) -> Work:
    """One forward and backward of a layer, gradients of the input and the parameters."""
    rng = np.random.default_rng(0)
    indices = isinstance(shape, int)
    input: Any = rng.integers(0, shape, (64, 32)) if indices else rng.normal(size=shape).astype(dtype)
    layer = getattr(half, name)(*args)
    layer.to(dtype if half is scratch else getattr(torch, dtype))
    if half is torch_ref:
        input = torch.from_numpy(input).requires_grad_(not indices)
    inputs = (input,) * (3 if name == "MultiheadAttention" else 1)
    first = _first(layer(*inputs))
    grad: Any = rng.normal(size=tuple(first.shape)).astype(dtype)
    grad = grad if half is scratch else torch.from_numpy(grad)

    def work() -> None:
        layer.zero_grad()
        if half is scratch:
            layer(*inputs)
            grads = layer.backward(grad)
            if len(inputs) > 1:
                functools.reduce(np.add, grads)
        else:
            input.grad = None
            _first(layer(*inputs)).backward(grad)

    return work


def _first(output: Any) -> Any:
    return output[0] if isinstance(output, tuple) else output


if __name__ == "__main__":
    main(run, __doc__)
