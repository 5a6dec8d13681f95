"""Neural networks from scratch, in Python and NumPy."""

from scratch import exercises as exercises
from scratch import init as init
from scratch import random as random
from scratch import valor as valor
from scratch.averaging import *
from scratch.containers import *
from scratch.data import *
from scratch.dtypes import *
from scratch.layers import *
from scratch.losses import *
from scratch.metrics import *
from scratch.mlp import *
from scratch.module import *
from scratch.optimizers import *
from scratch.penalties import *
from scratch.random import Generator as Generator
from scratch.random import default_generator as default_generator
from scratch.random import get_rng_state as get_rng_state
from scratch.random import manual_seed as manual_seed
from scratch.random import set_rng_state as set_rng_state
from scratch.samplers import *
from scratch.schedulers import *
from scratch.sequence_models import *
from scratch.sequences import *
from scratch.training import *
from scratch.valor import Valor as Valor
