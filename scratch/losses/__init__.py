"""Losses, a file a family."""

from scratch.losses.binary import *
from scratch.losses.classification import *
from scratch.losses.regression import *
