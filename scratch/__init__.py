"""Neural networks from scratch, in Python and NumPy."""

from scratch import init, random
from scratch.dtypes import *
from scratch.layers import *
from scratch.losses import *
from scratch.module import *
from scratch.optimizers import *
from scratch.random import Generator, default_generator, get_rng_state, manual_seed, set_rng_state
from scratch.schedulers import *
