"""scratch in the shape of "Neural Networks from Scratch in Python": `output`, `dinputs`, weights as (in, out)."""

import numpy as np

import scratch

scratch.set_default_dtype("float64")


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.linear = scratch.Linear(n_inputs, n_neurons)

    @property
    def weights(self):
        return self.linear.weight.data.T

    @weights.setter
    def weights(self, weights):
        self.linear.weight.data = weights.T

    @property
    def biases(self):
        return self.linear.bias.data[None]

    @biases.setter
    def biases(self, biases):
        self.linear.bias.data = biases[0]

    def forward(self, inputs):
        self.output = self.linear(inputs)

    def backward(self, dvalues):
        self.linear.zero_grad()
        self.dinputs = self.linear.backward(dvalues)
        self.dweights = self.linear.weight.grad.T
        self.dbiases = self.linear.bias.grad[None]


class Layer_Dropout:
    def __init__(self, rate):
        self.dropout = scratch.Dropout(rate)

    def forward(self, inputs, training):
        self.output = self.dropout.train(training)(inputs)

    def backward(self, dvalues):
        self.dinputs = self.dropout.backward(dvalues)


class Activation:
    def __init__(self):
        self.module = self.make()

    def forward(self, inputs):
        self.output = self.module(inputs)

    def backward(self, dvalues):
        self.dinputs = self.module.backward(dvalues)


class Activation_ReLU(Activation):
    make = scratch.ReLU


class Activation_Sigmoid(Activation):
    make = scratch.Sigmoid


class Activation_Tanh(Activation):
    make = scratch.Tanh


class Activation_Linear(Activation):
    make = scratch.Identity


class Activation_Softmax(Activation):
    def make(self):
        return scratch.Softmax(dim=1)


class Loss:
    """A loss of each sample, and the gradient of their mean, which starts from the predictions again."""

    def calculate(self, output, y):
        return np.mean(self.forward(output, y))

    def forward(self, y_pred, y_true):
        return self.make(reduction="none")(y_pred, y_true).mean(axis=-1)

    def backward(self, dvalues, y_true):
        loss = self.make()
        loss(dvalues, y_true)
        self.dinputs = loss.backward()


class Loss_MeanSquaredError(Loss):
    make = scratch.MSELoss


class Loss_MeanAbsoluteError(Loss):
    make = scratch.L1Loss


class Loss_BinaryCrossentropy(Loss):
    make = scratch.BCELoss


class Loss_CategoricalCrossentropy(Loss):
    """Of probabilities, where scratch's is of their logarithms: d log p = dp / p."""

    def forward(self, y_pred, y_true):
        return scratch.NLLLoss(reduction="none")(np.log(y_pred), y_true)

    def backward(self, dvalues, y_true):
        loss = scratch.NLLLoss()
        loss(np.log(dvalues), y_true)
        self.dinputs = loss.backward() / dvalues


class Activation_Softmax_Loss_CategoricalCrossentropy:
    def __init__(self):
        self.activation = Activation_Softmax()
        self.loss = scratch.CrossEntropyLoss()

    def forward(self, inputs, y_true):
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss(inputs, y_true)

    def backward(self, dvalues, y_true):
        self.dinputs = self.loss.backward()


class Optimizer:
    """One of scratch's for each layer, which keeps the state between the calls."""

    def __init__(self, kind, **options):
        self.kind, self.options = kind, options
        self.kept = {}

    def pre_update_params(self):
        pass

    def update_params(self, layer):
        if layer not in self.kept:
            params = [scratch.Parameter(layer.weights), scratch.Parameter(layer.biases)]
            self.kept[layer] = params, self.kind(params, **self.options)
        (weights, biases), optimizer = self.kept[layer]
        weights.data, biases.data = layer.weights, layer.biases
        weights.grad, biases.grad = layer.dweights, layer.dbiases
        optimizer.step()
        layer.weights, layer.biases = weights.data, biases.data

    def post_update_params(self):
        pass


class Optimizer_SGD(Optimizer):
    def __init__(self, learning_rate=1.0, momentum=0.0):
        super().__init__(scratch.SGD, lr=learning_rate, momentum=momentum)


class Optimizer_Adagrad(Optimizer):
    def __init__(self, learning_rate=1.0, decay=0.0, epsilon=1e-7):
        super().__init__(scratch.Adagrad, lr=learning_rate, lr_decay=decay, eps=epsilon)


class Optimizer_RMSprop(Optimizer):
    def __init__(self, learning_rate=0.001, epsilon=1e-7, rho=0.9):
        super().__init__(scratch.RMSprop, lr=learning_rate, alpha=rho, eps=epsilon)


class Optimizer_Adam(Optimizer):
    def __init__(self, learning_rate=0.001, epsilon=1e-7, beta_1=0.9, beta_2=0.999):
        super().__init__(scratch.Adam, lr=learning_rate, betas=(beta_1, beta_2), eps=epsilon)
