"""Layers, a file a family."""

from torch_ref.layers.activation import *
from torch_ref.layers.attention import *
from torch_ref.layers.batch_norm import *
from torch_ref.layers.conv import *
from torch_ref.layers.conv_transpose import *
from torch_ref.layers.distance import *
from torch_ref.layers.dropout import *
from torch_ref.layers.elu import *
from torch_ref.layers.embedding import *
from torch_ref.layers.fold import *
from torch_ref.layers.gated import *
from torch_ref.layers.hard import *
from torch_ref.layers.instance_norm import *
from torch_ref.layers.layer_norm import *
from torch_ref.layers.linear import *
from torch_ref.layers.padding import *
from torch_ref.layers.padding_modes import *
from torch_ref.layers.pooling import *
from torch_ref.layers.rectifier import *
from torch_ref.layers.recurrent import *
from torch_ref.layers.recurrent_cells import *
from torch_ref.layers.reshape import *
from torch_ref.layers.response_norm import *
from torch_ref.layers.shrinkage import *
from torch_ref.layers.softmax import *
from torch_ref.layers.upsampling import *
