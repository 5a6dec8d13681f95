"""Losses, a file a family."""

from torch_ref.losses.binary import *
from torch_ref.losses.classification import *
from torch_ref.losses.regression import *
