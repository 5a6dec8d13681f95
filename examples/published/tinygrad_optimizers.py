"""tinygrad's optimizers, as they come from PyPI."""

from tinygrad.nn.optim import SGD, Adam, AdamW, Muon
