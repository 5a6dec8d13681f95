"""A network of Valores: neurons make a layer, layers make a multilayer perceptron."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scratch.layers.linear import Linear
from scratch.valor import Valor, dot

__all__ = ["MLP", "Layer", "Neuron"]

ACTIVATIONS = ("leaky_relu", "relu", "sigmoid", "softplus", "tanh")

State = Mapping[str, Iterable[Any]]


class Network:
    """What neurons, layers and networks share: their parameters, and the state that PyTorch's twin can load."""

    def tensors(self) -> dict[str, list[Any]]:
        """The Valores by PyTorch's keys: a weight is a list of rows, a bias is a list."""
        raise TypeError("Network is the base of Neuron, Layer and MLP")

    def parameters(self) -> list[Valor]:
        """Every Valor that is trained, in the order of PyTorch's parameters laid out flat."""
        return [valor for tensor in self.tensors().values() for valor in _flat(tensor)]

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, list[Any]]:
        """The values as nested lists: `{"weight": [[3.0, 6.0]], "bias": [-2.0]}`."""
        return {key: _numbers(tensor) for key, tensor in self.tensors().items()}

    def load_state_dict(self, state_dict: State) -> None:
        """Take the values from nested lists, arrays or tensors. A wrong state changes nothing.

        Raises:
            RuntimeError: a key is missing or unexpected, or a shape differs.
        """
        name, own = type(self).__name__, self.tensors()
        if set(own) != set(state_dict):
            raise RuntimeError(f"{name}: expected a state with the keys {sorted(own)}, got {sorted(state_dict)}")
        given = {key: _numbers(state_dict[key]) for key in own}
        for key, tensor in own.items():
            if _shape(given[key]) != _shape(tensor):
                raise RuntimeError(f"{name}: expected {key} of shape {_shape(tensor)}, got {_shape(given[key])}")
        for key, tensor in own.items():
            for valor, number in zip(_flat(tensor), _flat(given[key]), strict=True):
                valor.data = number


class Neuron(Network):
    """A weighted sum of the inputs plus a bias. The activation stands apart, as in PyTorch: `neuron(inputs).tanh()`.

    Math:
        y = Σᵢ wᵢ xᵢ + b, initially uniform in ±1/√in_features.

    Args:
        in_features: the number of inputs.
        bias: whether b is added.

    Shape:
        - Input: (in_features), a list of numbers or Valores.
        - Output: (), a Valor.

    Raises:
        RuntimeError: the number of inputs is not `in_features`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html with one output

    Example:
        >>> neuron = Neuron(2)
        >>> neuron.load_state_dict({"weight": [[3.0, 6.0]], "bias": [-2.0]})
        >>> neuron([2.0, 5.0]).data  # 2·3 + 5·6 − 2
        34.0
    """

    def __init__(self, in_features: int, bias: bool = True) -> None:
        self.in_features = in_features
        [(self.weight, self.bias)] = _draw(self, in_features, 1, bias)

    def __call__(self, inputs: Sequence[Valor | float]) -> Valor:
        self.check(inputs)
        return dot(self.weight, inputs, 0.0 if self.bias is None else self.bias)

    def tensors(self) -> dict[str, list[Any]]:
        return {"weight": [self.weight]} | ({} if self.bias is None else {"bias": [self.bias]})


class Layer(Network):
    """Neurons side by side on the same inputs: `Linear`, made of Valores.

    Math:
        y_o = Σᵢ W_oi xᵢ + b_o, initially uniform in ±1/√in_features.

    Args:
        in_features: the number of inputs.
        out_features: the number of neurons.
        bias: whether each neuron has a bias.

    Shape:
        - Input: (in_features), a list of numbers or Valores.
        - Output: (out_features), a list of Valores.

    Raises:
        RuntimeError: the number of inputs is not `in_features`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html

    Example:
        >>> layer = Layer(2, 2)
        >>> layer.load_state_dict({"weight": [[1.0, 2.0], [3.0, 4.0]], "bias": [0.0, 1.0]})
        >>> [y.data for y in layer([1.0, -1.0])]
        [-1.0, 0.0]
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        self.in_features = in_features
        self.rows = _draw(self, in_features, out_features, bias)

    def __call__(self, inputs: Sequence[Valor | float]) -> list[Valor]:
        self.check(inputs)
        return [dot(weight, inputs, 0.0 if bias is None else bias) for weight, bias in self.rows]

    def tensors(self) -> dict[str, list[Any]]:
        ...
