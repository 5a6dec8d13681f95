"""Losses, a file a family."""

from torch_ref.losses.adaptive import *
from torch_ref.losses.binary import *
from torch_ref.losses.classification import *
from torch_ref.losses.ctc import *
from torch_ref.losses.embedding import *
from torch_ref.losses.likelihood import *
from torch_ref.losses.linear_classification import *
from torch_ref.losses.margin import *
from torch_ref.losses.multi_margin import *
from torch_ref.losses.regression import *
from torch_ref.losses.robust import *
