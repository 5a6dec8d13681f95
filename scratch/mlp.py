"""A network of Valores: neurons make a layer, layers make a multilayer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Self, cast

from scratch.layers.linear import Linear
from scratch.valor import Valor, dot

__all__ = ["MLP", "Layer", "Neuron"]

ACTIVATIONS = ("leaky_relu", "relu", "sigmoid", "softplus", "tanh")


class Network:
    """What a neuron, a layer and a network share: their parameters, and a state that PyTorch's twin understands."""

    in_features: int

    def tensors(self) -> dict[str, list[Any]]:
        """The Valores by PyTorch's keys: a weight is a list of rows, a bias a list."""
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

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take the values from nested lists, arrays or tensors. A wrong state changes nothing.

        Raises:
            RuntimeError: a key is missing or unexpected, or a shape differs.
        """
        name, own = type(self).__name__, self.tensors()
        if set(own) != set(state_dict):
            raise RuntimeError(f"{name}: expected a state with the keys {sorted(own)}, got {sorted(state_dict)}")
        given = {key: _numbers(state_dict[key]) for key in own}
        for key in own:
            expected, got = _shape(own[key]), _shape(given[key])
            if got != expected:
                raise RuntimeError(f"{name}: expected {key} of shape {expected}, got {got}")
        for key in own:
            for valor, number in zip(_flat(own[key]), _flat(given[key]), strict=True):
                valor.data = number

    def check(self, inputs: Sequence[Valor | float]) -> None:
        if len(inputs) != self.in_features:
            name = type(self).__name__
            raise RuntimeError(f"{name}: expected in_features={self.in_features} inputs, got {len(inputs)}")


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
        - weight: (1, in_features); bias: (1).

    Raises:
        RuntimeError: the number of inputs is not `in_features`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html, with one output

    Example:
        >>> neuron = Neuron(2)
        >>> neuron.load_state_dict({"weight": [[3.0, 6.0]], "bias": [-2.0]})
        >>> neuron([2.0, 5.0]).data  # 2·3 + 5·6 − 2
        34.0
    """

    def __init__(self, in_features: int, bias: bool = True) -> None:
        self.in_features = in_features
        [(self.weight, self.bias)] = _draw("Neuron", in_features, 1, bias)

    @classmethod
    def of(cls, weight: list[Valor], bias: Valor | float) -> Self:
        """A neuron of these Valores, where the constructor draws its own."""
        neuron = cls.__new__(cls)
        neuron.in_features, neuron.weight, neuron.bias = len(weight), weight, bias
        return neuron

    def __call__(self, inputs: Sequence[Valor | float]) -> Valor:
        self.check(inputs)
        return dot(self.weight, inputs, self.bias)

    def tensors(self) -> dict[str, list[Any]]:
        return {"weight": [self.weight]} | ({"bias": [self.bias]} if isinstance(self.bias, Valor) else {})


