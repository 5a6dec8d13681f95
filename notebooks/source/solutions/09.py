import numpy as np


class Layer:
    def __init__(self, n_of_inputs, n_of_neurons, activation, bias):
        self.weights = np.random.randn(n_of_inputs, n_of_neurons)
        self.bias = np.full(n_of_neurons, float(bias))
        self.activation = activation

    def forward(self, x):
        self.x = x
        z = x @ self.weights + self.bias
        if self.activation == "linear":
            self.output = z
        elif self.activation == "relu":
            self.output = np.maximum(z, 0)
        elif self.activation == "sigmoid":
            self.output = 1 / (1 + np.exp(-z))
        elif self.activation == "tanh":
            self.output = np.tanh(z)
        elif self.activation == "softmax":
            powers = np.exp(z - z.max(axis=-1, keepdims=True))
            self.output = powers / powers.sum(axis=-1, keepdims=True)
        else:
            raise ValueError(f"unknown activation {self.activation!r}")
        return self.output

    def backward(self, chain_rule_derivatives):
        g, a = chain_rule_derivatives, self.output
        delta = {
            "linear": g,
            "relu": g * (a > 0),
            "sigmoid": g * a * (1 - a),
            "tanh": g * (1 - a * a),
            "softmax": a * (g - (g * a).sum(axis=-1, keepdims=True)),
        }[self.activation]
        self.weights_grad = self.x.T @ delta
        self.bias_grad = delta.sum(axis=0)
        return delta @ self.weights.T


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
        for layer in reversed(self.layers):
            loss_derivative = layer.backward(loss_derivative)
        for layer in self.layers:
            layer.weights -= self.lr * layer.weights_grad
            layer.bias -= self.lr * layer.bias_grad
