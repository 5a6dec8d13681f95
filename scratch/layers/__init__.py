"""Layers, a file a family."""

from scratch.layers.activation import *
from scratch.layers.conv import *
from scratch.layers.dropout import *
from scratch.layers.linear import *
from scratch.layers.normalization import *
from scratch.layers.pooling import *
from scratch.layers.reshape import *
