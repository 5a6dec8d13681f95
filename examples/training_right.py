"""helpers.py of a project: what stands around the network."""

import numpy as np


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
