# Functions for training as scripts have them: plain arrays, generators, a loop over a list of batches.
import numpy as np


class Linear:
    def __init__(self, in_features, out_features):
        self.weight, self.bias = he_normal(in_features, out_features).T, np.zeros(out_features)
        self.zero_grad()

    def zero_grad(self):
        self.dweight, self.dbias = np.zeros_like(self.weight), np.zeros_like(self.bias)

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, grad):
        self.dweight += grad.T @ self.x
        self.dbias += grad.sum(axis=0)
        return grad @ self.weight


def clip_grad_norm(grads, max_norm):
    total = np.sqrt(sum((g**2).sum() for g in grads))
    scale = min(1.0, max_norm / (total + 1e-12))
    return [g * scale for g in grads]


def xavier_uniform(fan_in, fan_out):
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return np.random.uniform(-limit, limit, (fan_in, fan_out))


def xavier_normal(fan_in, fan_out):
    return np.random.randn(fan_in, fan_out) * np.sqrt(2.0 / (fan_in + fan_out))


def he_uniform(fan_in, fan_out):
    limit = np.sqrt(6.0 / fan_in)
    return np.random.uniform(-limit, limit, (fan_in, fan_out))


def he_normal(fan_in, fan_out):
    return np.random.randn(fan_in, fan_out) * np.sqrt(2.0 / fan_in)


def iterate_minibatches(X, y, batch_size, shuffle=True):
    order = np.arange(len(X))
    if shuffle:
        np.random.shuffle(order)
    for start in range(0, len(X), batch_size):
        chosen = order[start : start + batch_size]
        yield X[chosen], y[chosen]


def train(model, loss, optimizer, batches, epochs):
    losses = []
    for epoch in range(epochs):
        total, count = 0.0, 0
        for step in range(len(batches)):
            x, y = batches[step]
            model.zero_grad()
            out = model.forward(x)
            value = loss.forward(out, y)
            model.backward(loss.backward())
            optimizer.step()
            total += value * len(x)
            count += len(x)
        losses.append(total / count)
    return losses
