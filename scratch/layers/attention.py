"""Layers in which the elements of one sequence look at those of another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch import init
from scratch.dtypes import Array, resolve_dtype
from scratch.layers._attention import (
    Mask,
    additive_mask,
    attention_weights,
    attention_weights_grad,
    causal_mask,
    check_inputs,
    check_masks,
)
from scratch.layers._standardize import column_sums
from scratch.layers.dropout import Dropout
from scratch.layers.linear import Linear
from scratch.module import Module, Parameter

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Each query looks at all keys, and takes the mean of their values, weighted by how well each key answers it.

    Math:
        forward:  q = (query W_qᵀ + b_q) / √d;  k = key W_kᵀ + b_k;  v = value W_vᵀ + b_v, cut into heads of d features
                  scores = q kᵀ + mask;  w = softmax(scores) over the keys;  context = w v, in each head
                  output = context W_oᵀ + b_o, of the heads' contexts side by side
        backward: g_context = grad_output W_o;  g_v = wᵀ g_context
                  g_w = g_context vᵀ + grad_weights;  g_scores = w (g_w − Σ_keys g_w w)
                  g_q = g_scores k / √d;  g_k = g_scoresᵀ q
                  grad_query = g_q W_q;  grad_W_q = g_qᵀ query;  grad_b_q = Σ g_q; so, too, for key and value
        where d = embed_dim / num_heads, and the mask is 0 where a query may look, −∞ where not. Of keys that are all
        hidden from a query, the weights are 0 / 0: nan, or 0 without `need_weights`. In training, dropout is applied
        to w. Initially W_q, W_k, W_v are uniform in ±√(6 / (rows + columns)), of one array where they lie in one; W_o
        is a Linear's; the biases are 0.

    Args:
        embed_dim: features of the queries and of the output.
        num_heads: the heads, into which embed_dim is cut.
        dropout: probability that a weight is set to 0.
        bias: whether there are b_q, b_k, b_v and b_o.
        add_bias_kv: whether a key and a value are learnt, and follow the given ones.
        add_zero_attn: whether a key and a value of zeros follow the others.
        kdim, vdim: features of the keys and of the values; embed_dim when None.
        batch_first: whether inputs are (N, L, E) instead of (L, N, E).
        dtype: of the parameters; the default dtype when None.
        forward's key_padding_mask: True for keys that nobody may look at, or numbers that are added to their scores.
        forward's need_weights: whether the weights are an output, too.
        forward's attn_mask: True where a query may not look at a key, or numbers that are added to the scores.
        forward's average_attn_weights: whether the weights that come out are the heads' mean.
        forward's is_causal: says that attn_mask is the causal one. Without need_weights and key_padding_mask, that
            takes its place, whatever it is.

    Shape:
        - query: (L, N, E), (N, L, E) or (L, E); key: (S, N, kdim), (N, S, kdim) or (S, kdim); value: likewise, vdim.
        - key_padding_mask: (N, S) or (S); attn_mask: (L, S) or (N · num_heads, L, S).
        - Output: as the query; weights: (N, L, S) or (N, num_heads, L, S), without N where the query has none; None
          without need_weights. add_bias_kv and add_zero_attn add 1 to S.
        - in_proj_weight: (3 E, E); or else, where kdim or vdim is not E, q_proj_weight: (E, E), k_proj_weight:
          (E, kdim), v_proj_weight: (E, vdim). in_proj_bias: (3 E,); out_proj.weight: (E, E); bias_k, bias_v: (1, 1, E).
        - backward(grad_output, grad_weights=None) returns the gradients of query, key and value.

    Raises:
        ValueError: embed_dim or num_heads is not above 0; dropout is not between 0 and 1.
        AssertionError: num_heads does not divide embed_dim; shapes of inputs that do not fit together; masks of another
            number of axes, or neither of bools nor of floats.
        RuntimeError: negative kdim or vdim; inputs or masks of another dtype than the weights'; an attn_mask of another
            shape; is_causal without attn_mask; batches of several sizes.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
        Attention Is All You Need (Vaswani et al., 2017), https://arxiv.org/abs/1706.03762, without biases.

    Example:
        >>> attention = MultiheadAttention(2, 1, bias=False, dtype=np.float64)
        >>> attention.load_state_dict({"in_proj_weight": np.tile(np.eye(2), (3, 1)), "out_proj.weight": np.eye(2)})
        >>> key, value = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 0.0], [4.0, 6.0]])
        >>> output, weights = attention(np.array([[5.0, 5.0]]), key, value)  # likes both keys equally
        >>> output, weights
        (array([[3., 3.]]), array([[0.5, 0.5]]))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._check_arguments()
        self.add_zero_attn = add_zero_attn
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        kind, packed = resolve_dtype(dtype), self.kdim == self.vdim == embed_dim
        self.in_proj_weight = Parameter(np.empty((3 * embed_dim, embed_dim), kind)) if packed else None
        self.q_proj_weight = None if packed else Parameter(np.empty((embed_dim, embed_dim), kind))
        self.k_proj_weight = None if packed else Parameter(np.empty((embed_dim, self.kdim), kind))
        self.v_proj_weight = None if packed else Parameter(np.empty((embed_dim, self.vdim), kind))
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim, kind)) if bias else None
        self.bias_k = Parameter(np.empty((1, 1, embed_dim), kind)) if add_bias_kv else None
        self.bias_v = Parameter(np.empty((1, 1, embed_dim), kind)) if add_bias_kv else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, kind)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        """Draw in PyTorch's order; out_proj has drawn already, its bias, too, which is then 0."""
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight.data)
        if self.out_proj.bias is not None:
            self.out_proj.bias.data[...] = 0
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra.data)

    def forward(
        self,
        query: Array,
        key: Array,
        value: Array,
        key_padding_mask: Mask | None = None,
        need_weights: bool = True,
        attn_mask: Mask | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Array, Array | None]:
        self._check(query, key, value, key_padding_mask, attn_mask, is_causal)
        q, k, v = self._project(query, key, value)
        mask = self._mask(q, k, key_padding_mask, attn_mask, is_causal and not need_weights)
        weights = attention_weights(self._heads(q), self._heads(k), mask, not need_weights)  # (N, H, L, S)
        dropout = Dropout(self.dropout).train(self.training)
        dropped = dropout(weights)
        context = np.empty_like(q)
        np.matmul(dropped, self._heads(v), out=self._heads(context))
        output = self.out_proj(_rows(context)).reshape(query.shape)
        self.save((query, key, value), (q, k, v), weights, dropout, dropped, average_attn_weights)
        return output, self._shown(dropped, average_attn_weights, query.ndim) if need_weights else None

    def backward(self, grad_output: Array, grad_weights: Array | None = None) -> tuple[Array, Array, Array] | None:
        inputs, (q, k, v), weights, dropout, dropped, averaged = self.saved(grad_output)
        grad_rows: Any = self.out_proj.backward(_rows(grad_output))
        grad_context = self._heads(grad_rows.reshape(q.shape))
        grad = grad_context @ self._heads(v).mT  # (N, H, L, S)
        if grad_weights is not None:
            grad += self._unshown(grad_weights, weights.shape, averaged)
        grads = np.empty_like(q), np.empty_like(k), np.empty_like(v)
        grad_q, grad_k, grad_v = (self._heads(array) for array in grads)
        np.matmul(dropped.mT, grad_context, out=grad_v)
        attention_weights_grad(self._heads(q), self._heads(k), weights, dropout.backward(grad), grad_q, grad_k)
        grad_q *= self.head_dim**-0.5
        return self._project_grad(inputs, *grads)

    def _heads(self, array: Array) -> Array:
        """A view as (N, H, L, d) of an array that lies as the inputs do."""
        unbatched = array.ndim == 2
        batch = array[None] if unbatched else array if self.batch_first else array.swapaxes(0, 1)  # (N, L, E)
        return batch.reshape(*batch.shape[:2], self.num_heads, self.head_dim).swapaxes(1, 2)

    def _weights(self) -> tuple[list[Array], Any]:
        """W_q, W_k, W_v and b_q, b_k, b_v."""
        parts = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        weights = [part.data for part in parts if part is not None]
        if self.in_proj_weight is not None:
            weights = np.split(self.in_proj_weight.data, 3)
        biases = np.split(self.in_proj_bias.data, 3) if self.in_proj_bias is not None else [None] * 3
        return weights, biases

    def _project(self, *inputs: Array) -> tuple[Array, Array, Array]:
        """q, scaled, k and v, which lie as the inputs do; the keys and values that follow the given ones are there."""
        projected = []
        for input, weight, bias in zip(inputs, *self._weights(), strict=True):
            rows = _rows(input) @ weight.T  # (n, E)
            if bias is not None:
                rows += bias
            projected.append(rows.reshape(*input.shape[:-1], self.embed_dim))
        q, k, v = projected
        q *= self.head_dim**-0.5
        return q, self._extend(k, self.bias_k), self._extend(v, self.bias_v)

    def _project_grad(
        self, inputs: tuple[Array, Array, Array], grad_q: Array, grad_k: Array, grad_v: Array
    ) -> tuple[Array, Array, Array] | None:
        """From the gradients of q, k and v to those of the inputs; those of the parameters are added to."""
        grads = grad_q, self._cut(grad_k, self.bias_k, inputs[1]), self._cut(grad_v, self.bias_v, inputs[2])
        rows = [_rows(grad) for grad in grads]
        grad_weights = [grad.T @ _rows(input) for grad, input in zip(rows, inputs, strict=True)]
        if self.in_proj_weight is not None:
            self.in_proj_weight.accumulate(np.concatenate(grad_weights))
        parts = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        for part, grad_weight in zip(parts, grad_weights, strict=True):
            if part is not None:
                part.accumulate(grad_weight)
        if self.in_proj_bias is not None:
            self.in_proj_bias.accumulate(np.concatenate([column_sums(grad) for grad in rows]))
        if not self.needs_input_grad:
            return None
        q, k, v = ((g @ w).reshape(x.shape) for g, w, x in zip(rows, self._weights()[0], inputs, strict=True))
        return q, k, v

    def _extend(self, array: Array, extra: Parameter | None) -> Array:
        """Keys or values, and after them the learnt one and the zero, where there are such."""
        axis = self._sequence_axis(array)
        shape = (*array.shape[:axis], 1, *array.shape[axis + 1 :])
        learnt = [] if extra is None else [np.broadcast_to(extra.data[0], shape)]
        zero = [np.zeros(shape, array.dtype)] if self.add_zero_attn else []
        return np.concatenate([array, *learnt, *zero], axis) if learnt or zero else array

    def _cut(self, grad: Array, extra: Parameter | None, input: Array) -> Array:
        """The derivative of `_extend`."""
        axis = self._sequence_axis(grad)
        size = input.shape[axis]
        given, learnt, _ = np.split(grad, [size, size + 1], axis)
        if extra is not None:
            extra.accumulate(column_sums(_rows(learnt)).reshape(extra.shape))
        return given

    def _sequence_axis(self, array: Array) -> int:
        return 1 if self.batch_first and array.ndim == 3 else 0

    def _mask(self, q: Array, k: Array, padding: Mask | None, attn_mask: Mask | None, causal: bool) -> Any:
        axis = self._sequence_axis(q)
        if causal and padding is None:
            return causal_mask(q.shape[axis], k.shape[axis], q.dtype)
        more = int(self.bias_k is not None) + int(self.add_zero_attn)
        return additive_mask(attn_mask, padding, self.num_heads, more, q.dtype)

    def _shown(self, weights: Array, averaged: bool, axes: int) -> Array:
        shown: Array = weights.mean(axis=1) if averaged else weights
        return shown if axes == 3 else shown[0]

    def _unshown(self, grad: Array, shape: tuple[int, ...], averaged: bool) -> Array:
        """The derivative of `_shown`."""
        N, H, L, S = shape
        return grad.reshape(N, 1, L, S) / H if averaged else grad.reshape(N, H, L, S)

    def _check_arguments(self) -> None:
        if self.embed_dim <= 0 or self.num_heads <= 0:
            raise ValueError(
                "MultiheadAttention: expected embed_dim and num_heads above 0,"
                f" got {self.embed_dim} and {self.num_heads}"
            )
        if not 0 <= self.dropout <= 1:
            raise ValueError(f"MultiheadAttention: expected a dropout between 0 and 1, got {self.dropout}")
        if self.embed_dim % self.num_heads != 0:
            raise AssertionError(
                "MultiheadAttention: expected an embed_dim that num_heads divides,"
                f" got {self.embed_dim} and {self.num_heads}"
            )
        if self.kdim < 0 or self.vdim < 0:
            raise RuntimeError(
                f"MultiheadAttention: expected a kdim and vdim of 0 or more, got {self.kdim} and {self.vdim}"
            )

    def _check(
        self, query: Array, key: Array, value: Array, padding: Mask | None, attn_mask: Mask | None, is_causal: bool
    ) -> None:
        axis = self._sequence_axis(query)
        check_inputs(query, key, value, (self.embed_dim, self.kdim, self.vdim), 1 - axis)
        batch = query.shape[1 - axis] if query.ndim == 3 else 1
        scores = batch, self.num_heads, query.shape[axis], key.shape[axis]
        check_masks(attn_mask, padding, scores, query.ndim == 3)
        if is_causal and attn_mask is None:
            raise RuntimeError("MultiheadAttention: expected an attn_mask beside is_causal, got none")
        dtype = self.out_proj.weight.dtype
        numbers = [mask for mask in (padding, attn_mask) if mask is not None and mask.dtype != bool]
        for array in (query, key, value, *numbers):
            if array.dtype != dtype:
                raise RuntimeError(f"MultiheadAttention: expected arrays of dtype {dtype}, got {array.dtype}")


def _rows(array: Array) -> Array:
    """All axes but the last as one."""
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1])
