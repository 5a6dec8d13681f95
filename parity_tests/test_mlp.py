"""Neuron, Layer and MLP of Valores against nn.Linear and nn.Sequential: the same seed, the same network."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import scratch
import torch_ref
from scratch import mlp, valor
from scratch.mlp import MLP, Layer, Neuron
from scratch.valor import Valor
from torch_ref import mlp as twin
from torch_ref import valor as torch_valor

NETWORKS: list[tuple[Any, ...]] = [
    (2, [4, 1]),
    (10, [8, 8, 10], "tanh"),
    (3, [5, 2], "sigmoid", "sigmoid"),
    (3, [5, 2], "leaky_relu", "softplus"),
    (3, [5, 4, 2], "softplus"),
    (4, [3], "relu", "tanh"),
]
INPUTS = [0.5, -1.0, 2.0, 0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.7]


def build(half: Any, name: str, *args: Any) -> Any:
    (scratch if half is mlp else torch_ref).manual_seed(3)
    return getattr(half, name)(*args)


def flat(parameters: Any, attribute: str) -> Any:
    return np.concatenate([np.ravel(getattr(parameter, attribute)) for parameter in parameters])


@pytest.mark.parametrize("args", NETWORKS)
def test_network_is_torchs_from_the_seed_alone(args: tuple[Any, ...]) -> None:
    ours, theirs = build(mlp, "MLP", *args), build(twin, "MLP", *args)
    assert ours.state_dict() == {key: tensor.tolist() for key, tensor in theirs.state_dict().items()}
    upstream = [1.0, -0.5, 0.25, 2.0, -3.0, 0.5, 1.5, -1.0, 0.1, 0.7]
    outputs = []
    for network in (ours, theirs):
        for _ in range(2):
            output = network(INPUTS[: args[0]])
            sum(y * weight for y, weight in zip(output, upstream, strict=False)).backward()
        outputs.append([y.item() for y in output])
    assert outputs[0] == pytest.approx(outputs[1], rel=1e-13)
    gradients = [flat(network.parameters(), "grad") for network in (ours, theirs)]
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("name", "sizes"), [("Neuron", (3,)), ("Layer", (3, 2))])
def test_neuron_and_layer_are_linear(name: str, sizes: tuple[int, ...], bias: bool) -> None:
    ours, theirs = build(mlp, name, *sizes, bias), build(twin, name, *sizes, bias)
    assert ours.state_dict() == {key: tensor.tolist() for key, tensor in theirs.state_dict().items()}
    a, b = ours(INPUTS[:3]), theirs(INPUTS[:3])
    assert np.ravel([float(y) for y in (a if isinstance(a, list) else [a])]) == pytest.approx(np.ravel(b.tolist()))


def test_inputs_may_be_valores_and_receive_gradients() -> None:
    ours, theirs = build(mlp, "MLP", 2, [3, 1], "tanh"), build(twin, "MLP", 2, [3, 1], "tanh")
    a, b = [Valor(0.5), Valor(-1.0)], [torch_valor.Valor(0.5), torch_valor.Valor(-1.0)]
    ours(a)[0].backward()
    theirs(b)[0].backward()
    assert [x.grad for x in a] == pytest.approx([float(x.grad) for x in b if x.grad is not None], rel=1e-13)


def test_gradients_against_finite_differences() -> None:
    network = build(mlp, "MLP", 3, [4, 2], "tanh")

    def loss() -> Valor:
        return valor.sum([y * y for y in network(INPUTS[:3])])

    loss().backward()
    for parameter in network.parameters():
        before, step = parameter.data, 1e-6
        parameter.data = before + step
        above = loss().data
        parameter.data = before - step
        assert parameter.grad == pytest.approx((above - loss().data) / (2 * step), rel=1e-7, abs=1e-9)
        parameter.data = before


def test_worked_examples() -> None:
    neuron = Neuron(2)
    neuron.load_state_dict({"weight": [[3, 6]], "bias": [-2]})
    y = neuron([2, 5])
    assert y.data == 34.0
    y.backward()
    assert [p.grad for p in neuron.parameters()] == [2.0, 5.0, 1.0]
    assert len(MLP(10, [8, 8, 10]).parameters()) == 224 + 26
    assert sum(p.numel() for p in twin.MLP(10, [8, 8, 10]).parameters()) == 250
    assert len(Layer(10, 8, bias=False).parameters()) == 80


def test_weights_travel_both_ways() -> None:
    ours, theirs = build(mlp, "MLP", 3, [5, 2]), twin.MLP(3, [5, 2])
    theirs.load_state_dict({k: torch.tensor(v, dtype=torch.float64) for k, v in ours.state_dict().items()})
    assert theirs(INPUTS[:3]).tolist() == pytest.approx([y.data for y in ours(INPUTS[:3])], rel=1e-14)
    fresh = MLP(3, [5, 2])
    fresh.load_state_dict(theirs.state_dict())
    assert fresh.state_dict() == ours.state_dict()
    fresh.load_state_dict({key: np.array(value, np.float32) for key, value in ours.state_dict().items()})
    assert all(type(parameter.data) is float for parameter in fresh.parameters())


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"weight": [[1.0, 2.0]]}, r"Neuron: expected a state with the keys \['bias', 'weight'\], got \['weight'\]"),
        ({"weight": [[1.0, 2.0, 3.0]], "bias": [0.0]}, r"Neuron: expected weight of shape \(1, 2\), got \(1, 3\)"),
        ({"weight": [[1.0, 2.0]], "bias": [0.0, 0.0]}, r"Neuron: expected bias of shape \(1,\), got \(2,\)"),
        ({"weight": [[1.0, 2.0]], "bias": 0.0}, r"Neuron: expected bias of shape \(1,\), got \(\)"),
        ({"weight": [[1.0, 2.0], [3.0]], "bias": [0.0]}, r"Neuron: expected weight of shape \(1, 2\), got \(2, 1, 2\)"),
    ],
)
def test_a_wrong_state_changes_nothing(state: dict[str, Any], message: str) -> None:
    neuron = Neuron(2)
    before = neuron.state_dict()
    with pytest.raises(RuntimeError, match=message):
        neuron.load_state_dict(state)
    assert neuron.state_dict() == before


@pytest.mark.parametrize("make", [lambda: Neuron(2), lambda: Layer(2, 3), lambda: MLP(2, [3, 1])])
def test_a_wrong_number_of_inputs_names_the_class(make: Any) -> None:
    network = make()
    with pytest.raises(RuntimeError, match=f"{type(network).__name__}: expected in_features=2 inputs, got 3"):
        network([1.0, 2.0, 3.0])


def test_bad_arguments() -> None:
    for half in (mlp, twin):
        with pytest.raises(ValueError, match="MLP: expected an activation out of leaky_relu, relu"):
            half.MLP(2, [3, 1], "rele")
        with pytest.raises(ValueError, match="got 'rele'"):
            half.MLP(2, [3, 1], "relu", "rele")
        with pytest.raises(RuntimeError):
            half.Layer(-1, 2)
    with pytest.raises(ValueError, match="MLP: expected the size of at least one layer"):
        MLP(2, [])


def test_sizes_of_zero_are_allowed_as_in_torch() -> None:
    with pytest.warns(UserWarning, match="empty tensor"):
        no_inputs, no_neurons = Layer(0, 2), Layer(2, 0)
    assert [y.data for y in no_inputs([])] == no_inputs.state_dict()["bias"] == [0.0, 0.0]
    assert no_neurons([1.0, 2.0]) == []


def test_zero_grad_and_training() -> None:
    """XOR with two hidden neurons: the loss of both halves after every step of plain gradient descent."""
    points = list(itertools.product([0.0, 1.0], repeat=2))
    losses = []
    for half in (mlp, twin):
        network, lr = build(half, "MLP", 2, [2, 1], "tanh", "sigmoid"), 0.5
        curve = []
        for _ in range(30):
            network.zero_grad()
            loss = sum((network(point)[0] - float(point[0] != point[1])) ** 2 for point in points) / 4
            loss.backward()
            for parameter in network.parameters():
                parameter.data -= lr * parameter.grad
            curve.append(loss.item())
        losses.append(curve)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-12)
    assert losses[0][-1] < losses[0][0]
