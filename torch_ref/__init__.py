"""The same networks in PyTorch: the files and the names of `scratch`."""

from torch_ref import exercises, init, random, valor
from torch_ref.data import *
from torch_ref.dtypes import *
from torch_ref.layers import *
from torch_ref.losses import *
from torch_ref.metrics import *
from torch_ref.mlp import *
from torch_ref.module import *
from torch_ref.optimizers import *
from torch_ref.random import Generator, default_generator, get_rng_state, manual_seed, set_rng_state
from torch_ref.samplers import *
from torch_ref.schedulers import *
from torch_ref.training import *
from torch_ref.valor import Valor
