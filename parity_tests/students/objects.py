# One way to write it right: parameters are objects with data and grad, and gradients add up.
import math

import numpy as np


class Valor:
    def __init__(self, data, parents=(), backward=None):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.push = backward

    def wrap(other):
        return other if isinstance(other, Valor) else Valor(other)

    def __add__(self, other):
        other = Valor.wrap(other)
        out = Valor(self.data + other.data, (self, other))

        def push():
            self.grad += out.grad
            other.grad += out.grad

        out.push = push
        return out

    def __mul__(self, other):
        other = Valor.wrap(other)
        out = Valor(self.data * other.data, (self, other))

        def push():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.push = push
        return out

    def __pow__(self, n):
        out = Valor(self.data**n, (self,))

        def push():
            self.grad += n * self.data ** (n - 1) * out.grad

        out.push = push
        return out

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-Valor.wrap(other))

    def __rsub__(self, other):
        return Valor.wrap(other) - self

    def __truediv__(self, other):
        return self * Valor.wrap(other) ** -1

    def __rtruediv__(self, other):
        return Valor.wrap(other) / self

    def exp(self):
        out = Valor(math.exp(self.data), (self,))

        def push():
            self.grad += out.data * out.grad

        out.push = push
        return out

    def log(self):
        out = Valor(math.log(self.data), (self,))

        def push():
            self.grad += out.grad / self.data

        out.push = push
        return out

    def tanh(self):
        out = Valor(math.tanh(self.data), (self,))

        def push():
            self.grad += (1 - out.data**2) * out.grad

        out.push = push
        return out

    def sigmoid(self):
        out = Valor(0.5 * (1 + math.tanh(self.data / 2)), (self,))

        def push():
            self.grad += out.data * (1 - out.data) * out.grad

        out.push = push
        return out

    def relu(self):
        out = Valor(max(self.data, 0.0), (self,))

        def push():
            self.grad += (self.data > 0) * out.grad

        out.push = push
        return out

    def order(self):
        found, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                found.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return found

    def backward(self):
        order = self.order()
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            if node.push:
                node.push()


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Linear:
    def __init__(self, in_features, out_features, bias=True):
        bound = 1 / np.sqrt(in_features)
        self.weight = Parameter(np.random.uniform(-bound, bound, (out_features, in_features)))
        self.bias = Parameter(np.zeros(out_features)) if bias else None

    def zero_grad(self):
        self.weight.grad = np.zeros_like(self.weight.data)
        if self.bias is not None:
            self.bias.grad = np.zeros_like(self.bias.data)

    def forward(self, x):
        self.x = x
        out = x @ self.weight.data.T
        return out if self.bias is None else out + self.bias.data

    def backward(self, grad_output):
        self.weight.grad += grad_output.T @ self.x
        if self.bias is not None:
            self.bias.grad += grad_output.sum(axis=0)
        return grad_output @ self.weight.data


class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad_output):
        return grad_output * (self.x > 0)


class Sigmoid:
    def forward(self, x):
        self.out = 0.5 * (1 + np.tanh(x / 2))
        return self.out.copy()

    def backward(self, grad_output):
        return grad_output * self.out * (1 - self.out)


class Tanh:
    def forward(self, x):
        self.x = x
        self.out = np.tanh(x)
        return self.out.copy()

    def backward(self, grad_output):
        return grad_output * (1 - self.out**2)


class Softmax:
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        e = np.exp(x - x.max(axis=self.dim, keepdims=True))
        self.out = e / e.sum(axis=self.dim, keepdims=True)
        return self.out.copy()

    def backward(self, grad_output):
        inner = (grad_output * self.out).sum(axis=self.dim, keepdims=True)
        return self.out * (grad_output - inner)


class Dropout:
    def __init__(self, p=0.5):
        self.p = p
        self.training = True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def draw(self, shape):
        return (np.random.rand(*shape) >= self.p) / (1 - self.p)

    def forward(self, x):
        self.mask = self.draw(x.shape) if self.training and self.p > 0 else np.ones_like(x)
        return x * self.mask

    def backward(self, grad_output):
        return grad_output * self.mask


