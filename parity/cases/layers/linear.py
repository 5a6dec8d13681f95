"""Cases of the layers that are a matrix product."""

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]


PAIR = {"in1_features": 4, "in2_features": 3, "out_features": 2}

CASES = [
    Case(
        "Bilinear",
        samples=(
            ModuleSample("batch", "the gradients of the two inputs exchanged", PAIR, (normal(5, 4), normal(5, 3))),
            ModuleSample("one pair", "a batch axis taken for granted", PAIR, (normal(4), normal(3))),
            ModuleSample(
                "sequence, no bias",
                "a gradient of the weight summed over the first axis only",
                {**PAIR, "bias": False},
                (normal(2, 5, 4), normal(2, 5, 3)),
            ),
            ModuleSample(
                "one feature",
                "an axis of size one squeezed away",
                {"in1_features": 1, "in2_features": 1, "out_features": 1},
                (normal(5, 1), normal(5, 1)),
            ),
            ModuleSample("empty batch", "a size of −1 that cannot be worked out", PAIR, (normal(0, 4), normal(0, 3))),
            ModuleSample(
                "worked by hand",
                "the weight transposed: 1·1·5 + 10·3·5 + 7 is 162",
                {"in1_features": 2, "in2_features": 2, "out_features": 1},
                (np.array([[1.0, 10.0]]), np.array([[5.0, 0.0]])),
                parameters={"weight": np.array([[[1.0, 2.0], [3.0, 4.0]]]), "bias": np.array([7.0])},
                expected={"forward": [[162.0]]},
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**PAIR, "dtype": "float64"},
                (normal(5, 4), normal(5, 3)),
                dtypes=("float64",),
            ),
        ),
        errors=(
            ErrorSample("wrong first features", RuntimeError, PAIR, (np.ones((5, 3)), np.ones((5, 3)))),
            ErrorSample("wrong second features", RuntimeError, PAIR, (np.ones((5, 4)), np.ones((5, 4)))),
            ErrorSample("unequal batches", RuntimeError, PAIR, (np.ones((5, 4)), np.ones((1, 3)))),
            ErrorSample("unequal axes", RuntimeError, PAIR, (np.ones((5, 4)), np.ones(3))),
            ErrorSample("integers", RuntimeError, PAIR, (np.ones((5, 4), np.int64), np.ones((5, 3)))),
            ErrorSample("no first feature", ValueError, {**PAIR, "in1_features": 0}),
            ErrorSample("negative size", RuntimeError, {**PAIR, "in2_features": -1}),
        ),
    ),
    Case(
        "Identity",
        samples=(
            ModuleSample("any arguments", "a place holder that chokes on arguments", {"unused": 3}, (normal(5, 4),)),
        ),
        errors=(
            ErrorSample(
                "backward first",
                RuntimeError,
                script=lambda side: side.Identity().backward(np.ones((5, 4))),
                only_ours="a tensor knows its own past",
            ),
        ),
    ),
    Case(
        "Linear",
        samples=(
            ModuleSample(
                "batch",
                "a transposed weight, or a gradient divided by the batch size",
                {"in_features": 4, "out_features": 3},
                (normal(5, 4),),
            ),
            ModuleSample(
                "no bias",
                "a bias that cannot be left out",
                {"in_features": 4, "out_features": 3, "bias": False},
                (normal(5, 4),),
            ),
            ModuleSample(
                "one input", "a batch axis taken for granted", {"in_features": 4, "out_features": 3}, (normal(4),)
            ),
            ModuleSample(
                "sequence",
                "a bias gradient summed over the first axis only",
                {"in_features": 4, "out_features": 3},
                (normal(2, 5, 4),),
            ),
            ModuleSample(
                "one feature",
                "an axis of size one squeezed away",
                {"in_features": 1, "out_features": 1},
                (normal(5, 1),),
            ),
            ModuleSample("empty batch", "a mean of nothing", {"in_features": 4, "out_features": 3}, (normal(0, 4),)),
            ModuleSample(
                "worked by hand",
                "a bias of the wrong sign: 2·3 + 5·6 − 2 is 34",
                {"in_features": 2, "out_features": 1},
                (np.array([[2.0, 5.0]]),),
                parameters={"weight": np.array([[3.0, 6.0]]), "bias": np.array([-2.0])},
                expected={"forward": [[34.0]]},
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {"in_features": 4, "out_features": 3, "dtype": "float64"},
                (normal(5, 4),),
                dtypes=("float64",),
            ),
        ),
        errors=(
            ErrorSample("wrong features", RuntimeError, {"in_features": 4, "out_features": 3}, (np.ones((8, 3)),)),
            ErrorSample("negative size", RuntimeError, {"in_features": -1, "out_features": 3}),
            ErrorSample("negative outputs", RuntimeError, {"in_features": 4, "out_features": -1}),
            ErrorSample("no axis", RuntimeError, {"in_features": 1, "out_features": 3}, (np.ones(()),)),
            ErrorSample(
                "integers", RuntimeError, {"in_features": 4, "out_features": 3}, (np.ones((8, 4), dtype=np.int64),)
            ),
        ),
    ),
]
