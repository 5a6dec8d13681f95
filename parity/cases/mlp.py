"""Cases of the networks made of Valores."""

import warnings
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

FLOAT64 = ("float64",)
UPSTREAM = (-0.7, 0.4, 1.3)


def _numbers(side: Side, network: Any, attribute: str) -> Any:
    """Data or gradients of all parameters in a row: one Valor each on one side, tensors on the other."""
    return np.concatenate([side.numpy(getattr(parameter, attribute)).ravel() for parameter in network.parameters()])


def _outputs(network: Any, x: Any) -> list[Any]:
    output = network(x.tolist())
    return [output] if not hasattr(output, "__len__") or getattr(output, "shape", None) == () else list(output)


def _trace(side: Side, network: Any, x: Any) -> Any:
    """Initial values from the seed; outputs and gradients; what two backwards add up to."""
    found: dict[str, Any] = {"state": {key: side.numpy(value) for key, value in network.state_dict().items()}}
    for times in ("once", "twice"):
        outputs = _outputs(network, x)
        sum(y * upstream for y, upstream in zip(outputs, UPSTREAM, strict=False)).backward()
        found[times] = {"forward": [y.item() for y in outputs], "grad": _numbers(side, network, "grad")}
    return found


def _neuron(side: Side, x: Any, **args: Any) -> Any:
    return _trace(side, side.Neuron(**args), x)


def _layer(side: Side, x: Any, **args: Any) -> Any:
    return _trace(side, side.Layer(**args), x)


def _mlp(side: Side, x: Any, **args: Any) -> Any:
    return _trace(side, side.MLP(**args), x)


def _course_neuron(side: Side) -> Any:
    """2·3 + 5·6 − 2 = 34; the gradients are the inputs, and 1 for the bias."""
    neuron = side.Neuron(2)
    neuron.load_state_dict({"weight": side.array(np.array([[3.0, 6.0]])), "bias": side.array(np.array([-2.0]))})
    y = neuron([2.0, 5.0])
    y.backward()
    return [y.item(), *_numbers(side, neuron, "grad").tolist()]


def _course_layer(side: Side) -> Any:
    """[[1, 2, 3], [4, 5, 6]] times [1, 0, −1], plus [10, 20]."""
    layer = side.Layer(3, 2)
    weight, bias = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([10.0, 20.0])
    layer.load_state_dict({"weight": side.array(weight), "bias": side.array(bias)})
    return [y.item() for y in layer([1.0, 0.0, -1.0])]


def _parameter_count(side: Side) -> Any:
    """The course's 10-8-8-10: 224 weights and 26 biases."""
    network = side.MLP(10, [8, 8, 10])
    sizes = {key: side.numpy(value).size for key, value in network.state_dict().items()}
    weights = sum(size for key, size in sizes.items() if key.endswith("weight"))
    return [weights, sum(sizes.values()) - weights, len(_numbers(side, network, "data"))]


def _inputs_that_are_valores(side: Side, x: Any) -> Any:
    inputs = [side.Valor(value) for value in x.tolist()]
    network = side.MLP(3, [4, 2], "tanh")
    first, second = network(inputs)
    (first * -0.7 + second * 0.4).backward()
    return [float(value.grad) for value in inputs]


def _xor(side: Side) -> Any:
    """Thirty steps of plain gradient descent on the four points of XOR: the loss at each."""
    network, losses = side.MLP(2, [3, 1], "tanh", output_activation="sigmoid"), []
    for _ in range(30):
        network.zero_grad()
        points = (([0.0, 0.0], 0), ([1.0, 0.0], 1), ([1.0, 1.0], 0), ([0.0, 1.0], 1))
        loss = sum((network(point)[0] - target) ** 2 for point, target in points) / 4
        loss.backward()
        for parameter in network.parameters():
            parameter.data -= 0.5 * parameter.grad
        losses.append(loss.item())
    return losses


def _reloaded(side: Side, x: Any) -> Any:
    """A state carried to a fresh network gives the same outputs."""
    network, fresh = side.MLP(3, [4, 2]), side.MLP(3, [4, 2])
    fresh.load_state_dict({key: side.array(side.numpy(value)) for key, value in network.state_dict().items()})
    return [y.item() for y in _outputs(fresh, x)]


