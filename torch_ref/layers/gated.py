"""Activation functions that multiply a value by a gate, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["GELU", "GLU", "Mish", "SiLU"]


class GELU(nn.GELU):
    """`nn.GELU`, or `F.gelu`; `approximate="tanh"` for the weights of GPT-2."""

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)


class GLU(nn.GLU):
    """`nn.GLU`, or `F.glu`, after a layer of twice the width."""

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)


class Mish(nn.Mish):
    """`nn.Mish`, or `F.mish`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input)


class SiLU(nn.SiLU):
    """`nn.SiLU`, or `F.silu`; others call it swish."""

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input)
