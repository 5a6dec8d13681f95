"""Losses, a file a family."""

from scratch.losses.adaptive import *
from scratch.losses.binary import *
from scratch.losses.classification import *
from scratch.losses.ctc import *
from scratch.losses.embedding import *
from scratch.losses.likelihood import *
from scratch.losses.linear_classification import *
from scratch.losses.margin import *
from scratch.losses.multi_margin import *
from scratch.losses.regression import *
from scratch.losses.robust import *
