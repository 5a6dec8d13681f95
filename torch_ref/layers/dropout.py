"""Layers that leave elements or channels out at random, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class Dropout(nn.Dropout):
    """`nn.Dropout`: `model.eval()` turns it off; `F.dropout` must be told `training=self.training`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training)


class Dropout1d(nn.Dropout1d):
    """`nn.Dropout1d`, after `nn.Conv1d`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training)


class Dropout2d(nn.Dropout2d):
    """`nn.Dropout2d`, after `nn.Conv2d`; always on a batch, since three axes are taken for (N, C, L)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training)


class Dropout3d(nn.Dropout3d):
    """`nn.Dropout3d`, after `nn.Conv3d`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training)


class AlphaDropout(nn.AlphaDropout):
    """`nn.AlphaDropout`, after `nn.SELU`; `F.alpha_dropout` is off unless told `training=True`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(nn.FeatureAlphaDropout):
    """`nn.FeatureAlphaDropout`, after a convolution and `nn.SELU`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training)
