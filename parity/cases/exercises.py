"""Cases of the course exercises."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, integers, normal, uniform
from parity.sides import Side

__all__ = ["CASES"]

X = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
Y = np.array([[0.0], [1.0], [0.0], [1.0]])
# Numbers that floats hold exactly, and so do the results of one step.
TWO_NEURONS = {
    "input": 1.0,
    "target": 4.0,
    "hidden_weight": [1.0, 2.0],
    "hidden_bias": 0.0,
    "output_weight": [1.0, 1.0],
    "output_bias": 0.0,
    "lr": 0.125,
}


def _one_weight(side: Side, **args: Any) -> Any:
    return side.exercises.one_weight(**args)


def _hidden_layer(side: Side, **args: Any) -> Any:
    return side.exercises.hidden_layer(**args)


def _xor_network(side: Side, x: Any, y: Any, **args: Any) -> Any:
    return side.exercises.xor_network(side.array(x), side.array(y), **args)


def _layer(activation: str, bias: float = 1.0) -> dict[str, Any]:
    return {"n_of_inputs": 4, "n_of_neurons": 3, "activation": activation, "bias": bias}


def _network(side: Side) -> Any:
    network = side.exercises.NeuralNetwork(4, lr=0.5)
    network.append_layer(3, "tanh", 0.25)
    network.append_layer(2, "sigmoid", -0.5)
    return network


def _three_steps(side: Side, x: Any, *derivatives: Any) -> Any:
    """The course's way: forward, the derivative of some loss, backward; the weights have changed."""
    network = _network(side)
    outputs = []
    for derivative in derivatives:
        outputs.append(network.forward(side.array(x)))
        network.backward(side.array(derivative))
    return [outputs, network.state_dict(), [side.grad(parameter) for parameter in network.parameters()]]


def _forward_and_call(side: Side, x: Any, derivative: Any) -> Any:
    """Five rows through a call, then three through forward: backward belongs to the three."""
    network = _network(side)
    network(side.array(x))
    network.forward(side.array(x[:3]))
    network.backward(side.array(derivative[:3]))
    return network.state_dict()


def _number_of_parameters(side: Side) -> Any:
    """10·8 + 8·8 + 8·10 weights and 8 + 8 + 10 biases."""
    network = side.exercises.NeuralNetwork(10, lr=0.1)
    for n_of_neurons in (8, 8, 10):
        network.append_layer(n_of_neurons, "relu", 1)
    sizes = {name: math.prod(parameter.shape) for name, parameter in network.named_parameters()}
    weights = sum(size for name, size in sizes.items() if name.endswith("weight"))
    return [weights, sum(sizes.values()) - weights, sum(sizes.values())]


def _input_gradients(side: Side) -> Any:
    """Which layers hand a derivative on. Autograd computes what somebody asks for."""
    network = _network(side)
    return [layer.needs_input_grad for layer in network.layers] if side.name == "scratch" else [False, True]


def _in_float64(side: Side) -> Any:
    network = side.exercises.NeuralNetwork(3, lr=0.1, dtype=side.dtype("float64"))
    network.append_layer(2, "linear", 1)
    return network.state_dict()


def _backward(side: Side, forwards: int, backwards: int) -> None:
    network = _network(side)
    for _ in range(forwards):
        network.forward(side.array(np.ones((5, 4))))
    for _ in range(backwards):
        network.backward(side.array(np.ones((5, 2))))


def _xor_state(side: Side, **args: Any) -> Any:
    network = side.exercises.build_xor(**args)
    return [network.lr, network.state_dict()]


def _train_xor(side: Side, x: Any, y: Any, **args: Any) -> Any:
    return side.exercises.train_xor(side.exercises.build_xor(), side.array(x), side.array(y), **args)


def _watched_xor(side: Side, x: Any, y: Any) -> Any:
    seen: list[Any] = []
    _train_xor(side, x, y, epochs=3, on_step=lambda step, loss: seen.append([step, loss]))
    return seen


def _mnist_state(side: Side, **args: Any) -> Any:
    network = side.exercises.mnist_network(**args)
    return [network.lr, network.state_dict()]


def _train_mnist(side: Side, images: Any, labels: Any, **args: Any) -> Any:
    network = side.exercises.mnist_network()
    return side.exercises.train_mnist(network, side.array(images), side.array(labels), **args)


def _watched_mnist(side: Side, images: Any, labels: Any) -> Any:
    seen: list[Any] = []
    _train_mnist(side, images, labels, on_step=lambda step, loss: seen.append([step, loss]))
    return seen


