"""Closures: what backward needs is caught by a function that forward makes."""

import numpy as np


class Linear:
    def __init__(self, in_features, out_features):
        rng = np.random.default_rng(0)
        self.weight = rng.normal(size=(in_features, out_features))
        self.bias = rng.normal(size=out_features)

    def __call__(self, x):
        def pull_back(g):
            self.d_weight, self.d_bias = x.T @ g, g.sum(0)
            return g @ self.weight.T

        self._pull_back = pull_back
        return x @ self.weight + self.bias

    def backward(self, g):
        return self._pull_back(g)


class ReLU:
    def __call__(self, x):
        y = np.clip(x, 0, None)
        self._pull_back = lambda g: np.where(x > 0, g, 0.0)
        return y

    def backward(self, g):
        return self._pull_back(g)
