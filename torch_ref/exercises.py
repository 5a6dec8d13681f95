"""The five exercises of the course, in PyTorch: autograd has every derivative, and the optimizer makes the step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD

from torch_ref import random
from torch_ref.metrics import accuracy
from torch_ref.training import History

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

Array = npt.NDArray[np.float64]
OnStep = Callable[[int, float], None]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda z: z,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda z: torch.softmax(z, dim=-1),
    "tanh": torch.tanh,
}


def one_weight(input: float, target: float, weight: float, lr: float, epochs: int) -> dict[str, Array]:
    """A tensor that requires grad is all that autograd needs. `item()` copies a number out of it."""
    trained = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    optimizer = SGD([trained], lr=lr)
    seen: dict[str, list[float]] = {"output": [], "loss": [], "weight": []}
    for _ in range(epochs):
        output = input * trained
        loss: Any = (output - target) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for name, tensor in zip(seen, (output, loss, trained), strict=True):
            seen[name].append(tensor.item())
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
    """The four tensors are trained together: no order of updates can go wrong, for all the gradients exist by then."""
    w, b, v, c = (
        torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for value in (hidden_weight, hidden_bias, output_weight, output_bias)
    )
    optimizer = SGD([w, b, v, c], lr=lr)
    names = ("output", "loss", "hidden_weight", "hidden_bias", "output_weight", "output_bias")
    seen: dict[str, list[object]] = {name: [] for name in names}
    for _ in range(epochs):
        hidden = input * w + b  # (2,)
        output = hidden @ v + c
        loss: Any = (output - target) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for name, tensor in zip(seen, (output, loss, w, b, v, c), strict=True):
            seen[name].append(tensor.tolist())
    return {name: np.array(values, np.float64) for name, values in seen.items()}


def xor_network(x: Tensor, y: Tensor, lr: float = 0.2, epochs: int = 5000) -> dict[str, Tensor]:
    """`F.linear` is x Wᵀ + b. Drawn tensors become trainable by `requires_grad_()`, after the draw."""
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != (len(x), 1):
        raise ValueError(f"xor_network: expected x of shape (N, 2) and y of shape (N, 1), got {x.shape} and {y.shape}")
    hidden_weight = random.randn(2, 2, dtype=x.dtype).requires_grad_()
    output_weight = random.randn(1, 2, dtype=x.dtype).requires_grad_()
    hidden_bias = torch.ones(2, dtype=x.dtype, requires_grad=True)
    output_bias = torch.ones(1, dtype=x.dtype, requires_grad=True)
    criterion = nn.MSELoss(reduction="sum")
    optimizer = SGD([hidden_weight, hidden_bias, output_weight, output_bias], lr=lr)

    def forward() -> Tensor:
        hidden = torch.sigmoid(F.linear(x, hidden_weight, hidden_bias))  # (N, 2)
        return torch.sigmoid(F.linear(hidden, output_weight, output_bias))  # (N, 1)

    losses = []
    for _ in range(epochs):
        loss = criterion(forward(), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {
        "loss": torch.tensor(losses, dtype=x.dtype),
        "output": forward(),
        "hidden_weight": hidden_weight,
        "hidden_bias": hidden_bias,
        "output_weight": output_weight,
        "output_bias": output_bias,
    }


class Layer(nn.Module):
    """An `nn.Module` with two `nn.Parameter`s and a `forward`; there is no `backward` to write."""

    def __init__(
        self, n_of_inputs: int, n_of_neurons: int, activation: str, bias: float, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"Layer: expected an activation out of {', '.join(ACTIVATIONS)}, got {activation!r}")
        if isinstance(bias, bool):
            raise TypeError(f"Layer: expected bias to be the number where the biases start, got {bias}")
        self.n_of_inputs = n_of_inputs
        self.n_of_neurons = n_of_neurons
        self.activation = activation
        self.weight = nn.Parameter(random.randn(n_of_neurons, n_of_inputs, dtype=dtype))
        self.bias = nn.Parameter(torch.full((n_of_neurons,), float(bias), dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        return ACTIVATIONS[self.activation](F.linear(x, self.weight, self.bias))


class NeuralNetwork(nn.Module):
    """`nn.ModuleList` makes the layers known, so that `parameters()` finds theirs. `backward` is the course's; in
    PyTorch it is the loss that starts it.
    """

    def __init__(self, input_size: int, lr: float, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.input_size = input_size
        self.lr = lr
        self.dtype = dtype
        self.layers = nn.ModuleList()
        self.output: Any = torch.empty(0)  # of the last forward; backward from here is an error, as it should be

    def append_layer(self, output_number: int, activation: str, bias: float) -> None:
        n_of_inputs = cast(Layer, self.layers[-1]).n_of_neurons if self.layers else self.input_size
        self.layers.append(Layer(n_of_inputs, output_number, activation, bias, self.dtype))
        self.optimizer = SGD(self.parameters(), lr=self.lr)

    def forward(self, x: Tensor) -> Tensor:
        if not self.layers:
            raise RuntimeError("NeuralNetwork: expected a layer; append_layer adds one")
        for layer in self.layers:
            x = layer(x)
        self.output = x
        return x

    def backward(self, loss_derivative: Tensor) -> None:
        self.zero_grad()
        self.output.backward(loss_derivative)
        self.optimizer.step()


def build_xor(lr: float = 0.2, dtype: torch.dtype | None = None) -> NeuralNetwork:
    """The network of exercise 3, made of the classes of exercise 4."""
    network = NeuralNetwork(2, lr, dtype)
    network.append_layer(2, "sigmoid", bias=1)
    network.append_layer(1, "sigmoid", bias=1)
    return network


def train_xor(
    network: NeuralNetwork,
    x: Tensor,
    y: Tensor,
    epochs: int = 5000,
    *,
    snapshot_every: int = 0,
    on_step: OnStep | None = None,
) -> History:
    """The sum of squares is `nn.MSELoss(reduction="sum")`; its derivative is autograd's."""
    criterion = nn.MSELoss(reduction="sum")
    history = History()
    history.add_snapshot(network)
    for _ in range(epochs):
        output = network(x)
        if output.shape != y.shape:  # nn.MSELoss would only warn, and broadcast
            raise ValueError(f"train_xor: expected answers of the output's shape {output.shape}, got {y.shape}")
        loss = criterion(output, y)
        network.optimizer.zero_grad()
        loss.backward()
        network.optimizer.step()
        history.add_step(network, loss.item(), network.lr, snapshot_every, on_step)
        history.epoch_loss.append(loss.item())
    history.add_snapshot(network)
    return history


