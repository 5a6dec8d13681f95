"""Static methods, and a cache in the class."""

import numpy as np


class ReLU:
    cache = None

    @staticmethod
    def forward(x):
        ReLU.cache = x
        return (np.abs(x) + x) / 2

    @staticmethod
    def backward(dout):
        return dout * (ReLU.cache > 0)


class Sigmoid:
    @staticmethod
    def value(x):
        return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))

    def forward(self, x):
        self.x = x
        return Sigmoid.value(x)

    def backward(self, dout):
        return dout * Sigmoid.value(self.x) * Sigmoid.value(-self.x)
