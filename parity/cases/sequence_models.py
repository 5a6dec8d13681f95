"""Cases of the models that read a picture row by row."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

PLACES: dict[str, Any] = {"d_model": 4, "max_len": 7, "dropout": 0.0}
ROWS: dict[str, Any] = {"row_size": 5, "d_model": 4, "nhead": 2, "num_layers": 1, "dim_feedforward": 3, "dropout": 0.0,
                        "num_classes": 3, "max_len": 6}  # fmt: skip
MASK_ORDER = "PyTorch draws the mask in the order in which its input lies in memory"
PARTS = "its parts are checked by themselves"


def _data(side: Side, x: Any, upstream: Any, model: str, **args: Any) -> Any:
    """The input is data: it gets no gradient, and the parameters theirs all the same."""
    made = side.find(model)(**args)
    if side.name == "scratch":
        made.input_requires_grad_(False)
    inputs = side.inputs([x], [False])
    found = side.backward(made, made(*inputs), side.array(upstream), inputs)
    return [found, {name: side.grad(parameter) for name, parameter in made.named_parameters()}]


def _defaults(side: Side) -> Any:
    """Which parameters there are, and how the longest encoding looks at both ends."""
    shapes = {name: list(value.shape) for name, value in side.RowTransformer().state_dict().items()}
    places = side.PositionalEncoding(6)
    return shapes, places.pe[:3], places.pe[-3:], places.dropout.p


CASES = [
    Case(
        "PositionalEncoding",
        samples=(
            ModuleSample(
                "batch",
                "sines in the first half and cosines in the second",
                PLACES,
                (normal(2, 5, 4),),
                layout=MASK_ORDER,
            ),
            ModuleSample(
                "worked by hand",
                "a speed that falls by 10000 too early: the second pair turns 100 times slower than the first",
                PLACES,
                (np.zeros((3, 4)),),
                expected={
                    "forward": [[math.sin(t), math.cos(t), math.sin(t / 100), math.cos(t / 100)] for t in range(3)]
                },
            ),
            ModuleSample(
                "an odd number of features, as long as can be",
                "a cosine without its sine",
                {"d_model": 3, "max_len": 5},
                (normal(5, 3),),
                layout=MASK_ORDER,
            ),
            ModuleSample(
                "dropout, dtype",
                "a dropout before the sum",
                {**PLACES, "dropout": 0.4, "dtype": "float64"},
                (normal(2, 5, 4),),
                dtypes=("float64",),
                layout=MASK_ORDER,
            ),
        ),
        errors=(
            ErrorSample("too long", RuntimeError, PLACES, (np.ones((2, 8, 4)),)),
            ErrorSample("wrong features", RuntimeError, PLACES, (np.ones((2, 5, 3)),)),
            ErrorSample(
                "another dtype",
                RuntimeError,
                {**PLACES, "dtype": "float32"},
                (np.ones((2, 5, 4)),),
                only_ours="PyTorch goes on in the wider dtype",
            ),
            ErrorSample(
                "no sequence",
                RuntimeError,
                PLACES,
                (np.ones(4),),
                only_ours="PyTorch fails as the axis is missing, with an IndexError",
            ),
        ),
    ),
    Case(
        "RowTransformer",
        samples=(
            ModuleSample(
                "batch",
                "a mean over the batch, or a sum over time",
                ROWS,
                (normal(2, 6, 5),),
                kink=PARTS,
            ),
            ModuleSample(
                "dropout, two layers",
                "masks drawn in another order than the layers",
                {**ROWS, "dropout": 0.3, "num_layers": 2, "dtype": "float64"},
                (normal(2, 4, 5),),
                kink=PARTS,
                layout=MASK_ORDER,
                dtypes=("float64",),
            ),
            ScriptSample(
                "data",
                "parameters that learn nothing where the pictures need no gradient",
                {**ROWS, "model": "RowTransformer"},
                (normal(2, 6, 5), normal(2, 3)),
                script=_data,
            ),
            ScriptSample("defaults", "sizes that do not fit the digits", script=_defaults),
        ),
        errors=(
            ErrorSample(
                "one picture",
                RuntimeError,
                ROWS,
                (np.ones((6, 5)),),
                only_ours="PyTorch takes the mean over the features of a single picture, and then the sizes do not fit",
            ),
        ),
    ),
    Case(
        "RowLSTM",
        samples=(
            ModuleSample(
                "small",
                "the first moment taken for the last, or a gradient at every moment",
                {"input_size": 4, "hidden_size": 3, "num_classes": 2},
                (normal(2, 5, 4),),
            ),
            ScriptSample(
                "data",
                "a gradient of the pictures that nobody asked for",
                {"model": "RowLSTM", "input_size": 4, "hidden_size": 3, "num_classes": 2},
                (normal(2, 5, 4), normal(2, 2)),
                script=_data,
            ),
        ),
    ),
]
