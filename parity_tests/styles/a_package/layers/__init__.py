from .dense import Linear
from .activations import ReLU, Tanh
