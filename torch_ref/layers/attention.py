"""Layers in which the elements of one sequence look at those of another, in PyTorch."""

from torch import nn

__all__ = ["MultiheadAttention"]


class MultiheadAttention(nn.MultiheadAttention):
    """`attention(x, x, x, need_weights=False)`: without the weights as an output it may use a fused kernel.

    For projections of one's own there is `F.scaled_dot_product_attention(q, k, v)`, on (N, heads, L, d).
    """
