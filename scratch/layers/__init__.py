"""Layers, a file a family."""

from scratch.layers.linear import *
from scratch.layers.activation import *
