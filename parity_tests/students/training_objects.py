# As PyTorch has it, and with some of the names in Portuguese: objects that hold gradients, a loader that is iterated.
import numpy as np


class Parametro:
    def __init__(self, data):
        self.data, self.grad = np.asarray(data, dtype=float), None


class SGD:
    def __init__(self, params, lr=0.1):
        self.params, self.lr = list(params), lr

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        for p in self.params:
            p.data = p.data - self.lr * p.grad


def clip_grad_norm_(parametros, norma_maxima):
    norma = np.linalg.norm([np.linalg.norm(p.grad) for p in parametros if p.grad is not None])
    if norma > norma_maxima:
        for p in parametros:
            if p.grad is not None:
                p.grad *= norma_maxima / norma
    return norma


def glorot_uniform(n_entradas, n_saidas, rng):
    a = (6 / (n_entradas + n_saidas)) ** 0.5
    return rng.uniform(-a, a, size=(n_saidas, n_entradas))


def glorot_normal(n_entradas, n_saidas, rng):
    return rng.normal(0.0, (2 / (n_entradas + n_saidas)) ** 0.5, size=(n_saidas, n_entradas))


def kaiming_uniform(n_entradas, n_saidas, rng):
    a = (6 / n_entradas) ** 0.5
    return rng.uniform(-a, a, size=(n_saidas, n_entradas))


def kaiming_normal(n_entradas, n_saidas, rng):
    return rng.normal(0.0, (2 / n_entradas) ** 0.5, size=(n_saidas, n_entradas))


class DataLoader:
    def __init__(self, X, y, batch_size=1, shuffle=False):
        self.X, self.y, self.batch_size, self.shuffle = X, y, batch_size, shuffle

    def __len__(self):
        return -(-len(self.X) // self.batch_size)

    def __iter__(self):
        n = len(self.X)
        indices = np.random.permutation(n) if self.shuffle else np.arange(n)
        for i in range(len(self)):
            escolhidos = indices[i * self.batch_size : (i + 1) * self.batch_size]
            yield self.X[escolhidos], self.y[escolhidos]


def treinar(modelo, criterio, otimizador, carregador, epocas=10):
    historico = {"perda": []}
    for epoca in range(epocas):
        perdas, pesos = [], []
        for entradas, alvos in carregador:
            previsto = modelo(entradas)
            perda = criterio(previsto, alvos)
            otimizador.zero_grad()
            perda.backward()
            otimizador.step()
            perdas.append(perda.item())
            pesos.append(len(entradas))
        historico["perda"].append(np.average(perdas, weights=pesos))
    return historico