def mnist_network(lr: float = 1.0, dtype: torch.dtype | None = None) -> NeuralNetwork:
    """784-16-16-10, all of them sigmoids. Parameters are changed in place under `no_grad`."""
    network = NeuralNetwork(784, lr, dtype)
    for n_of_neurons in (16, 16, 10):
        network.append_layer(n_of_neurons, "sigmoid", bias=0)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("weight"):
                parameter.div_(math.sqrt(parameter.shape[1]))
    return network


def train_mnist(
    network: NeuralNetwork,
    images: Tensor,
    labels: Tensor,
    epochs: int = 1,
    batch_size: int = 32,
    *,
    snapshot_every: int = 0,
    on_step: OnStep | None = None,
) -> tuple[History, float]:
    """`flatten(1)` keeps the first dimension, and `F.one_hot` makes targets of labels, in whole numbers."""
    if labels.shape != (len(images),):
        raise ValueError(f"train_mnist: expected a label for each of {len(images)} images, got shape {labels.shape}")
    criterion = nn.MSELoss(reduction="sum")
    rows = images.flatten(1)  # (N, 784)
    history = History()
    history.add_snapshot(network)
    for _ in range(epochs):
        total = 0.0
        order = random.randperm(len(rows))
        for start in range(0, len(rows), batch_size):
            batch = order[start : start + batch_size]
            output = network(rows[batch])
            target = F.one_hot(labels[batch], output.shape[1]).to(output.dtype)
            loss = criterion(output, target) / len(batch)
            network.optimizer.zero_grad()
            loss.backward()
            network.optimizer.step()
            history.add_step(network, loss.item(), network.lr, snapshot_every, on_step)
            total += loss.item() * len(batch)
        history.epoch_loss.append(total / len(rows))
    history.add_snapshot(network)
    with torch.no_grad():
        return history, accuracy(labels, network(rows).argmax(dim=1))
