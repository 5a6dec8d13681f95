"""The PyTorch half of scratch/valor.py: a float64 scalar tensor already is what a Valor wants to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["Valor", "dot", "logsumexp", "sum"]


class Valor(Tensor):
    """A scalar tensor that requires grad. Arithmetic, `exp`, `tanh`, `relu` and the rest are Tensor's own.

    The methods below only exist elsewhere in PyTorch, or there want a tensor where Python offers a number.
    """

    label: str

    @staticmethod
    def __new__(cls, data: float, label: str = "") -> Self:
        leaf = torch.tensor(data, dtype=torch.float64).as_subclass(cls)
        leaf.requires_grad = True
        leaf.label = label
        return leaf

    def zero_grad(self) -> None:
        self.grad = None

    def backward(
        self, gradient: Any = None, retain_graph: Any = True, create_graph: Any = False, inputs: Any = None
    ) -> None:
        gradient = None if gradient is None else torch.as_tensor(gradient, dtype=self.dtype)
        torch.autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def leaky_relu(self, negative_slope: float = 0.01) -> Tensor:
        return F.leaky_relu(self, negative_slope)

    def softplus(self, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
        return F.softplus(self, beta, threshold)

    def maximum(self, other: Tensor | float) -> Tensor:
        return torch.maximum(self, torch.as_tensor(other, dtype=self.dtype))

    def minimum(self, other: Tensor | float) -> Tensor:
        return torch.minimum(self, torch.as_tensor(other, dtype=self.dtype))


def vector(values: Tensor | Iterable[Tensor | float]) -> Tensor:
    """One tensor of many scalars. PyTorch code would keep them as a vector from the start."""
    return torch.stack([torch.as_tensor(x, dtype=torch.float64) for x in values])


def dot(weights: Sequence[Tensor], inputs: Sequence[Tensor | float], bias: Tensor | float = 0.0) -> Tensor:
    """`torch.dot` of the stacked scalars."""
    return torch.dot(vector(weights), vector(inputs)) + bias


def sum(values: Iterable[Tensor]) -> Tensor:
    """`torch.sum` of the stacked scalars."""
    return torch.sum(vector(values))


def logsumexp(values: Iterable[Tensor]) -> Tensor:
    """`torch.logsumexp` of the stacked scalars; its gradient is the softmax."""
    return torch.logsumexp(vector(values), dim=0)
