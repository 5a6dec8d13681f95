"""Cells with one bias where PyTorch has two, and a state that has to be given; matrices as (in, out)."""

import numpy as np


class RNNCell:
    def __init__(self, input_size, hidden_size):
        self.Wxh = np.random.randn(input_size, hidden_size) * 0.1
        self.Whh = np.random.randn(hidden_size, hidden_size) * 0.1
        self.bh = np.zeros(hidden_size)

    def forward(self, x, h):
        self.x, self.h = x, h
        self.out = np.tanh(x @ self.Wxh + h @ self.Whh + self.bh)
        return self.out

    def backward(self, dout):
        dz = dout * (1 - self.out**2)
        self.dWxh = self.x.T @ dz
        self.dWhh = self.h.T @ dz
        self.dbh = dz.sum(axis=0)
        return dz @ self.Wxh.T, dz @ self.Whh.T


def sig(z):
    return 1 / (1 + np.exp(-z))


class LSTMCell:
    def __init__(self, input_size, hidden_size):
        self.weight_hh = np.random.randn(4 * hidden_size, hidden_size) * 0.1
        self.weight_ih = np.random.randn(4 * hidden_size, input_size) * 0.1
        self.bias = np.zeros(4 * hidden_size)

    def forward(self, x, state):
        h, c = state
        z = x @ self.weight_ih.T + h @ self.weight_hh.T + self.bias
        i, f, g, o = np.split(z, 4, axis=-1)
        i, f, g, o = sig(i), sig(f), np.tanh(g), sig(o)
        c1 = f * c + i * g
        self.cache = x, h, c, i, f, g, o, c1
        return o * np.tanh(c1), c1

    def backward(self, dh, dc=None):
        x, h, c, i, f, g, o, c1 = self.cache
        t = np.tanh(c1)
        dc = dh * o * (1 - t * t) + (0 if dc is None else dc)
        dz = np.concatenate(
            [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g), dh * t * o * (1 - o)], axis=-1
        )
        self.grad_weight_ih = dz.T @ x
        self.grad_weight_hh = dz.T @ h
        self.grad_bias = dz.sum(axis=0)
        return dz @ self.weight_ih, (dz @ self.weight_hh, dc * f)
