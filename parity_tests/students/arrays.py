# Another way: plain arrays with their gradients beside them, W is (in, out), names are short, loops here and there.
import math

import numpy as np


class Value:
    def __init__(self, data, _children=(), _op=""):
        self.data, self.grad = data, 0.0
        self._prev, self._op, self._backward = tuple(_children), _op, lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, other):
        out = Value(self.data**other, (self,), "**")

        def _backward():
            self.grad += other * self.data ** (other - 1) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,), "ReLU")

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,), "tanh")

        def _backward():
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,), "exp")

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.data)) if self.data > 0 else math.exp(self.data) / (1 + math.exp(self.data))
        out = Value(s, (self,), "sigmoid")

        def _backward():
            self.grad += s * (1 - s) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    def backward(self):
        topo, visited = [], set()
        stack = [(self, iter(self._prev))]
        visited.add(self)
        while stack:
            node, children = stack[-1]
            child = next((c for c in children if c not in visited), None)
            if child is None:
                topo.append(node)
                stack.pop()
            else:
                visited.add(child)
                stack.append((child, iter(child._prev)))
        for v in topo:
            if v._prev:
                v.grad = 0.0
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros((1, n_out))

    def forward(self, X):
        self.X = X
        return np.dot(X, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.X.T, dout)
        self.db = np.sum(dout, axis=0, keepdims=True)
        dX = np.dot(dout, self.W.T)
        return dX


class ReLU:
    def forward(self, X):
        self.mask = X > 0
        return np.where(self.mask, X, 0.0)

    def backward(self, dout):
        dX = dout.copy()
        dX[~self.mask] = 0
        return dX


class Sigmoid:
    def forward(self, X):
        e = np.exp(-np.abs(X))
        self.s = np.where(X >= 0, 1 / (1 + e), e / (1 + e))
        return self.s * 1.0

    def backward(self, dout):
        return self.s * (1 - self.s) * dout


class Tanh:
    def forward(self, X):
        self.X = X
        self.t = np.tanh(X)
        return self.t * 1.0

    def backward(self, dout):
        slope = 1 - np.square(self.t)
        return slope * dout


class Softmax:
    def __init__(self, dim):
        self.dim = dim

    def forward(self, X):
        Z = np.moveaxis(X, self.dim, -1)
        Z = Z - np.max(Z, axis=-1, keepdims=True)
        E = np.exp(Z)
        self.S = E / np.sum(E, axis=-1, keepdims=True)
        return np.moveaxis(self.S, -1, self.dim).copy()

    def backward(self, dout):
        G = np.moveaxis(dout, self.dim, -1)
        rows, grads = self.S.reshape(-1, self.S.shape[-1]), G.reshape(-1, self.S.shape[-1])
        out = np.zeros_like(rows)
        for i, (s, g) in enumerate(zip(rows, grads)):
            jacobian = np.diag(s) - np.outer(s, s)
            out[i] = jacobian @ g
        return np.moveaxis(out.reshape(self.S.shape), -1, self.dim)


class Dropout:
    def __init__(self, p=0.5):
        self.p, self.keep = p, 1 - p
        self.rng = np.random.default_rng(7)

    def forward(self, X, training=True):
        if not training:
            self.mask = np.ones_like(X)
            return X * 1.0
        self.mask = (self.rng.random(X.shape) < self.keep) / self.keep
        return X * self.mask

    def backward(self, dout):
        return dout * self.mask


