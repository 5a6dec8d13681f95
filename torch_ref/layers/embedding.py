"""Layers that look rows up in a table by whole numbers, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Embedding", "EmbeddingBag"]


class Embedding(nn.Embedding):
    """`nn.Embedding` is the first layer of nearly every model of language; `F.embedding` takes the indices first."""

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )


class EmbeddingBag(nn.EmbeddingBag):
    """`nn.EmbeddingBag` spares memory: the rows of a bag are never held side by side, as with `nn.Embedding`."""

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )
