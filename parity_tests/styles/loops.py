"""Everything in loops."""

import math

import numpy as np


class Linear:
    def __init__(self, in_features, out_features):
        self.in_features, self.out_features = in_features, out_features
        self.weight = np.zeros((out_features, in_features))
        self.bias = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        out = np.zeros((len(x), self.out_features))
        for n in range(len(x)):
            for o in range(self.out_features):
                total = self.bias[o]
                for i in range(self.in_features):
                    total += self.weight[o][i] * x[n][i]
                out[n][o] = total
        return out

    def backward(self, grad):
        self.weight_grad = np.zeros_like(self.weight)
        self.bias_grad = np.zeros_like(self.bias)
        dx = np.zeros_like(self.x)
        for n in range(len(grad)):
            for o in range(self.out_features):
                self.bias_grad[o] += grad[n][o]
                for i in range(self.in_features):
                    self.weight_grad[o][i] += grad[n][o] * self.x[n][i]
                    dx[n][i] += grad[n][o] * self.weight[o][i]
        return dx


class Softmax:
    def forward(self, x):
        self.p = np.zeros_like(x)
        for n in range(len(x)):
            top = max(x[n])
            powers = [math.exp(v - top) for v in x[n]]
            for c in range(len(powers)):
                self.p[n][c] = powers[c] / sum(powers)
        return self.p

    def backward(self, grad):
        dx = np.zeros_like(grad)
        for n in range(len(grad)):
            for i in range(len(grad[n])):
                for j in range(len(grad[n])):
                    dx[n][i] += grad[n][j] * self.p[n][j] * ((1 if i == j else 0) - self.p[n][i])
        return dx
