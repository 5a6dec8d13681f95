"""The PyTorch half of scratch/mlp.py: `nn.Linear` is the layer of neurons and `nn.Sequential` the network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from torch_ref.valor import vector

__all__ = ["MLP", "Layer", "Neuron"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


class Neuron(nn.Linear):
    """`nn.Linear` with one output, in float64, the precision of Python's numbers."""

    def __init__(self, in_features: int, bias: bool = True) -> None:
        super().__init__(in_features, 1, bias, dtype=torch.float64)

    def forward(self, input: Tensor | Sequence[Tensor | float]) -> Tensor:
        return super().forward(vector(input))[0]


class Layer(nn.Linear):
    """`nn.Linear` in float64; it would take a whole batch of rows at once."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias, dtype=torch.float64)

    def forward(self, input: Tensor | Sequence[Tensor | float]) -> Tensor:
        return super().forward(vector(input))


class MLP(nn.Sequential):
    """`nn.Sequential`, in which an activation is a module too and counts in the state's keys: "0.weight", "2.weight".

    The weights of a scratch network move in with `load_state_dict({k: torch.tensor(v, dtype=torch.float64) for k, v in
    mlp.state_dict().items()})`, and back with `mlp.load_state_dict(network.state_dict())`.
    """

    def __init__(
        self,
        in_features: int,
        out_features: Sequence[int],
        activation: str = "relu",
        output_activation: str | None = None,
    ) -> None:
        modules: list[nn.Module] = []
        for size, next_size in pairwise([in_features, *out_features]):
            modules += [Layer(size, next_size), _activation(activation)]
        modules[-1:] = [] if output_activation is None else [_activation(output_activation)]
        super().__init__(*modules)

    def forward(self, input: Tensor | Sequence[Tensor | float]) -> Tensor:
        return cast(Tensor, super().forward(vector(input)))  # type: ignore[no-untyped-call]  # torch leaves it untyped


def _activation(name: str) -> nn.Module:
    if name not in ACTIVATIONS:
        raise ValueError(f"MLP: expected an activation out of {', '.join(ACTIVATIONS)}, got {name!r}")
    return ACTIVATIONS[name]()
