"""optax's optimizers, as they come from PyPI."""

from optax import adadelta, adafactor, adagrad, adam, adamax, adamw, amsgrad, nadam, radam, rmsprop, rprop, sgd
