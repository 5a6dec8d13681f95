"""Cases of the recurrent layers."""

import warnings
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

SIZES: dict[str, Any] = {"input_size": 4, "hidden_size": 3}
LENGTHS = [2, 5, 4]  # not in order


def _packed(side: Side, x: Any, grad: Any, kind: str, hidden: bool, **args: Any) -> Any:
    """Sequences of different lengths, packed: the output, the state, and every gradient."""
    layer = side.find(kind)(**SIZES, **args)
    count = (2 if args.get("bidirectional") else 1) * args.get("num_layers", 1)
    width = args.get("proj_size") or 3
    start = [np.linspace(-1, 1, count * 3 * size).reshape(count, 3, size).astype(x.dtype) for size in (width, 3)]
    state = tuple(side.input(array, True) for array in start)
    hx = (state if kind == "LSTM" else state[0]) if hidden else None
    if side.name == "scratch":
        packed = side.pack_padded_sequence(x, LENGTHS, enforce_sorted=False)
        output, last = layer(packed, hx)
        upstream = output._replace(data=grad[: len(output.data), : output.data.shape[1]])
        grad_input, grad_hx = layer.backward(upstream, last)
        grads = side.pad_packed_sequence(grad_input)[0], grad_hx if hidden else None
    else:
        given = side.input(x, True)
        packed = side.pack_padded_sequence(given, LENGTHS, enforce_sorted=False)
        output, last = layer(packed, hx)
        ends = [output.data, *(last if kind == "LSTM" else [last])]
        upstreams = [side.array(grad[: len(output.data), : output.data.shape[1]]), *(end.detach() for end in ends[1:])]
        sum((end * upstream).sum() for end, upstream in zip(ends, upstreams, strict=True)).backward()
        grads = given.grad, (tuple(s.grad for s in state) if kind == "LSTM" else state[0].grad) if hidden else None
    parameters = {name: side.grad(parameter) for name, parameter in layer.named_parameters()}
    return {"output": side.pad_packed_sequence(output), "last": last, "grads": grads, "parameters": parameters}


def _data(side: Side, x: Any, grad: Any, kind: str) -> Any:
    """The input is data: the weights' gradients all the same."""
    layer = side.find(kind)(**SIZES, num_layers=2, bidirectional=True)
    if side.name == "scratch":
        layer.input_requires_grad_(False)
    output, _ = layer(side.array(x))
    found = side.backward(layer, output, side.array(grad), [side.array(x)])
    return [found, {name: side.grad(parameter) for name, parameter in layer.named_parameters()}]


