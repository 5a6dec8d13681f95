class Valor:
    def __init__(self, data, parents=(), op="", slopes=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.op = op
        self.slopes = slopes

    def __add__(self, other):
        other = other if isinstance(other, Valor) else Valor(other)
        return Valor(self.data + other.data, (self, other), "+", (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Valor) else Valor(other)
        return Valor(self.data * other.data, (self, other), "*", (other.data, self.data))

    __radd__ = __add__
    __rmul__ = __mul__

    def ordered(self):
        order, seen, waiting = [], set(), [(self, False)]
        while waiting:
            node, parents_done = waiting.pop()
            if parents_done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                waiting.append((node, True))
                waiting.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        order = self.ordered()
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad
