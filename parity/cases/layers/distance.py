"""Cases of the layers that compare two vectors."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

Array = npt.NDArray[Any]

PAIRS = (normal(5, 4), normal(5, 4))
ZEROS = (
    np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 0.0]]),
    np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
)
EQUAL = (
    np.array([[1.0, -2.0, 0.0], [3.0, 0.0, 0.0], [1.0, 2.0, 3.0]]),
    np.array([[1.0, -2.0, 0.0], [1.0, 2.0, -2.0], [1.0, 3.0, 1.0]]),
)
ONE_DTYPE = "PyTorch converts to the larger dtype"
MIXED = Difference(
    "inputs that are not of one floating-point dtype", "they are refused, as everywhere; PyTorch converts them"
)


def _vectors(side: Side, x1: Array, x2: Array, upstream: Array, component: str, **options: Any) -> Any:
    """Two vectors without a batch: the output is a number."""
    layer = side.find(component)(**options)
    inputs = side.inputs([x1, x2], [True, True])
    output = layer(*inputs)
    return output, side.backward(layer, output, side.array(upstream), inputs)


def _similar_vectors(side: Side, x1: Array, x2: Array, upstream: Array) -> Any:
    return _vectors(side, x1, x2, upstream, "CosineSimilarity", dim=0)


def _distant_vectors(side: Side, x1: Array, x2: Array, upstream: Array) -> Any:
    return _vectors(side, x1, x2, upstream, "PairwiseDistance")


CASES = [
    Case(
        "CosineSimilarity",
        samples=(
            ModuleSample("rows", "a gradient that leaves the lengths out", inputs=PAIRS),
            ModuleSample(
                "worked by hand",
                "a product of vectors that is not divided by the lengths",
                {"eps": 0.0},
                (np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([[4.0, 3.0], [-2.0, 0.0]])),
                expected={"forward": [0.96, -1.0]},
            ),
            ModuleSample(
                "last axis", "the second axis whatever dim says", {"dim": -1}, (normal(2, 3, 4), normal(2, 3, 4))
            ),
            ModuleSample(
                "broadcast",
                "a gradient that is not summed over what was repeated",
                {"dim": 0},
                (normal(4, 5), normal(4, 1)),
            ),
            ModuleSample(
                "short vectors",
                "eps added to the lengths, or compared with their product",
                {"eps": 0.5},
                (np.array([[0.3, 0.1], [0.2, -0.3], [3.0, 1.0]]), np.array([[0.1, 0.2], [2.0, 3.0], [1.0, -2.0]])),
                kink="PyTorch's gradient takes the length to vary although eps stands in its place",
            ),
            ModuleSample("vectors of zeros", "0 / 0 where a length is 0", {}, ZEROS, kink="the length has a kink at 0"),
            ModuleSample("one component", "an axis of size one squeezed away", {}, (normal(3, 1), normal(3, 1))),
            ModuleSample("empty batch", "a mean of nothing", {}, (normal(0, 4), normal(0, 4))),
            ScriptSample(
                "two vectors",
                "a batch axis taken for granted",
                inputs=(np.array([1.0, 2.0, 2.0]), np.array([2.0, 0.0, 1.0]), np.array(1.5)),
                script=_similar_vectors,
            ),
        ),
        errors=(
            ErrorSample("no such axis", IndexError, {}, (np.ones(4), np.ones(4))),
            ErrorSample("axis too far back", IndexError, {"dim": -3}, (np.ones((5, 4)), np.ones((5, 4)))),
            ErrorSample("sizes that do not broadcast", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 3)))),
            ErrorSample("negative eps", RuntimeError, {"eps": -1.0}, (np.ones((5, 4)), np.ones((5, 4)))),
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4), np.int64), np.ones((5, 4), np.int64))),
            ErrorSample(
                "two dtypes", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 4), np.int64)), only_ours=ONE_DTYPE
            ),
        ),
        differences=(MIXED,),
    ),
    Case(
        "PairwiseDistance",
        samples=(
            ModuleSample("rows", "a sum of squares without its root", inputs=PAIRS),
            ModuleSample(
                "worked by hand",
                "eps under the root: 3, 4 and 5",
                {"eps": 0.0},
                (np.array([[1.0, 1.0]]), np.array([[4.0, 5.0]])),
                expected={"forward": [5.0]},
            ),
            ModuleSample(
                "large eps, axis kept",
                "eps with another sign, or an axis that is dropped",
                {"eps": 0.5, "keepdim": True, "p": 3.0},
                PAIRS,
            ),
            ModuleSample(
                "sum of distances",
                "p that is ignored, or a slope where components are equal",
                {"p": 1.0, "eps": 0.0},
                EQUAL,
                kink="the absolute value has a kink at 0",
            ),
            ModuleSample(
                "largest distance", "a power of infinity", {"p": float("inf")}, (normal(2, 3, 4), normal(2, 3, 4))
            ),
            ModuleSample(
                "largest distance, ties",
                "the gradient given to the first of equal components",
                {"p": float("inf"), "eps": 0.0},
                EQUAL,
                kink="equal components, of which each could be the largest",
            ),
            ModuleSample(
                "number of differences",
                "a gradient where the output does not vary",
                {"p": 0.0, "eps": 0.0},
                EQUAL,
                kink="it jumps",
            ),
            ModuleSample(
                "equal vectors",
                "0 / 0 in the root's derivative",
                {"eps": 0.0},
                EQUAL,
                kink="the length has a kink at 0",
            ),
            ModuleSample(
                "broadcast", "a gradient that is not summed over what was repeated", {}, (normal(5, 1, 4), normal(3, 4))
            ),
            ModuleSample(
                "negative p",
                "0 to a negative power, which is infinite, in the derivative",
                {"p": -1.0, "eps": 0.0},
                EQUAL,
                kink="no slope where a component is 0",
            ),
            ModuleSample(
                "empty batch",
                "vectors taken for empty where there are none",
                {"p": float("inf")},
                (normal(2, 0, 4), normal(2, 0, 4)),
            ),
            ScriptSample(
                "two vectors",
                "a batch axis taken for granted",
                inputs=(np.array([1.0, 2.0, 2.0]), np.array([2.0, 0.0, 1.0]), np.array(1.5)),
                script=_distant_vectors,
            ),
        ),
        errors=(
            ErrorSample("sizes that do not broadcast", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 3)))),
            ErrorSample("no component", RuntimeError, {"p": float("inf")}, (np.ones((5, 0)), np.ones((5, 0)))),
            ErrorSample(
                "integers",
                RuntimeError,
                {},
                (np.ones((5, 4), np.int64), np.ones((5, 4), np.int64)),
                only_ours="PyTorch makes floats of the integers, which eps does",
            ),
            ErrorSample(
                "two dtypes", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 4), np.int64)), only_ours=ONE_DTYPE
            ),
        ),
        differences=(MIXED,),
    ),
]
