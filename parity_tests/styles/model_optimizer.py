"""Optimizers that take their parameters from a generator or a model, schedules that set the rate."""


class SGD:
    def __init__(self, model, lr=0.1):
        self.model, self.lr = model, lr

    def step(self):
        for p in self.model.parameters():
            p.data = p.data - self.lr * p.grad

    def zero_grad(self):
        for p in self.model.parameters():
            p.grad = None


class ExponentialLR:
    def __init__(self, optimizer, gamma):
        self.optimizer, self.gamma, self.initial, self.epoch = optimizer, gamma, optimizer.lr, 0

    def step(self):
        self.epoch += 1
        self.optimizer.lr = self.initial * self.gamma**self.epoch


class MultiStepLR:
    def __init__(self, optimizer, milestones, gamma=0.1):
        self.optimizer, self.milestones, self.gamma, self.count = optimizer, list(milestones), gamma, 0

    def step(self):
        self.count += 1
        for milestone in self.milestones:
            if milestone == self.count:
                self.optimizer.lr *= self.gamma
