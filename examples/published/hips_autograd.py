"""HIPS autograd as it comes from PyPI: the numbers that it differentiates, the functions that it knows, its optimizers."""

from autograd.core import make_vjp
from autograd.misc.optimizers import adam, rmsprop, sgd
from autograd.numpy import abs, dot, exp, expm1, log1p, logaddexp, maximum, mean, sqrt, tanh, where
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.scipy.signal import convolve
from autograd.scipy.special import erf, expit, logsumexp
