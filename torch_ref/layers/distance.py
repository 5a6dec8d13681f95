"""Layers that say how far apart two vectors are, or how alike, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(nn.CosineSimilarity):
    """`F.cosine_similarity`; for all pairs of two sets, `F.normalize(a) @ F.normalize(b).T` is faster."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(nn.PairwiseDistance):
    """`F.pairwise_distance`, row by row; for all pairs of two sets there is `torch.cdist`."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
