"""A loss of labels in rows of 0 and 1, and functions that know matrices only."""

import numpy as np


class CrossEntropyLoss:
    def forward(self, logits, one_hot):
        e = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        self.p, self.t = e / np.sum(e, axis=1, keepdims=True), one_hot
        return -np.sum(
            one_hot * (logits - np.max(logits, axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True)))
        ) / len(e)

    def backward(self):
        return (self.p - self.t) / self.t.shape[0]


class ReLU:
    def forward(self, x):
        self.x = x
        out = np.zeros(x.shape)
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                if x[i, j] > 0:
                    out[i, j] = x[i, j]
        return out

    def backward(self, grad):
        out = np.zeros(grad.shape)
        for i in range(grad.shape[0]):
            for j in range(grad.shape[1]):
                out[i, j] = grad[i, j] if self.x[i, j] > 0 else 0
        return out
