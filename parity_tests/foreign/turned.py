import numpy as np


class FullyConnected:
    def __init__(self, a, b):
        self.theta = np.random.randn(a, b)  # (out, in)
        self.shift = np.zeros(a)

    def fwd(self, x):
        self.x = x
        self.out = x @ self.theta.T + self.shift

    def bwd(self, up):
        self.g_theta = up.T @ self.x
        self.g_shift = up.sum(0)
        self.dx = up @ self.theta


class SoftmaxCrossEntropy:
    def forward(self, y, logits):
        e = np.exp(logits - logits.max(1, keepdims=True))
        self.p, self.t = e / e.sum(1, keepdims=True), y
        logs = logits - logits.max(1, keepdims=True) - np.log(e.sum(1, keepdims=True))
        return -logs[np.arange(len(y)), y]

    def backward(self):
        d = self.p.copy()
        d[np.arange(len(d)), self.t] -= 1
        return d / len(d)


class BinaryCrossEntropy:
    def __call__(self, probs, labels):
        self.p, self.y = probs, labels
        return -(labels * np.log(probs) + (1 - labels) * np.log(1 - probs)).mean(axis=1)

    def grad(self):
        return (self.p - self.y) / (self.p * (1 - self.p)) / self.p.size
