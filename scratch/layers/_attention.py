"""Scaled dot-product attention: forward and backward as functions, and the masks that it takes.

Heads stand as (N, H, L, d): H heads of d features for each of N sequences of L elements. They may be views of arrays in
any order, since NumPy multiplies matrices of a stack where they lie.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array

__all__ = [
    "Mask",
    "additive_mask",
    "attention_weights",
    "attention_weights_grad",
    "causal_mask",
    "check_inputs",
    "check_masks",
]

Mask = npt.NDArray[Any]  # of bools, where True is "do not look", or of floats, which are added


@np.errstate(invalid="ignore")  # a query that may look at nothing: −inf − (−inf) is nan, as in PyTorch
def attention_weights(q: Array, k: Array, mask: Array | None, nothing: bool) -> Array:
    """softmax(q kᵀ + mask), over the keys, in one array; q is scaled already.

    A query for which every key is masked has 0 / 0 for its weights: 0 where `nothing` is True, else nan.
    """
    scores: Array = q @ k.mT  # (N, H, L, S)
    if mask is not None:
        scores += mask
    top = scores.max(axis=-1, keepdims=True, initial=-np.inf)  # (N, H, L, 1)
    if nothing:
        top[top == -np.inf] = 0
    scores -= top
    np.exp(scores, out=scores)
    sums = scores @ np.ones((scores.shape[-1], 1), scores.dtype)  # (N, H, L, 1), faster than .sum()
    if nothing:
        sums[sums == 0] = 1
    scores /= sums
    return scores


def attention_weights_grad(q: Array, k: Array, weights: Array, grad: Array, grad_q: Array, grad_k: Array) -> None:
    """From the gradient of the weights, which is overwritten, to those of q and k, which are filled."""
    grad -= np.vecdot(grad, weights)[..., None]
    grad *= weights  # now the scores'
    np.matmul(grad, k, out=grad_q)
    np.matmul(grad.mT, q, out=grad_k)


def causal_mask(size: int, keys: int, dtype: npt.DTypeLike) -> Array:
    """−inf where a key stands after the query, else 0: (size, keys)."""
    return np.triu(np.full((size, keys), -np.inf, dtype), 1)


def additive_mask(attn_mask: Mask | None, padding: Mask | None, heads: int, more: int, dtype: Any) -> Any:
    """Both masks as one array to add to the scores, or None; it broadcasts to (N, H, L, S + more).

    Args:
        attn_mask: (L, S) or (N · H, L, S).
        padding: (N, S) or (S).
        heads: H.
        more: how many keys follow the given ones. No mask hides them.
        dtype: of the scores.
    """
    masks = []
    if attn_mask is not None:
        split = (len(attn_mask) // heads, heads, *attn_mask.shape[1:])
        masks.append(attn_mask.reshape(split) if attn_mask.ndim == 3 else attn_mask)
    if padding is not None:
        masks.append(padding[..., None, None, :])
    numbers = [np.where(mask, -np.inf, 0).astype(dtype) if mask.dtype == bool else mask for mask in masks]
    total = numbers[0] + numbers[1] if len(numbers) == 2 else next(iter(numbers), None)
    if total is None or more == 0:
        return total
    return np.concatenate([total, np.zeros((*total.shape[:-1], more), dtype)], axis=-1)


def check_inputs(query: Array, key: Array, value: Array, dims: tuple[int, int, int], batch_axis: int) -> None:
    """Whether the inputs fit together. `dims` are the sizes of their last axes; `batch_axis` is used if there are 3."""
    name = "MultiheadAttention"
    shapes = query.shape, key.shape, value.shape
    if query.ndim not in (2, 3) or {key.ndim, value.ndim} != {query.ndim}:
        raise AssertionError(f"{name}: expected a query, a key and a value of 2 axes or of 3, got the shapes {shapes}")
    if query.shape[-1] != dims[0] or key.shape[:-1] != value.shape[:-1]:
        raise AssertionError(
            f"{name}: expected a query of embed_dim={dims[0]} features, and as many values as keys, got {shapes}"
        )
    features = key.shape[-1], value.shape[-1]
    if features != dims[1:]:
        packed_alike = len({*dims}) == 1 and len({*features}) == 1
        kind = RuntimeError if packed_alike else AssertionError  # as PyTorch
        raise kind(f"{name}: expected keys and values of {dims[1]} and {dims[2]} features, got {shapes}")
    if query.ndim == 3 and query.shape[batch_axis] != key.shape[batch_axis]:
        raise RuntimeError(f"{name}: expected batches of one size, got {shapes}")


def check_masks(attn_mask: Mask | None, padding: Mask | None, scores: tuple[int, ...], batched: bool) -> None:
    """Whether the masks fit scores of the shape (N, H, L, S)."""
    N, H, L, S = scores
    name = "MultiheadAttention"
    for mask in (attn_mask, padding):
        if mask is not None and mask.dtype.kind not in "bf":
            raise AssertionError(f"{name}: expected masks of bools or floats, got dtype {mask.dtype}")
    if padding is not None and padding.shape != ((N, S) if batched else (S,)):
        raise AssertionError(
            f"{name}: expected a key_padding_mask of shape {(N, S) if batched else (S,)}, got {padding.shape}"
        )
    if attn_mask is not None and attn_mask.shape not in ((L, S), (N * H, L, S)):
        known_axes = attn_mask.ndim == 2 or (attn_mask.ndim == 3 and batched)
        kind = RuntimeError if known_axes else AssertionError  # as PyTorch
        raise kind(f"{name}: expected an attn_mask of shape {(L, S)} or {(N * H, L, S)}, got {attn_mask.shape}")
