"""O scratch na forma do classes.py do curso: Valor com propagar_tudo, Neuronio, Camada e MLP."""

from operator import attrgetter

import scratch

# On the classes themselves, since an operation makes a Valor of that one, and a network its layers.
scratch.Valor.propagar_tudo = scratch.Valor.backward
scratch.Valor.sig = scratch.Valor.sigmoid
scratch.Neuron.pesos = property(attrgetter("weight"))
scratch.Neuron.vies = property(attrgetter("bias"))
scratch.Layer.neuronios = property(attrgetter("neurons"))
scratch.MLP.camadas = property(attrgetter("layers"))
scratch.MLP.parametros = scratch.MLP.parameters

Valor, Neuronio, MLP = scratch.Valor, scratch.Neuron, scratch.MLP


class Camada(scratch.Layer):
    def __init__(self, num_neuronios, num_dados_entrada):
        super().__init__(num_dados_entrada, num_neuronios)