def _warnings(side: Side) -> list[int]:
    """How many warnings a dropout brings for one layer, and for two."""
    counts = []
    for layers in (1, 2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            side.RNN(**SIZES, num_layers=layers, dropout=0.5)
        counts.append(len(caught))
    return counts


def _packed_sample(name: str, exposes: str, kind: str, hidden: bool = False, **args: Any) -> ScriptSample:
    return ScriptSample(
        name,
        exposes,
        {"kind": kind, "hidden": hidden, **args},
        inputs=(normal(5, 3, 4), normal(11, 6)),
        script=_packed,
    )


def _shared_samples(kind: str, states: int) -> tuple[ModuleSample | ScriptSample, ...]:
    """What all three kinds must do: layers, directions, batches, states."""

    def state(*shape: int) -> Any:
        drawn = tuple(normal(*shape) for _ in range(states))
        return drawn if states > 1 else drawn[0]

    return (
        ModuleSample("one layer", "gates in another order, or a bias that is added once", SIZES, (normal(5, 2, 4),)),
        ModuleSample(
            "initial state",
            "a given state ignored, or its gradient lost",
            SIZES,
            (normal(2, 5, 4), state(1, 5, 3)),
        ),
        ModuleSample(
            "two layers",
            "a second layer that reads the input again",
            {**SIZES, "num_layers": 2},
            (normal(3, 2, 4), state(2, 2, 3)),
        ),
        ModuleSample(
            "both directions",
            "a second direction that reads forward, or whose state is taken at the wrong end",
            {**SIZES, "bidirectional": True},
            (normal(3, 2, 4), state(2, 2, 3)),
        ),
        ModuleSample(
            "two layers in both directions, batch first, without biases",
            "axes exchanged on the way in but not on the way out, or biases that cannot be left out",
            {**SIZES, "num_layers": 2, "bidirectional": True, "batch_first": True, "bias": False},
            (normal(2, 3, 4),),
            kink="its parts have difference quotients of their own",
        ),
        ModuleSample(
            "dropout between layers",
            "dropout after the last layer, on the state, or in evaluation",
            {**SIZES, "num_layers": 3, "dropout": 0.5},
            (normal(5, 2, 4),),
            kink="its parts have difference quotients of their own",
        ),
        ModuleSample("no batch", "a batch of one demanded", SIZES, (normal(5, 4), state(1, 3))),
        ModuleSample(
            "one moment, one sequence, one feature",
            "an axis of length one that is lost",
            {"input_size": 1, "hidden_size": 1},
            (normal(1, 1, 1),),
        ),
        ModuleSample(
            "huge",
            "a gate that overflows",
            SIZES,
            (normal(3, 2, 4, std=1000.0),),
            kink="flat, or at a kink, almost everywhere",
            dtypes=("float64",),  # of a gate's distance from 1, float32 has few digits left on either side
        ),
        ModuleSample(
            "dtype",
            "a dtype argument that is ignored",
            {**SIZES, "dtype": "float64"},
            (normal(2, 2, 4),),
            dtypes=("float64",),
        ),
        ScriptSample(
            "data",
            "gradients of the lower layers lost together with the input's",
            {"kind": kind},
            (normal(3, 2, 4), normal(3, 2, 6)),
            script=_data,
        ),
        _packed_sample("packed", "padding that is read as data, or a state taken after the end", kind),
        _packed_sample(
            "packed, two layers in both directions",
            "a reverse direction that begins in the padding, or states that stay sorted",
            kind,
            hidden=True,
            num_layers=2,
            bidirectional=True,
        ),
    )


def _shared_errors(kind: str, states: int) -> tuple[ErrorSample, ...]:
    def state(*shape: int) -> Any:
        drawn = tuple(np.ones(shape) for _ in range(states))
        return drawn if states > 1 else drawn[0]

    def call(hx: Any) -> Any:
        def script(side: Side) -> None:
            given = tuple(side.array(a) for a in hx) if isinstance(hx, tuple) else side.array(hx)
            side.find(kind)(**SIZES)(side.array(np.ones((5, 2, 4))), given)

        return script

    return (
        ErrorSample("four axes", ValueError, SIZES, (np.ones((5, 2, 2, 4)),)),
        ErrorSample("other features", RuntimeError, SIZES, (np.ones((5, 2, 3)),)),
        ErrorSample("another dtype", ValueError, {**SIZES, "dtype": "float32"}, (np.ones((5, 2, 4)),)),
        ErrorSample("nothing to read", RuntimeError, SIZES, (np.ones((0, 2, 4)),)),
        ErrorSample("state of another batch", RuntimeError, script=call(state(1, 3, 3))),
        ErrorSample("state of another size", RuntimeError, script=call(state(1, 2, 4))),
        ErrorSample("state without a batch", RuntimeError, script=call(state(1, 3))),
        ErrorSample("dropout above one", ValueError, {**SIZES, "dropout": 1.5}),
        ErrorSample("dropout below zero", ValueError, {**SIZES, "dropout": -0.5}),
        ErrorSample("no input", ValueError, {"input_size": 0, "hidden_size": 3}),
        ErrorSample("no hidden state", ValueError, {"input_size": 4, "hidden_size": 0}),
        ErrorSample("no layers", ValueError, {**SIZES, "num_layers": 0}),
        ErrorSample("size that is no int", TypeError, {"input_size": 4.0, "hidden_size": 3}),
        ErrorSample("hidden size that is no int", TypeError, {"input_size": 4, "hidden_size": 3.0}),
        ErrorSample("bias that is no bool", TypeError, {**SIZES, "bias": 1}),
        ErrorSample("batch_first that is no bool", TypeError, {**SIZES, "batch_first": 1}),
    )


CASES = [
    Case(
        "RNN",
        samples=(
            *_shared_samples("RNN", 1),
            ModuleSample(
                "worked by hand",
                "a state that is not carried on: 3, 1 + 2 · 3, 2 · 7",
                {"input_size": 1, "hidden_size": 1, "nonlinearity": "relu", "bias": False},
                (np.array([[3.0], [1.0], [0.0]]),),
                parameters={"weight_ih_l0": np.array([[1.0]]), "weight_hh_l0": np.array([[2.0]])},
                expected={"forward.0": [[3.0], [7.0], [14.0]], "forward.1": [[14.0]]},
            ),
            ModuleSample(
                "all dropped",
                "a dropout of 1 refused, or 0 / 0",
                {**SIZES, "num_layers": 2, "dropout": 1.0},
                (normal(3, 2, 4),),
            ),
            ScriptSample(
                "dropout after the only layer", "a dropout without effect and without a word", script=_warnings
            ),
            ModuleSample(
                "rectifier",
                "tanh whatever was asked for",
                {**SIZES, "nonlinearity": "relu"},
                (normal(5, 2, 4),),
            ),
        ),
        errors=(
            *_shared_errors("RNN", 1),
            ErrorSample("unknown nonlinearity", ValueError, {**SIZES, "nonlinearity": "sigmoid"}),
        ),
    ),
    Case(
        "LSTM",
        samples=(
            *_shared_samples("LSTM", 2),
            ModuleSample(
                "worked by hand",
                "a forget gate that forgets nothing: each gate is ½, and twice a half of 8 is kept",
                {"input_size": 1, "hidden_size": 1, "bias": False},
                (np.ones((2, 1)), (np.zeros((1, 1)), np.full((1, 1), 8.0))),
                parameters={"weight_ih_l0": np.zeros((4, 1)), "weight_hh_l0": np.zeros((4, 1))},
                expected={"forward.1.1": [[2.0]], "forward.1.0": [[0.5 * np.tanh(2.0)]]},
            ),
            ModuleSample(
                "projection",
                "a projection of the cell, or one that is not fed back",
                {**SIZES, "proj_size": 2},
                (normal(5, 2, 4), (normal(1, 2, 2), normal(1, 2, 3))),
            ),
            ModuleSample(
                "projection, two layers in both directions",
                "a second layer that expects the unprojected width",
                {**SIZES, "proj_size": 2, "num_layers": 2, "bidirectional": True},
                (normal(3, 2, 4),),
                kink="its parts have difference quotients of their own",
            ),
            _packed_sample(
                "packed projection", "a projection whose moments are counted wrongly", "LSTM", True, proj_size=2
            ),
        ),
        errors=(
            *_shared_errors("LSTM", 2),
            ErrorSample("projection that is no smaller", ValueError, {**SIZES, "proj_size": 3}),
            ErrorSample("projection below zero", ValueError, {**SIZES, "proj_size": -1}),
        ),
    ),
    Case(
        "GRU",
        samples=(
            *_shared_samples("GRU", 1),
            ModuleSample(
                "worked by hand",
                "z and 1 − z exchanged do not show at ½, but a lost state does: twice a half of 8 is kept",
                {"input_size": 1, "hidden_size": 1, "bias": False},
                (np.ones((2, 1)), np.full((1, 1), 8.0)),
                parameters={"weight_ih_l0": np.zeros((3, 1)), "weight_hh_l0": np.zeros((3, 1))},
                expected={"forward.1": [[2.0]]},
            ),
        ),
        errors=_shared_errors("GRU", 1),
    ),
]
