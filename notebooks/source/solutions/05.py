import math


class Valor:
    def __init__(self, data, edges=()):
        self.data = float(data)
        self.grad = 0.0
        self.edges = edges  # pairs: a parent, and the slope toward it

    def backward(self):
        order, seen, waiting = [], set(), [(self, False)]
        while waiting:  # each node once, its parents before it; without recursion, however long the chain
            node, parents_found = waiting.pop()
            if parents_found:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                waiting.append((node, True))
                waiting += [(parent, False) for parent, _ in node.edges]
        for node in order:
            if node.edges:
                node.grad = 0.0  # inner nodes start anew, leaves add up
        self.grad += 1.0
        for node in reversed(order):
            for parent, slope in node.edges:
                parent.grad += node.grad * slope

    def __add__(self, other):
        other = other if isinstance(other, Valor) else Valor(other)
        return Valor(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Valor) else Valor(other)
        return Valor(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, number):
        return Valor(self.data**number, ((self, number * self.data ** (number - 1)),))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        return self * other**-1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self**-1 * other

    def exp(self):
        power = math.exp(self.data)
        return Valor(power, ((self, power),))

    def log(self):
        return Valor(math.log(self.data), ((self, 1 / self.data),))

    def tanh(self):
        tangent = math.tanh(self.data)
        return Valor(tangent, ((self, 1 - tangent**2),))

    def relu(self):
        return Valor(max(self.data, 0.0), ((self, float(self.data > 0)),))
