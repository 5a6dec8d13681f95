"""scratch in the shape of cs231n: pairs of functions, where the cache is the module; rules that keep all in `config`."""

import numpy as np

import scratch

scratch.set_default_dtype("float64")


def with_parameters(module, weight, bias):
    module.load_state_dict({**module.state_dict(), "weight": weight, "bias": bias})
    return module


def both(module, *inputs):
    """The output, and the cache."""
    return module(*inputs), module


def with_gradients(dout, module):
    dx = module.backward(dout)
    return dx, module.weight.grad, module.bias.grad


def affine_forward(x, w, b):
    rows, linear = scratch.Flatten(), with_parameters(scratch.Linear(*w.shape), w.T, b)
    return linear(rows(x)), (rows, linear)


def affine_backward(dout, cache):
    rows, linear = cache
    dx, dw, db = with_gradients(dout, linear)
    return rows.backward(dx), dw.T, db


def relu_forward(x):
    return both(scratch.ReLU(), x)


def leaky_relu_forward(x):
    return both(scratch.LeakyReLU(), x)


def sigmoid_forward(x):
    return both(scratch.Sigmoid(), x)


def tanh_forward(x):
    return both(scratch.Tanh(), x)


def elementwise_backward(dout, module):
    return module.backward(dout)


relu_backward = leaky_relu_backward = sigmoid_backward = tanh_backward = elementwise_backward


def softmax_loss(x, y):
    loss = scratch.CrossEntropyLoss()
    return loss(x, y), loss.backward()


def svm_loss(x, y):
    """cs231n's hinge is not divided by the number of classes, as PyTorch's is."""
    loss, classes = scratch.MultiMarginLoss(), x.shape[1]
    return loss(x, y) * classes, loss.backward(classes)


def batchnorm_forward(x, gamma, beta, bn_param):
    norm = scratch.BatchNorm1d(x.shape[1], bn_param.get("eps", 1e-5), 1 - bn_param.get("momentum", 0.9))
    norm.train(bn_param["mode"] == "train")
    for name in ("running_mean", "running_var"):
        setattr(norm, name, bn_param.setdefault(name, getattr(norm, name)))
    found = both(with_parameters(norm, gamma, beta), x)
    bn_param |= {"running_mean": norm.running_mean, "running_var": norm.running_var}
    return found


def layernorm_forward(x, gamma, beta, ln_param):
    return both(with_parameters(scratch.LayerNorm(x.shape[1], ln_param.get("eps", 1e-5)), gamma, beta), x)


batchnorm_backward = layernorm_backward = with_gradients


def dropout_forward(x, dropout_param):
    """cs231n's p is the probability to keep."""
    return both(scratch.Dropout(1 - dropout_param["p"]).train(dropout_param["mode"] == "train"), x)


dropout_backward = elementwise_backward


def conv_forward_naive(x, w, b, conv_param):
    conv = scratch.Conv2d(w.shape[1], w.shape[0], w.shape[2:], conv_param["stride"], conv_param["pad"])
    return both(with_parameters(conv, w, b), x)


conv_backward_naive = with_gradients


def max_pool_forward_naive(x, pool_param):
    window = pool_param["pool_height"], pool_param["pool_width"]
    return both(scratch.MaxPool2d(window, pool_param["stride"]), x)


max_pool_backward_naive = elementwise_backward


def moved(kind, w, dw, config, **options):
    """A step of one of scratch's optimizers, which `config` keeps with its parameter."""
    if "optimizer" not in config:
        config["parameter"] = scratch.Parameter(np.array(w))
        config["optimizer"] = kind([config["parameter"]], lr=config["learning_rate"], **options)
    config["parameter"].data, config["parameter"].grad = np.array(w), dw
    config["optimizer"].step()
    return config["parameter"].data, config


def sgd(w, dw, config):
    return moved(scratch.SGD, w, dw, config)


def sgd_momentum(w, dw, config):
    return moved(scratch.SGD, w, dw, config, momentum=config.get("momentum", 0.9))


def rmsprop(w, dw, config):
    return moved(scratch.RMSprop, w, dw, config, alpha=config.get("decay_rate", 0.99), eps=config.get("epsilon", 1e-8))


def adam(w, dw, config):
    betas = config.get("beta1", 0.9), config.get("beta2", 0.999)
    return moved(scratch.Adam, w, dw, config, betas=betas, eps=config.get("epsilon", 1e-8))
