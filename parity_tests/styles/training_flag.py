"""Dropout with a generator of its own and a flag of forward; batch normalization with moving averages."""

import numpy as np

rng = np.random.default_rng(7)


class Dropout:
    def __init__(self, drop_prob):
        self.keep_prob = 1 - drop_prob

    def forward(self, x, training=True):
        if not training:
            self.mask = 1.0
            return x
        self.mask = (rng.random(x.shape) < self.keep_prob) / max(self.keep_prob, 1e-12)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class BatchNorm1d:
    def __init__(self, dim, eps=1e-3, momentum=0.01):
        self.gamma, self.beta = np.ones(dim), np.zeros(dim)
        self.moving_mean, self.moving_var = np.zeros(dim), np.ones(dim)
        self.eps, self.momentum = eps, momentum

    def forward(self, x, training=True):
        if not training:
            return self.gamma * (x - self.moving_mean) / np.sqrt(self.moving_var + self.eps) + self.beta
        n = x.shape[0]
        mu = x.sum(0) / n
        self.centred = x - mu
        var = (self.centred**2).sum(0) / n
        self.ivar = 1 / np.sqrt(var + self.eps)
        self.moving_mean += self.momentum * (mu - self.moving_mean)
        self.moving_var += self.momentum * (var * n / (n - 1) - self.moving_var)
        return self.gamma * self.centred * self.ivar + self.beta

    def backward(self, dout):
        n = dout.shape[0]
        xhat = self.centred * self.ivar
        self.dgamma, self.dbeta = (dout * xhat).sum(0), dout.sum(0)
        dxhat = dout * self.gamma
        dvar = (dxhat * self.centred).sum(0) * -0.5 * self.ivar**3
        dmu = -dxhat.sum(0) * self.ivar + dvar * -2 * self.centred.mean(0)
        return dxhat * self.ivar + dvar * 2 * self.centred / n + dmu / n
