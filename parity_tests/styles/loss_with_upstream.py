"""A loss whose backward takes the gradient from above, 1 unless said otherwise."""

import numpy as np


class MSELoss:
    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, input, target):
        self.diff = input - target
        squared = self.diff**2
        if self.reduction == "none":
            return squared
        return squared.mean() if self.reduction == "mean" else squared.sum()

    def backward(self, grad_output=1.0):
        scale = self.diff.size if self.reduction == "mean" else 1
        return grad_output * 2 * self.diff / scale


class L1Loss:
    def __call__(self, y_true, y_pred):
        self.sign = np.sign(y_pred - y_true)
        return np.abs(y_pred - y_true).mean()

    def backward(self):
        return self.sign / self.sign.size
