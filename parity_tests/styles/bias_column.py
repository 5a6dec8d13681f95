"""Weights (out, in), bias (out, 1), a row at a time."""

import numpy as np


class Linear:
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.biases = np.zeros((output_size, 1))

    def forward(self, inputs):
        self.inputs = inputs
        return np.array([(self.weights @ row.reshape(-1, 1) + self.biases).ravel() for row in inputs])

    def backward(self, output_gradient):
        self.weights_gradient = np.zeros_like(self.weights)
        self.biases_gradient = np.zeros_like(self.biases)
        found = []
        for row, g in zip(self.inputs, output_gradient):
            self.weights_gradient += np.outer(g, row)
            self.biases_gradient += g.reshape(-1, 1)
            found.append(self.weights.T @ g)
        return np.array(found)
