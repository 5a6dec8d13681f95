"""PyTorch's class names, everything else in Portuguese."""

import numpy as np


class Linear:
    def __init__(self, entrada, saida):
        self.pesos = np.random.randn(saida, entrada)
        self.vies = np.zeros(saida)

    def forward(self, x):
        self.x = x
        return x @ self.pesos.T + self.vies

    def backward(self, gradiente):
        self.grad_pesos = gradiente.T @ self.x
        self.grad_vies = gradiente.sum(axis=0)
        return gradiente @ self.pesos


class Dropout:
    def __init__(self, taxa=0.5):
        self.taxa = taxa
        self.treinando = True

    def forward(self, x):
        self.mascara = np.ones_like(x)
        if self.treinando and self.taxa > 0:
            self.mascara = (np.random.rand(*x.shape) >= self.taxa) / (1 - self.taxa)
        return x * self.mascara

    def backward(self, gradiente):
        return gradiente * self.mascara


class MSELoss:
    def forward(self, previsto, alvo):
        self.diferenca = previsto - alvo
        return (self.diferenca**2).mean()

    def backward(self):
        return 2 * self.diferenca / self.diferenca.size
