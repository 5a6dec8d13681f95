"""Regularisation as penalties, in PyTorch."""

from collections.abc import Iterable

from torch import Tensor, nn
from torch.nn import Parameter

__all__ = ["L1Penalty", "L2Penalty"]


class _Penalty(nn.Module):
    """λ times a sum over every number of every parameter."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        if not weight >= 0:
            raise ValueError(f"{type(self).__name__}: expected weight >= 0, got {weight}")
        self.weight = float(weight)

    def forward(self, parameters: Iterable[Parameter]) -> Tensor:
        totals = [self.total(parameter) for parameter in parameters]
        if not totals:
            raise ValueError(f"{type(self).__name__}: expected parameters, got none; an iterator serves one call")
        return self.weight * sum(totals[1:], start=totals[0])

    def total(self, values: Tensor) -> Tensor:
        raise NotImplementedError


class L1Penalty(_Penalty):
    """`loss + weight * sum(p.abs().sum() for p in model.parameters())`: one line, and autograd does the rest."""

    def total(self, values: Tensor) -> Tensor:
        return values.abs().sum()


class L2Penalty(_Penalty):
    """`loss + weight * sum(p.square().sum() for p in model.parameters())`; or `weight_decay=2 * weight` of SGD."""

    def total(self, values: Tensor) -> Tensor:
        return values.square().sum()