class BatchNorm1d:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.eps, self.momentum = eps, momentum

    def forward(self, X, training=True):
        N = X.shape[0]
        self.training = training
        if training:
            mu = X.sum(axis=0) / N
            centred = X - mu
            var = (centred**2).sum(axis=0) / N
            spread = var * N / (N - 1)
            self.running_mean += self.momentum * (mu - self.running_mean)
            self.running_var += self.momentum * (spread - self.running_var)
        else:
            mu, var = self.running_mean, self.running_var
            centred = X - mu
        self.std = np.sqrt(var + self.eps)
        self.xhat = centred / self.std
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        N = dout.shape[0]
        self.dgamma, self.dbeta = (dout * self.xhat).sum(axis=0), dout.sum(axis=0)
        dxhat = dout * self.gamma
        if not self.training:
            return dxhat / self.std
        return (N * dxhat - dxhat.sum(axis=0) - self.xhat * (dxhat * self.xhat).sum(axis=0)) / (N * self.std)


class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.k, self.s, self.p = kernel_size, stride, padding
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size) * 0.1
        self.b = np.zeros(out_channels)

    def forward(self, X):
        N, C, H, W = X.shape
        k, s, p = self.k, self.s, self.p
        Xp = np.zeros((N, C, H + 2 * p, W + 2 * p))
        Xp[:, :, p : p + H, p : p + W] = X
        self.Xp, self.shape = Xp, X.shape
        Ho, Wo = (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1
        out = np.zeros((N, self.W.shape[0], Ho, Wo))
        kernel = self.W
        for a in range(k):
            for b in range(k):
                part = Xp[:, :, a : a + s * Ho : s, b : b + s * Wo : s]
                out += np.tensordot(kernel[:, :, a, b], part, axes=(1, 1)).transpose(1, 0, 2, 3)
        return out + self.b.reshape(1, -1, 1, 1)

    def backward(self, dout):
        k, s, p = self.k, self.s, self.p
        Ho, Wo = dout.shape[2:]
        dXp, self.dW = np.zeros_like(self.Xp), np.zeros_like(self.W)
        kernel = self.W
        for a in range(k):
            for b in range(k):
                part = self.Xp[:, :, a : a + s * Ho : s, b : b + s * Wo : s]
                self.dW[:, :, a, b] = np.tensordot(dout, part, axes=((0, 2, 3), (0, 2, 3)))
                dXp[:, :, a : a + s * Ho : s, b : b + s * Wo : s] += np.tensordot(
                    dout, kernel[:, :, a, b], axes=(1, 0)
                ).transpose(0, 3, 1, 2)
        self.db = dout.sum(axis=(0, 2, 3))
        return dXp[:, :, p : p + self.shape[2], p : p + self.shape[3]]


class MaxPool2d:
    def __init__(self, kernel_size):
        self.k = kernel_size

    def forward(self, X):
        N, C, H, W = X.shape
        k = self.k
        self.shape = X.shape
        Z = X[:, :, : H // k * k, : W // k * k].reshape(N, C, H // k, k, W // k, k).transpose(0, 1, 2, 4, 3, 5)
        self.Z = Z.reshape(N, C, H // k, W // k, k * k)
        return self.Z.max(axis=-1)

    def backward(self, dout):
        k = self.k
        N, C, Ho, Wo, _ = self.Z.shape
        mask = np.zeros_like(self.Z)
        np.put_along_axis(mask, self.Z.argmax(axis=-1)[..., None], 1.0, axis=-1)
        dZ = (mask * dout[..., None]).reshape(N, C, Ho, Wo, k, k).transpose(0, 1, 2, 4, 3, 5)
        dX = np.zeros(self.shape)
        dX[:, :, : Ho * k, : Wo * k] = dZ.reshape(N, C, Ho * k, Wo * k)
        return dX


class MSELoss:
    def forward(self, y_pred, y_true):
        self.y_pred, self.y_true = y_pred, y_true
        return np.mean((y_pred - y_true) ** 2)

    def backward(self):
        n = self.y_true.size
        return 2 * (self.y_pred - self.y_true) / n


class L1Loss:
    def forward(self, y_pred, y_true):
        self.e = y_pred - y_true
        return np.mean(np.abs(self.e))

    def backward(self):
        return np.sign(self.e) / self.e.size


class BCELoss:
    def forward(self, y_pred, y_true):
        self.p, self.y = y_pred, y_true
        logs, others = np.log(self.p), np.log(1 - self.p)
        return -np.mean(self.y * logs + (1 - self.y) * others)

    def backward(self):
        return (self.p - self.y) / (self.p * (1 - self.p)) / self.y.size


class BCEWithLogitsLoss:
    def forward(self, x, y):
        self.x, self.y = x, y
        return np.mean(np.logaddexp(0, x) - y * x)

    def backward(self):
        s = np.where(self.x >= 0, 1 / (1 + np.exp(-np.abs(self.x))), 1 - 1 / (1 + np.exp(-np.abs(self.x))))
        return (s - self.y) / self.y.size


class CrossEntropyLoss:
    def __init__(self, weight=None):
        self.weight = weight

    def forward(self, X, y):
        Z = X - np.max(X, axis=1, keepdims=True)
        total = np.log(np.sum(np.exp(Z), axis=1))
        self.P = np.exp(Z - total[:, None])
        self.y = y
        self.c = np.ones(len(X)) if self.weight is None else self.weight[y]
        losses = total - Z[np.arange(len(y)), y]
        self.norm = np.sum(self.c)
        return np.sum(self.c * losses) / self.norm

    def backward(self):
        onehot = np.eye(self.P.shape[1])[self.y]
        dX = (self.P - onehot) * self.c[:, None]
        return dX / self.norm


class SGD:
    def __init__(self, params, lr=0.01, momentum=0, weight_decay=0, nesterov=False):
        self.params, self.lr, self.mu, self.wd, self.nesterov = params, lr, momentum, weight_decay, nesterov
        self.v = {}

    def step(self):
        for k, p in enumerate(self.params):
            g = p.grad + self.wd * p.data
            if k in self.v:
                v = self.mu * self.v[k] + g
            else:
                v = g.copy()
            self.v[k] = v
            update = g + self.mu * v if self.nesterov else v
            p.data -= self.lr * update


class RMSprop:
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        self.params, self.lr, self.alpha, self.eps = params, lr, alpha, eps
        self.cache = [0.0] * len(params)

    def step(self):
        for k, p in enumerate(self.params):
            g = p.grad
            self.cache[k] = self.alpha * self.cache[k] + (1 - self.alpha) * g * g
            p.data -= self.lr * g / (np.sqrt(self.cache[k]) + self.eps)


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.eps = params, lr, eps
        self.beta1, self.beta2 = betas
        self.state = {}
        self.t = 0

    def step(self):
        self.t += 1
        for k, p in enumerate(self.params):
            m, v = self.state.get(k, (0.0, 0.0))
            m += (1 - self.beta1) * (p.grad - m)
            v += (1 - self.beta2) * (p.grad * p.grad - v)
            self.state[k] = (m, v)
            c1, c2 = 1 - self.beta1**self.t, 1 - self.beta2**self.t
            denominator = np.sqrt(v) / np.sqrt(c2) + self.eps
            p.data -= self.lr / c1 * m / denominator


class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        self.params, self.lr, self.eps, self.wd = params, lr, eps, weight_decay
        self.beta1, self.beta2 = betas
        self.m, self.v, self.t = [0.0] * len(params), [0.0] * len(params), 0

    def step(self):
        self.t += 1
        for k, p in enumerate(self.params):
            g = p.grad
            p.data *= 1 - self.lr * self.wd
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g * g
            mhat = self.m[k] / (1 - self.beta1**self.t)
            vhat = self.v[k] / (1 - self.beta2**self.t)
            p.data -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


class StepLR:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.optimizer, self.step_size, self.gamma = optimizer, step_size, gamma
        self.base = [g["lr"] for g in optimizer.param_groups]
        self.epoch = 0

    def step(self):
        self.epoch += 1
        power = self.epoch // self.step_size
        for group, lr in zip(self.optimizer.param_groups, self.base):
            group["lr"] = lr * self.gamma**power
