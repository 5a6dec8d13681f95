"""Cases of the containers."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]


def _run(side: Side, model: Any, x: Any, upstream: Any, needs_grad: bool = True) -> Any:
    inputs = side.inputs([x], [needs_grad])
    output = model(*inputs)
    grads = side.backward(model, output, side.array(upstream), inputs)
    return {"output": output, "input": grads, "parameters": [side.grad(parameter) for parameter in model.parameters()]}


def _layers(side: Side, x: Any, upstream: Any) -> Any:
    return _run(side, side.Sequential(side.Linear(4, 3), side.Tanh(), side.Linear(3, 2)), x, upstream)


def _no_layers(side: Side, x: Any, upstream: Any) -> Any:
    return _run(side, side.Sequential(), x, upstream)


def _data(side: Side, x: Any, upstream: Any) -> Any:
    """The input is data, and before the first parameters stands a layer that has none."""
    model = side.Sequential(side.Tanh(), side.Sequential(side.Linear(4, 3), side.Tanh()), side.Linear(3, 2))
    if side.name == "scratch":
        model.input_requires_grad_(False)
    return _run(side, model, x, upstream, needs_grad=False)


def _data_no_more(side: Side, x: Any, upstream: Any) -> Any:
    model = side.Sequential(side.Tanh(), side.Sequential(side.Linear(4, 3), side.Tanh()), side.Linear(3, 2))
    if side.name == "scratch":
        model.input_requires_grad_(False).input_requires_grad_(True)
    return _run(side, model, x, upstream)


def _as_a_list(side: Side) -> Any:
    model = side.Sequential(side.Linear(4, 3), side.ReLU(), side.Linear(3, 2))
    return [len(model), [type(layer).__name__ for layer in model], type(model[1]).__name__, type(model[-1]).__name__]


def _number_of_parameters(side: Side) -> Any:
    """10·8 + 8·8 + 8·10 weights and 8 + 8 + 10 biases."""
    model = side.Sequential(side.Linear(10, 8), side.ReLU(), side.Linear(8, 8), side.ReLU(), side.Linear(8, 10))
    sizes = {name: math.prod(parameter.shape) for name, parameter in model.named_parameters()}
    weights = sum(size for name, size in sizes.items() if name.endswith("weight"))
    return [weights, sum(sizes.values()) - weights, sum(sizes.values())]


def _changed_sequential(side: Side) -> Any:
    model = side.Sequential(side.Linear(4, 3)).append(side.Tanh())
    model.insert(1, side.Linear(3, 3))
    model.extend([side.Linear(3, 2), side.ReLU()])
    model[4] = side.Sigmoid()
    del model[2]
    last = model.pop(-1)
    return [list(model.state_dict()), [type(layer).__name__ for layer in model], type(last).__name__]


def _part(side: Side, x: Any, upstream: Any) -> Any:
    model = side.Sequential(side.Linear(4, 3), side.Tanh(), side.Linear(3, 2))
    part = model[:2]
    shared = next(iter(part.parameters())) is next(iter(model.parameters()))
    return [shared, list(part.state_dict()), _run(side, part, x, upstream)]


def _module_list(side: Side) -> Any:
    layers = side.ModuleList([side.Linear(4, 3), side.ReLU()]).append(side.Linear(3, 2))
    layers.extend([side.Linear(2, 2), side.BatchNorm1d(2)])
    layers.insert(1, side.Tanh())
    layers += [side.ReLU()]
    del layers[3]
    layers[0] = side.Linear(4, 3, bias=False)
    popped = layers.pop(-1)
    return {
        "state": list(layers.state_dict()),
        "kinds": [type(layer).__name__ for layer in layers],
        "part": [list(layers[1:].state_dict()), len(layers[1:])],
        "popped": type(popped).__name__,
        "ends": [type(layers[-1]).__name__, type(layers[-len(layers)]).__name__],
        "modes": [layer.training for layer in layers.eval()],
        "empty": len(side.ModuleList()),
    }


def _given_modules(side: Side) -> Any:
    return list(side.ModuleList(modules=[side.Linear(4, 3), side.Linear(3, 2)]).state_dict())


def _module_dict(side: Side) -> Any:
    layers = side.ModuleDict(modules={"first": side.Linear(4, 3), "act": side.ReLU()})
    layers["last"] = side.Linear(3, 2)
    layers.update({"act": side.Tanh(), "norm": side.BatchNorm1d(2)})
    del layers["first"]
    popped = layers.pop("norm")
    return {
        "state": list(layers.state_dict()),
        "names": [name for name, _ in layers.named_modules()],
        "kinds": {name: type(layer).__name__ for name, layer in layers.items()},
        "has": ["act" in layers, "first" in layers, len(layers), list(layers), list(layers.keys())],
        "values": [type(layer).__name__ for layer in layers.values()],
        "popped": type(popped).__name__,
        "empty": len(side.ModuleDict()),
    }


def _pairs(side: Side) -> Any:
    return list(side.ModuleDict([("b", side.Linear(4, 3)), ("a", side.Linear(3, 2))]).state_dict())


def _parameter_list(side: Side, a: Any, b: Any) -> Any:
    values = side.ParameterList(values=[side.parameter(a), side.array(b)])
    values.append(side.array(a + 1))
    values.extend([side.parameter(b + 1)])
    values += [side.array(b + 2)]
    values[1] = side.parameter(b - 1)
    return {
        "state": values.state_dict(),
        "names": [name for name, _ in values.named_parameters()],
        "last": values[-1],
        "part": values[1:3].state_dict(),
        "sizes": [len(values), len(list(values)), len(side.ParameterList())],
        "kinds": [type(value).__name__ for value in values],
    }


def _parameter_dict(side: Side, a: Any, b: Any) -> Any:
    values = side.ParameterDict(parameters={"left": side.parameter(a), "right": side.array(b)})
    values["up"] = side.array(a + 1)
    values.update({"left": side.parameter(a - 1)})
    del values["right"]
    return {
        "state": values.state_dict(),
        "names": [name for name, _ in values.named_parameters()],
        "has": ["left" in values, "right" in values, len(values), list(values.keys()), len(side.ParameterDict())],
        "left": values["left"],
        "kinds": [type(value).__name__ for value in values.values()],
    }


def _nested(side: Side, a: Any, weight: Any) -> Any:
    """A network whose parts stand in containers: its state, its parameters, and a state carried in."""

    class Network(side.Module):  # type: ignore[misc, name-defined]  # the base is the side's
        def __init__(self) -> None:
            super().__init__()
            self.scales = side.ParameterList([side.parameter(a)])
            self.layers = side.ModuleList([side.Linear(4, 3), side.ModuleDict({"act": side.Linear(3, 2)})])
            self.table = side.ParameterDict({"x": side.parameter(a + 1)})

    network = Network()
    state = {key: side.numpy(value) for key, value in network.state_dict().items()}
    side.load(network, {**state, "layers.0.weight": weight})
    optimizer = side.SGD(network.parameters(), lr=0.5)
    for parameter in network.parameters():
        side.set_grad(parameter, np.ones(tuple(parameter.shape), a.dtype))
    optimizer.step()
    return [network.state_dict(), [name for name, _ in network.named_modules()]]


def _tied(side: Side, a: Any) -> Any:
    """One weight under two names: it is trained once, and both keys stand in the state."""
    layers = side.ModuleList([side.Linear(4, 3, bias=False), side.Linear(4, 3, bias=False)])
    layers[1].weight = layers[0].weight
    optimizer = side.SGD(layers.parameters(), lr=0.5)
    side.set_grad(layers[0].weight, a)
    optimizer.step()
    twice = side.Sequential(layers[0], layers[0])
    return [
        layers.state_dict(),
        [name for name, _ in layers.named_parameters()],
        list(twice.state_dict()),
        [name for name, _ in twice.named_modules()],
    ]


CASES = [
    Case(
        "Sequential",
        samples=(
            ScriptSample(
                "layers",
                "layers that are run backward in the order of the forward",
                inputs=(normal(5, 4), normal(5, 2)),
                script=_layers,
            ),
            ScriptSample(
                "no layers", "an output that is nothing", inputs=(normal(5, 4), normal(5, 4)), script=_no_layers
            ),
            ScriptSample(
                "data",
                "gradients of the first weights lost together with the input's",
                inputs=(normal(5, 4), normal(5, 2)),
                script=_data,
            ),
            ScriptSample(
                "data no more",
                "an input gradient that never comes back",
                inputs=(normal(5, 4), normal(5, 2)),
                script=_data_no_more,
            ),
            ScriptSample("as a list", "layers that cannot be counted or picked out", script=_as_a_list),
            ScriptSample("changed", "keys that do not follow when layers come and go", script=_changed_sequential),
            ScriptSample(
                "part",
                "a slice that copies the parameters, or is no network",
                inputs=(normal(5, 4), normal(5, 3)),
                script=_part,
            ),
            ScriptSample(
                "number of parameters",
                "parameters of some layers only",
                expected={"result": [224, 26, 250]},
                script=_number_of_parameters,
            ),
        ),
        errors=(ErrorSample("no module", TypeError, script=lambda side: side.Sequential(side.ReLU(), 3)),),
        differences=(
            Difference("layers cannot be given by name", "PyTorch takes an OrderedDict, too; ModuleDict has names"),
            Difference("rows cannot be added or multiplied", "PyTorch's + and * copy references; extend says the same"),
        ),
    ),
    Case(
        "ModuleList",
        samples=(
            ScriptSample("as a list", "keys that do not follow when modules come and go", script=_module_list),
            ScriptSample("given modules", "modules that are not given at the start", script=_given_modules),
            ScriptSample(
                "nested",
                "parameters in a container that are not found, and so never trained",
                inputs=(normal(5), normal(3, 4)),
                script=_nested,
            ),
            ScriptSample("tied", "a shared weight that takes two steps", inputs=(normal(3, 4),), script=_tied),
        ),
        errors=(
            ErrorSample("no module", TypeError, script=lambda side: side.ModuleList([side.ReLU(), 3])),
            ErrorSample("out of range", IndexError, script=lambda side: side.ModuleList([side.ReLU()])[1]),
            ErrorSample("out of range below", IndexError, script=lambda side: side.ModuleList([side.ReLU()])[-2]),
            ErrorSample("called", NotImplementedError, script=lambda side: side.ModuleList()(side.array(np.ones(2)))),
        ),
        differences=(Difference("lists cannot be added", "PyTorch's + copies references; extend says the same"),),
    ),
    Case(
        "ModuleDict",
        samples=(
            ScriptSample("as a dict", "modules that cannot be replaced, or keep their old place", script=_module_dict),
            ScriptSample("pairs", "pairs whose order is lost", script=_pairs),
        ),
        errors=(
            ErrorSample("no module", TypeError, script=lambda side: side.ModuleDict({"a": 3})),
            ErrorSample("number as a key", TypeError, script=lambda side: side.ModuleDict({1: side.ReLU()})),
            ErrorSample("dot in a key", KeyError, script=lambda side: side.ModuleDict({"a.b": side.ReLU()})),
            ErrorSample("empty key", KeyError, script=lambda side: side.ModuleDict({"": side.ReLU()})),
            ErrorSample("no such key", KeyError, script=lambda side: side.ModuleDict()["a"]),
        ),
        differences=(
            Difference(
                'a key such as "keys" is taken', "PyTorch keeps modules among its attributes, where it is in use"
            ),
        ),
    ),
    Case(
        "ParameterList",
        samples=(
            ScriptSample(
                "as a list",
                "arrays that do not become parameters",
                inputs=(normal(4, 3), normal(5)),
                script=_parameter_list,
            ),
        ),
        errors=(
            ErrorSample(
                "no array",
                TypeError,
                script=lambda side: side.ParameterList(["weight"]),
                only_ours="PyTorch keeps anything in the list, and finds only the parameters in it again",
            ),
            ErrorSample("out of range", IndexError, script=lambda side: side.ParameterList()[0]),
        ),
    ),
    Case(
        "ParameterDict",
        samples=(
            ScriptSample(
                "as a dict",
                "arrays that do not become parameters",
                inputs=(normal(4, 3), normal(5)),
                script=_parameter_dict,
            ),
        ),
        errors=(
            ErrorSample(
                "no array",
                TypeError,
                script=lambda side: side.ParameterDict({"a": "weight"}),
                only_ours="PyTorch keeps anything in the dict, and finds only the parameters in it again",
            ),
            ErrorSample(
                "number as a key", TypeError, script=lambda side: side.ParameterDict({1: side.parameter(np.ones(2))})
            ),
        ),
    ),
]
