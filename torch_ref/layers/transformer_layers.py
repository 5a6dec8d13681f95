"""The layers of a transformer, in PyTorch."""

from torch import nn

__all__ = ["TransformerDecoderLayer", "TransformerEncoderLayer"]


class TransformerEncoderLayer(nn.TransformerEncoderLayer):
    """`nn.TransformerEncoderLayer(..., batch_first=True)`: only so does `eval()` under `no_grad` take the fast path."""


class TransformerDecoderLayer(nn.TransformerDecoderLayer):
    """`nn.TransformerDecoderLayer`: give it a causal `tgt_mask`, or it sees the future in training."""
