"""The same training step as people write it elsewhere: in the style of a book, with HIPS autograd, with numpy-ml.

Each function builds a step: forward, cross-entropy, backward and plain SGD.
"""

from __future__ import annotations

import collections
import collections.abc
import itertools
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["autograd_step", "nnfs_step", "numpy_ml_step"]

Array = np.ndarray[Any, Any]
Step = Callable[[], Any]


class _LayerDense:
    """A dense layer in the style of "Neural Networks from Scratch in Python" (Kinsley and Kukieła)."""

    def __init__(self, n_inputs: int, n_neurons: int) -> None:
        rng = np.random.default_rng(0)
        self.weights = 0.01 * rng.standard_normal((n_inputs, n_neurons), dtype=np.float32)
        self.biases = np.zeros((1, n_neurons), dtype=np.float32)

    def forward(self, inputs: Array) -> None:
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues: Array) -> None:
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class _ActivationReLU:
    def forward(self, inputs: Array) -> None:
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues: Array) -> None:
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class _SoftmaxLoss:
    """Softmax and categorical cross-entropy in one, for labels."""

    def forward(self, inputs: Array, y_true: Array) -> Any:
        exp_values = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        return np.mean(-np.log(clipped[range(len(clipped)), y_true]))

    def backward(self, dvalues: Array, y_true: Array) -> None:
        samples = len(dvalues)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples


def nnfs_step(sizes: Sequence[int], images: Array, labels: Array, rate: float) -> Step:
    """The book's classes: the package `nnfs` on PyPI holds only its helpers."""
    dense = [_LayerDense(n_in, n_out) for n_in, n_out in itertools.pairwise(sizes)]
    layers = [layer for pair in ((d, _ActivationReLU()) for d in dense) for layer in pair][:-1]
    criterion = _SoftmaxLoss()

    def step() -> Any:
        values = images
        for layer in layers:
            layer.forward(values)
            values = layer.output
        loss = criterion.forward(values, labels)
        criterion.backward(criterion.output, labels)
        dvalues = criterion.dinputs
        for layer in reversed(layers):
            layer.backward(dvalues)
            dvalues = layer.dinputs
        for layer in dense:
            layer.weights += -rate * layer.dweights
            layer.biases += -rate * layer.dbiases
        return loss

    return step


def autograd_step(sizes: Sequence[int], images: Array, labels: Array, rate: float) -> Step:
    """HIPS autograd: the loss in its NumPy, differentiated by tracing."""
    anp: Any = import_module("autograd.numpy")
    special: Any = import_module("autograd.scipy.special")
    value_and_grad: Any = import_module("autograd").value_and_grad
    rng = np.random.default_rng(0)
    params = [
        (0.01 * rng.standard_normal((n_in, n_out), dtype=np.float32), np.zeros(n_out, dtype=np.float32))
        for n_in, n_out in itertools.pairwise(sizes)
    ]
    rows = np.arange(len(labels))

    def loss(params: list[tuple[Array, Array]]) -> Any:
        values = images
        for weight, bias in params[:-1]:
            values = anp.maximum(anp.dot(values, weight) + bias, 0)
        logits = anp.dot(values, params[-1][0]) + params[-1][1]
        return anp.mean(special.logsumexp(logits, axis=1) - logits[rows, labels])

    gradient = value_and_grad(loss)

    def step() -> Any:
        value, grads = gradient(params)
        for (weight, bias), (grad_weight, grad_bias) in zip(params, grads, strict=True):
            weight -= rate * grad_weight
            bias -= rate * grad_bias
        return value

    return step


def numpy_ml_step(sizes: Sequence[int], images: Array, labels: Array, rate: float) -> Step:
    """numpy-ml's layers, which compute in float64."""
    vars(collections).setdefault("Hashable", collections.abc.Hashable)  # it was written for Python 3.9: this name moved
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses gym, which nothing here uses
        nn: Any = import_module("numpy_ml.neural_nets")
    activations = [nn.activations.ReLU()] * (len(sizes) - 2) + [nn.activations.Affine(slope=1, intercept=0)]
    layers = [
        nn.layers.FullyConnected(n_out, act_fn=activation, optimizer=f"SGD(lr={rate})")
        for n_out, activation in zip(sizes[1:], activations, strict=True)
    ]
    criterion = nn.losses.CrossEntropy()
    one_hot = np.eye(sizes[-1])[labels]

    def step() -> Any:
        values: Any = images
        for layer in layers:
            values = layer.forward(values)
        exponentials = np.exp(values - values.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        loss = criterion.loss(one_hot, probabilities)
        grad = criterion.grad(one_hot, probabilities)
        for layer in reversed(layers):
            grad = layer.backward(grad)
        for layer in layers:
            layer.update()
        return loss

    return step
