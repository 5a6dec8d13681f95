"""Layers that normalise each channel over the batch, in PyTorch."""

from torch import Tensor, nn

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"]


class BatchNorm1d(nn.BatchNorm1d):
    """`nn.BatchNorm1d`: `model.train()` and `model.eval()` choose the statistics; a bias before it is superfluous."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)


class BatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d`: after `nn.Conv2d(..., bias=False)`, since the shift replaces the bias."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)


class BatchNorm3d(nn.BatchNorm3d):
    """`nn.BatchNorm3d`: after `nn.Conv3d(..., bias=False)`, for video and volumes."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)
