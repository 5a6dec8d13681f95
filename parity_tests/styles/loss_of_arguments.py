"""Losses that keep nothing: backward is given prediction and target again."""

import numpy as np


class MSELoss:
    def forward(self, y_true, y_pred):
        return np.mean(np.power(y_true - y_pred, 2))

    def backward(self, y_true, y_pred):
        return 2 * (y_pred - y_true) / np.size(y_true)


class BCELoss:
    def forward(self, y_pred, y):
        return -np.mean(y * np.log(y_pred) + (1 - y) * np.log(1 - y_pred))

    def backward(self, y_pred, y):
        return (y_pred - y) / (y_pred * (1 - y_pred)) / y.size
