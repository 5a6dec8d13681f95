"""Optimizers of one array, which return it moved."""

import numpy as np


class SGD:
    def __init__(self, lr, momentum=0.0):
        self.lr, self.momentum, self.velocity = lr, momentum, 0.0

    def update(self, w, grad_w):
        self.velocity = self.momentum * self.velocity + grad_w
        return w - self.lr * self.velocity


class RMSprop:
    def __init__(self, learning_rate=0.01, rho=0.9, epsilon=1e-7):
        self.learning_rate, self.rho, self.epsilon, self.Eg = learning_rate, rho, epsilon, None

    def update(self, w, grad_wrt_w):
        if self.Eg is None:
            self.Eg = np.zeros(np.shape(grad_wrt_w))
        self.Eg = self.rho * self.Eg + (1 - self.rho) * np.power(grad_wrt_w, 2)
        return w - self.learning_rate * grad_wrt_w / (np.sqrt(self.Eg) + self.epsilon)


class Adam:
    def __init__(self, learning_rate=0.001, b1=0.9, b2=0.999, eps=1e-8):
        self.learning_rate, self.b1, self.b2, self.eps = learning_rate, b1, b2, eps
        self.m = self.v = None
        self.t = 0

    def update(self, w, grad_wrt_w):
        if self.m is None:
            self.m, self.v = np.zeros(np.shape(grad_wrt_w)), np.zeros(np.shape(grad_wrt_w))
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * grad_wrt_w
        self.v = self.b2 * self.v + (1 - self.b2) * np.power(grad_wrt_w, 2)
        rate = self.learning_rate * np.sqrt(1 - self.b2**self.t) / (1 - self.b1**self.t)
        return w - rate * self.m / (np.sqrt(self.v) + self.eps * np.sqrt(1 - self.b2**self.t))
