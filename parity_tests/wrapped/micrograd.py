"""scratch in the shape of micrograd: Value, and neurons with `w` and `b`."""

from operator import attrgetter

import scratch

# On the class itself, since a layer makes its neurons of that one.
scratch.Neuron.w = property(attrgetter("weight"))
scratch.Neuron.b = property(attrgetter("bias"))

Value, Neuron, Layer, MLP = scratch.Valor, scratch.Neuron, scratch.Layer, scratch.MLP
