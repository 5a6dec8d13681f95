"""Exercise 4: the network of exercise 3 as two classes, so that it may have any number of layers."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    powers = np.exp(z)
    return powers / powers.sum(axis=-1, keepdims=True)


class Layer:
    def __init__(self, n_of_inputs, n_of_neurons, activation, bias):
        self.weights = np.random.randn(n_of_inputs, n_of_neurons)
        self.bias = np.full(n_of_neurons, float(bias))
        self.activation = activation

    def forward(self, x):
        self.x = x
        z = x @ self.weights + self.bias
        self.x_sum = z
        if self.activation == "relu":
            self.a = np.maximum(z, 0)
        elif self.activation == "sigmoid":
            self.a = sigmoid(z)
        elif self.activation == "tanh":
            self.a = np.tanh(z)
        elif self.activation == "softmax":
            self.a = softmax(z)
        else:
            self.a = z
        return self.a

    def backward(self, chain_rule_derivatives):
        g, a = chain_rule_derivatives, self.a
        if self.activation == "relu":
            dz = g * (a > 0)
        elif self.activation == "sigmoid":
            dz = g * a * (1 - a)
        elif self.activation == "tanh":
            dz = g * (1 - self.x_sum**2)
        elif self.activation == "softmax":
            dz = a * (g - (g * a).sum(axis=-1, keepdims=True))
        else:
            dz = g
        self.weights_grad = self.x.T @ dz
        self.bias_grad = dz.sum(axis=0)
        return dz @ self.weights.T


class NeuralNetwork:
    def __init__(self, input_size, lr):
        self.input_size = input_size
        self.lr = lr
        self.layers = []

    def append_layer(self, output_number, activation, bias):
        n_of_inputs = self.layers[-1].weights.shape[1] if self.layers else self.input_size
        self.layers.append(Layer(n_of_inputs, output_number, activation, bias))

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, loss_derivative):
        derivative = loss_derivative
        for layer in reversed(self.layers):
            before = derivative
            layer.backward(before)
            layer.weights = layer.weights - self.lr * layer.weights_grad
            layer.bias = layer.bias - self.lr * layer.bias_grad
            derivative = layer.backward(before)
