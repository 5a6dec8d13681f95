"""Cases of what a network is made of: modules, parameters, and the container."""

from typing import Any, NamedTuple

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]


def _nested(side: Side) -> Any:
    return side.Sequential(side.Sequential(side.Linear(4, 3), side.BatchNorm1d(3)), side.ReLU(), side.Linear(3, 2))


def _names(side: Side) -> Any:
    model = _nested(side)
    return {
        "state": list(model.state_dict()),
        "parameters": [name for name, _ in model.named_parameters()],
        "buffers": [name for name, _ in model.named_buffers()],
        "modules": [name for name, _ in model.named_modules()],
    }


def _tied(side: Side) -> Any:
    """A weight and a layer that stand in two places have two keys, and come once."""
    model = side.Sequential(side.Linear(4, 4), side.ReLU(), side.Linear(4, 4))
    model[2].weight = model[0].weight
    twice = side.Sequential(model, model)
    return [
        list(twice.state_dict()),
        [name for name, _ in twice.named_parameters()],
        [name for name, _ in twice.named_modules()],
    ]


class Pair(NamedTuple):
    left: Any
    right: Any


def _named_tuple(side: Side, x: Any, y: Any) -> Any:
    class Difference(side.Module):  # type: ignore[misc, name-defined]  # the base is the side's
        def forward(self, pair: Pair) -> Any:
            return pair.left - pair.right

    return Difference()(Pair(side.array(x), side.array(y)))


def _two_outputs(side: Side, x: Any, upstream: Any) -> Any:
    """Of several outputs the first has the upstream gradient's shape."""

    class Counted(side.Linear):  # type: ignore[misc, name-defined]
        def forward(self, input: Any) -> Any:
            return super().forward(input), side.array(np.zeros(2))

    model = Counted(4, 3)
    side.backward(model, model(side.array(x)), (side.array(upstream), None), [])
    return [side.grad(parameter) for parameter in model.parameters()]


def _modes(side: Side) -> Any:
    model = _nested(side)
    seen = []
    for change in (lambda: model, model.eval, model.train, lambda: model.train(False), model[0].train):
        change()
        seen.append([module.training for _, module in model.named_modules()])
    return seen


def _own_state(side: Side) -> Any:
    """A buffer belongs to the state, and one that is None does not."""
    model = side.Linear(4, 3)
    model.register_buffer("seen", side.array(np.array([1.0, 2.0])))
    model.register_buffer("nothing", None)
    return [model.state_dict(), [name for name, _ in model.named_buffers()]]


def _live_state(side: Side, weight: Any) -> Any:
    model = side.Linear(4, 3)
    state = model.state_dict()
    side.set_data(model.weight, weight)
    return state["weight"]


def _carried_state(side: Side, x: Any) -> Any:
    """The state of one model in another; what happens to the first one afterwards is its own affair."""
    first, second = _nested(side), _nested(side)
    second.load_state_dict(first.state_dict())
    side.set_data(next(iter(first.parameters())), np.zeros((3, 4)))
    return second(side.array(x))


def _converted(side: Side, x: Any, upstream: Any) -> Any:
    model = _nested(side)
    side.backward(model, model(side.array(x)), side.array(upstream), [])
    model.to(side.dtype("float32"))
    return [model.state_dict(), [side.grad(parameter) for parameter in model.parameters()]]


def _forgotten(side: Side, x: Any, upstream: Any) -> Any:
    model = _nested(side)
    side.backward(model, model(side.array(x)), side.array(upstream), [])
    model.zero_grad()
    return [side.grad(parameter) for parameter in model.parameters()]


def _named_module(side: Side) -> Any:
    """A class of the learner's own, called Module: messages say the name of the class that they come from."""
    return type("Module", (side.Linear,), {})(4, 3)


def _backward(side: Side, model: Any, output: Any, upstream: Any) -> None:
    """On scratch from the module, in PyTorch from its output."""
    if side.name == "scratch":
        model.backward(side.array(upstream))
    else:
        output.backward(side.array(upstream))


def _backward_first(side: Side) -> None:
    _backward(side, _named_module(side), side.array(np.ones((5, 3))), np.ones((5, 3)))


def _backward_twice(side: Side) -> None:
    model = _named_module(side)
    output = model(side.array(np.ones((5, 4))))
    for _ in range(2):
        _backward(side, model, output, np.ones((5, 3)))


def _backward_of_another_shape(side: Side) -> None:
    model = _named_module(side)
    _backward(side, model, model(side.array(np.ones((5, 4)))), np.ones((3, 5)))


def _backward_without_grad(side: Side) -> None:
    model = _named_module(side)
    with side.no_grad():
        output = model(side.array(np.ones((5, 4))))
    _backward(side, model, output, np.ones((5, 3)))


def _load(side: Side, changes: dict[str, Any], without: str = "") -> None:
    model = _named_module(side)
    state = {"weight": np.zeros((3, 4)), "bias": np.zeros(3)} | changes
    side.load(model, {name: value for name, value in state.items() if name != without})


