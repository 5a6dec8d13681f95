import numpy as np


class Layer:
    def __init__(self):
        self.input = None
        self.output = None


class Dense(Layer):
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(input_size, output_size)
        self.biases = np.random.randn(1, output_size)

    def forward_propagation(self, input_data):
        self.input = input_data
        self.output = np.dot(self.input, self.weights) + self.biases
        return self.output

    def backward_propagation(self, output_error, learning_rate):
        input_error = np.dot(output_error, self.weights.T)
        self.weights -= learning_rate * np.dot(self.input.T, output_error)
        self.biases -= learning_rate * output_error.sum(axis=0, keepdims=True)
        return input_error


class ReluActivation:
    def forward_propagation(self, input_data):
        self.input = input_data
        self.output = np.maximum(0, input_data)
        return self.output

    def backward_propagation(self, output_error, learning_rate):
        return (self.input > 0) * output_error


class Mse:
    def loss(self, y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)

    def prime(self, y_true, y_pred):
        return 2 * (y_pred - y_true) / y_true.size
