"""Meu classes.py: o Valor com o seu gradiente, e a rede neural feita de Valores."""

import math
import random


class Valor:
    def __init__(self, data, progenitor=(), operador_mae="", rotulo=""):
        self.data = data
        self.progenitor = progenitor
        self.operador_mae = operador_mae
        self.rotulo = rotulo
        self.grad = 0

    def __repr__(self):
        return f"Valor(data={self.data})"

    def __add__(self, outro_valor):
        """Realiza a operação: self + outro_valor."""
        if not isinstance(outro_valor, Valor):
            outro_valor = Valor(outro_valor)
        resultado = Valor(self.data + outro_valor.data, (self, outro_valor), "+")

        def propagar_adicao():
            self.grad += resultado.grad
            outro_valor.grad += resultado.grad

        resultado.propagar = propagar_adicao
        return resultado

    def __mul__(self, outro_valor):
        """Realiza a operação: self * outro_valor."""
        if not isinstance(outro_valor, Valor):
            outro_valor = Valor(outro_valor)
        resultado = Valor(self.data * outro_valor.data, (self, outro_valor), "*")

        def propagar_multiplicacao():
            self.grad += resultado.grad * outro_valor.data
            outro_valor.grad += resultado.grad * self.data

        resultado.propagar = propagar_multiplicacao
        return resultado

    def exp(self):
        """Realiza a operação: exp(self)"""
        resultado = Valor(math.exp(self.data), (self,), "exp")

        def propagar_exp():
            self.grad += resultado.grad * resultado.data

        resultado.propagar = propagar_exp
        return resultado

    def __pow__(self, expoente):
        """Realiza a operação: self ** expoente"""
        assert isinstance(expoente, (int, float))
        resultado = Valor(self.data**expoente, (self,), f"**{expoente}")

        def propagar_pow():
            self.grad += resultado.grad * (expoente * self.data ** (expoente - 1))

        resultado.propagar = propagar_pow
        return resultado

    def __truediv__(self, outro_valor):
        """Realiza a operação: self / outro_valor"""
        return self * outro_valor ** (-1)

    def __rtruediv__(self, outro_valor):
        """Realiza a operação: outro_valor / self"""
        return outro_valor * self ** (-1)

    def __neg__(self):
        """Realiza a operação: -self"""
        return self * -1

    def __sub__(self, outro_valor):
        """Realiza a operação: self - outro_valor"""
        return self + (-outro_valor)

    def __rsub__(self, outro_valor):
        """Realiza a operação: outro_valor - self"""
        return (-self) + outro_valor

    def __radd__(self, outro_valor):
        """Realiza a operação: outro_valor + self"""
        return self + outro_valor

    def __rmul__(self, outro_valor):
        """Realiza a operação: outro_valor * self"""
        return self * outro_valor

    def sig(self):
        """Realiza a operação: sigmoide(self)"""
        # para não estourar a exponencial, só se calcula a de um número negativo
        e = math.exp(-abs(self.data))
        s = 1 / (1 + e) if self.data >= 0 else e / (1 + e)
        resultado = Valor(s, (self,), "sig")

        def propagar_sig():
            self.grad += resultado.grad * resultado.data * (1 - resultado.data)

        resultado.propagar = propagar_sig
        return resultado

    def propagar(self):
        pass

    def propagar_tudo(self):
        self.grad = 1
        ordem_topologica = []
        visitados = set()

        def constroi_ordem_topologica(v):
            if v not in visitados:
                visitados.add(v)
                for progenitor in v.progenitor:
                    constroi_ordem_topologica(progenitor)
                ordem_topologica.append(v)

        constroi_ordem_topologica(self)
        for vertice in reversed(ordem_topologica):
            vertice.propagar()


class Neuronio:
    def __init__(self, num_dados_entrada):
        self.vies = Valor(random.uniform(-1, 1))
        self.pesos = [Valor(random.uniform(-1, 1)) for _ in range(num_dados_entrada)]

    def __call__(self, x):
        assert len(x) == len(self.pesos)
        soma = 0
        for info_entrada, peso_interno in zip(x, self.pesos):
            soma += info_entrada * peso_interno
        soma += self.vies
        return soma.sig()

    def parametros(self):
        return self.pesos + [self.vies]


class Camada:
    def __init__(self, num_neuronios, num_dados_entrada):
        self.neuronios = [Neuronio(num_dados_entrada) for _ in range(num_neuronios)]

    def __call__(self, x):
        dados_de_saida = [neuronio(x) for neuronio in self.neuronios]
        return dados_de_saida[0] if len(dados_de_saida) == 1 else dados_de_saida

    def parametros(self):
        params = []
        for neuronio in self.neuronios:
            params.extend(neuronio.parametros())
        return params


class MLP:
    def __init__(self, num_dados_entrada, num_neuronios_por_camada):
        percurso = [num_dados_entrada] + num_neuronios_por_camada
        self.camadas = [Camada(percurso[i + 1], percurso[i]) for i in range(len(num_neuronios_por_camada))]

    def __call__(self, x):
        for camada in self.camadas:
            x = camada(x)
        return x

    def parametros(self):
        params = []
        for camada in self.camadas:
            params.extend(camada.parametros())
        return params
