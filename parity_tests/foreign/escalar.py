import math


class Escalar:
    def __init__(self, numero, pais=()):
        self.numero, self.pais, self.derivada = numero, pais, 0.0

    def __add__(self, o):
        o = o if isinstance(o, Escalar) else Escalar(o)
        return Escalar(self.numero + o.numero, ((self, 1.0), (o, 1.0)))

    def __mul__(self, o):
        o = o if isinstance(o, Escalar) else Escalar(o)
        return Escalar(self.numero * o.numero, ((self, o.numero), (o, self.numero)))

    def tgh(self):
        t = math.tanh(self.numero)
        return Escalar(t, ((self, 1 - t * t),))

    def retropropagar(self):
        ordem, vistos = [], set()

        def visita(n):
            if id(n) not in vistos:
                vistos.add(id(n))
                for p, _ in n.pais:
                    visita(p)
                ordem.append(n)

        visita(self)
        self.derivada = 1.0
        for n in reversed(ordem):
            for p, d in n.pais:
                p.derivada += d * n.derivada
