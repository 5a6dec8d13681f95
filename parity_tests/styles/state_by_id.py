"""An optimizer whose state is found by id, and one with a dict of velocities; schedules in closed form."""

import numpy as np


class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        self.params = list(params)
        self.lr = lr
        self.b1, self.b2 = betas
        self.eps = eps
        self.wd = weight_decay
        self.state = {id(p): (np.zeros_like(p.data), np.zeros_like(p.data)) for p in self.params}
        self.t = 0

    def step(self, closure=None):
        self.t += 1
        for p in self.params:
            m, v = self.state[id(p)]
            m = self.b1 * m + (1 - self.b1) * p.grad
            v = self.b2 * v + (1 - self.b2) * p.grad**2
            self.state[id(p)] = (m, v)
            p.data -= self.lr * self.wd * p.data
            p.data -= self.lr * (m / (1 - self.b1**self.t)) / (np.sqrt(v / (1 - self.b2**self.t)) + self.eps)


class RMSprop:
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8, momentum=0):
        self.params = params
        self.lr = lr
        self.alpha = alpha
        self.eps = eps
        self.mu = momentum
        self.s = [0] * len(params)
        self.b = [0] * len(params)

    def step(self):
        for i, p in enumerate(self.params):
            self.s[i] = self.alpha * self.s[i] + (1 - self.alpha) * p.grad**2
            g = p.grad / (np.sqrt(self.s[i]) + self.eps)
            self.b[i] = self.mu * self.b[i] + g if self.mu else g
            p.data = p.data - self.lr * self.b[i]


class SGD:
    def __init__(self, parameters, lr=0.01, momentum=0.0, nesterov=False, weight_decay=0.0):
        self.parameters = list(parameters)
        self.lr, self.momentum, self.nesterov, self.weight_decay = lr, momentum, nesterov, weight_decay
        self.v = {}

    def step(self):
        for i, p in enumerate(self.parameters):
            g = p.grad + self.weight_decay * p.data
            if self.momentum:
                self.v[i] = g if i not in self.v else self.momentum * self.v[i] + g
                g = g + self.momentum * self.v[i] if self.nesterov else self.v[i]
            p.data -= self.lr * g


class CosineAnnealingLR:
    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.o = optimizer
        self.T = T_max
        self.m = eta_min
        self.base = [g["lr"] for g in optimizer.param_groups]
        self.e = 0

    def step(self):
        self.e += 1
        for g, b in zip(self.o.param_groups, self.base):
            g["lr"] = self.m + (b - self.m) * (1 + np.cos(np.pi * self.e / self.T)) / 2


class StepLR:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.o, self.s, self.g, self.e = optimizer, step_size, gamma, 0
        self.base = optimizer.lr

    def step(self):
        self.e += 1
        self.o.lr = self.base * self.g ** (self.e // self.s)
