"""The batch in columns, as in Andrew Ng's course: X is (features, N), W (out, in), b (out, 1)."""

import numpy as np


class DenseLayer:
    def __init__(self, n_x, n_h):
        self.W = np.random.randn(n_h, n_x) * 0.01
        self.b = np.zeros((n_h, 1))

    def forward(self, A_prev):
        self.A_prev = A_prev
        return np.dot(self.W, A_prev) + self.b

    def backward(self, dZ):
        self.dW = np.dot(dZ, self.A_prev.T)
        self.db = np.sum(dZ, axis=1, keepdims=True)
        return np.dot(self.W.T, dZ)


class SoftmaxColumns:
    def forward(self, Z):
        e = np.exp(Z - Z.max(axis=0))
        self.A = e / e.sum(axis=0)
        return self.A

    def backward(self, dA):
        return self.A * (dA - (dA * self.A).sum(axis=0))