def _parameter(side: Side, data: Any, *grads: Any) -> Any:
    """No gradient before the first backward; then they add up."""
    parameter = side.parameter(data)
    seen = [side.grad(parameter)]
    for grad in grads:
        if side.name == "scratch":
            parameter.accumulate(grad)
        else:
            (parameter * side.array(grad)).sum().backward()
        seen.append(side.numpy(side.grad(parameter)))
    return [parameter, seen, list(parameter.shape), str(parameter.dtype).removeprefix("torch.")]


def _grad_enabled(side: Side) -> Any:
    """Before, inside, inside twice, inside again, and after; also after an error inside."""
    seen = [side.is_grad_enabled()]
    with side.no_grad():
        seen.append(side.is_grad_enabled())
        with side.no_grad():
            seen.append(side.is_grad_enabled())
        seen.append(side.is_grad_enabled())
    seen.append(side.is_grad_enabled())
    try:
        with side.no_grad():
            raise KeyError
    except KeyError:
        seen.append(side.is_grad_enabled())
    return seen


def _decorated(side: Side) -> Any:
    decorated = side.no_grad()(side.is_grad_enabled)
    return [decorated(), decorated(), side.is_grad_enabled()]


def _without_grad(side: Side, x: Any) -> Any:
    model = _nested(side)
    with side.no_grad():
        return [model(side.array(x)), model.state_dict()]


CASES = [
    Case(
        "Module",
        samples=(
            ScriptSample("names", "keys that are not PyTorch's, or in another order", script=_names),
            ScriptSample("tied", "what stands in two places trained twice, or saved once", script=_tied),
            ScriptSample(
                "named tuple",
                "an input of several arrays taken for a slip",
                inputs=(normal(5, 4), normal(5, 4)),
                script=_named_tuple,
            ),
            ScriptSample(
                "two outputs",
                "an upstream gradient held against another output",
                inputs=(normal(5, 4), normal(5, 3)),
                script=_two_outputs,
            ),
            ScriptSample("modes", "a mode that stops at the first level", script=_modes),
            ScriptSample("buffers", "a buffer that is not in the state, or one of None that is", script=_own_state),
            ScriptSample("live state", "a state that is a copy", inputs=(normal(3, 4),), script=_live_state),
            ScriptSample(
                "carried state",
                "a state that stays tied to the old model",
                inputs=(normal(5, 4),),
                script=_carried_state,
            ),
            ScriptSample(
                "converted",
                "whole-number buffers converted too, or gradients left behind",
                inputs=(normal(5, 4), normal(5, 2)),
                script=_converted,
                dtypes=("float64",),
            ),
            ScriptSample(
                "zero_grad",
                "gradients of 0 where there are none",
                inputs=(normal(5, 4), normal(5, 2)),
                script=_forgotten,
            ),
        ),
        errors=(
            ErrorSample("backward before forward", RuntimeError, script=_backward_first),
            ErrorSample("backward twice", RuntimeError, script=_backward_twice),
            ErrorSample("upstream of another shape", RuntimeError, script=_backward_of_another_shape),
            ErrorSample("a list", TypeError, script=lambda side: _named_module(side)([[1.0] * 4])),
            ErrorSample("missing key", RuntimeError, script=lambda side: _load(side, {}, without="bias")),
            ErrorSample("unexpected key", RuntimeError, script=lambda side: _load(side, {"scale": np.zeros(3)})),
            ErrorSample("transposed", RuntimeError, script=lambda side: _load(side, {"weight": np.zeros((4, 3))})),
        ),
        differences=(
            Difference("a state that does not fit changes nothing", "PyTorch copies what fits, and then raises"),
            Difference(
                "an upstream gradient of another dtype is an error",
                "PyTorch converts it; a float64 among float32 is hardly ever meant",
            ),
            Difference(
                "one forward serves one backward, so that a layer cannot stand twice in one network",
                "PyTorch records each call in a graph; a layer here keeps what its last call needs, else it raises",
            ),
        ),
    ),
    Case(
        "Parameter",
        samples=(
            ScriptSample(
                "two gradients",
                "a gradient that is overwritten, or 0 before there is one",
                inputs=(normal(4, 3), normal(4, 3), normal(4, 3)),
                script=_parameter,
            ),
        ),
        errors=(
            ErrorSample("whole numbers", RuntimeError, script=lambda side: side.parameter(np.ones(3, dtype=np.int64))),
        ),
        differences=(
            Difference("data must be given", "PyTorch makes an empty parameter where none is given", argument="data"),
            Difference("requires_grad is left out", "what is not trained is a buffer", argument="requires_grad"),
        ),
    ),
    Case(
        "is_grad_enabled",
        samples=(
            ScriptSample(
                "nested",
                "an inner no_grad that ends the outer one, or an error that leaves it on",
                expected={"result": [True, False, False, False, True, True]},
                script=_grad_enabled,
            ),
        ),
    ),
    Case(
        "no_grad",
        samples=(
            ScriptSample(
                "decorator", "a decorator that works once", expected={"result": [False, False, True]}, script=_decorated
            ),
            ScriptSample(
                "forward", "statistics that stand still without gradients", inputs=(normal(5, 4),), script=_without_grad
            ),
        ),
        errors=(ErrorSample("backward", RuntimeError, script=_backward_without_grad),),
    ),
]
