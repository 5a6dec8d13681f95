"""Losses, a file a family."""

from torch_ref.losses.regression import *