class BatchNorm1d:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.weight = Parameter(np.ones(num_features))
        self.bias = Parameter(np.zeros(num_features))
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.eps, self.momentum, self.training = eps, momentum, True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def zero_grad(self):
        self.weight.grad = np.zeros_like(self.weight.data)
        self.bias.grad = np.zeros_like(self.bias.data)

    def forward(self, x):
        if self.training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            n = len(x)
            unbiased = var * n / (n - 1)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * unbiased
        else:
            mean, var = self.running_mean, self.running_var
        self.constant = not self.training
        self.scale = 1 / np.sqrt(var + self.eps)
        self.hat = (x - mean) * self.scale
        return self.hat * self.weight.data + self.bias.data

    def backward(self, grad_output):
        self.weight.grad += (grad_output * self.hat).sum(axis=0)
        self.bias.grad += grad_output.sum(axis=0)
        g = grad_output * self.weight.data
        if self.constant:
            return g * self.scale
        return self.scale * (g - g.mean(axis=0) - self.hat * (g * self.hat).mean(axis=0))


class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True):
        def pair(n):
            return n if isinstance(n, tuple) else (n, n)

        self.kernel_size, self.stride, self.padding = pair(kernel_size), pair(stride), pair(padding)
        self.weight = Parameter(np.random.randn(out_channels, in_channels, *self.kernel_size) * 0.1)
        self.bias = Parameter(np.zeros(out_channels)) if bias else None

    def zero_grad(self):
        self.weight.grad = np.zeros_like(self.weight.data)
        if self.bias is not None:
            self.bias.grad = np.zeros_like(self.bias.data)

    def begin(self, i, axis):
        return i * self.stride[axis]

    def forward(self, x):
        (ph, pw), (kh, kw), (sh, sw) = self.padding, self.kernel_size, self.stride
        self.x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        height = (self.x.shape[2] - kh) // sh + 1
        width = (self.x.shape[3] - kw) // sw + 1
        kernel = self.weight.data
        out = np.zeros((len(x), len(kernel), height, width))
        for i in range(height):
            for j in range(width):
                a, b = self.begin(i, 0), self.begin(j, 1)
                patch = self.x[:, :, a : a + kh, b : b + kw]
                out[:, :, i, j] = np.einsum("ncij,ocij->no", patch, kernel)
        return out if self.bias is None else out + self.bias.data[:, None, None]

    def backward(self, grad_output):
        (ph, pw), (kh, kw) = self.padding, self.kernel_size
        grad = np.zeros_like(self.x)
        kernel = self.weight.data
        weight_grad = np.zeros_like(kernel)
        for i in range(grad_output.shape[2]):
            for j in range(grad_output.shape[3]):
                a, b = self.begin(i, 0), self.begin(j, 1)
                patch = self.x[:, :, a : a + kh, b : b + kw]
                weight_grad += np.einsum("no,ncij->ocij", grad_output[:, :, i, j], patch)
                grad[:, :, a : a + kh, b : b + kw] += np.einsum("no,ocij->ncij", grad_output[:, :, i, j], kernel)
        self.weight.grad += weight_grad
        if self.bias is not None:
            self.bias.grad += grad_output.sum(axis=(0, 2, 3))
        return grad[:, :, ph : grad.shape[2] - ph, pw : grad.shape[3] - pw]


class MaxPool2d:
    def __init__(self, kernel_size, stride=None):
        self.kernel_size, self.stride = kernel_size, stride or kernel_size

    def forward(self, x):
        self.x, k, s = x, self.kernel_size, self.stride
        height, width = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
        self.out = np.zeros((*x.shape[:2], height, width))
        for i in range(height):
            for j in range(width):
                self.out[:, :, i, j] = x[:, :, i * s : i * s + k, j * s : j * s + k].max(axis=(2, 3))
        return self.out.copy()

    def backward(self, grad_output):
        grad, k, s = np.zeros_like(self.x), self.kernel_size, self.stride
        for n, c, i, j in np.ndindex(grad_output.shape):
            window = self.x[n, c, i * s : i * s + k, j * s : j * s + k]
            first = np.unravel_index(window.argmax(), window.shape)
            grad[n, c, i * s + first[0], j * s + first[1]] += grad_output[n, c, i, j]
        return grad


class MSELoss:
    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, prediction, target):
        self.difference = prediction - target
        self.count = self.difference.size
        each = self.difference**2
        return each.mean() if self.reduction == "mean" else each.sum() if self.reduction == "sum" else each

    def backward(self, grad_output=1.0):
        grad = 2 * self.difference * grad_output
        return grad / self.count if self.reduction == "mean" else grad


