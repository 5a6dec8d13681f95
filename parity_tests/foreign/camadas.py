import numpy as np


class CamadaDensa:
    def __init__(self, entradas, neuronios):
        self.pesos = np.random.randn(entradas, neuronios) * 0.1
        self.vies = np.zeros((1, neuronios))

    def propagar(self, dados):
        self.dados = dados
        self.saida = dados @ self.pesos + self.vies
        return self.saida

    def retropropagar(self, erro):
        self.derivada_pesos = self.dados.T @ erro
        self.derivada_vies = erro.sum(axis=0, keepdims=True)
        return erro @ self.pesos.T


class Sigmoide:
    def propagar(self, z):
        self.a = 1 / (1 + np.exp(-z))
        return self.a

    def retropropagar(self, erro):
        return erro * self.a * (1 - self.a)


class ErroQuadraticoMedio:
    def calcular(self, alvo, previsto):
        return np.mean((alvo - previsto) ** 2)

    def derivada(self, alvo, previsto):
        return 2 * (previsto - alvo) / alvo.size


class GradienteDescendente:
    def __init__(self, parametros, taxa):
        self.parametros, self.taxa = parametros, taxa

    def passo(self):
        for p in self.parametros:
            p.data = p.data - self.taxa * p.grad
