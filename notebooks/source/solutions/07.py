class SGD:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            p.data -= self.lr * p.grad


def train(model, loss, optimizer, batches, epochs):
    # model.zero_grad(), model.forward(x), model.backward(gradient)
    # loss.forward(output, y), loss.backward()
    # optimizer.step()
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in batches:
            model.zero_grad()
            value = loss.forward(model.forward(x), y)
            model.backward(loss.backward())
            optimizer.step()
            total += value * len(x)
            count += len(x)
        losses.append(total / count)
    return losses
