"""Layers, a file a family."""

from torch_ref.layers.activation import *
from torch_ref.layers.conv import *
from torch_ref.layers.dropout import *
from torch_ref.layers.linear import *
from torch_ref.layers.normalization import *
from torch_ref.layers.pooling import *
from torch_ref.layers.reshape import *
