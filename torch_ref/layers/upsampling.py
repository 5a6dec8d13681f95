"""Layers that enlarge images, or shrink them, without learning anything, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]


class Upsample(nn.Upsample):
    """`nn.Upsample` in an `nn.Sequential`; elsewhere `F.interpolate`, which also has `antialias` for shrinking."""

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )


class UpsamplingBilinear2d(nn.UpsamplingBilinear2d):
    """Deprecated: write `nn.Upsample(mode="bilinear", align_corners=True)`, which says that the corners are aligned."""

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(input, self.size, self.scale_factor, "bilinear", align_corners=True)


class UpsamplingNearest2d(nn.UpsamplingNearest2d):
    """Deprecated: write `nn.Upsample`, whose mode is "nearest" by default."""

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(input, self.size, self.scale_factor, "nearest")