def _bright_pixel(side: Side) -> Any:
    """From zero weights and one bright pixel, only that pixel's weight changes: row 1, column 2 is number 28 + 2."""
    network = side.exercises.NeuralNetwork(784, lr=0.25)
    network.append_layer(1, "linear", 0)
    side.load(network, {"layers.0.weight": np.zeros((1, 784)), "layers.0.bias": np.zeros(1)})
    images = np.zeros((1, 28, 28))
    images[0, 1, 2] = 1.0
    side.exercises.train_mnist(network, side.array(images), side.array(np.array([0])))
    weight = side.numpy(network.state_dict()["layers.0.weight"])
    return [int(weight.argmax()), int(np.count_nonzero(weight)), float(weight.max())]


IMAGES = (uniform(20, 28, 28), integers(20, high=10))

CASES = [
    Case(
        "exercises.one_weight",
        samples=(
            ScriptSample(
                "worked by hand",
                "a loss written down after the step, or a derivative without its factor of 2",
                {"input": 2.0, "target": 8.0, "weight": 1.0, "lr": 0.125, "epochs": 2},
                expected={"result.output": [2.0, 8.0], "result.loss": [36.0, 0.0], "result.weight": [4.0, 4.0]},
                script=_one_weight,
            ),
            ScriptSample(
                "slowly",
                "a derivative that forgets the input",
                {"input": 1.5, "target": 0.3, "weight": -0.7, "lr": 0.05, "epochs": 50},
                script=_one_weight,
            ),
            ScriptSample(
                "whole numbers",
                "numbers cut to whole ones",
                {"input": 1, "target": 0, "weight": 3, "lr": 0.1, "epochs": 3},
                script=_one_weight,
            ),
        ),
    ),
    Case(
        "exercises.hidden_layer",
        samples=(
            ScriptSample(
                "worked by hand",
                "output weights changed before the hidden derivatives are taken, or a bias for each hidden neuron",
                TWO_NEURONS | {"epochs": 1},
                expected={
                    "result.output": [3.0],
                    "result.loss": [1.0],
                    "result.hidden_weight": [[1.25, 2.25]],
                    "result.hidden_bias": [0.5],
                    "result.output_weight": [[1.25, 1.5]],
                    "result.output_bias": [0.25],
                },
                script=_hidden_layer,
            ),
            ScriptSample(
                "slowly",
                "an error that only shows after some steps",
                TWO_NEURONS | {"input": 0.6, "lr": 0.02, "epochs": 40},
                script=_hidden_layer,
            ),
        ),
    ),
    Case(
        "exercises.xor_network",
        samples=(
            ScriptSample(
                "course",
                "weights that are not drawn hidden layer first, or biases that start at 0",
                {"epochs": 40},
                (X, Y),
                script=_xor_network,
            ),
            ScriptSample(
                "other rate and rows",
                "a mean where the sum over the rows is meant",
                {"lr": 0.7, "epochs": 10},
                (normal(5, 2), uniform(5, 1)),
                script=_xor_network,
            ),
        ),
        errors=(
            ErrorSample(
                "answers in a row",
                ValueError,
                script=lambda side: _xor_network(side, X, np.array([0.0, 1.0, 0.0, 1.0])),
            ),
            ErrorSample("three inputs", ValueError, script=lambda side: _xor_network(side, np.ones((4, 3)), Y)),
        ),
    ),
    Case(
        "exercises.Layer",
        samples=(
            *(
                ModuleSample(
                    activation,
                    f"a wrong derivative of {activation}, or a weight that is not transposed",
                    _layer(activation),
                    (normal(5, 4),),
                )
                for activation in ("linear", "relu", "sigmoid", "softmax", "tanh")
            ),
            ModuleSample(
                "worked by hand",
                "a bias of the wrong sign: 2·3 + 5·6 − 2 is 34",
                {"n_of_inputs": 2, "n_of_neurons": 1, "activation": "linear", "bias": -2},
                (np.array([[2.0, 5.0]]),),
                parameters={"weight": np.array([[3.0, 6.0]]), "bias": np.array([-2.0])},
                expected={"initial.bias": [-2.0], "forward": [[34.0]]},
            ),
            ModuleSample("one row", "rows taken for granted", _layer("softmax", bias=0.5), (normal(4),)),
            ModuleSample(
                "at the kink",
                "a slope of 1 where the sum is exactly 0",
                _layer("relu"),
                (np.zeros((5, 4)),),
                parameters={"bias": np.array([0.0, 1.0, -1.0])},
                kink="the sum of the first neuron is 0",
            ),
            ModuleSample(
                "large sums in a sigmoid",
                "an exponential that overflows",
                _layer("sigmoid"),
                (normal(5, 4, std=1000.0),),
                kink="the sigmoid is flat where the difference is taken",
            ),
            ModuleSample(
                "large sums in a softmax",
                "a softmax without its largest sum subtracted, which gives nan",
                _layer("softmax"),
                (normal(5, 4, std=1000.0),),
                kink="the softmax is flat where the difference is taken",
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                _layer("tanh") | {"dtype": "float64"},
                (normal(5, 4),),
                dtypes=("float64",),
            ),
        ),
        errors=(
            ErrorSample("unknown activation", ValueError, _layer("sigmoide")),
            ErrorSample("bias that says whether", TypeError, _layer("relu", bias=True)),
            ErrorSample("wrong inputs", RuntimeError, _layer("relu"), (np.ones((5, 3)),)),
            ErrorSample("no axis", RuntimeError, _layer("relu"), (np.ones(()),)),
            ErrorSample("whole numbers", RuntimeError, _layer("relu"), (np.ones((5, 4), dtype=np.int64),)),
        ),
    ),
    Case(
        "exercises.NeuralNetwork",
        samples=(
            ScriptSample(
                "three steps",
                "weights changed before the derivative is handed on, or gradients that add up from step to step",
                inputs=(normal(5, 4), normal(5, 2), normal(5, 2), normal(5, 2)),
                script=_three_steps,
            ),
            ScriptSample(
                "forward and call",
                "a shape remembered from an earlier call",
                inputs=(normal(5, 4), normal(5, 2)),
                script=_forward_and_call,
            ),
            ScriptSample(
                "number of parameters",
                "a layer that does not start where the last one ends",
                expected={"result": [224, 26, 250]},
                script=_number_of_parameters,
            ),
            ScriptSample("dtype", "a dtype that the layers do not get", script=_in_float64),
            ScriptSample("data", "a derivative of the data, for which nobody asks", script=_input_gradients),
        ),
        errors=(
            ErrorSample(
                "no layers",
                RuntimeError,
                script=lambda side: side.exercises.NeuralNetwork(4, 0.1).forward(side.array(np.ones((5, 4)))),
            ),
            ErrorSample("backward first", RuntimeError, script=lambda side: _backward(side, 0, 1)),
            ErrorSample("backward twice", RuntimeError, script=lambda side: _backward(side, 1, 2)),
        ),
    ),
    Case(
        "exercises.build_xor",
        samples=(
            ScriptSample(
                "weights and biases",
                "weights drawn in another order, or biases that do not start at 1",
                expected={"result.1.layers.0.bias": [1.0, 1.0], "result.1.layers.1.bias": [1.0]},
                script=_xor_state,
            ),
            ScriptSample("rate", "a learning rate that is ignored", {"lr": 0.5}, script=_xor_state),
            ScriptSample(
                "dtype",
                "a dtype argument that is ignored",
                script=lambda side: _xor_state(side, dtype=side.dtype("float64")),
            ),
        ),
    ),
    Case(
        "exercises.train_xor",
        samples=(
            ScriptSample(
                "course",
                "a loss whose derivative is not its own",
                {"epochs": 25, "snapshot_every": 10},
                (X, Y),
                script=_train_xor,
            ),
            ScriptSample("watched", "steps that count from 0", inputs=(X, Y), script=_watched_xor),
        ),
        errors=(ErrorSample("answers in a row", ValueError, script=lambda side: _train_xor(side, X, Y[:, 0])),),
    ),
    Case(
        "exercises.mnist_network",
        samples=(
            ScriptSample("weights", "weights that are not divided by √n_of_inputs", script=_mnist_state),
            ScriptSample("rate", "a learning rate that is ignored", {"lr": 0.5}, script=_mnist_state),
            ScriptSample(
                "dtype",
                "a dtype argument that is ignored",
                script=lambda side: _mnist_state(side, dtype=side.dtype("float64")),
            ),
        ),
    ),
    Case(
        "exercises.train_mnist",
        samples=(
            ScriptSample(
                "short last batch",
                "the loss of an epoch as the mean of its batches' means, or images in one order",
                {"epochs": 2, "batch_size": 8, "snapshot_every": 4},
                IMAGES,
                script=_train_mnist,
            ),
            ScriptSample(
                "one bright pixel",
                "an image that is laid out column by column",
                expected={"result": [30, 1, 0.5]},
                script=_bright_pixel,
                dtypes=("float64",),
            ),
            ScriptSample("watched", "steps that count from 0", inputs=IMAGES, script=_watched_mnist),
        ),
        errors=(
            ErrorSample(
                "too few labels",
                ValueError,
                script=lambda side: _train_mnist(side, np.ones((3, 28, 28)), np.array([0, 1])),
            ),
        ),
    ),
]
