"""Optimizers, a file each."""

from torch_ref.optimizers.adagrad import *
from torch_ref.optimizers.adam import *
from torch_ref.optimizers.adamw import *
from torch_ref.optimizers.clipping import *
from torch_ref.optimizers.optimizer import *
from torch_ref.optimizers.rmsprop import *
from torch_ref.optimizers.sgd import *
