"""Dataclasses with slots of state."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Linear:
    in_features: int
    out_features: int
    weight: np.ndarray = field(init=False)
    bias: np.ndarray = field(init=False)
    weight_grad: np.ndarray = field(init=False, default=None)
    bias_grad: np.ndarray = field(init=False, default=None)
    saved: np.ndarray = field(init=False, default=None, repr=False)

    def __post_init__(self):
        self.weight = np.random.standard_normal((self.out_features, self.in_features))
        self.bias = np.random.standard_normal(self.out_features)

    def forward(self, x):
        self.saved = x
        return np.matmul(x, self.weight.T) + self.bias

    def backward(self, upstream):
        self.weight_grad = np.matmul(upstream.T, self.saved)
        self.bias_grad = np.add.reduce(upstream, axis=0)
        return np.matmul(upstream, self.weight)


@dataclass
class LeakyReLU:
    alpha: float = 0.1

    def forward(self, x):
        self.mask = np.where(x > 0, 1.0, self.alpha)
        return x * self.mask

    def backward(self, upstream):
        return upstream * self.mask


@dataclass
class SGD:
    parameters: list
    learning_rate: float = 0.01
    mu: float = 0.0

    def step(self, closure=None):
        if not hasattr(self, "velocities"):
            self.velocities = [0.0] * len(self.parameters)
        for i, p in enumerate(self.parameters):
            self.velocities[i] = self.mu * self.velocities[i] - self.learning_rate * p.grad
            p.data += self.velocities[i]
