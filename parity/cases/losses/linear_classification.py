"""Cases of the cross-entropy of a linear layer's logits, with the layer inside."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, integers, normal

__all__ = ["CASES"]

SIZES = {"in_features": 4, "num_classes": 5}
IMAGES = {**SIZES, "out_features": (3, 2)}
CLASS_WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0, 1.5])


def _probabilities(*shape: int) -> Any:
    """Probabilities along axis 1."""

    def draw(rng: np.random.Generator) -> Any:
        drawn = rng.uniform(0.1, 1.0, shape)
        return drawn / drawn.sum(axis=1, keepdims=True)

    return draw


def _call(name: str, raises: type[Exception], input: Any, target: Any, **args: Any) -> ErrorSample:
    return ErrorSample(name, raises, {**SIZES, **args}, (input, target))


CASES = [
    Case(
        "LinearCrossEntropyLoss",
        samples=(
            ModuleSample(
                "mean",
                "a bias where none was asked for; a gradient that ends at the logits",
                SIZES,
                (normal(6, 4), integers(6, high=5)),
            ),
            ModuleSample(
                "worked by hand",
                "a gradient without the weight: p is 1/4 and 3/4, and (p − one-hot) W is 3/4 · (0, 1)",
                {"in_features": 2, "num_classes": 2},
                (np.array([[0.0, math.log(3.0)]]), np.array([0])),
                parameters={"linear.weight": np.array([[0.0, 0.0], [0.0, 1.0]])},
                expected={
                    "forward": math.log(4.0),
                    "unit.input": [[0.0, 0.75]],
                    "unit.linear.weight": 0.75 * math.log(3.0) * np.array([[0.0, -1.0], [0.0, 1.0]]),
                },
            ),
            ModuleSample(
                "several positions, bias",
                "classes looked for on the last axis; outputs that are numbered position by position",
                {**IMAGES, "bias": True, "reduction": "none"},
                (normal(7, 4), integers(7, 3, 2, high=5)),
            ),
            ModuleSample(
                "weights, ignored, smoothed",
                "options that do not reach the cross-entropy",
                {**SIZES, "bias": True, "weight": CLASS_WEIGHTS, "ignore_index": 1, "label_smoothing": 0.2},
                (normal(6, 4), np.array([0, 1, 4, 3, 1, 2])),
            ),
            ModuleSample(
                "default ignore_index, sum",
                "−100 that counts, because no ignore_index was given",
                {**SIZES, "reduction": "sum", "dtype": "float64"},
                (normal(6, 4), np.array([0, -100, 4, 3, -100, 2])),
                dtypes=("float64",),
            ),
            ModuleSample(
                "probabilities",
                "an ignore_index that was never given, beside probabilities",
                {**IMAGES, "weight": CLASS_WEIGHTS},
                (normal(6, 4), _probabilities(6, 5, 3, 2)),
            ),
            ModuleSample(
                "smoothed to the end",
                "labels that still count",
                {**SIZES, "label_smoothing": 1.0},
                (normal(3, 4), np.array([0, 1, 4])),
            ),
            ModuleSample(
                "no batch",
                "a batch axis taken for granted",
                {**SIZES, "bias": True},
                (normal(4), np.array(3)),
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing",
                SIZES,
                (normal(0, 4), np.zeros(0, np.int64)),
                expected={"forward": np.nan},
            ),
        ),
        errors=(
            ErrorSample(
                "unknown reduction",
                ValueError,
                {**SIZES, "reduction": "average"},
                only_ours="PyTorch says so only when the loss is called",
            ),
            ErrorSample("too few weights", RuntimeError, {**SIZES, "weight": np.ones(4)}),
            ErrorSample("smoothing above one", RuntimeError, {**SIZES, "label_smoothing": 1.5}),
            ErrorSample("smoothing below zero", RuntimeError, {**SIZES, "label_smoothing": -0.1}),
            _call("another width", RuntimeError, np.ones((2, 3)), np.array([0, 1])),
            _call("three axes", RuntimeError, np.ones((2, 3, 4)), np.zeros((2, 3), np.int64)),
            _call("no axes", RuntimeError, np.array(1.0), np.array(0)),
            _call("positions without a batch", RuntimeError, np.ones(4), np.zeros(3, np.int64), out_features=(3,)),
            _call("another batch", ValueError, np.ones((3, 4)), np.array([0, 1])),
            _call("label above the classes", IndexError, np.ones((2, 4)), np.array([0, 5])),
            _call("labels as int32", RuntimeError, np.ones((2, 4)), np.array([0, 1], np.int32)),
            _call("ignore_index beside probabilities", RuntimeError, np.ones((2, 4)), np.ones((2, 5)), ignore_index=-1),
        ),
        differences=(
            Difference(
                "options is left out",
                "it chooses how many logits PyTorch holds at a time, not which number comes out",
                argument="options",
            ),
        ),
    ),
]
