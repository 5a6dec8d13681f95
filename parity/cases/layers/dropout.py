"""Cases of the layers that leave elements or channels out at random."""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

MASK_ORDER = "PyTorch draws the mask in the order in which its input lies in memory"
NO_SLOPE = "not a number here"


def _other_layout(side: Side, x: npt.NDArray[Any]) -> Any:
    """Ours gets an activation that lies columns first, as after a convolution; PyTorch's activations lie rows first."""
    return side.Dropout(p=0.4)(side.array(np.asfortranarray(x) if side.name == "scratch" else x))


def _draws_nothing(side: Side, x: npt.NDArray[Any]) -> Any:
    """Where the generator stands after three dropouts that need no random number."""
    side.Dropout(p=0.0)(side.array(x))
    side.Dropout(p=1.0)(side.array(x))
    side.Dropout(p=0.5).eval()(side.array(x))
    return side.get_rng_state()


def _modes(name: str) -> Any:
    """The output and the generator's place at p = 0, at p = 1 and in evaluation."""

    def script(side: Side, x: npt.NDArray[Any]) -> Any:
        layers = (side.find(name)(p=0.0), side.find(name)(p=1.0), side.find(name)(p=0.5).eval())
        return [(layer(side.array(x)), side.get_rng_state()) for layer in layers]

    return script


def _image_without_batch(side: Side, x: npt.NDArray[Any]) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        output = side.Dropout2d(p=0.4)(side.array(x))
    return output, [warning.category.__name__ for warning in caught]


def _without_channels(side: Side, x: npt.NDArray[Any]) -> Any:
    layers = (side.FeatureAlphaDropout().eval(), side.FeatureAlphaDropout(0.0), side.FeatureAlphaDropout(1.0))
    return [layer(side.array(x)) for layer in layers]


def _channels(name: str, *places: int) -> tuple[Any, ...]:
    """Samples of a dropout of channels. `places`: the sizes of the axes after the channels."""
    return (
        ModuleSample("default", "a mask for each element, or one for each sample", inputs=(normal(5, 4, *places),)),
        ModuleSample("mostly", "a mask drawn anew in backward", {"p": 0.8}, (normal(3, 7, *places),)),
        ModuleSample("empty batch", "a mask of nothing that draws", inputs=(normal(0, 4, *places),)),
        ScriptSample(
            "generator",
            "numbers drawn at p = 0, at p = 1 or in evaluation",
            inputs=(normal(5, 4, *places),),
            script=_modes(name),
        ),
    )


def _two_calls(side: Side, x: npt.NDArray[Any]) -> Any:
    dropout = side.Dropout()
    return dropout(side.array(x)), dropout(side.array(x))


P_ERRORS = (
    ErrorSample("p above one", ValueError, {"p": 1.5}),
    ErrorSample("p below zero", ValueError, {"p": -0.1}),
)
DEPRECATED = "PyTorch warns that it will be an error"

