"""Mistakes in attention, in transformers and in the encoding of places."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.layers import MultiheadAttention, TransformerDecoder, TransformerEncoderLayer, attention
from scratch.layers._attention import attention_weights, attention_weights_grad
from scratch.module import Module
from scratch.sequence_models import PositionalEncoding

__all__ = ["MISTAKES"]


class _OwnWeights(MultiheadAttention):
    """Attention whose weights are computed in another way, and its derivative accordingly."""

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        with mock.patch.object(attention, "attention_weights", self.find_weights):
            return super().__call__(*inputs, **options)

    def backward(self, *grads: Any) -> Any:
        with mock.patch.object(attention, "attention_weights_grad", self.find_weights_grad):
            return super().backward(*grads)

    def find_weights(self, q: Array, k: Array, mask: Any, nothing: bool) -> Array:
        return attention_weights(q, k, mask, nothing)

    def find_weights_grad(self, q: Array, k: Array, weights: Array, grad: Array, grad_q: Array, grad_k: Array) -> None:
        attention_weights_grad(q, k, weights, grad, grad_q, grad_k)


class _Scaled(_OwnWeights):
    """The scores have another scale than 1 / √d."""

    def factor(self) -> float:
        return 1.0

    def find_weights(self, q: Array, k: Array, mask: Any, nothing: bool) -> Array:
        return attention_weights(q * self.factor(), k, mask, nothing)

    def find_weights_grad(self, q: Array, k: Array, weights: Array, grad: Array, grad_q: Array, grad_k: Array) -> None:
        attention_weights_grad(q * self.factor(), k, weights, grad, grad_q, grad_k)
        grad_q *= self.factor()


class ScaleMissing(_Scaled):
    def factor(self) -> float:
        return math.sqrt(self.head_dim)


class ScaledByEmbedDim(_Scaled):
    def factor(self) -> float:
        return 1 / math.sqrt(self.num_heads)  # on top of 1 / √(embed_dim / num_heads)


class OverQueries(_OwnWeights):
    """The weights with which a key is looked at add up to 1, not those with which a query looks."""

    def find_weights(self, q: Array, k: Array, mask: Any, nothing: bool) -> Array:
        turned = None if mask is None else np.broadcast_to(mask, (*q.shape[:-1], k.shape[-2])).mT
        return np.ascontiguousarray(attention_weights(k, q, turned, nothing).mT)

    def find_weights_grad(self, q: Array, k: Array, weights: Array, grad: Array, grad_q: Array, grad_k: Array) -> None:
        attention_weights_grad(k, q, weights.mT, np.ascontiguousarray(grad.mT), grad_k, grad_q)


class MaskAfterSoftmax(_OwnWeights):
    """What is hidden is set to 0 after the softmax, so that the rest adds up to less than 1."""

    def find_weights(self, q: Array, k: Array, mask: Any, nothing: bool) -> Array:
        weights = attention_weights(q, k, None, nothing)
        return weights if mask is None else weights * np.exp(mask)


class HeadsNotSplit(MultiheadAttention):
    """Reshaped to (N, H, L, d) at once, where (N, L, H, d) is meant, with the axes exchanged after it."""

    def _heads(self, array: Array) -> Array:
        return array.reshape(super()._heads(array).shape)


class PaddingInverted(MultiheadAttention):
    """True is taken for a key that may be seen, as in F.scaled_dot_product_attention."""

    def _mask(self, q: Array, k: Array, padding: Any, attn_mask: Any, causal: bool) -> Any:
        inverted = ~padding if padding is not None and padding.dtype == bool else padding
        return super()._mask(q, k, inverted, attn_mask, causal)


class NormLast(TransformerEncoderLayer):
    """norm_first is taken, kept and forgotten."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.norm_first = False


class WayAroundMissing(TransformerEncoderLayer):
    """The gradient goes through the blocks, but not around them."""

    def _around_grad(self, grad: Array, norm: Module, block_grad: Callable[[Array], Array]) -> Array:
        first, second = (block_grad, norm.backward) if self.norm_first else (norm.backward, block_grad)
        through: Array = second(first(grad))
        return through


class LastMemory(TransformerDecoder):
    """All layers look at the memory, but its gradient is that of the last one."""

    def backward(self, grad_output: Array) -> tuple[Array, Array]:
        grad = grad_output if self.norm is None else self.norm.backward(grad_output)
        grads = []
        for layer in reversed(self.layers):
            grad, grad_memory = layer.backward(grad)
            grads.append(grad_memory)
        return grad, grads[0]


class HalfAndHalf(PositionalEncoding):
    """Sines in the first half of the features and cosines in the second, where they take turns."""

    def forward(self, input: Array) -> Array:
        halves = np.concatenate([self.pe[:, 0::2], self.pe[:, 1::2]], axis=1)
        with mock.patch.object(self, "pe", halves):
            return super().forward(input)


MISTAKES = [
    Mistake(
        "attention-scale-missing", "MultiheadAttention", "forward", ScaleMissing, "the scores are not divided by √d"
    ),
    Mistake(
        "attention-scaled-by-embed-dim",
        "MultiheadAttention",
        "forward",
        ScaledByEmbedDim,
        "the scores are divided by the root of embed_dim, not of a head's features",
    ),
    Mistake(
        "attention-softmax-over-queries",
        "MultiheadAttention",
        "forward",
        OverQueries,
        "the softmax is taken over the queries, not over the keys",
    ),
    Mistake(
        "attention-mask-after-softmax",
        "MultiheadAttention",
        "forward",
        MaskAfterSoftmax,
        "what is hidden is set to 0 after the softmax, and the rest adds up to less than 1",
    ),
    Mistake(
        "attention-heads-not-split",
        "MultiheadAttention",
        "forward",
        HeadsNotSplit,
        "a reshape to (N, H, L, d) mixes the places of a sequence with its heads",
    ),
    Mistake(
        "attention-key-padding-inverted",
        "MultiheadAttention",
        "forward",
        PaddingInverted,
        "True in key_padding_mask is taken for a key that may be seen",
    ),
    Mistake(
        "transformer-norm-last-for-first",
        "TransformerEncoderLayer",
        "forward",
        NormLast,
        "the sums are normalised where norm_first asks for the blocks' inputs",
    ),
    Mistake(
        "transformer-residual-missing-in-backward",
        "TransformerEncoderLayer",
        "grad",
        WayAroundMissing,
        "the gradient goes through the blocks, but not around them",
    ),
    Mistake(
        "transformer-memory-grad-of-last-layer",
        "TransformerDecoder",
        "result",
        LastMemory,
        "the memory's gradient is the last layer's, not the sum over all",
    ),
    Mistake(
        "positional-encoding-interleaving",
        "PositionalEncoding",
        "forward",
        HalfAndHalf,
        "sines and cosines stand in halves, where they take turns",
    ),
]
