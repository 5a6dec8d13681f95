"""My own little framework, with PyTorch's names: layers, losses and optimizers in NumPy."""

import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Module:
    training = True

    def parameters(self):
        return [value for value in vars(self).values() if isinstance(value, Parameter)]

    def zero_grad(self):
        for parameter in self.parameters():
            parameter.grad = np.zeros_like(parameter.data)

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def __call__(self, *inputs):
        return self.forward(*inputs)


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True):
        bound = 1 / np.sqrt(in_features)
        self.weight = Parameter(np.random.uniform(-bound, bound, (out_features, in_features)))
        self.bias = Parameter(np.random.uniform(-bound, bound, out_features)) if bias else None

    def forward(self, input):
        self.input = input
        output = input @ self.weight.data.T  # (N, out)
        return output if self.bias is None else output + self.bias.data

    def backward(self, grad_output):
        self.weight.grad += grad_output.T @ self.input
        if self.bias is not None:
            self.bias.grad += grad_output.sum(axis=0)
        return grad_output @ self.weight.data


class ReLU(Module):
    def forward(self, input):
        self.positive = input > 0
        return np.where(self.positive, input, 0)

    def backward(self, grad_output):
        return np.where(self.positive, grad_output, 0)


class Sigmoid(Module):
    def forward(self, input):
        self.output = 1 / (1 + np.exp(-input))
        return self.output

    def backward(self, grad_output):
        return grad_output * self.output * (1 - self.output)


class Tanh(Module):
    def forward(self, input):
        self.output = np.tanh(input)
        return self.output

    def backward(self, grad_output):
        return grad_output * (1 - self.output**2)


class Softmax(Module):
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, input):
        powers = np.exp(input - input.max(axis=self.dim, keepdims=True))
        self.output = powers / powers.sum(axis=self.dim, keepdims=True)
        return self.output

    def backward(self, grad_output):
        inner = (grad_output * self.output).sum(axis=self.dim, keepdims=True)
        return self.output * (grad_output - inner)


class Dropout(Module):
    def __init__(self, p=0.5):
        self.p = p

    def forward(self, input):
        if not self.training or self.p == 0:
            self.scale = np.ones_like(input)
        else:
            keep = 1 - self.p
            self.scale = (np.random.random(input.shape) < keep) / keep if keep > 0 else np.zeros_like(input)
        return input * self.scale

    def backward(self, grad_output):
        return grad_output * self.scale


class BatchNorm1d(Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps = eps
        self.momentum = momentum
        self.weight = Parameter(np.ones(num_features))
        self.bias = Parameter(np.zeros(num_features))
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)

    def forward(self, input):
        if self.training:
            mean, var = input.mean(axis=0), input.var(axis=0)
            n = len(input)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * n / (n - 1)
        else:
            mean, var = self.running_mean, self.running_var
        self.std = np.sqrt(var + self.eps)
        self.normalized = (input - mean) / self.std
        return self.weight.data * self.normalized + self.bias.data

    def backward(self, grad_output):
        self.weight.grad += (grad_output * self.normalized).sum(axis=0)
        self.bias.grad += grad_output.sum(axis=0)
        grad = grad_output * self.weight.data
        if not self.training:
            return grad / self.std
        return (grad - grad.mean(axis=0) - self.normalized * (grad * self.normalized).mean(axis=0)) / self.std


class MSELoss(Module):
    def forward(self, input, target):
        self.difference = input - target
        return np.mean(self.difference**2)

    def backward(self):
        return 2 * self.difference / self.difference.size


class CrossEntropyLoss(Module):
    def forward(self, input, target):
        shifted = input - input.max(axis=1, keepdims=True)
        log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.probabilities, self.target = np.exp(log_probabilities), target
        return -log_probabilities[np.arange(len(target)), target].mean()

    def backward(self):
        grad = self.probabilities.copy()
        grad[np.arange(len(self.target)), self.target] -= 1
        return grad / len(self.target)


class SGD:
    def __init__(self, params, lr=0.01, momentum=0.0):
        self.params = list(params)
        self.lr = lr
        self.momentum = momentum
        self.velocity = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        for index, parameter in enumerate(self.params):
            self.velocity[index] = self.momentum * self.velocity[index] + parameter.grad
            parameter.data = parameter.data - self.lr * self.velocity[index]


class Adam:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.params = list(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.m = [np.zeros_like(p.data) for p in self.params]
        self.v = [np.zeros_like(p.data) for p in self.params]
        self.t = 0

    def step(self):
        self.t += 1
        beta1, beta2 = self.betas
        for index, parameter in enumerate(self.params):
            self.m[index] = beta1 * self.m[index] + (1 - beta1) * parameter.grad
            self.v[index] = beta2 * self.v[index] + (1 - beta2) * parameter.grad**2
            m_hat = self.m[index] / (1 - beta1**self.t)
            v_hat = self.v[index] / (1 - beta2**self.t)
            parameter.data = parameter.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class StepLR:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.optimizer, self.step_size, self.gamma = optimizer, step_size, gamma
        self.epoch = 0

    def step(self):
        self.epoch += 1
        if self.epoch % self.step_size == 0:
            self.optimizer.lr *= self.gamma
