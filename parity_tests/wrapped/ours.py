"""scratch's own classes, which have PyTorch's names; its functions for training are another dialect's."""

from scratch import Valor, set_default_dtype
from scratch.layers import *
from scratch.losses import *
from scratch.mlp import *
from scratch.module import *
from scratch.optimizers import *
from scratch.schedulers import *
from scratch.sequence_models import *

del clip_grad_norm_
set_default_dtype("float64")
