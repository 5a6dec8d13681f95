"""Optimizers, a file each."""

from torch_ref.optimizers.optimizer import *
from torch_ref.optimizers.sgd import *
