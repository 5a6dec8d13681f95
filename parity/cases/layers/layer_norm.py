"""Cases of the layers that normalise each sample by itself."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, Tolerance, normal
from parity.sides import Side

__all__ = ["CASES"]

FOUR: dict[str, Any] = {"normalized_shape": 4}
GROUPS: dict[str, Any] = {"num_groups": 2, "num_channels": 4}
PLANE: dict[str, Any] = {"normalized_shape": (4, 3)}
ONE_ROW_NAN = np.array([[1.0, 2.0, np.nan, -1.0], [1.5, 3.0, 0.0, 1.0]])
NO_SLOPE = "not a number has no difference quotient"
OVERFLOW = Difference(
    "a sample whose squares overflow becomes 0",
    "PyTorch gives 0 or nan, as the number of elements is a multiple of its vectors or not",
)


def _reset(name: str, *args: int) -> Any:
    """The state after parameters of 3 were reset."""

    def script(side: Side) -> Any:
        layer = side.find(name)(*args)
        for parameter in layer.parameters():
            side.set_data(parameter, np.full(4, 3.0))
        layer.reset_parameters()
        return layer.state_dict()

    return script


def _frozen_input(name: str) -> Any:
    """The gradients of the parameters alone."""

    def script(side: Side, x: npt.NDArray[Any], upstream: npt.NDArray[Any]) -> Any:
        layer = side.find(name)(4)
        output = layer(side.array(x))
        if side.name == "scratch":
            layer.needs_input_grad = False
            layer.backward(upstream)
        else:
            output.backward(side.array(upstream))
        return [side.grad(parameter) for parameter in layer.parameters()]

    return script


ERRORS = (
    ErrorSample("wrong size", RuntimeError, FOUR, (np.ones((5, 3)),)),
    ErrorSample("axes swapped", RuntimeError, PLANE, (np.ones((5, 3, 4)),)),
    ErrorSample("no size", RuntimeError, {"normalized_shape": ()}, (np.ones((5, 4)),)),
    ErrorSample("negative size", RuntimeError, {"normalized_shape": -1}),
    ErrorSample("integers", RuntimeError, {**FOUR, "elementwise_affine": False}, (np.ones((5, 4), dtype=np.int64),)),
)

CASES = [
    Case(
        "LayerNorm",
        samples=(
            ModuleSample(
                "batch",
                "statistics over the batch, or taken for constants in backward",
                FOUR,
                (normal(5, 4, mean=3.0),),
            ),
            ModuleSample("two axes", "statistics of the last axis only", PLANE, (normal(5, 4, 3, mean=3.0),)),
            ModuleSample("sequence", "gradients summed over the first axis only", FOUR, (normal(2, 5, 4),)),
            ModuleSample("one sample", "a batch axis taken for granted", FOUR, (normal(4),)),
            ModuleSample(
                "long rows",
                "another result where long rows go another way",
                {"normalized_shape": 520},
                (normal(3, 520),),
            ),
            ModuleSample(
                "worked by hand",
                "an unbiased variance, 8, or eps outside the root: ±2 / √(4 + 5) · 3 + 1",
                {"normalized_shape": 2, "eps": 5.0},
                (np.array([[0.0, 4.0], [3.0, 3.0]]),),
                parameters={"weight": np.array([3.0, 3.0]), "bias": np.array([1.0, 1.0])},
                expected={"forward": [[-1.0, 3.0], [1.0, 1.0]]},
            ),
            ModuleSample(
                "not affine",
                "a gradient that needs a weight, or an output that backward overwrites",
                {**FOUR, "elementwise_affine": False},
                (normal(5, 4),),
            ),
            ModuleSample("no bias", "a bias that cannot be left out alone", {**FOUR, "bias": False}, (normal(5, 4),)),
            ModuleSample(
                "constant sample",
                "a division by a variance of 0 without eps",
                FOUR,
                (np.array([[2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 0.0, 0.0], [1.0, 3.0, 0.0, 1.0]]),),
                kink="so close to a division by zero that a difference quotient is off",
            ),
            ModuleSample(
                "one element",
                "a variance divided by n − 1, which is 0",
                {"normalized_shape": 1, "eps": 1.0},
                (normal(5, 1),),
            ),
            ModuleSample(
                "far from zero",
                "a variance as E[x²] − E[x]², which cancels",
                FOUR,
                (normal(5, 4, mean=1e4),),
                # PyTorch multiplies before it subtracts the mean, so its rounding is relative to the mean.
                tolerance={"float64": Tolerance(rtol=1e-9, atol=1e-10)},
                kink="the step of a difference quotient grows with the input, here to 0.1",
                dtypes=("float64",),
            ),
            ModuleSample("nan", "a nan that spoils the other samples", FOUR, (ONE_ROW_NAN,), kink=NO_SLOPE),
            ModuleSample("empty batch", "a gradient of the weight without its shape", FOUR, (normal(0, 4),)),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**FOUR, "dtype": "float64"},
                (normal(5, 4),),
                dtypes=("float64",),
            ),
            ScriptSample("reset", "parameters not begun anew", script=_reset("LayerNorm", 4)),
            ScriptSample("no elements", "a size of 0 refused", script=lambda side: side.LayerNorm(0).state_dict()),
            ScriptSample(
                "parameters alone",
                "parameters that learn nothing where the input needs no gradient",
                inputs=(normal(5, 4), normal(5, 4)),
                script=_frozen_input("LayerNorm"),
                dtypes=("float32",),
            ),
        ),
        errors=(
            *ERRORS,
            ErrorSample("too few axes", RuntimeError, PLANE, (np.ones(3),)),
            ErrorSample("another dtype", RuntimeError, {**FOUR, "dtype": "float32"}, (np.ones((5, 4)),)),
        ),
        differences=(OVERFLOW,),
    ),
    Case(
        "RMSNorm",
        samples=(
            ModuleSample("batch", "a mean that is subtracted", FOUR, (normal(5, 4, mean=3.0),)),
            ModuleSample("two axes", "mean squares of the last axis only", PLANE, (normal(2, 4, 3),)),
            ModuleSample("one sample", "a batch axis taken for granted", FOUR, (normal(4),)),
            ModuleSample(
                "one element",
                "a mean square divided by 2, or an axis squeezed away",
                {"normalized_shape": 1, "eps": 1.0},
                (normal(5, 1),),
            ),
            ModuleSample(
                "worked by hand",
                "eps outside the root, or a sum instead of a mean of squares: 1 / √(25 + 24) · 7",
                {"normalized_shape": 2, "eps": 24.0},
                (np.array([[1.0, 7.0]]),),
                parameters={"weight": np.array([7.0, 14.0])},
                expected={"forward": [[1.0, 14.0]]},
            ),
            ModuleSample(
                "tiny",
                "an eps of another dtype than the input's, or 1e-5",
                FOUR,
                (normal(5, 4, std=1e-7),),
                kink="so close to a division by zero that a difference quotient is off",
            ),
            ModuleSample("zeros", "a division by a mean square of 0", FOUR, (np.zeros((2, 4)),), kink="as for tiny"),
            ModuleSample(
                "not affine",
                "a gradient that needs a weight",
                {**FOUR, "elementwise_affine": False},
                (normal(5, 4),),
            ),
            ModuleSample(
                "infinity and nan",
                "a nan that spoils the other samples, or 0 for ∞ / ∞",
                FOUR,
                (np.array([[1.0, np.inf, 0.0, -1.0], *ONE_ROW_NAN]),),
                kink=NO_SLOPE,
            ),
            ModuleSample("empty batch", "a gradient of the weight without its shape", FOUR, (normal(0, 4),)),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**FOUR, "dtype": "float64"},
                (normal(5, 4),),
                dtypes=("float64",),
            ),
            ScriptSample("reset", "a weight not begun anew", script=_reset("RMSNorm", 4)),
            ScriptSample(
                "weight alone",
                "a weight that learns nothing where the input needs no gradient",
                inputs=(normal(5, 4), normal(5, 4)),
                script=_frozen_input("RMSNorm"),
                dtypes=("float32",),
            ),
        ),
        errors=(
            *ERRORS,
            ErrorSample("too few axes", ValueError, PLANE, (np.ones(3),)),
            ErrorSample(
                "another dtype",
                RuntimeError,
                {**FOUR, "dtype": "float32"},
                (np.ones((5, 4)),),
                only_ours="PyTorch warns that it becomes slow, and goes on in the wider dtype",
            ),
        ),
    ),
    Case(
        "GroupNorm",
        samples=(
            ModuleSample(
                "images",
                "statistics of each channel, of all channels, or over the batch",
                GROUPS,
                (normal(3, 4, 5, 2),),
            ),
            ModuleSample("features", "a place axis taken for granted", GROUPS, (normal(5, 4, std=3.0),)),
            ModuleSample(
                "worked by hand",
                "channels dealt out in turn instead of in blocks: ±2 / √(4 + 5) · 3 + 1",
                {**GROUPS, "eps": 5.0},
                (np.array([[0.0, 4.0, 7.0, 7.0]]),),
                parameters={"weight": np.array([3.0, 3.0, 3.0, 3.0]), "bias": np.array([1.0, 1.0, 1.0, 1.0])},
                expected={"forward": [[-1.0, 3.0, 1.0, 1.0]]},
            ),
            ModuleSample(
                "one group",
                "statistics that need two groups, or two samples",
                {"num_groups": 1, "num_channels": 3},
                (normal(1, 3, 4),),
            ),
            ModuleSample(
                "groups of one element",
                "a variance divided by n − 1, which is 0",
                {"num_groups": 4, "num_channels": 4, "eps": 1.0},
                (normal(5, 4),),
            ),
            ModuleSample(
                "not affine", "a gradient that needs a weight", {**GROUPS, "affine": False}, (normal(5, 4, 3),)
            ),
            ModuleSample(
                "no bias", "a bias that cannot be left out alone", {**GROUPS, "bias": False}, (normal(5, 4, 3),)
            ),
            ModuleSample(
                "constant group",
                "a division by a variance of 0 without eps",
                GROUPS,
                (np.array([[2.0, 2.0, 0.0, 1.0], [1.0, 3.0, 0.0, 0.0]]),),
                kink="so close to a division by zero that a difference quotient is off",
            ),
            ModuleSample("no channels", "a size of 0 refused", {**GROUPS, "num_channels": 0}, (normal(5, 0, 3),)),
            ModuleSample("nan", "a nan that spoils the other groups", GROUPS, (ONE_ROW_NAN,), kink=NO_SLOPE),
            ModuleSample("empty batch", "a gradient of the weight without its shape", GROUPS, (normal(0, 4, 3),)),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**GROUPS, "dtype": "float64"},
                (normal(5, 4, 3),),
                dtypes=("float64",),
            ),
            ScriptSample("reset", "parameters not begun anew", script=_reset("GroupNorm", 2, 4)),
        ),
        errors=(
            ErrorSample("unequal groups", ValueError, {"num_groups": 3, "num_channels": 4}),
            ErrorSample("no groups", ZeroDivisionError, {"num_groups": 0, "num_channels": 4}),
            ErrorSample("negative groups", RuntimeError, {"num_groups": -2, "num_channels": 4}, (np.ones((5, 4)),)),
            ErrorSample("negative channels", RuntimeError, {"num_groups": 2, "num_channels": -4}),
            ErrorSample("one axis", RuntimeError, GROUPS, (np.ones(4),)),
            ErrorSample("wrong channels", RuntimeError, GROUPS, (np.ones((5, 6, 3)),)),
            ErrorSample("one value", ValueError, {"num_groups": 4, "num_channels": 4}, (np.ones((1, 4, 1)),)),
            ErrorSample("another dtype", RuntimeError, {**GROUPS, "dtype": "float32"}, (np.ones((5, 4)),)),
            ErrorSample("integers", RuntimeError, {**GROUPS, "affine": False}, (np.ones((5, 4), dtype=np.int64),)),
            ErrorSample(
                "wrong channels, and nothing to compare them with",
                RuntimeError,
                {**GROUPS, "affine": False},
                (np.ones((5, 6, 3)),),
                only_ours="PyTorch does not look at num_channels where the layer has no array of that size",
            ),
        ),
        differences=(OVERFLOW,),
    ),
]
