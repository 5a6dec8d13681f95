"""Optimizers, a file each."""

from scratch.optimizers.optimizer import *
from scratch.optimizers.sgd import *