class L1Loss:
    def forward(self, prediction, target):
        self.sign = np.sign(prediction - target)
        return np.abs(prediction - target).mean()

    def backward(self, grad_output=1.0):
        return self.sign / self.sign.size * grad_output


class BCELoss:
    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, p, target):
        self.p, self.target = p, target
        with np.errstate(divide="ignore"):
            each = -(target * np.maximum(np.log(p), -100) + (1 - target) * np.maximum(np.log(1 - p), -100))
        return each.mean() if self.reduction == "mean" else each.sum() if self.reduction == "sum" else each

    def backward(self, grad_output=1.0):
        grad = (self.p - self.target) / np.maximum(self.p * (1 - self.p), 1e-12) * grad_output
        return grad / grad.size if self.reduction == "mean" else grad


class BCEWithLogitsLoss:
    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, x, target):
        self.sigmoid, self.target = 0.5 * (1 + np.tanh(x / 2)), target
        each = np.maximum(x, 0) - x * target + np.log1p(np.exp(-np.abs(x)))
        return each.mean() if self.reduction == "mean" else each.sum() if self.reduction == "sum" else each

    def backward(self, grad_output=1.0):
        grad = (self.sigmoid - self.target) * grad_output
        return grad / grad.size if self.reduction == "mean" else grad


class CrossEntropyLoss:
    def __init__(self, weight=None, reduction="mean"):
        self.class_weight, self.reduction = weight, reduction

    def forward(self, x, target):
        shifted = x - x.max(axis=1, keepdims=True)
        self.logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.target, self.n = target, len(x)
        self.w = np.ones(self.n) if self.class_weight is None else self.class_weight[target]
        self.divisor = self.w.sum()
        each = -self.w * self.logs[np.arange(self.n), target]
        return (
            each.sum() / self.divisor if self.reduction == "mean" else each.sum() if self.reduction == "sum" else each
        )

    def backward(self, grad_output=1.0):
        p = np.exp(self.logs)
        p[np.arange(self.n), self.target] -= 1
        grad = p * self.w[:, None]
        if self.reduction == "mean":
            grad = grad / self.divisor
        return grad * (grad_output if np.ndim(grad_output) == 0 else grad_output[:, None])


class SGD:
    def __init__(self, params, lr=0.001, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.params, self.lr, self.momentum = list(params), lr, momentum
        self.weight_decay, self.nesterov = weight_decay, nesterov
        self.buffers = [None for p in self.params]

    def step(self):
        for i, p in enumerate(self.params):
            g = p.grad + self.weight_decay * p.data
            if self.momentum:
                b = self.buffers[i]
                b = g if b is None else self.momentum * b + g
                self.buffers[i] = b
                g = g + self.momentum * b if self.nesterov else b
            p.data = p.data - self.lr * g


class Adam:
    decoupled = False

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        self.params, self.lr, self.betas, self.eps, self.weight_decay = list(params), lr, betas, eps, weight_decay
        self.t = 0
        self.m = [np.zeros_like(p.data) for p in self.params]
        self.v = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for i, p in enumerate(self.params):
            g = p.grad
            if self.decoupled:
                p.data = p.data - self.lr * self.weight_decay * p.data
            else:
                g = g + self.weight_decay * p.data
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g**2
            m_hat = self.m[i] / (1 - b1**self.t)
            v_hat = self.v[i] / (1 - b2**self.t)
            p.data = p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamW(Adam):
    decoupled = True

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)


class RMSprop:
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        self.params, self.lr, self.alpha, self.eps = list(params), lr, alpha, eps
        self.squares = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        for i, p in enumerate(self.params):
            self.squares[i] = self.alpha * self.squares[i] + (1 - self.alpha) * p.grad**2
            p.data = p.data - self.lr * p.grad / (np.sqrt(self.squares[i]) + self.eps)


class StepLR:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.optimizer, self.step_size, self.gamma, self.epoch = optimizer, step_size, gamma, 0

    def step(self):
        self.epoch += 1
        if self.epoch % self.step_size == 0:
            for group in self.optimizer.param_groups:
                group["lr"] *= self.gamma
