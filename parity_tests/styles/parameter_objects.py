"""Parameter objects with value and gradient, a Layer base of my own, gradients that add up."""

import numpy as np


class Parameter:
    def __init__(self, value):
        self.value = value
        self.gradient = np.zeros_like(value)


class Layer:
    def __init__(self):
        self._parameters = []

    def register(self, parameter):
        self._parameters.append(parameter)
        return parameter

    def zero_grad(self):
        for parameter in self._parameters:
            parameter.gradient[...] = 0

    def __call__(self, *args):
        return self.forward(*args)


class Linear(Layer):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = self.register(Parameter(np.random.randn(out_features, in_features)))
        self.bias = self.register(Parameter(np.zeros(out_features))) if bias else None

    def forward(self, x):
        self.x = x
        y = x @ self.weight.value.T
        return y if self.bias is None else y + self.bias.value

    def backward(self, g):
        self.weight.gradient += g.T @ self.x
        if self.bias is not None:
            self.bias.gradient += g.sum(axis=0)
        return g @ self.weight.value


class Tanh(Layer):
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)
