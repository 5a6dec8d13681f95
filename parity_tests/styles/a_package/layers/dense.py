import numpy as np

from .base import Base


class Linear(Base):
    def __init__(self, in_features, out_features):
        self.weight = np.random.randn(out_features, in_features)
        self.bias = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, g):
        self.grad_weight, self.grad_bias = g.T @ self.x, g.sum(axis=0)
        return g @ self.weight
