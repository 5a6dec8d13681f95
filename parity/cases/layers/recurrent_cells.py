"""Cases of the recurrent cells."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal
from parity.sides import Side

__all__ = ["CASES"]

SIZES: dict[str, Any] = {"input_size": 4, "hidden_size": 3}


def _state(states: int, *shape: int) -> Any:
    drawn = tuple(normal(*shape) for _ in range(states))
    return drawn if states > 1 else drawn[0]


def _shared_samples(states: int) -> tuple[ModuleSample, ...]:
    return (
        ModuleSample("no state", "a state demanded", SIZES, (normal(5, 4),)),
        ModuleSample("state", "a state whose gradient is lost", SIZES, (normal(5, 4), _state(states, 5, 3))),
        ModuleSample("no batch", "a batch axis demanded", SIZES, (normal(4), _state(states, 3))),
        ModuleSample(
            "no biases",
            "biases that cannot be left out",
            {**SIZES, "bias": False},
            (normal(5, 4), _state(states, 5, 3)),
        ),
        ModuleSample(
            "huge",
            "a gate that overflows",
            SIZES,
            (normal(5, 4, std=1000.0), _state(states, 5, 3)),
            kink="flat, or at a kink, almost everywhere",
            dtypes=("float64",),  # of a gate's distance from 1, float32 has few digits left on either side
        ),
        ModuleSample("empty batch", "a batch of none refused", SIZES, (normal(0, 4),)),
        ModuleSample(
            "dtype", "a dtype argument that is ignored", {**SIZES, "dtype": "float64"}, (normal(2, 4),),
            dtypes=("float64",),
        ),
    )  # fmt: skip


def _shared_errors(kind: str, states: int) -> tuple[ErrorSample, ...]:
    def call(*shape: int) -> Any:
        def script(side: Side) -> None:
            given = tuple(side.array(np.ones(shape)) for _ in range(states))
            side.find(kind)(**SIZES)(side.array(np.ones((5, 4))), given if states > 1 else given[0])

        return script

    return (
        ErrorSample("three axes", ValueError, SIZES, (np.ones((5, 2, 4)),)),
        ErrorSample("other features", RuntimeError, SIZES, (np.ones((5, 3)),)),
        ErrorSample("another dtype", RuntimeError, {**SIZES, "dtype": "float32"}, (np.ones((5, 4)),)),
        ErrorSample("state of three axes", ValueError, script=call(1, 5, 3)),
        ErrorSample("state of another batch", RuntimeError, script=call(4, 3)),
        ErrorSample("state of another size", RuntimeError, script=call(5, 4)),
    )


CASES = [
    Case(
        "RNNCell",
        samples=(
            *_shared_samples(1),
            ModuleSample(
                "rectifier, worked by hand",
                "tanh whatever was asked for, or the state's weight on the input: 3 + 2 · 5",
                {"input_size": 1, "hidden_size": 1, "bias": False, "nonlinearity": "relu"},
                (np.array([[3.0]]), np.array([[5.0]])),
                parameters={"weight_ih": np.array([[1.0]]), "weight_hh": np.array([[2.0]])},
                expected={"forward": [[13.0]]},
            ),
            ModuleSample("no hidden state", "a bound of 1 / 0", {"input_size": 4, "hidden_size": 0}, (normal(5, 4),)),
            ModuleSample("rectifier", "a slope of one below zero", {**SIZES, "nonlinearity": "relu"}, (normal(5, 4),)),
        ),
        errors=(
            *_shared_errors("RNNCell", 1),
            ErrorSample("unknown nonlinearity", RuntimeError, {**SIZES, "nonlinearity": "sigmoid"}, (np.ones((5, 4)),)),
        ),
    ),
    Case(
        "LSTMCell",
        samples=(
            *_shared_samples(2),
            ModuleSample(
                "worked by hand",
                "a forget gate that forgets nothing: each gate is ½, and half of 8 is kept",
                {"input_size": 1, "hidden_size": 1, "bias": False},
                (np.ones((1, 1)), (np.zeros((1, 1)), np.full((1, 1), 8.0))),
                parameters={"weight_ih": np.zeros((4, 1)), "weight_hh": np.zeros((4, 1))},
                expected={"forward.1": [[4.0]], "forward.0": [[0.5 * np.tanh(4.0)]]},
            ),
        ),
        errors=_shared_errors("LSTMCell", 2),
    ),
    Case(
        "GRUCell",
        samples=(
            *_shared_samples(1),
            ModuleSample(
                "worked by hand",
                "a state that is lost: z is ½ and n is 0, so half of 8 is kept",
                {"input_size": 1, "hidden_size": 1, "bias": False},
                (np.ones((1, 1)), np.full((1, 1), 8.0)),
                parameters={"weight_ih": np.zeros((3, 1)), "weight_hh": np.zeros((3, 1))},
                expected={"forward": [[4.0]]},
            ),
        ),
        errors=_shared_errors("GRUCell", 1),
    ),
]
