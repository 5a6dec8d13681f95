"""What the cases of the transformer's layers and of its stacks share."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from parity.cases import Difference
from parity.sides import Side

__all__ = ["ACTIVATION", "LOST_ACTIVATION", "MASK_ORDER", "PADDING", "run", "scatter"]

PADDING = np.array([[False, False, True], [False, True, True]])  # (N, L)
MASK_ORDER = "PyTorch's attention lies in memory as its input does, and in that order dropout draws its mask"
ACTIVATION = Difference(
    "activation is a name or a module",
    "a function has no derivative here; PyTorch's default is the function F.relu, here its name",
    argument="activation",
)
LOST_ACTIVATION = Difference(
    "a decoder's layers use an activation that is given as a module",
    "PyTorch's copies of a TransformerDecoderLayer lose it and use ReLU (TransformerDecoderLayer.__setstate__)",
)


def scatter(side: Side, module: Any) -> Any:
    """The module with parameters that differ from layer to layer, and are the same on both sides."""
    for name, parameter in module.named_parameters():
        drawn = np.random.default_rng(zlib.crc32(name.encode())).normal(0, 0.5, tuple(parameter.shape))
        side.set_data(parameter, drawn.astype(side.numpy(parameter).dtype))
    return module


def run(side: Side, module: Any, arrays: tuple[Any, ...], upstream: Any, **options: Any) -> Any:
    """Forward and backward: the output, and the gradients of the inputs and of the parameters."""
    inputs = side.inputs(list(arrays), [True] * len(arrays))
    options = {key: side.array(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    output = module(*inputs, **options)
    grads = side.backward(module, output, side.array(upstream), inputs)
    named = {name: side.grad(parameter) for name, parameter in module.named_parameters()}
    return {"output": output, "inputs": grads, "parameters": named}
