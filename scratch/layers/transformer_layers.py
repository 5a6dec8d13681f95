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
    """What the layers share: blocks, each with a way around it, a normalisation and a dropout."""

    norm_first: bool
    self_attn: Module
    dropout1: Module
    linear1: Module
    linear2: Module
    dropout: Module
    activation: Module

    def _around(self, x: Array, norm: Module, block: Callable[[Array], Array]) -> Array:
        output: Array = x + block(norm(x)) if self.norm_first else norm(x + block(x))
        return output

    def _around_grad(self, grad: Array, norm: Module, block_grad: Callable[[Array], Array]) -> Array:
        if self.norm_first:
            through: Array = norm.backward(block_grad(grad))
            return grad + through
        grad = norm.backward(grad)
        return grad + block_grad(grad)

    def _attend(self, attention: Module, dropout: Module, query: Array, memory: Array, **masks: Any) -> Array:
        output, _ = attention(query, memory, memory, need_weights=False, **masks)
        return _sequence_first(attention, dropout(_sequence_first(attention, output)))

    def _attend_grad(self, attention: Module, dropout: Module, grad: Array) -> tuple[Array, Array]:
        """The gradients of the query and of the memory."""
        grad = _sequence_first(attention, dropout.backward(_sequence_first(attention, grad)))
        grad_query, grad_key, grad_value = attention.backward(grad)
        return grad_query, grad_key + grad_value

    def _self_attend_grad(self, grad: Array) -> Array:
        grad_query, grad_memory = self._attend_grad(self.self_attn, self.dropout1, grad)
        return grad_query + grad_memory

    def _feed_forward(self, x: Array, dropout: Module) -> Array:
        rows = x.reshape(-1, x.shape[-1])  # one product for all sequences, which is faster than one for each
        output: Array = dropout(self.linear2(self.dropout(self.activation(self.linear1(rows)))))
        return output.reshape(x.shape)

    def _feed_forward_grad(self, grad: Array, dropout: Module) -> Array:
        rows = self.linear2.backward(dropout.backward(grad.reshape(-1, grad.shape[-1])))
        grad_input: Array = self.linear1.backward(self.activation.backward(self.dropout.backward(rows)))
        return grad_input.reshape(grad.shape)


def _sequence_first(attention: Any, x: Array) -> Array:
    """A view as (L, N, E), and of such a view the original.

    PyTorch's attention lies so in memory, and in that order its dropout draws.
    """
    return x.swapaxes(0, 1) if attention.batch_first and x.ndim == 3 else x


def _activation(activation: str | Module, layer: Module) -> Module:
    if isinstance(activation, Module):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"{type(layer).__name__}: expected 'relu', 'gelu' or a module, got {activation!r}")
    return ReLU() if activation == "relu" else GELU()


