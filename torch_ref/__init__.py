"""The same networks in PyTorch: the files and the names of `scratch`."""

from torch_ref import exercises as exercises
from torch_ref import init as init
from torch_ref import random as random
from torch_ref import valor as valor
from torch_ref.averaging import *
from torch_ref.containers import *
from torch_ref.data import *
from torch_ref.dtypes import *
from torch_ref.layers import *
from torch_ref.losses import *
from torch_ref.metrics import *
from torch_ref.mlp import *
from torch_ref.module import *
from torch_ref.optimizers import *
from torch_ref.penalties import *
from torch_ref.random import Generator as Generator
from torch_ref.random import default_generator as default_generator
from torch_ref.random import get_rng_state as get_rng_state
from torch_ref.random import manual_seed as manual_seed
from torch_ref.random import set_rng_state as set_rng_state
from torch_ref.samplers import *
from torch_ref.schedulers import *
from torch_ref.sequence_models import *
from torch_ref.sequences import *
from torch_ref.training import *
from torch_ref.valor import Valor as Valor
