"""Sums in another order, compensated and backwards."""

import math

import numpy as np


class Linear:
    def __init__(self, nin, nout):
        self.weight, self.bias = np.zeros((nout, nin)), np.zeros(nout)

    def forward(self, x):
        self.x = x
        products = x[:, None, ::-1] * self.weight[None, :, ::-1]  # (N, out, in), from the last to the first
        return self.bias + np.cumsum(products, axis=2)[..., -1]

    def backward(self, g):
        self.dweight = sum((np.outer(g[n], self.x[n]) for n in range(len(g) - 1, -1, -1)), np.zeros_like(self.weight))
        self.dbias = np.array([math.fsum(column) for column in g.T])
        return np.add.reduce(g[:, :, None] * self.weight[None], axis=1)


class CrossEntropyLoss:
    def forward(self, logits, labels):
        self.labels = labels
        top = logits.max(1)
        self.logsumexp = top + np.log(np.array([math.fsum(np.exp(row - t)) for row, t in zip(logits, top)]))
        self.logits = logits
        return math.fsum(self.logsumexp - logits[np.arange(len(labels)), labels]) / len(labels)

    def backward(self):
        p = np.exp(self.logits - self.logsumexp[:, None])
        onehot = np.eye(p.shape[1])[self.labels]
        return (p - onehot) / len(p)