class TransformerEncoderLayer(_TransformerLayer):
    """Each element of a sequence looks at all of them, then goes through a network of two linear layers.

    Math:
        forward:  x = norm1(src + dropout(attention(src, src, src)))
                  output = norm2(x + dropout(W₂ dropout(activation(W₁ x + b₁)) + b₂))
                  with norm_first: x = src + dropout(attention(n, n, n)), where n = norm1(src), and
                  output = x + dropout(W₂ dropout(activation(W₁ norm2(x) + b₁)) + b₂)
        backward: that of a sum x + f(x) is g + fᵀg: the gradient g goes around the block f unchanged, and through it.
                  That of the attention is the sum of its gradients of query, key and value.

    Args:
        d_model: features of the elements.
        nhead: heads of the attention.
        dim_feedforward: features between the linear layers.
        dropout: probability of all dropouts, that of the attention's weights included.
        activation: "relu", "gelu" or a module.
        layer_norm_eps: eps of the normalisations.
        batch_first: whether inputs are (N, L, E) instead of (L, N, E).
        norm_first: whether the input of a block is normalised instead of the sum after it.
        bias: whether the layers inside have biases.
        dtype: of the parameters; the default dtype when None.
        forward's src_mask, src_key_padding_mask, is_causal: the attention's attn_mask, key_padding_mask and is_causal.

    Shape:
        - Input, output: (L, N, E), (N, L, E) or (L, E), where E = d_model.
        - src_mask: (L, L) or (N · nhead, L, L); src_key_padding_mask: (N, L) or (L).

    Raises:
        RuntimeError: an unknown activation; a negative dim_feedforward; backward without a forward.
        ValueError, AssertionError: what MultiheadAttention and Dropout raise.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
        Attention Is All You Need (Vaswani et al., 2017), https://arxiv.org/abs/1706.03762; norm_first: On Layer
        Normalization in the Transformer Architecture (Xiong et al., 2020), https://arxiv.org/abs/2002.04745

    Example:
        >>> import numpy as np
        >>> layer = TransformerEncoderLayer(2, 1, 3, dropout=0.0, layer_norm_eps=0.0, dtype=np.float64)
        >>> layer.linear2.load_state_dict({"weight": np.zeros((2, 3)), "bias": np.zeros(2)})
        >>> layer.self_attn.out_proj.load_state_dict({"weight": np.zeros((2, 2)), "bias": np.zeros(2)})
        >>> layer(np.array([[3.0, 7.0], [5.0, 1.0]]))  # blocks that give 0, and the ways around them
        array([[-1.,  1.],
               [ 1., -1.]])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Module = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _activation(activation, self)

    def forward(
        self,
        src: Array,
        src_mask: Mask | None = None,
        src_key_padding_mask: Mask | None = None,
        is_causal: bool = False,
    ) -> Array:
        def attend(x: Array) -> Array:
            masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask, "is_causal": is_causal}
            return self._attend(self.self_attn, self.dropout1, x, x, **masks)

        x = self._around(src, self.norm1, attend)
        x = self._around(x, self.norm2, lambda x: self._feed_forward(x, self.dropout2))
        self.save()
        return x

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        grad = self._around_grad(grad_output, self.norm2, lambda grad: self._feed_forward_grad(grad, self.dropout2))
        return self._around_grad(grad, self.norm1, self._self_attend_grad)


class TransformerDecoderLayer(_TransformerLayer):
    """As `TransformerEncoderLayer`, and between its blocks the sequence looks at another one, the memory.

    Math:
        forward:  x = norm1(tgt + dropout(attention(tgt, tgt, tgt)))
                  y = norm2(x + dropout(attention(x, memory, memory)))
                  output = norm3(y + dropout(W₂ dropout(activation(W₁ y + b₁)) + b₂))
                  with norm_first each norm is taken of the input of its block, not of the sum, nor of the memory
        backward: that of a sum x + f(x) is g + fᵀg. The memory's gradient is that of key and value in the second block.

    Args:
        d_model: features of the elements.
        nhead: heads of the attentions.
        dim_feedforward: features between the linear layers.
        dropout: probability of all dropouts, those of the attentions' weights included.
        activation: "relu", "gelu" or a module.
        layer_norm_eps: eps of the normalisations.
        batch_first: whether inputs are (N, L, E) instead of (L, N, E).
        norm_first: whether the input of a block is normalised instead of the sum after it.
        bias: whether the layers inside have biases.
        dtype: of the parameters; the default dtype when None.
        forward's tgt_mask, tgt_key_padding_mask, tgt_is_causal: those of the first attention.
        forward's memory_mask, memory_key_padding_mask, memory_is_causal: those of the second.

    Shape:
        - tgt, output: (L, N, E), (N, L, E) or (L, E), where E = d_model; memory: (S, N, E), (N, S, E) or (S, E).
        - tgt_mask: (L, L) or (N · nhead, L, L); tgt_key_padding_mask: (N, L) or (L).
        - memory_mask: (L, S) or (N · nhead, L, S); memory_key_padding_mask: (N, S) or (S).
        - backward returns the gradients of tgt and of memory.

    Raises:
        RuntimeError: an unknown activation; a negative dim_feedforward; backward without a forward.
        ValueError, AssertionError: what MultiheadAttention and Dropout raise.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html
        Attention Is All You Need (Vaswani et al., 2017), https://arxiv.org/abs/1706.03762

    Example:
        >>> import numpy as np
        >>> layer = TransformerDecoderLayer(2, 1, 3, dropout=0.0, layer_norm_eps=0.0, dtype=np.float64)
        >>> for part in (layer.linear2, layer.self_attn.out_proj, layer.multihead_attn.out_proj):
        ...     part.load_state_dict({"weight": np.zeros(part.weight.shape), "bias": np.zeros(2)})
        >>> layer(np.array([[3.0, 7.0]]), np.array([[1.0, 2.0]]))  # blocks that give 0, and the ways around them
        array([[-1.,  1.]])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Module = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation, self)

    def forward(
        self,
        tgt: Array,
        memory: Array,
        tgt_mask: Mask | None = None,
        memory_mask: Mask | None = None,
        tgt_key_padding_mask: Mask | None = None,
        memory_key_padding_mask: Mask | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Array:
        def attend(x: Array) -> Array:
            masks = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask, "is_causal": tgt_is_causal}
            return self._attend(self.self_attn, self.dropout1, x, x, **masks)

        def recall(x: Array) -> Array:
            masks = {"attn_mask": memory_mask, "key_padding_mask": memory_key_padding_mask}
            return self._attend(self.multihead_attn, self.dropout2, x, memory, **masks, is_causal=memory_is_causal)

        x = self._around(tgt, self.norm1, attend)
        x = self._around(x, self.norm2, recall)
        x = self._around(x, self.norm3, lambda x: self._feed_forward(x, self.dropout3))
        self.save()
        return x

    def backward(self, grad_output: Array) -> tuple[Array, Array]:
        self.saved(grad_output)
        found: list[Array] = []

        def recall_grad(grad: Array) -> Array:
            grad_x, grad_memory = self._attend_grad(self.multihead_attn, self.dropout2, grad)
            found.append(grad_memory)
            return grad_x

        grad = self._around_grad(grad_output, self.norm3, lambda grad: self._feed_forward_grad(grad, self.dropout3))
        grad = self._around_grad(grad, self.norm2, recall_grad)
        return self._around_grad(grad, self.norm1, self._self_attend_grad), found[0]
