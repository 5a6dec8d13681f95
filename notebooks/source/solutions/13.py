import numpy as np


class Dropout:
    def __init__(self, p=0.5):
        self.p = p
        self.training = True

    def forward(self, input):
        if not self.training or self.p == 0:
            self.mask = np.ones_like(input)
        elif self.p == 1:
            self.mask = np.zeros_like(input)
        else:
            kept = np.random.rand(*input.shape) >= self.p
            self.mask = kept / (1 - self.p)
        return input * self.mask

    def backward(self, grad_output):
        return grad_output * self.mask
