"""Average pooling and power-average pooling, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "LPPool1d", "LPPool2d", "LPPool3d"]


class AvgPool1d(nn.AvgPool1d):
    """`F.avg_pool1d` with a stride of 1 is a moving average."""

    def forward(self, input: Tensor) -> Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool1d(input, *window, self.ceil_mode, self.count_include_pad)


class AvgPool2d(nn.AvgPool2d):
    """`F.avg_pool2d`; for one mean of the whole image, `x.mean(dim=(-2, -1))`."""

    def forward(self, input: Tensor) -> Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool2d(input, *window, self.ceil_mode, self.count_include_pad, self.divisor_override)


class AvgPool3d(nn.AvgPool3d):
    """`F.avg_pool3d`; with divisor_override=1 it is a sum."""

    def forward(self, input: Tensor) -> Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool3d(input, *window, self.ceil_mode, self.count_include_pad, self.divisor_override)


class LPPool1d(nn.LPPool1d):
    """`F.lp_pool1d`; give it `x.abs()` where p is odd, or roots of what is negative become nan."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(nn.LPPool2d):
    """`F.lp_pool2d`; p = 1 sums, and a large p comes near max pooling of `x.abs()`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(nn.LPPool3d):
    """`F.lp_pool3d`, as in two dimensions."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
