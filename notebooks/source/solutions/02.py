import numpy as np


class Tanh:
    def forward(self, input):
        self.output = np.tanh(input)
        return self.output

    def backward(self, grad_output):
        return grad_output * (1 - self.output**2)