def _sizes_of_zero(side: Side) -> Any:
    """A layer without inputs has biases, and one without neurons nothing; PyTorch warns of both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        states = [side.Layer(*sizes).state_dict() for sizes in ((0, 3), (3, 0))]
    return [side.numpy(states[0]["bias"]), sum(side.numpy(value).size for value in states[1].values())]


def _transposed_state(side: Side) -> None:
    layer = side.Layer(2, 3)
    layer.load_state_dict({"weight": side.array(np.ones((2, 3))), "bias": side.array(np.ones(3))})


def _wrong_state(side: Side, name: str, *sizes: Any) -> None:
    network = getattr(side, name)(*sizes)
    network.load_state_dict({"weight": side.array(np.ones((2, 7)))})


CASES = [
    Case(
        "Layer",
        samples=(
            ScriptSample("by hand", "a weight used by columns", expected={"result": [8.0, 18.0]}, dtypes=FLOAT64,
                         script=_course_layer),
            ScriptSample("seeded", "values drawn neuron by neuron", {"in_features": 4, "out_features": 3}, (normal(4),),
                         dtypes=FLOAT64, script=_layer),
            ScriptSample("no bias", "a bias that stays", {"in_features": 4, "out_features": 3, "bias": False},
                         (normal(4),), dtypes=FLOAT64, script=_layer),
            ScriptSample("sizes of zero", "a size of 0 taken for a mistake", dtypes=FLOAT64, script=_sizes_of_zero),
        ),
        errors=(
            ErrorSample("a transposed state", RuntimeError, script=_transposed_state),
            ErrorSample("no neurons or fewer", RuntimeError, {"in_features": 2, "out_features": -1}),
            ErrorSample("too many inputs", RuntimeError, script=lambda side: side.Layer(2, 3)([1.0, 2.0, 3.0])),
            ErrorSample("a negative size", RuntimeError, {"in_features": -1, "out_features": 3}),
            ErrorSample("a wrong state", RuntimeError, script=lambda side: _wrong_state(side, "Layer", 2, 3)),
        ),
    ),
    Case(
        "MLP",
        samples=(
            ScriptSample("how many parameters", "the course's 250, or biases forgotten",
                         expected={"result": [224, 26, 250]}, dtypes=FLOAT64, script=_parameter_count),
            ScriptSample("relu between", "an activation after the output",
                         {"in_features": 4, "out_features": [5, 3, 2]}, (normal(4),), dtypes=FLOAT64, script=_mlp),
            ScriptSample("tanh between, sigmoid after", "one activation for all layers",
                         {"in_features": 4, "out_features": [5, 2], "activation": "tanh",
                          "output_activation": "sigmoid"},
                         (normal(4),), dtypes=FLOAT64, script=_mlp),
            ScriptSample("leaky relu between", "an activation that is ignored",
                         {"in_features": 4, "out_features": [5, 2], "activation": "leaky_relu"},
                         (normal(4),), dtypes=FLOAT64, script=_mlp),
            ScriptSample("softplus between, relu after", "an activation that is ignored",
                         {"in_features": 4, "out_features": [5, 3], "activation": "softplus",
                          "output_activation": "relu"},
                         (normal(4),), dtypes=FLOAT64, script=_mlp),
            ScriptSample("sigmoid in a single layer", "an activation between where there is no between",
                         {"in_features": 4, "out_features": [3], "activation": "relu", "output_activation": "sigmoid"},
                         (normal(4),), dtypes=FLOAT64, script=_mlp),
            ScriptSample("inputs that are Valores", "a graph cut at the inputs", inputs=(normal(3),), dtypes=FLOAT64,
                         script=_inputs_that_are_valores),
            ScriptSample("XOR, thirty steps", "gradients kept between steps", dtypes=FLOAT64, script=_xor),
            ScriptSample("a state carried over", "keys or an order that are not PyTorch's", inputs=(normal(3),),
                         dtypes=FLOAT64, script=_reloaded),
        ),
        errors=(
            ErrorSample("too few inputs", RuntimeError, script=lambda side: side.MLP(2, [3, 1])([1.0])),
            ErrorSample("an unknown activation", ValueError,
                        {"in_features": 2, "out_features": [3, 1], "activation": "swoosh"}),
            ErrorSample("no layer", ValueError, {"in_features": 2, "out_features": []},
                        only_ours="an empty nn.Sequential hands its input through, which no one means by a network"),
            ErrorSample("a wrong state", RuntimeError, script=lambda side: _wrong_state(side, "MLP", 2, [3, 1])),
        ),
    ),
    Case(
        "Neuron",
        samples=(
            ScriptSample("by hand", "the course's 34, or a bias forgotten", expected={"result": [34.0, 2.0, 5.0, 1.0]},
                         dtypes=FLOAT64, script=_course_neuron),
            ScriptSample("seeded", "values that are not drawn as a Linear's", {"in_features": 4}, (normal(4),),
                         dtypes=FLOAT64, script=_neuron),
            ScriptSample("no bias", "a bias that stays", {"in_features": 4, "bias": False}, (normal(4),),
                         dtypes=FLOAT64, script=_neuron),
        ),
        errors=(
            ErrorSample("too few inputs", RuntimeError, script=lambda side: side.Neuron(2)([1.0])),
            ErrorSample("a wrong state", RuntimeError, script=lambda side: _wrong_state(side, "Neuron", 2)),
        ),
    ),
]  # fmt: skip
