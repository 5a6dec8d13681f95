"""Layers that normalise each channel of each sample, in PyTorch."""

from torch import Tensor, nn

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class InstanceNorm1d(nn.InstanceNorm1d):
    """`nn.InstanceNorm1d`: without parameters or running statistics, unless asked for."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)


class InstanceNorm2d(nn.InstanceNorm2d):
    """`nn.InstanceNorm2d`, for style transfer, where the contrast of an image must not matter."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)


class InstanceNorm3d(nn.InstanceNorm3d):
    """`nn.InstanceNorm3d`, for volumes of which few fit into a batch."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)
