"""float32 inside, whatever comes in; weights (in, out), bias (out,)."""

import numpy as np


class Linear:
    def __init__(self, in_features, out_features):
        self.W = (np.random.randn(in_features, out_features) * 0.1).astype(np.float32)
        self.b = np.zeros(out_features, dtype=np.float32)

    def forward(self, x):
        self.x = x.astype(np.float32)
        return self.x @ self.W + self.b

    def backward(self, dout):
        dout = dout.astype(np.float32)
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class Sigmoid:
    def forward(self, x):
        self.s = 1 / (1 + np.exp(-x.astype(np.float32)))
        return self.s

    def backward(self, dout):
        return (dout.astype(np.float32) * self.s * (1 - self.s)).astype(np.float32)


class MSELoss:
    def forward(self, prediction, target):
        self.d = prediction.astype(np.float32) - target.astype(np.float32)
        return float((self.d**2).mean())

    def backward(self):
        return 2 * self.d / self.d.size
