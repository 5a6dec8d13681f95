"""The layers of a transformer: attention, then a small network at each place, each beside a way around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._attention import Mask
from scratch.layers.attention import MultiheadAttention
from scratch.layers.dropout import Dropout
from scratch.layers.gated import GELU
from scratch.layers.layer_norm import LayerNorm
from scratch.layers.linear import Linear
from scratch.layers.rectifier import ReLU
from scratch.module import Module

__all__ = ["TransformerDecoderLayer", "TransformerEncoderLayer"]


class _TransformerLayer(Module):
    """Blocks, each with a way around it and a normalisation."""

    norm_first: bool
    linear1: Linear
    linear2: Linear
    dropout: Dropout
    activation: Module

    def _around(self, x: Array, norm: LayerNorm, block: Callable[[Array], Array]) -> Array:
        """The sum of x and of what the block makes of it; normalised after, or the block's input before."""
        return x + block(norm(x)) if self.norm_first else norm(x + block(x))

    def _around_grad(self, grad: Array, norm: LayerNorm, block_grad: Callable[[Array], Array]) -> Array:
        if self.norm_first:
            return grad + _some(norm.backward(block_grad(grad)))
        grad = _some(norm.backward(grad))
        return grad + block_grad(grad)

    def _feed_forward(self, x: Array, dropout: Dropout) -> Array:
        rows = x.reshape(-1, x.shape[-1])  # one product of matrices instead of one for each sequence
        return dropout(self.linear2(self.dropout(self.activation(self.linear1(rows))))).reshape(x.shape)

    def _feed_forward_grad(self, grad: Array, dropout: Dropout) -> Array:
        rows = dropout.backward(grad.reshape(-1, grad.shape[-1]))
        hidden = self.dropout.backward(_some(self.linear2.backward(rows)))
        return _some(self.linear1.backward(self.activation.backward(hidden))).reshape(grad.shape)


def _some(grad: Array | None) -> Array:
    """The gradient of an input that a layer inside needs: it is never None."""
    ...
