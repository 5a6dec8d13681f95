"""Optimizers, a file each."""

from scratch.optimizers.adagrad import *
from scratch.optimizers.adam import *
from scratch.optimizers.adamw import *
from scratch.optimizers.clipping import *
from scratch.optimizers.optimizer import *
from scratch.optimizers.rmsprop import *
from scratch.optimizers.sgd import *
