"""Layers, a file a family."""

from scratch.layers.activation import *
from scratch.layers.attention import *
from scratch.layers.batch_norm import *
from scratch.layers.conv import *
from scratch.layers.conv_transpose import *
from scratch.layers.distance import *
from scratch.layers.dropout import *
from scratch.layers.elu import *
from scratch.layers.embedding import *
from scratch.layers.fold import *
from scratch.layers.gated import *
from scratch.layers.hard import *
from scratch.layers.instance_norm import *
from scratch.layers.layer_norm import *
from scratch.layers.linear import *
from scratch.layers.padding import *
from scratch.layers.padding_modes import *
from scratch.layers.pooling import *
from scratch.layers.rectifier import *
from scratch.layers.recurrent import *
from scratch.layers.recurrent_cells import *
from scratch.layers.reshape import *
from scratch.layers.response_norm import *
from scratch.layers.shrinkage import *
from scratch.layers.softmax import *
from scratch.layers.upsampling import *
