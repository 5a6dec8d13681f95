"""Learning-rate schedules: they write the rate into the optimizer's groups."""

from scratch.schedulers.composed import *
from scratch.schedulers.cosine import *
from scratch.schedulers.cyclic import *
from scratch.schedulers.decay import *
from scratch.schedulers.lambdas import *
from scratch.schedulers.onecycle import *
from scratch.schedulers.plateau import *
from scratch.schedulers.scheduler import *
from scratch.schedulers.swa import *
from scratch.schedulers.warmup import *
