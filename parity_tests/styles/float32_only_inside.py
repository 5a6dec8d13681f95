"""The state of the optimizer and the work of the layer in float32, the results cast back."""

import numpy as np


class Linear:
    def __init__(self, in_features, out_features):
        self.weight = np.random.randn(out_features, in_features)
        self.bias = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return np.asarray(
            x.astype("float32") @ self.weight.astype("float32").T + self.bias.astype("float32"), np.float64
        )

    def backward(self, g):
        self.grad_weight = np.asarray(g.astype("float32").T @ self.x.astype("float32"), np.float64)
        self.grad_bias = g.sum(0)
        return np.asarray(g.astype("float32") @ self.weight.astype("float32"), np.float64)


class Adam:
    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.beta1, self.beta2, self.eps, self.t = params, lr, beta1, beta2, eps, 0
        self.m = [np.zeros(p.shape, np.float32) for p in params]
        self.v = [np.zeros(p.shape, np.float32) for p in params]

    def step(self):
        self.t += 1
        for p, m, v in zip(self.params, self.m, self.v):
            m[:] = self.beta1 * m + (1 - self.beta1) * p.grad
            v[:] = self.beta2 * v + (1 - self.beta2) * p.grad**2
            p.data = p.data - self.lr * (m / (1 - self.beta1**self.t)) / (
                np.sqrt(v / (1 - self.beta2**self.t)) + self.eps
            )
