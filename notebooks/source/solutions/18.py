import numpy as np


class LayerNorm:
    def __init__(self, normalized_shape, eps=1e-5):
        self.eps = eps
        self.weight = np.ones(normalized_shape)
        self.bias = np.zeros(normalized_shape)

    def forward(self, input):
        self.sigma = np.sqrt(input.var(axis=-1, keepdims=True) + self.eps)
        self.normal = (input - input.mean(axis=-1, keepdims=True)) / self.sigma
        return self.normal * self.weight + self.bias

    def backward(self, grad_output):
        rest = tuple(range(grad_output.ndim - 1))
        self.grad_weight = (grad_output * self.normal).sum(axis=rest)
        self.grad_bias = grad_output.sum(axis=rest)
        g = grad_output * self.weight
        along = (g * self.normal).mean(axis=-1, keepdims=True)
        return (g - g.mean(axis=-1, keepdims=True) - self.normal * along) / self.sigma


class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, input, target):
        self.error = input - target
        size = np.abs(self.error)
        return np.where(size <= self.delta, size**2 / 2, self.delta * (size - self.delta / 2)).mean()

    def backward(self):
        return np.clip(self.error, -self.delta, self.delta) / self.error.size


class RMSprop:
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        self.params, self.lr, self.alpha, self.eps = list(params), lr, alpha, eps
        self.square = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        for p, square in zip(self.params, self.square):
            square *= self.alpha
            square += (1 - self.alpha) * p.grad**2
            p.data -= self.lr * p.grad / (np.sqrt(square) + self.eps)
