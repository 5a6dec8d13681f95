"""Layers, a file a family."""

from torch_ref.layers.linear import *
from torch_ref.layers.activation import *
