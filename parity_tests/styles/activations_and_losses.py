"""Many activations and losses, written tersely."""

import numpy as np
from math import erf


class GELU:
    def forward(self, x):
        self.x = x
        self.c = np.vectorize(lambda t: 0.5 * (1 + erf(t / np.sqrt(2))))(x)
        return x * self.c

    def backward(self, g):
        return g * (self.c + self.x * np.exp(-(self.x**2) / 2) / np.sqrt(2 * np.pi))


class SiLU:
    def forward(self, x):
        self.x = x
        self.s = 1 / (1 + np.exp(-x))
        return x * self.s

    def backward(self, g):
        return g * (self.s + self.x * self.s * (1 - self.s))


class Softplus:
    def forward(self, x):
        self.x = x
        return np.logaddexp(0, x)

    def backward(self, g):
        return g / (1 + np.exp(-self.x))


class ELU:
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * (np.exp(np.minimum(x, 0)) - 1))

    def backward(self, g):
        return np.where(self.x > 0, g, g * self.alpha * np.exp(np.minimum(self.x, 0)))


class LogSoftmax:
    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, x):
        m = x.max(self.axis, keepdims=True)
        self.y = x - m - np.log(np.exp(x - m).sum(self.axis, keepdims=True))
        return self.y

    def backward(self, g):
        return g - np.exp(self.y) * g.sum(self.axis, keepdims=True)


class NLLLoss:
    def forward(self, logp, y):
        self.n, self.c = logp.shape
        self.y = y
        return -logp[range(self.n), y].mean()

    def backward(self):
        d = np.zeros((self.n, self.c))
        d[range(self.n), self.y] = -1 / self.n
        return d


class BCEWithLogitsLoss:
    def forward(self, z, t):
        self.z, self.t = z, t
        return np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))

    def backward(self):
        return (1 / (1 + np.exp(-self.z)) - self.t) / self.z.size


class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, p, t):
        self.d = p - t
        a = np.abs(self.d)
        return np.where(a <= self.delta, 0.5 * a**2, self.delta * (a - 0.5 * self.delta)).mean()

    def backward(self):
        return np.clip(self.d, -self.delta, self.delta) / self.d.size


class AvgPool2d:
    def __init__(self, k):
        self.k = k

    def forward(self, x):
        n, c, h, w = x.shape
        k = self.k
        self.s = x.shape
        x = x[:, :, : h // k * k, : w // k * k]
        return x.reshape(n, c, h // k, k, w // k, k).mean((3, 5))

    def backward(self, g):
        k = self.k
        out = np.zeros(self.s)
        e = np.repeat(np.repeat(g, k, 2), k, 3) / (k * k)
        out[:, :, : e.shape[2], : e.shape[3]] = e
        return out


class BatchNorm2d:
    def __init__(self, num_channels, eps=1e-5, momentum=0.1):
        self.gamma = np.ones(num_channels)
        self.beta = np.zeros(num_channels)
        self.eps = eps
        self.momentum = momentum
        self.running_mean = np.zeros(num_channels)
        self.running_var = np.ones(num_channels)
        self.training = True

    def forward(self, x):
        if self.training:
            m = x.mean((0, 2, 3))
            v = x.var((0, 2, 3))
            n = x.size / x.shape[1]
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * m
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * v * n / (n - 1)
        else:
            m, v = self.running_mean, self.running_var
        self.std = np.sqrt(v + self.eps)[None, :, None, None]
        self.xh = (x - m[None, :, None, None]) / self.std
        return self.gamma[None, :, None, None] * self.xh + self.beta[None, :, None, None]

    def backward(self, g):
        self.dgamma = (g * self.xh).sum((0, 2, 3))
        self.dbeta = g.sum((0, 2, 3))
        d = g * self.gamma[None, :, None, None]
        mean = lambda a: a.mean((0, 2, 3), keepdims=True)
        return (d - mean(d) - self.xh * mean(d * self.xh)) / self.std
