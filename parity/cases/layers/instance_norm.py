"""Cases of the layers that normalise each channel of each sample."""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, Tolerance, normal
from parity.sides import Side

__all__ = ["CASES"]

FOUR: dict[str, Any] = {"num_features": 4}
AFFINE: dict[str, Any] = {**FOUR, "affine": True}
TRACKED: dict[str, Any] = {**FOUR, "track_running_stats": True}
BY_HAND = {"weight": np.array([3.0]), "bias": np.array([1.0])}
DIFFERENCES = (
    Difference(
        "an empty batch leaves the running statistics as they are, and is allowed with affine=True",
        "PyTorch turns the statistics into nan, and with affine=True raises IndexError from inside",
    ),
)


def _batches(side: Side, layer: Any, *inputs: npt.NDArray[Any]) -> Any:
    """What is kept after several batches, and what evaluation makes of the last."""
    for x in inputs:
        layer(side.array(x))
    kept = {name: side.numpy(buffer) for name, buffer in layer.named_buffers()}
    return kept, layer.eval()(side.array(inputs[-1]))


def _running_average(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    return _batches(side, side.InstanceNorm1d(4, momentum=0.3, track_running_stats=True), *inputs)


def _empty_batch(side: Side, x: npt.NDArray[Any]) -> Any:
    """What is kept after a batch of nothing; PyTorch, whose statistics it would turn into nan, sees none at all."""
    layer = side.InstanceNorm1d(4, track_running_stats=True)
    if side.name == "scratch":
        layer(side.array(x))
    return layer.state_dict()


def _one_place_in_evaluation(side: Side, x: npt.NDArray[Any]) -> Any:
    return side.InstanceNorm1d(4, track_running_stats=True).eval()(side.array(x))


def _reset(side: Side, x: npt.NDArray[Any]) -> Any:
    layer = side.InstanceNorm1d(4, affine=True, track_running_stats=True)
    layer(side.array(x))
    layer.reset_running_stats()
    after_statistics = {name: side.numpy(buffer) for name, buffer in layer.named_buffers()}
    layer(side.array(x))
    side.set_data(layer.weight, np.full(4, 2.0))
    side.set_data(layer.bias, np.full(4, 3.0))
    layer.reset_parameters()
    return after_statistics, layer.state_dict()


def _wrong_channels_tracked(side: Side) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of it, too
        return side.InstanceNorm1d(4, track_running_stats=True)(side.array(np.ones((5, 3, 2), np.float32)))


def _errors(*places: int) -> tuple[ErrorSample, ...]:
    """`places`: the sizes of the axes after the channels."""
    return (
        ErrorSample("wrong channels", ValueError, AFFINE, (np.ones((5, 3, *places)),)),
        ErrorSample(
            "wrong channels, and nothing to compare them with",
            RuntimeError,
            FOUR,
            (np.ones((5, 3, *places)),),
            only_ours="PyTorch warns, and normalises whatever channels there are",
        ),
        ErrorSample("no channels", ValueError, FOUR, (np.ones(places),)),
        ErrorSample("too many axes", ValueError, FOUR, (np.ones((2, 5, 4, *places)),)),
        ErrorSample("one place", ValueError, FOUR, (np.ones((5, 4, *(1 for _ in places))),)),
    )


CASES = [
    Case(
        "InstanceNorm1d",
        samples=(
            ModuleSample(
                "batch", "statistics over the batch, or over the channels", AFFINE, (normal(5, 4, 3, mean=3.0),)
            ),
            ModuleSample("one sequence", "a batch axis taken for granted", AFFINE, (normal(4, 3),)),
            ModuleSample("default", "a weight that is there unasked", FOUR, (normal(2, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "an unbiased variance in the output, or a biased one followed: 0.9 · 1 + 0.1 · (8 + 2) / 2",
                {"num_features": 1, "eps": 5.0, "affine": True, "track_running_stats": True},
                (np.array([[[0.0, 4.0]], [[3.0, 5.0]]]),),
                parameters=BY_HAND,
                expected={
                    "forward": [[[-1.0, 3.0]], [[1 - 3 / 6**0.5, 1 + 3 / 6**0.5]]],
                    "buffer.running_mean": [0.3],
                    "buffer.running_var": [1.4],
                    "buffer.num_batches_tracked": 0,
                },
            ),
            ModuleSample(
                "running statistics",
                "own statistics in evaluation, too, or momentum and 1 − momentum swapped",
                {**TRACKED, "affine": True, "momentum": 0.3},
                (normal(5, 4, 3, mean=3.0),),
            ),
            ModuleSample(
                "one sequence with running statistics",
                "running statistics that need a batch axis",
                TRACKED,
                (normal(4, 3, mean=3.0),),
            ),
            ModuleSample(
                "no momentum",
                "plain averages, which None means in BatchNorm1d alone",
                {**TRACKED, "momentum": None},
                (normal(5, 4, 3, mean=3.0),),
            ),
            ModuleSample(
                "no bias", "a bias that cannot be left out alone", {**AFFINE, "bias": False}, (normal(2, 4, 3),)
            ),
            ModuleSample(
                "constant channel",
                "a division by a variance of 0 without eps",
                AFFINE,
                (np.array([[[2.0, 2.0], [0.0, 0.0], [1.0, 3.0], [0.0, 1.0]]]),),
                kink="so close to a division by zero that a difference quotient is off",
            ),
            ModuleSample(
                "far from zero",
                "a variance as E[x²] − E[x]², which cancels",
                FOUR,
                (normal(2, 4, 3, mean=1e4),),
                # PyTorch multiplies before it subtracts the mean, so its rounding is relative to the mean.
                tolerance={"float64": Tolerance(rtol=1e-9, atol=1e-10)},
                kink="the step of a difference quotient grows with the input, here to 0.1",
                dtypes=("float64",),
            ),
            ModuleSample(
                "nan",
                "a nan that spoils the other channels",
                AFFINE,
                (np.array([[[2.0, np.nan], [0.0, 1.0], [1.0, 3.0], [-1.0, 2.0]]]),),
                kink="not a number has no difference quotient",
            ),
            ModuleSample("empty batch", "a mean of nothing", FOUR, (normal(0, 4, 3),)),
            ModuleSample("no places", "a row of nothing that cannot be counted", FOUR, (normal(2, 4, 0),)),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**AFFINE, "dtype": "float64"},
                (normal(2, 4, 3),),
                dtypes=("float64",),
            ),
            ScriptSample(
                "several batches",
                "a running average that forgets or keeps too much",
                inputs=(normal(5, 4, 3), normal(2, 4, 5, mean=2.0), normal(3, 4, 2, std=3.0)),
                script=_running_average,
            ),
            ScriptSample(
                "one place in evaluation",
                "a single place refused where the running statistics are used",
                inputs=(normal(5, 4, 1),),
                script=_one_place_in_evaluation,
            ),
            ScriptSample(
                "statistics of an empty batch",
                "0 / 0 in the running statistics",
                inputs=(normal(0, 4, 3),),
                script=_empty_batch,
            ),
            ScriptSample("reset", "statistics or parameters not begun anew", inputs=(normal(5, 4, 3),), script=_reset),
        ),
        errors=(
            *_errors(3),
            ErrorSample("wrong channels without a weight", RuntimeError, script=_wrong_channels_tracked),
            ErrorSample("another dtype", RuntimeError, {**AFFINE, "dtype": "float32"}, (np.ones((5, 4, 3)),)),
            ErrorSample("integers", RuntimeError, FOUR, (np.ones((5, 4, 3), dtype=np.int64),)),
            ErrorSample(
                "statistics of another dtype",
                RuntimeError,
                {**TRACKED, "dtype": "float32"},
                (np.ones((5, 4, 3)),),
                only_ours="PyTorch rounds its statistics to the layer's dtype",
            ),
        ),
        differences=DIFFERENCES,
    ),
    Case(
        "InstanceNorm2d",
        samples=(
            ModuleSample(
                "images", "statistics over one side only, or over the batch", AFFINE, (normal(5, 4, 3, 2, mean=3.0),)
            ),
            ModuleSample("one image", "a batch axis taken for granted", AFFINE, (normal(4, 3, 2),)),
            ModuleSample(
                "worked by hand",
                "a running variance divided by n instead of n − 1: 0.9 · 1 + 0.1 · 8",
                {"num_features": 1, "eps": 5.0, "affine": True, "track_running_stats": True},
                (np.array([[[[0.0], [4.0]]]]),),
                parameters=BY_HAND,
                expected={"forward": [[[[-1.0], [3.0]]]], "buffer.running_mean": [0.2], "buffer.running_var": [1.7]},
            ),
            ModuleSample(
                "every argument",
                "an argument that is ignored",
                {**AFFINE, "eps": 0.5, "momentum": 0.3, "track_running_stats": True, "bias": False},
                (normal(2, 4, 3, 2, mean=3.0),),
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**AFFINE, "dtype": "float64"},
                (normal(2, 4, 3, 2),),
                dtypes=("float64",),
            ),
        ),
        errors=_errors(3, 2),
        differences=DIFFERENCES,
    ),
    Case(
        "InstanceNorm3d",
        samples=(
            ModuleSample(
                "volumes",
                "statistics over one side only, or over the batch",
                AFFINE,
                (normal(3, 4, 2, 6, 5, mean=3.0),),
            ),
            ModuleSample("one volume", "a batch axis taken for granted", AFFINE, (normal(4, 3, 1, 2),)),
            ModuleSample(
                "worked by hand",
                "a running variance divided by n instead of n − 1: 0.9 · 1 + 0.1 · 8",
                {"num_features": 1, "eps": 5.0, "affine": True, "track_running_stats": True},
                (np.array([[[[[0.0]], [[4.0]]]]]),),
                parameters=BY_HAND,
                expected={
                    "forward": [[[[[-1.0]], [[3.0]]]]],
                    "buffer.running_mean": [0.2],
                    "buffer.running_var": [1.7],
                },
            ),
            ModuleSample(
                "every argument",
                "an argument that is ignored",
                {**AFFINE, "eps": 0.5, "momentum": 0.3, "track_running_stats": True, "bias": False},
                (normal(2, 4, 3, 1, 2, mean=3.0),),
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**AFFINE, "dtype": "float64"},
                (normal(2, 4, 3, 1, 2),),
                dtypes=("float64",),
            ),
        ),
        errors=_errors(2, 6, 5),
        differences=DIFFERENCES,
    ),
]
