"""Neural networks from scratch, in Python and NumPy."""

from scratch import exercises, init, random, valor
from scratch.data import *
from scratch.dtypes import *
from scratch.layers import *
from scratch.losses import *
from scratch.metrics import *
from scratch.mlp import *
from scratch.module import *
from scratch.optimizers import *
from scratch.random import Generator, default_generator, get_rng_state, manual_seed, set_rng_state
from scratch.samplers import *
from scratch.schedulers import *
from scratch.training import *
from scratch.valor import Valor
