from .layers import Linear, ReLU, Tanh
from .optim import SGD
