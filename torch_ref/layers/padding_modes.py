"""Margins taken from the image itself, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
]


class CircularPad1d(nn.CircularPad1d):
    """`F.pad` with mode="circular", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return F.pad(input, self.padding, mode="circular")


class CircularPad2d(nn.CircularPad2d):
    """`F.pad` with mode="circular", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return F.pad(input, self.padding, mode="circular")


class CircularPad3d(nn.CircularPad3d):
    """`F.pad` with mode="circular", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return F.pad(input, self.padding, mode="circular")


class ReflectionPad1d(nn.ReflectionPad1d):
    """`F.pad` with mode="reflect", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, mode="reflect")


class ReflectionPad2d(nn.ReflectionPad2d):
    """`F.pad` with mode="reflect", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, mode="reflect")


class ReflectionPad3d(nn.ReflectionPad3d):
    """`F.pad` with mode="reflect", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, mode="reflect")


class ReplicationPad1d(nn.ReplicationPad1d):
    """`F.pad` with mode="replicate", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, mode="replicate")


class ReplicationPad2d(nn.ReplicationPad2d):
    """`F.pad` with mode="replicate", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, mode="replicate")


class ReplicationPad3d(nn.ReplicationPad3d):
    """`F.pad` with mode="replicate", which pads the last axis, or the last two or three, of a batch."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, mode="replicate")