class Layer(Network):
    """Neurons side by side on the same inputs: PyTorch's Linear, made of Valores.

    Math:
        y_o = Σᵢ W_oi xᵢ + b_o, initially uniform in ±1/√in_features.

    Args:
        in_features: the number of inputs.
        out_features: the number of neurons.
        bias: whether each neuron has a bias.

    Shape:
        - Input: (in_features), a list of numbers or Valores.
        - Output: (out_features), a list of Valores.
        - weight: (out_features, in_features); bias: (out_features).

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
        self.neurons = [Neuron.of(*drawn) for drawn in _draw("Layer", in_features, out_features, bias)]

    def __call__(self, inputs: Sequence[Valor | float]) -> list[Valor]:
        self.check(inputs)
        return [dot(neuron.weight, inputs, neuron.bias) for neuron in self.neurons]

    def tensors(self) -> dict[str, list[Any]]:
        bias = [neuron.bias for neuron in self.neurons if isinstance(neuron.bias, Valor)]
        return {"weight": [neuron.weight for neuron in self.neurons]} | ({"bias": bias} if bias else {})


class MLP(Network):
    """A multilayer perceptron: layers with an activation between them, and one after the last where it is asked for.

    Math:
        h₀ = inputs, h_l = activation(W_l h_{l−1} + b_l) for the layers before the last, which has output_activation.

    Args:
        in_features: the number of inputs.
        out_features: the number of neurons in each layer; the last is the output.
        activation: "relu", "tanh", "sigmoid", "leaky_relu" or "softplus".
        output_activation: one of them, or None: the output is then the weighted sum itself.

    Shape:
        - Input: (in_features), a list of numbers or Valores.
        - Output: (out_features[-1]), a list of Valores.
        - State: the keys of nn.Sequential(Linear, activation, Linear ...): "0.weight", "0.bias", "2.weight" ...

    Raises:
        RuntimeError: the number of inputs is not `in_features`.
        ValueError: an activation that is not known, or no layer.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html

    Example:
        >>> len(MLP(10, [8, 8, 10]).parameters())  # 10·8 + 8·8 + 8·10 = 224 weights and 8 + 8 + 10 = 26 biases
        250
    """

    def __init__(
        self,
        in_features: int,
        out_features: Sequence[int],
        activation: str = "relu",
        output_activation: str | None = None,
    ) -> None:
        if not out_features:
            raise ValueError("MLP: expected the size of at least one layer in out_features, got none")
        between = [_activation(activation)] * (len(out_features) - 1)
        self.activations = [*between, None if output_activation is None else _activation(output_activation)]
        self.in_features = in_features
        self.layers = [Layer(size, next_size) for size, next_size in pairwise([in_features, *out_features])]

    def __call__(self, inputs: Sequence[Valor | float]) -> list[Valor]:
        self.check(inputs)
        values: Any = inputs
        for layer, activation in zip(self.layers, self.activations, strict=True):
            values = layer(values)
            if activation is not None:
                values = [activation(value) for value in values]
        return list(values)

    def tensors(self) -> dict[str, list[Any]]:
        found = {}
        for index, layer in enumerate(self.layers):
            for key, tensor in layer.tensors().items():
                found[f"{2 * index}.{key}"] = tensor  # the Sequential's odd indices are activations, without a state
        return found


def _activation(name: str) -> Callable[[Valor], Valor]:
    if name not in ACTIVATIONS:
        raise ValueError(f"MLP: expected an activation out of {', '.join(ACTIVATIONS)}, got {name!r}")
    return cast(Callable[[Valor], Valor], getattr(Valor, name))


def _draw(name: str, in_features: int, out_features: int, bias: bool) -> list[tuple[list[Valor], Valor | float]]:
    """Weights and bias of each neuron, drawn as PyTorch draws a Linear: the whole weight, then the bias.

    Where there is no bias, the number 0 stands for it.
    """
    if in_features < 0 or out_features < 0:
        raise RuntimeError(f"{name}: expected sizes of 0 or more, got {in_features} and {out_features}")
    drawn = Linear(in_features, out_features, bias, dtype="float64").state_dict()
    neurons = []
    for o, row in enumerate(drawn["weight"].tolist()):
        weight = [Valor(w, f"weight[{o},{i}]") for i, w in enumerate(row)]
        neurons.append((weight, Valor(drawn["bias"][o], f"bias[{o}]") if bias else 0.0))
    return neurons


def _flat(tensor: list[Any]) -> list[Any]:
    return [x for row in tensor for x in (row if isinstance(row, list) else [row])]


def _numbers(tensor: Any) -> Any:
    """Nested lists of numbers, from nested lists, an array or a tensor."""
    rows = tensor.tolist() if hasattr(tensor, "tolist") else tensor
    return [_numbers(row) for row in rows] if isinstance(rows, list) else float(rows)


def _shape(tensor: Any) -> tuple[int, ...]:
    """The shape of nested lists; rows of several lengths show all of them, and so equal no true shape."""
    if not isinstance(tensor, list):
        return ()
    return (len(tensor), *sorted({len(row) for row in tensor if isinstance(row, list)}))
