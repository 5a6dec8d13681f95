"""Losses, a file a family."""

from scratch.losses.regression import *
