import numpy as np


class LogSoftmax:
    def __init__(self, dim):
        self.dim = dim

    def forward(self, input):
        shifted = input - input.max(axis=self.dim, keepdims=True)
        output = shifted - np.log(np.exp(shifted).sum(axis=self.dim, keepdims=True))
        self.softmax = np.exp(output)
        return output

    def backward(self, grad_output):
        return grad_output - self.softmax * grad_output.sum(axis=self.dim, keepdims=True)
