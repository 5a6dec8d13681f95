"""A layer that keeps a learning rate and takes the step in backward; an optimizer whose step is given gradients."""

import numpy as np


class Linear:
    def __init__(self, n_inputs, n_outputs, learning_rate=0.01):
        self.W = np.random.randn(n_inputs, n_outputs)
        self.b = np.zeros(n_outputs)
        self.learning_rate = learning_rate

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d_out):
        d_in = d_out @ self.W.T
        self.W = self.W - self.learning_rate * (self.x.T @ d_out)
        self.b = self.b - self.learning_rate * d_out.sum(axis=0)
        return d_in


class SGD:
    def __init__(self, params, learning_rate):
        self.params, self.learning_rate = params, learning_rate

    def step(self, grads):
        for param, grad in zip(self.params, grads):
            param -= self.learning_rate * grad
