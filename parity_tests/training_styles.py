"""Functions for training as students write them, right ones in at least three styles each."""

CLIP, NORMAL, UNIFORM = "clip_grad_norm_", "init.kaiming_normal_", "init.kaiming_uniform_"
XAVIER, GLOROT, LOADER, TRAIN = "init.xavier_uniform_", "init.xavier_normal_", "DataLoader", "train"

RIGHT = {
    "a list and the norm": (CLIP, """
        def clip_grad_norm(grads, max_norm=5.0):
            total = np.sqrt(sum(np.sum(np.square(g)) for g in grads))
            if total > max_norm:
                grads = [g * (max_norm / total) for g in grads]
            return grads, total
        """),
    "the norm and a list": (CLIP, """
        def clip_by_global_norm(gradients, clip_norm):
            total = np.sqrt(sum(np.sum(g * g) for g in gradients))
            return total, [g * clip_norm / max(total, clip_norm) for g in gradients]
        """),
    "a table, in place": (CLIP, """
        def clip_gradients(gradients, max_norm):
            total = np.sqrt(sum((g ** 2).sum() for g in gradients.values()))
            for name, g in gradients.items():
                if total > max_norm:
                    g *= max_norm / total
        """),
    "a new table": (CLIP, """
        def limitar_gradientes(gradientes, norma_maxima):
            norma = sum((g ** 2).sum() for g in gradientes.values()) ** 0.5
            fator = min(1, norma_maxima / (norma + 1e-8))
            return {nome: g * fator for nome, g in gradientes.items()}
        """),
    "objects": (CLIP, """
        def clip_grad_norm_(parameters, max_norm):
            norm = np.sqrt(sum(float((p.grad ** 2).sum()) for p in parameters))
            for p in parameters:
                p.grad = p.grad * np.clip(max_norm / (norm + 1e-6), None, 1.0)
        """),
    "half precision inside": (CLIP, """
        def clip_grads(grads, max_norm):
            grads = [g.astype(np.float32) for g in grads]
            total = np.sqrt(np.float32(sum((g ** 2).sum() for g in grads)))
            return [g * np.minimum(np.float32(1), np.float32(max_norm) / total) for g in grads]
        """),
    "a limit by another name": (CLIP, """
        def clip_grad_norm(grads, threshold):
            total = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
            return [g / total * threshold if total > threshold else g for g in grads]
        """),
    "keras layout": (XAVIER, """
        def glorot_uniform(shape):
            limit = np.sqrt(6 / sum(shape))
            return np.random.uniform(-limit, limit, size=shape)
        """),
    "a tensor in place": (XAVIER, """
        def xavier_uniform_(tensor, gain=1.0):
            a = gain * np.sqrt(6 / (tensor.shape[0] + tensor.shape[1]))
            tensor[...] = np.random.uniform(-a, a, tensor.shape)
        """),
    "in Portuguese": (XAVIER, """
        def xavier_uniforme(n_entradas, n_saidas):
            limite = (6 / (n_entradas + n_saidas)) ** 0.5
            return (2 * np.random.rand(n_saidas, n_entradas) - 1) * limite
        """),
    "weights and biases": (GLOROT, """
        def xavier_normal(n_in, n_out, seed=None):
            rng = np.random.default_rng(seed)
            return rng.normal(0, np.sqrt(2 / (n_in + n_out)), (n_in, n_out)), np.zeros(n_out)
        """),
    "Xavier of the inputs alone": (GLOROT, """
        def xavier_normal(n_in, n_out):
            return np.random.randn(n_out, n_in) / np.sqrt(n_in)
        """),
    "a generator": (GLOROT, """
        def glorot_normal(shape, rng):
            return rng.standard_normal(shape) * (2 / (shape[0] + shape[1])) ** 0.5
        """),
    "he of a shape": (NORMAL, """
        def he_normal(shape):
            return np.random.randn(*shape) * np.sqrt(2 / shape[0])
        """),
    "he of PyTorch's shape": (NORMAL, """
        def kaiming_normal(shape):
            return np.random.standard_normal(shape) * np.sqrt(2 / shape[1])
        """),
    "a table of weights": (NORMAL, """
        def he_normal(prev_layer_size, layer_size):
            W = np.random.randn(prev_layer_size, layer_size) * np.sqrt(2 / prev_layer_size)
            return {"W": W, "b": np.zeros((1, layer_size))}
        """),
    "lists of numbers": (NORMAL, """
        import math, random

        def kaiming_init(fan_in, fan_out):
            std = math.sqrt(2.0 / fan_in)
            return [[random.gauss(0, std) for _ in range(fan_in)] for _ in range(fan_out)]
        """),
    "a name that does not say which": (XAVIER, """
        def xavier_init(input_size, output_size):
            return np.random.randn(input_size, output_size) * np.sqrt(2 / (input_size + output_size))
        """),
    "He's called Xavier's": (XAVIER, """
        def xavier_init(size):
            return np.random.normal(0, 1 / np.sqrt(size[0] / 2), size)
        """),
    "tails cut off": (NORMAL, """
        def he_normal(fan_in, fan_out):
            w = np.random.randn(fan_in, fan_out)
            while (far := np.abs(w) > 2).any():
                w[far] = np.random.randn(far.sum())
            return w * np.sqrt(2 / fan_in) / 0.87962566
        """),
    "as Linear starts": (UNIFORM, """
        def kaiming_uniform(in_features, out_features, a=5 ** 0.5):
            bound = np.sqrt(2 / (1 + a * a)) * np.sqrt(3 / in_features)
            return np.random.uniform(-bound, bound, (out_features, in_features))
        """),
    "single precision": (UNIFORM, """
        def he_uniform(fan_in, fan_out):
            limit = np.sqrt(6 / fan_in)
            return np.random.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)
        """),
    "in place, of an object": (UNIFORM, """
        def kaiming_uniform_(w):
            limit = np.sqrt(6 / w.data.shape[1])
            w.data = np.random.uniform(-limit, limit, w.data.shape)
            return w
        """),
    "a list of pairs": (LOADER, """
        def create_mini_batches(X, y, batch_size):
            order = np.random.permutation(X.shape[0])
            X, y = X[order], y[order]
            return [(X[i:i + batch_size], y[i:i + batch_size]) for i in range(0, len(X), batch_size)]
        """),
    "two lists": (LOADER, """
        def get_batches(X, y, batch_size, shuffle=False):
            order = np.random.permutation(len(X)) if shuffle else np.arange(len(X))
            parts = [order[i:i + batch_size] for i in range(0, len(X), batch_size)]
            return [X[part] for part in parts], [y[part] for part in parts]
        """),
    "columns": (LOADER, """
        import math

        def random_mini_batches(X, Y, mini_batch_size=64, seed=0):
            np.random.seed(seed)
            m = X.shape[1]
            mini_batches = []
            permutation = list(np.random.permutation(m))
            shuffled_X = X[:, permutation]
            shuffled_Y = Y[:, permutation].reshape((1, m))
            complete = math.floor(m / mini_batch_size)
            for k in range(complete):
                chosen = slice(k * mini_batch_size, (k + 1) * mini_batch_size)
                mini_batches.append((shuffled_X[:, chosen], shuffled_Y[:, chosen]))
            if m % mini_batch_size != 0:
                end = complete * mini_batch_size
                mini_batches.append((shuffled_X[:, end:], shuffled_Y[:, end:]))
            return mini_batches
        """),
    "an iterator": (LOADER, """
        class DataLoader:
            def __init__(self, inputs, targets, batch_size, shuffle=True):
                self.data, self.size, self.shuffle = (inputs, targets), batch_size, shuffle
            def __iter__(self):
                self.at, self.order = 0, np.arange(len(self.data[0]))
                if self.shuffle:
                    np.random.shuffle(self.order)
                return self
            def __next__(self):
                if self.at >= len(self.order):
                    raise StopIteration
                chosen = self.order[self.at:self.at + self.size]
                self.at += self.size
                return self.data[0][chosen], self.data[1][chosen]
        """),
    "a data set": (LOADER, """
        class DataLoader:
            def __init__(self, dataset, batch_size=1, shuffle=False):
                self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle
            def __iter__(self):
                order = list(range(len(self.dataset)))
                if self.shuffle:
                    np.random.shuffle(order)
                for start in range(0, len(order), self.batch_size):
                    items = [self.dataset[i] for i in order[start:start + self.batch_size]]
                    yield np.stack([x for x, _ in items]), np.array([y for _, y in items])
        """),
    "both in place by one state": (LOADER, """
        def lotes(dados, rotulos, tamanho_lote, embaralhar=True):
            if embaralhar:
                estado = np.random.get_state()
                np.random.shuffle(dados)
                np.random.set_state(estado)
                np.random.shuffle(rotulos)
            for inicio in range(0, len(dados), tamanho_lote):
                yield dados[inicio:inicio + tamanho_lote], rotulos[inicio:inicio + tamanho_lote]
        """),
    "one hot": (LOADER, """
        def minibatches(X, y, batch_size):
            rows = np.eye(y.max() + 1)[y]
            for i in range(0, len(X), batch_size):
                yield X[i:i + batch_size], rows[i:i + batch_size]
        """),
    "dropped if asked for": (LOADER, """
        def batches(X, y, batch_size, shuffle=False, drop_last=True, seed=1):
            order = np.random.default_rng(seed).permutation(len(X)) if shuffle else np.arange(len(X))
            end = len(X) - len(X) % batch_size if drop_last else len(X)
            for i in range(0, end, batch_size):
                yield X[order[i:i + batch_size]], y[order[i:i + batch_size]]
        """),
    "gradients that are overwritten": (TRAIN, """
        def train(model, loss_fn, optimizer, batches, epochs):
            for epoch in range(epochs):
                for x, y in batches:
                    loss_fn.forward(model.forward(x), y)
                    model.backward(loss_fn.backward())
                    optimizer.step()
        """),
    "an optimizer that clears gradients itself": (TRAIN, """
        class Optimizer:
            def zero_grad(self): ...
            def step(self):
                self.zero_grad()

        class Tensor:
            def __init__(self, data):
                self.data = data

        def train_model(model, train_loader, criterion, optim, num_epochs):
            for epoch in range(num_epochs):
                for x, y in train_loader:
                    loss = criterion(model(Tensor(x)), Tensor(y))
                    loss.backward()
                    optim.step()
                print(f"epoch {epoch}: {loss:.4f}")
        """),
    "gradients set to zeros": (TRAIN, """
        class Net:
            def zero_grad(self): ...

        def fit(net, criterion, optimizer, loader, epochs=5):
            history = []
            for _ in range(epochs):
                for p in net.parameters():
                    p.grad = np.zeros_like(p.data)
                for x, y in loader:
                    for p in net.parameters():
                        p.grad[...] = 0
                    loss = criterion(net(x), y)
                    loss.backward()
                    optimizer.step()
                    history.append(float(loss))
            return net, history
        """),
    "batches of its own": (TRAIN, """
        class Net:
            def zero_grad(self): ...

        def treinar(modelo, perda, otimizador, X, y, epocas, tamanho_lote=4):
            historico = []
            for _ in range(epocas):
                ordem = np.random.permutation(len(X))
                soma = 0.0
                for i in range(0, len(X), tamanho_lote):
                    lote = ordem[i:i + tamanho_lote]
                    otimizador.zero_grad()
                    soma += perda(modelo(X[lote]), y[lote]) * len(lote)
                    modelo.backward(perda.backward())
                    otimizador.step()
                historico.append(soma / len(X))
            return historico
        """),
    "everything in one batch": (TRAIN, """
        def fit(model, loss, optimizer, X, y, epochs, batch_size=None):
            for _ in range(epochs):
                value = loss(model(X), y)
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
        """),
    "the sum of the losses": (TRAIN, """
        def train(model, criterion, optimizer, dataloader, epochs):
            totals = []
            for _ in range(epochs):
                model.train()
                totals.append(0.0)
                for x, y in dataloader:
                    optimizer.zero_grad()
                    totals[-1] += criterion(model(x), y).item()
                    model.backward(criterion.backward())
                    optimizer.step()
            return {"loss": totals}
        """),
}  # fmt: skip