CASES = [
    Case(
        "Dropout",
        samples=(
            ModuleSample(
                "default",
                "what is left not divided by 1 − p, or left as it is",
                inputs=(normal(5, 4),),
                layout=MASK_ORDER,
            ),
            ModuleSample(
                "rarely",
                "p taken for the probability to keep an element",
                {"p": 0.1},
                (normal(7, 5, 4),),
                layout=MASK_ORDER,
            ),
            ModuleSample("mostly", "a mask drawn anew in backward", {"p": 0.9}, (normal(7, 5, 4),), layout=MASK_ORDER),
            ModuleSample("never", "a division where nothing is dropped", {"p": 0.0}, (normal(5, 4),)),
            ModuleSample(
                "always", "0 / 0 at p = 1", {"p": 1.0}, (normal(2, 3),), expected={"forward": [[0.0] * 3] * 2}
            ),
            ModuleSample("empty batch", "a mask of nothing that draws", inputs=(normal(0, 4),)),
            ModuleSample("one number", "a mask for the batch instead of one for each element", inputs=(normal(1),)),
            ModuleSample(
                "infinity dropped",
                "dropped elements replaced by 0 where inf · 0 and nan · 0 are nan",
                {"p": 1.0},
                (np.array([np.inf, -np.inf, np.nan, 1.0]),),
                expected={"forward": [np.nan, np.nan, np.nan, 0.0]},
                kink=NO_SLOPE,
            ),
            ScriptSample(
                "view in another layout",
                "a mask drawn in the order of memory, which after a convolution is not PyTorch's",
                inputs=(normal(5, 4, 3),),
                script=_other_layout,
            ),
            ScriptSample(
                "generator",
                "numbers drawn at p = 0, at p = 1 or in evaluation",
                inputs=(normal(5, 4),),
                script=_draws_nothing,
            ),
            ScriptSample("two calls", "the same mask for every call", inputs=(normal(5, 4),), script=_two_calls),
        ),
        errors=(
            *P_ERRORS,
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4), dtype=np.int64),)),
        ),
    ),
    Case(
        "Dropout1d",
        samples=(
            *_channels("Dropout1d", 3),
            ModuleSample("one sequence", "a batch axis taken for granted", {"p": 0.4}, (normal(7, 3),)),
            ModuleSample(
                "infinity dropped",
                "dropped channels replaced by 0 where inf · 0 and nan · 0 are nan",
                {"p": 1.0},
                (np.array([[np.inf, 1.0], [np.nan, 0.0]]),),
                expected={"forward": [[np.nan, 0.0], [np.nan, 0.0]]},
                kink=NO_SLOPE,
            ),
        ),
        errors=(
            *P_ERRORS,
            ErrorSample("no channels", RuntimeError, {}, (np.ones(4),)),
            ErrorSample("images", RuntimeError, {}, (np.ones((5, 4, 3, 2)),)),
            ErrorSample("images at p = 0", RuntimeError, {"p": 0.0}, (np.ones((5, 4, 3, 2)),)),
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4, 3), dtype=np.int64),)),
        ),
    ),
    Case(
        "Dropout2d",
        samples=(
            *_channels("Dropout2d", 3, 2),
            ScriptSample(
                "image without a batch axis",
                "an image's channels left out, where PyTorch sees (N, C, L) and warns",
                inputs=(normal(5, 4, 3),),
                script=_image_without_batch,
            ),
        ),
        errors=(
            *P_ERRORS,
            ErrorSample("features", RuntimeError, {}, (np.ones((5, 4)),), only_ours=DEPRECATED),
            ErrorSample("volumes", RuntimeError, {}, (np.ones((5, 4, 3, 2, 2)),), only_ours=DEPRECATED),
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4, 3, 2), dtype=np.int64),)),
        ),
    ),
    Case(
        "Dropout3d",
        samples=(
            *_channels("Dropout3d", 2, 1, 3),
            ModuleSample("one volume", "a batch axis taken for granted", {"p": 0.4}, (normal(5, 4, 3, 2),)),
        ),
        errors=(
            *P_ERRORS,
            ErrorSample("sequences", RuntimeError, {}, (np.ones((5, 4, 3)),), only_ours=DEPRECATED),
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4, 3, 2, 2), dtype=np.int64),)),
        ),
    ),
    Case(
        "AlphaDropout",
        samples=(
            ModuleSample("default", "zeros in place of SELU's limit", inputs=(normal(5, 4),), layout=MASK_ORDER),
            ModuleSample(
                "rarely", "p taken for the probability to keep", {"p": 0.1}, (normal(7, 5),), layout=MASK_ORDER
            ),
            ModuleSample("mostly", "a mask drawn anew in backward", {"p": 0.9}, (normal(7, 5),), layout=MASK_ORDER),
            ModuleSample(
                "always",
                "a division by 1 − p = 0, or SELU's limit where PyTorch gives zero",
                {"p": 1.0},
                (normal(2, 3),),
                expected={"forward": [[0.0] * 3] * 2},
            ),
            ModuleSample("one number", "an axis taken for granted", inputs=(normal(1),)),
            ModuleSample(
                "infinity",
                "SELU's limit where inf · 0 and nan · 0 are nan",
                inputs=(np.array([np.inf, -np.inf, np.nan, np.inf, -np.inf, np.nan]),),
                kink=NO_SLOPE,
            ),
            ScriptSample(
                "generator",
                "numbers drawn at p = 0, at p = 1 or in evaluation",
                inputs=(normal(5, 4),),
                script=_modes("AlphaDropout"),
            ),
        ),
        errors=(*P_ERRORS, ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4), dtype=np.int64),))),
    ),
    Case(
        "FeatureAlphaDropout",
        samples=(
            *_channels("FeatureAlphaDropout", 3),
            ModuleSample("features", "a place axis taken for granted", {"p": 0.4}, (normal(5, 4),)),
            ScriptSample(
                "no channels, and no mask",
                "an axis refused where nothing is drawn",
                inputs=(normal(4),),
                script=_without_channels,
            ),
        ),
        errors=(
            *P_ERRORS,
            ErrorSample("no channels", RuntimeError, {}, (np.ones(4),)),
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4), dtype=np.int64),)),
        ),
    ),
]
