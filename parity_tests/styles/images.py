"""Convolution by im2col, pooling by reshaping, square kernels only."""

import numpy as np


class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.k, self.s, self.p = kernel_size, stride, padding
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size) * 0.1
        self.b = np.zeros(out_channels)

    def forward(self, x):
        self.shape = x.shape
        p = self.p
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (self.k, self.k), axis=(2, 3))
        self.columns = windows[:, :, :: self.s, :: self.s]
        return np.einsum("nchwij,ocij->nohw", self.columns, self.W) + self.b[:, None, None]

    def backward(self, dout):
        self.dW = np.einsum("nohw,nchwij->ocij", dout, self.columns)
        self.db = dout.sum((0, 2, 3))
        n, c, h, w = self.shape
        padded = np.zeros((n, c, h + 2 * self.p, w + 2 * self.p))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                a, b = i * self.s, j * self.s
                padded[:, :, a : a + self.k, b : b + self.k] += np.einsum("no,ocij->ncij", dout[:, :, i, j], self.W)
        return padded[:, :, self.p : self.p + h, self.p : self.p + w]


class MaxPool2d:
    def __init__(self, kernel_size=2, stride=None):
        self.k = kernel_size
        self.s = stride or kernel_size

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        rows, columns = (h - self.k) // self.s + 1, (w - self.k) // self.s + 1
        out = np.empty((n, c, rows, columns))
        for i in range(rows):
            for j in range(columns):
                out[:, :, i, j] = x[:, :, i * self.s : i * self.s + self.k, j * self.s : j * self.s + self.k].max(
                    (2, 3)
                )
        return out

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for (n, c, i, j), g in np.ndenumerate(dout):
            a, b = i * self.s, j * self.s
            window = self.x[n, c, a : a + self.k, b : b + self.k]
            r, q = divmod(int(window.argmax()), self.k)
            dx[n, c, a + r, b + q] += g
        return dx


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, dout):
        return dout.reshape(self.shape)


class Embedding:
    def __init__(self, vocab_size, embed_dim):
        self.weight = np.random.randn(vocab_size, embed_dim)

    def forward(self, ids):
        self.ids = ids
        return self.weight[ids]

    def backward(self, dout):
        self.weight_grad = np.zeros_like(self.weight)
        np.add.at(self.weight_grad, self.ids, dout)
