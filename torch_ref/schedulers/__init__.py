"""Learning-rate schedules, in PyTorch."""

from torch_ref.schedulers.composed import *
from torch_ref.schedulers.cosine import *
from torch_ref.schedulers.cyclic import *
from torch_ref.schedulers.decay import *
from torch_ref.schedulers.lambdas import *
from torch_ref.schedulers.onecycle import *
from torch_ref.schedulers.plateau import *
from torch_ref.schedulers.scheduler import *
from torch_ref.schedulers.swa import *
from torch_ref.schedulers.warmup import *
