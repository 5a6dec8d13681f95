"""The five exercises of the course, each a small step from the one before: one weight, a hidden layer, XOR, classes for
layers and networks, and handwritten digits.

The first three are flat, a loop and its arrays. The fourth makes classes of the third and gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch import random
from scratch.dtypes import Array
from scratch.metrics import accuracy
from scratch.module import Module, Parameter, no_grad
from scratch.training import History

__all__ = [
    "Layer",
    "NeuralNetwork",
    "build_xor",
    "hidden_layer",
    "mnist_network",
    "one_weight",
    "train_mnist",
    "train_xor",
    "xor_network",
]

OnStep = Callable[[int, float], None]


def sigmoid(z: Array) -> Array:
    with np.errstate(over="ignore"):  # where e⁻ᶻ is too large for a float, 1/∞ = 0 is the answer
        sigma: Array = 1 / (1 + np.exp(-z))
    return sigma


def softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(axis=-1, keepdims=True))  # without the shift, e¹⁰⁰⁰ would be too large for a float
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


# a = f(z)
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": sigmoid,
    "softmax": softmax,
    "tanh": np.tanh,
}
# ∂loss/∂z, told from a and g = ∂loss/∂a
DERIVATIVES: dict[str, Callable[[Array, Array], Array]] = {
    "linear": lambda a, g: g,
    "relu": lambda a, g: np.where(a > 0, g, 0),
    "sigmoid": lambda a, g: g * a * (1 - a),
    "softmax": lambda a, g: a * (g - (g * a).sum(axis=-1, keepdims=True)),
    "tanh": lambda a, g: g * (1 - a * a),
}


def one_weight(input: float, target: float, weight: float, lr: float, epochs: int) -> dict[str, Array]:
    """Exercise 1: a network of one weight learns to give one number.

    Math:
        forward:  output = input · weight; loss = (output − target)²
        backward: ∂loss/∂weight = 2 (output − target) · input
        step:     weight ← weight − lr · ∂loss/∂weight

    Args:
        input: what goes in.
        target: what should come out.
        weight: where the weight starts.
        lr: learning rate.
        epochs: how often the weight is changed.

    Shape:
        - Output: "output" and "loss" of every epoch and "weight" after it, each (epochs,).

    Source:
        Exercise 1 of the course.

    Example:
        >>> run = one_weight(input=2.0, target=8.0, weight=1.0, lr=0.125, epochs=2)
        >>> run["output"].tolist(), run["loss"].tolist()  # 2·1 and 2·4; (2 − 8)² and (8 − 8)²
        ([2.0, 8.0], [36.0, 0.0])
        >>> run["weight"].tolist()  # 1 − 0.125 · 2 (2 − 8) · 2
        [4.0, 4.0]
    """
    seen: dict[str, list[float]] = {"output": [], "loss": [], "weight": []}
    for _ in range(epochs):
        output = input * weight
        loss = (output - target) ** 2
        weight_derivative = 2 * (output - target) * input
        weight -= lr * weight_derivative
        for name, value in zip(seen, (output, loss, weight), strict=True):
            seen[name].append(value)
    return {name: np.array(values, np.float64) for name, values in seen.items()}


def hidden_layer(
    input: float,
    target: float,
    hidden_weight: Sequence[float],
    hidden_bias: float,
    output_weight: Sequence[float],
    output_bias: float,
    lr: float,
    epochs: int,
) -> dict[str, Array]:
    """Exercise 2: a hidden layer of two neurons, and one bias for each layer.

    Math:
        forward:  h_i = input · w_i + b; output = Σ_i h_i v_i + c; loss = (output − target)²
        backward: δ = ∂loss/∂output = 2 (output − target); ∂loss/∂v_i = δ h_i; ∂loss/∂c = δ
                  ∂loss/∂h_i = δ v_i; ∂loss/∂w_i = δ v_i · input; ∂loss/∂b = Σ_i δ v_i, a sum as b serves both neurons
        step:     each of w, b, v, c minus lr times its derivative

    Args:
        input: what goes in.
        target: what should come out.
        hidden_weight: where w starts, a number for each hidden neuron.
        hidden_bias: where b starts.
        output_weight: where v starts, a number for each hidden neuron.
        output_bias: where c starts.
        lr: learning rate.
        epochs: how often the weights and biases are changed.

    Shape:
        - Output: "output" and "loss" of every epoch, (epochs,); after it "hidden_weight" and "output_weight",
          (epochs, 2), and "hidden_bias" and "output_bias", (epochs,).

    Source:
        Exercise 2 of the course.

    Example:
        >>> run = hidden_layer(1.0, 4.0, [1.0, 2.0], 0.0, [1.0, 1.0], 0.0, lr=0.125, epochs=1)
        >>> run["output"].tolist(), run["loss"].tolist()  # 1·1 + 2·1, so that δ = 2 (3 − 4) = −2
        ([3.0], [1.0])
        >>> run["output_weight"].tolist(), run["hidden_weight"].tolist()  # − 0.125 · (−2·1, −2·2), − 0.125 · (−2, −2)
        ([[1.25, 1.5]], [[1.25, 2.25]])
        >>> run["output_bias"].tolist(), run["hidden_bias"].tolist()  # − 0.125 · −2 and − 0.125 · (−2 − 2)
        ([0.25], [0.5])
    """
    w, b = np.array(hidden_weight, np.float64), hidden_bias
    v, c = np.array(output_weight, np.float64), output_bias
    names = ("output", "loss", "hidden_weight", "hidden_bias", "output_weight", "output_bias")
    seen: dict[str, list[object]] = {name: [] for name in names}
    for _ in range(epochs):
        hidden = input * w + b  # (2,)
        output = float(hidden @ v) + c
        loss = (output - target) ** 2

        output_derivative = 2 * (output - target)
        hidden_derivative = output_derivative * v  # (2,), with v as it was in the forward pass
        v = v - lr * output_derivative * hidden
        c = c - lr * output_derivative
        w = w - lr * hidden_derivative * input
        b = b - lr * float(hidden_derivative.sum())

        for name, value in zip(seen, (output, loss, w, b, v, c), strict=True):
            seen[name].append(value)
    return {name: np.array(values, np.float64) for name, values in seen.items()}


def xor_network(x: Array, y: Array, lr: float = 0.2, epochs: int = 5000) -> dict[str, Array]:
    """Exercise 3: two hidden neurons and one output, all of them sigmoids, learn XOR.

    Every epoch is one step on the four rows together. The weights are drawn by `random.randn`, the hidden ones first,
    and the biases start at 1. Not every draw learns it. With the defaults, in float32 and float64, 70 of the seeds 0 to
    99 do, seed 0 among them, with a loss below 0.011; the other 30 answer 0.5 to two of the rows, a loss of 0.5.

    Math:
        forward:  h = σ(x Wᵀ + b); output = σ(h Vᵀ + c); loss = Σ_n (output_n − y_n)², with σ(z) = 1/(1 + e⁻ᶻ)
        backward: δ_output = 2 (output − y) · output (1 − output), since σ'(z) = σ(z) (1 − σ(z))
                  ∂loss/∂V = δ_outputᵀ h; ∂loss/∂c = Σ_n δ_output
                  δ_hidden = (δ_output V) · h (1 − h); ∂loss/∂W = δ_hiddenᵀ x; ∂loss/∂b = Σ_n δ_hidden
        step:     each of W, b, V, c minus lr times its derivative

    Args:
        x: the rows of the truth table.
        y: the answers, [0, 1, 0, 1] for [[0, 0], [1, 0], [1, 1], [0, 1]]. The course prints [0, 0, 1, 0], which is AND.
        lr: learning rate.
        epochs: number of steps.

    Shape:
        - x: (N, 2); y: (N, 1).
        - Output: "loss" of every epoch, (epochs,); at the end "output", (N, 1), "hidden_weight", (2, 2), "hidden_bias",
          (2,), "output_weight", (1, 2), and "output_bias", (1,).

    Raises:
        ValueError: x or y of another shape. A y of shape (N,) would be broadcast to N answers for each row.

    Source:
        Exercise 3 of the course.

    Example:
        >>> x = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
        >>> y = np.array([[0.0], [1.0], [0.0], [1.0]])
        >>> generator = random.manual_seed(0)
        >>> xor_network(x, y)["output"].round().ravel().tolist()
        [0.0, 1.0, 0.0, 1.0]
    """
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != (len(x), 1):
        raise ValueError(f"xor_network: expected x of shape (N, 2) and y of shape (N, 1), got {x.shape} and {y.shape}")
    hidden_weight = random.randn(2, 2, dtype=x.dtype)
    output_weight = random.randn(1, 2, dtype=x.dtype)
    hidden_bias, output_bias = np.ones(2, x.dtype), np.ones(1, x.dtype)

    def forward() -> tuple[Array, Array]:
        hidden = sigmoid(x @ hidden_weight.T + hidden_bias)  # (N, 2)
        return hidden, sigmoid(hidden @ output_weight.T + output_bias)  # (N, 1)

    losses = []
    for _ in range(epochs):
        hidden, output = forward()
        losses.append(np.square(output - y).sum())

        output_derivative = 2 * (output - y) * output * (1 - output)  # (N, 1)
        hidden_derivative = output_derivative @ output_weight * hidden * (1 - hidden)  # (N, 2)
        output_weight -= lr * (output_derivative.T @ hidden)
        output_bias -= lr * output_derivative.sum(axis=0)
        hidden_weight -= lr * (hidden_derivative.T @ x)
        hidden_bias -= lr * hidden_derivative.sum(axis=0)
    return {
        "loss": np.array(losses, x.dtype),
        "output": forward()[1],
        "hidden_weight": hidden_weight,
        "hidden_bias": hidden_bias,
        "output_weight": output_weight,
        "output_bias": output_bias,
    }


class Layer(Module):
    """Exercise 4: a layer of neurons, with their activation.

    Math:
        forward:  output = f(z), z = x Wᵀ + b
        backward: δ = chain_rule_derivatives · f'(z); ∂loss/∂W = Σ_n δ_nᵀ x_n; ∂loss/∂b = Σ_n δ_n; ∂loss/∂x = δ W
        where n counts the rows of x, and f'(z), told from the output a = f(z), is
        1 ("linear"), [a > 0] ("relu"), a (1 − a) ("sigmoid") or 1 − a² ("tanh");
        "softmax" mixes the neurons of a row: a_i = e^(z_i) / Σ_j e^(z_j), δ_i = a_i (g_i − Σ_j g_j a_j), where g is
        chain_rule_derivatives.

    Args:
        n_of_inputs: numbers that go into each neuron.
        n_of_neurons: numbers that come out.
        activation: "linear", "relu", "sigmoid", "softmax" or "tanh".
        bias: where the bias of each neuron starts, a number. The weights are drawn by `random.randn`.
        dtype: of weights and biases; the default dtype when None.

    Shape:
        - x: (*, n_of_inputs); output, chain_rule_derivatives: (*, n_of_neurons).
        - weight: (n_of_neurons, n_of_inputs); bias: (n_of_neurons,).

    Raises:
        ValueError: unknown activation.
        TypeError: a bias that is True or False, which would say whether there is one.
        RuntimeError: the last axis of x is not `n_of_inputs`, or its dtype is not the weight's.

    Source:
        Exercise 4 of the course.

    Example:
        >>> layer = Layer(2, 1, "linear", -2)
        >>> layer.weight.data[...] = [[3.0, 6.0]]
        >>> layer(np.array([[2.0, 5.0]], np.float32)).tolist()  # 2·3 + 5·6 − 2
        [[34.0]]
        >>> layer.backward(np.array([[1.0]], np.float32)).tolist()
        [[3.0, 6.0]]
    """

    def __init__(
        self, n_of_inputs: int, n_of_neurons: int, activation: str, bias: float, dtype: npt.DTypeLike | None = None
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"Layer: expected an activation out of {', '.join(ACTIVATIONS)}, got {activation!r}")
        if isinstance(bias, bool):
            raise TypeError(f"Layer: expected bias to be the number where the biases start, got {bias}")
        self.n_of_inputs = n_of_inputs
        self.n_of_neurons = n_of_neurons
        self.activation = activation
        self.weight = Parameter(random.randn(n_of_neurons, n_of_inputs, dtype=dtype))
        self.bias = Parameter(np.full(n_of_neurons, bias, self.weight.dtype))

    def forward(self, x: Array) -> Array:
        if x.ndim == 0 or x.shape[-1] != self.n_of_inputs or x.dtype != self.weight.dtype:
            raise RuntimeError(
                f"Layer: expected n_of_inputs={self.n_of_inputs} {self.weight.dtype} numbers in each row of x,"
                f" got {x.dtype} of shape {x.shape}"
            )
        output = ACTIVATIONS[self.activation](x @ self.weight.data.T + self.bias.data)
        self.save(x, output)
        return output

    def backward(self, chain_rule_derivatives: Array) -> Array | None:
        x, output = self.saved(chain_rule_derivatives)
        derivatives = DERIVATIVES[self.activation](output, chain_rule_derivatives)
        rows = derivatives.reshape(-1, self.n_of_neurons)
        self.weight.accumulate(rows.T @ x.reshape(-1, self.n_of_inputs))
        self.bias.accumulate(rows.sum(axis=0))
        return derivatives @ self.weight.data if self.needs_input_grad else None


class NeuralNetwork(Module):
    """Exercise 4: layers one after another, and the learning rate at which `backward` changes them.

    Math:
        forward:  output = layer_n(... layer_1(x))
        backward: from the last layer to the first, each turns ∂loss/∂output into its derivatives and ∂loss/∂x; then
                  every weight and bias minus lr times its derivative

    Args:
        input_size: numbers in a row of x.
        lr: learning rate.
        dtype: of weights and biases; the default dtype when None.

    Shape:
        - x: (*, input_size); output, loss_derivative: (*, output_number of the last layer).

    Raises:
        RuntimeError: no layers, backward without a forward, or what `Layer` raises.

    Source:
        Exercise 4 of the course.

    Example:
        >>> network = NeuralNetwork(1, lr=0.125)
        >>> network.append_layer(1, "linear", 0)
        >>> network.layers[0].weight.data[...] = 1
        >>> output = network.forward(np.array([[2.0]], np.float32))
        >>> network.backward(2 * (output - 8))  # of the squared error: 2 (2 − 8) = −12
        >>> network.layers[0].weight.data.tolist()  # 1 − 0.125 · −12 · 2
        [[4.0]]
    """

    def __init__(self, input_size: int, lr: float, dtype: npt.DTypeLike | None = None) -> None:
        super().__init__()
        self.input_size = input_size
        self.lr = lr
        self.dtype = dtype
        self.layers: list[Layer] = []

    def append_layer(self, output_number: int, activation: str, bias: float) -> None:
        """Add a layer, which takes what the present last one gives."""
        n_of_inputs = self.layers[-1].n_of_neurons if self.layers else self.input_size
        layer = Layer(n_of_inputs, output_number, activation, bias, self.dtype)
        layer.input_requires_grad_(len(self.layers) > 0)  # nobody asks for the derivative of the data
        self.layers.append(layer)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        for index, layer in enumerate(self.layers):
            yield f"layers.{index}", layer

    def forward(self, x: Array) -> Array:
        if not self.layers:
            raise RuntimeError("NeuralNetwork: expected a layer; append_layer adds one")
        for layer in self.layers:
            x = layer(x)
        self.save()
        return x

    def backward(self, loss_derivative: Array) -> None:
        self.saved(None)  # raises where there was no forward; the derivative's shape is for the last layer to check
        self.zero_grad()
        derivative: Any = loss_derivative
        for layer in reversed(self.layers):
            derivative = layer.backward(derivative)
        for parameter in self.parameters():  # only now: each derivative needed the weights of the forward pass
            if parameter.grad is not None:
                parameter.data -= self.lr * parameter.grad


def build_xor(lr: float = 0.2, dtype: npt.DTypeLike | None = None) -> NeuralNetwork:
    """The network of exercise 3, made of the classes of exercise 4: from one seed they start with the same weights."""
    network = NeuralNetwork(2, lr, dtype)
    network.append_layer(2, "sigmoid", bias=1)
    network.append_layer(1, "sigmoid", bias=1)
    return network


def train_xor(
    network: NeuralNetwork,
    x: Array,
    y: Array,
    epochs: int = 5000,
    *,
    snapshot_every: int = 0,
    on_step: OnStep | None = None,
) -> History:
    """Exercise 4: train a network on all rows together, one step an epoch.

    Math:
        loss = Σ (output − y)²; ∂loss/∂output = 2 (output − y)

    Args:
        network: such as `build_xor` makes.
        x, y: inputs and answers.
        epochs: number of steps.
        snapshot_every, on_step: as in `training.train`.

    Shape:
        - x: (N, input_size); y: the shape of the network's output.

    Raises:
        ValueError: y has another shape than the output.

    Source:
        Exercise 4 of the course.

    Example:
        >>> generator = random.manual_seed(0)
        >>> x = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        >>> y = np.array([[0], [1], [0], [1]], np.float32)
        >>> network = build_xor()
        >>> history = train_xor(network, x, y)
        >>> history.loss[-1] < 0.01, network(x).round().ravel().tolist()
        (True, [0.0, 1.0, 0.0, 1.0])
    """
    history = History()
    history.add_snapshot(network)
    for _ in range(epochs):
        output = network(x)
        if output.shape != y.shape:  # a difference would be broadcast
            raise ValueError(f"train_xor: expected answers of the output's shape {output.shape}, got {y.shape}")
        loss = float(np.square(output - y).sum())
        network.backward(2 * (output - y))
        history.add_step(network, loss, network.lr, snapshot_every, on_step)
        history.epoch_loss.append(loss)
    history.add_snapshot(network)
    return history


def mnist_network(lr: float = 1.0, dtype: npt.DTypeLike | None = None) -> NeuralNetwork:
    """Exercise 5: 784-16-16-10, all of them sigmoids, for images of 28×28 and ten digits.

    The drawn weights are divided by √n_of_inputs. As they are, a sum over 784 inputs would be large, and a sigmoid's
    slope is near 0 there.
    """
    network = NeuralNetwork(784, lr, dtype)
    for n_of_neurons in (16, 16, 10):
        network.append_layer(n_of_neurons, "sigmoid", bias=0)
    for name, parameter in network.named_parameters():
        if name.endswith("weight"):
            parameter.data /= math.sqrt(parameter.shape[1])
    return network


def train_mnist(
    network: NeuralNetwork,
    images: Array,
    labels: npt.NDArray[np.int64],
    epochs: int = 1,
    batch_size: int = 32,
    *,
    snapshot_every: int = 0,
    on_step: OnStep | None = None,
) -> tuple[History, float]:
    """Exercise 5: train a network to tell digits apart; also gives its accuracy on the images it was trained on.

    Math:
        loss = (1/N) Σ_n Σ_c (output[n, c] − [label_n = c])² over the N images of a batch;
        ∂loss/∂output = 2 (output − one_hot(label)) / N

    Args:
        network: such as `mnist_network` makes.
        images: from 0 (background) to 1 (ink). An image is laid out row by row: pixel (r, c) is number 28 r + c.
        labels: the digits.
        epochs: how often each image is seen, each time in an order that `random.randperm` draws.
        batch_size: images in a step; the last batch of an epoch may be shorter.
        snapshot_every, on_step: as in `training.train`.

    Shape:
        - images: (N, 28, 28) or (N, 784); labels: (N,).

    Raises:
        ValueError: not one label for each image.
        RuntimeError: images that the network does not take.

    Source:
        Exercise 5 of the course.

    Example:
        >>> generator = random.manual_seed(0)
        >>> images = np.eye(10, 784, dtype=np.float32)  # ten images of one bright pixel each
        >>> history, right = train_mnist(mnist_network(), images, np.arange(10), epochs=2, batch_size=4)
        >>> len(history.loss)  # 4 + 4 + 2 images, twice
        6
    """
    if labels.shape != (len(images),):
        raise ValueError(f"train_mnist: expected a label for each of {len(images)} images, got shape {labels.shape}")
    rows = images.reshape(len(images), -1)  # (N, 784)
    history = History()
    history.add_snapshot(network)
    for _ in range(epochs):
        total = 0.0
        order = random.randperm(len(rows))
        for start in range(0, len(rows), batch_size):
            batch = order[start : start + batch_size]
            output = network(rows[batch])
            difference = output - np.eye(output.shape[1], dtype=output.dtype)[labels[batch]]
            loss = float(np.square(difference).sum()) / len(batch)
            network.backward(2 * difference / len(batch))
            history.add_step(network, loss, network.lr, snapshot_every, on_step)
            total += loss * len(batch)
        history.epoch_loss.append(total / len(rows))
    history.add_snapshot(network)
    with no_grad():
        return history, accuracy(labels, network(rows).argmax(axis=1))
