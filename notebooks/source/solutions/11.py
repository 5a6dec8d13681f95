import numpy as np


class Flatten:
    def __init__(self, start_dim=1, end_dim=-1):
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input):
        self.shape = np.shape(input)
        first = self.start_dim % input.ndim
        last = self.end_dim % input.ndim
        size = np.prod(self.shape[first : last + 1], dtype=int)
        return input.reshape(*self.shape[:first], size, *self.shape[last + 1 :])

    def backward(self, grad_output):
        return grad_output.reshape(self.shape)
