"""Cases of the layers that normalise each channel over the batch."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, Tolerance, normal
from parity.sides import Side

__all__ = ["CASES"]

FOUR: dict[str, Any] = {"num_features": 4}


def _batches(side: Side, layer: Any, *inputs: npt.NDArray[Any]) -> Any:
    """What is kept after several batches, and what evaluation makes of the last."""
    for x in inputs:
        layer(side.array(x))
    kept = {name: side.numpy(buffer) for name, buffer in layer.named_buffers()}
    return kept, layer.eval()(side.array(inputs[-1]))


def _exponential_average(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    return _batches(side, side.BatchNorm1d(4, momentum=0.3), *inputs)


def _plain_average(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    return _batches(side, side.BatchNorm1d(4, momentum=None), *inputs)


def _no_update_in_evaluation(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    return _batches(side, side.BatchNorm1d(4).eval(), *inputs)


def _empty_batch(side: Side, x: npt.NDArray[Any]) -> Any:
    return _batches(side, side.BatchNorm1d(4), x)


def _reset(side: Side, x: npt.NDArray[Any]) -> Any:
    layer = side.BatchNorm1d(4)
    layer(side.array(x))
    layer.reset_running_stats()
    after_statistics = {name: side.numpy(buffer) for name, buffer in layer.named_buffers()}
    layer(side.array(x))
    side.set_data(layer.weight, np.full(4, 2.0))
    side.set_data(layer.bias, np.full(4, 3.0))
    layer.reset_parameters()
    return after_statistics, layer.state_dict()


def _one_value_in_evaluation(side: Side, x: npt.NDArray[Any]) -> Any:
    return side.BatchNorm1d(4, eps=0.0).eval()(side.array(x))


def _no_grad(side: Side, x: npt.NDArray[Any]) -> Any:
    layer = side.BatchNorm1d(4)
    with side.no_grad():
        layer(side.array(x))
    return layer.state_dict()


SHARED = (
    ErrorSample("another dtype", RuntimeError, {**FOUR, "dtype": "float32"}, (np.ones((5, 4)),)),
    ErrorSample(
        "integers", RuntimeError, {**FOUR, "affine": False, "track_running_stats": False}, (np.ones((5, 4), np.int64),)
    ),
    ErrorSample("no eps", ValueError, {**FOUR, "eps": 0.0}, (np.ones((5, 4)),)),
)

CASES = [
    Case(
        "BatchNorm1d",
        samples=(
            ModuleSample("batch", "statistics taken for constants in backward", FOUR, (normal(5, 4, mean=3.0),)),
            ModuleSample("sequence", "statistics of each place instead of each channel", FOUR, (normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "eps outside the root, ±2 / √(4 + 5) · 3 + 1; or a biased running variance, 0.9 · 1 + 0.1 · 8",
                {"num_features": 1, "eps": 5.0},
                (np.array([[0.0], [4.0]]),),
                parameters={"weight": np.array([3.0]), "bias": np.array([1.0])},
                expected={
                    "forward": [[-1.0], [3.0]],
                    "buffer.running_mean": [0.2],
                    "buffer.running_var": [1.7],
                    "buffer.num_batches_tracked": 1,
                },
            ),
            ModuleSample("eps", "eps added outside the root", {**FOUR, "eps": 0.5}, (normal(5, 4, std=0.1),)),
            ModuleSample(
                "momentum", "momentum and 1 − momentum swapped", {**FOUR, "momentum": 0.3}, (normal(5, 4, mean=3.0),)
            ),
            ModuleSample(
                "cumulative", "None taken for a momentum of 0.1", {**FOUR, "momentum": None}, (normal(5, 4, mean=3.0),)
            ),
            ModuleSample("momentum of zero", "0 taken for None", {**FOUR, "momentum": 0.0}, (normal(5, 4, mean=3.0),)),
            ModuleSample("not affine", "a weight that cannot be left out", {**FOUR, "affine": False}, (normal(5, 4),)),
            ModuleSample("no bias", "a bias that cannot be left out alone", {**FOUR, "bias": False}, (normal(5, 4),)),
            ModuleSample(
                "no running statistics",
                "running statistics in evaluation where there are none",
                {**FOUR, "track_running_stats": False},
                (normal(5, 4, mean=3.0),),
            ),
            ModuleSample(
                "neither",
                "a gradient through the statistics that needs a weight",
                {**FOUR, "affine": False, "track_running_stats": False},
                (normal(5, 4, 3),),
            ),
            ModuleSample(
                "one sequence", "a batch of one refused though it has three values a channel", FOUR, (normal(1, 4, 3),)
            ),
            ModuleSample(
                "constant channel",
                "a division by a variance of 0 without eps",
                FOUR,
                (np.array([[1.0, 2.0, 0.0, -1.0], [1.0, 3.0, 0.0, 1.0], [1.0, 5.0, 0.0, 2.0]]),),
                kink="so close to a division by zero that a difference quotient is off",
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
            ModuleSample(
                "nan",
                "a nan that spoils the other channels, or is mended",
                FOUR,
                (np.array([[1.0, 2.0, np.nan, -1.0], [1.5, 3.0, 0.0, 1.0], [2.0, 5.0, 1.0, 2.0]]),),
                kink="not a number has no difference quotient",
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**FOUR, "dtype": "float64"},
                (normal(5, 4),),
                dtypes=("float64",),
            ),
            ScriptSample(
                "several batches",
                "a running average that forgets or keeps too much",
                inputs=(normal(5, 4), normal(3, 4, mean=2.0), normal(6, 4, std=3.0)),
                script=_exponential_average,
            ),
            ScriptSample(
                "average of all batches",
                "each batch weighted alike only if the factor is 1 over their number",
                inputs=(normal(5, 4), normal(3, 4, mean=2.0), normal(6, 4, std=3.0)),
                script=_plain_average,
            ),
            ScriptSample(
                "evaluation",
                "statistics that follow in evaluation, too",
                inputs=(normal(5, 4, mean=2.0), normal(3, 4)),
                script=_no_update_in_evaluation,
            ),
            ScriptSample(
                "without gradients",
                "statistics that stand still under no_grad",
                inputs=(normal(5, 4),),
                script=_no_grad,
            ),
            ScriptSample(
                "one sample in evaluation",
                "a batch of one, or an eps of 0, refused in evaluation",
                inputs=(normal(1, 4),),
                script=_one_value_in_evaluation,
            ),
            ScriptSample("empty batch", "0 / 0 in the running statistics", inputs=(normal(0, 4),), script=_empty_batch),
            ScriptSample("reset", "statistics or parameters not begun anew", inputs=(normal(5, 4),), script=_reset),
        ),
        errors=(
            *SHARED,
            ErrorSample("one value per channel", ValueError, FOUR, (np.ones((1, 4)),)),
            ErrorSample("one value per channel of a sequence", ValueError, FOUR, (np.ones((1, 4, 1)),)),
            ErrorSample("wrong number of channels", RuntimeError, FOUR, (np.ones((5, 3)),)),
            ErrorSample("no batch axis", ValueError, FOUR, (np.ones(4),)),
            ErrorSample("images", ValueError, FOUR, (np.ones((5, 4, 3, 2)),)),
            ErrorSample(
                "wrong number of channels, and nothing to compare it with",
                RuntimeError,
                {**FOUR, "affine": False, "track_running_stats": False},
                (np.ones((5, 3)),),
                only_ours="PyTorch does not look at num_features where the layer has no array of that size",
            ),
        ),
    ),
    Case(
        "BatchNorm2d",
        samples=(
            ModuleSample("images", "statistics over the batch only", FOUR, (normal(5, 4, 3, 2, mean=3.0),)),
            ModuleSample("one image", "a batch of one refused though it has many values", FOUR, (normal(1, 4, 3, 2),)),
            ModuleSample(
                "worked by hand",
                "a running variance divided by n instead of n − 1: 0.9 · 1 + 0.1 · 16/3",
                {"num_features": 1, "eps": 5.0},
                (np.array([[[[0.0, 4.0]]], [[[0.0, 4.0]]]]),),
                parameters={"weight": np.array([3.0]), "bias": np.array([1.0])},
                expected={
                    "forward": [[[[-1.0, 3.0]]], [[[-1.0, 3.0]]]],
                    "buffer.running_mean": [0.2],
                    "buffer.running_var": [0.9 + 1.6 / 3],
                },
            ),
            ModuleSample(
                "every argument",
                "an argument that is ignored",
                {**FOUR, "eps": 0.5, "momentum": None, "bias": False},
                (normal(5, 4, 3, 2),),
            ),
            ModuleSample(
                "neither weight nor statistics",
                "a gradient through the statistics that needs a weight",
                {**FOUR, "affine": False, "track_running_stats": False},
                (normal(5, 4, 3, 2),),
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**FOUR, "dtype": "float64"},
                (normal(5, 4, 3, 2),),
                dtypes=("float64",),
            ),
        ),
        errors=(
            ErrorSample("one value per channel", ValueError, FOUR, (np.ones((1, 4, 1, 1)),)),
            ErrorSample("wrong number of channels", RuntimeError, FOUR, (np.ones((5, 3, 2, 2)),)),
            ErrorSample("no width", ValueError, FOUR, (np.ones((5, 4, 3)),)),
        ),
    ),
    Case(
        "BatchNorm3d",
        samples=(
            ModuleSample("volumes", "statistics of each plane", FOUR, (normal(3, 4, 2, 6, 5, mean=3.0),)),
            ModuleSample(
                "one volume", "a batch of one refused though it has many values", FOUR, (normal(1, 4, 2, 3, 1),)
            ),
            ModuleSample(
                "worked by hand",
                "a sum that leaves the depth out: ±2 / √(4 + 5) · 3 + 1, and 0.9 · 1 + 0.1 · 8",
                {"num_features": 1, "eps": 5.0},
                (np.array([[[[[0.0]], [[4.0]]]]]),),
                parameters={"weight": np.array([3.0]), "bias": np.array([1.0])},
                expected={
                    "forward": [[[[[-1.0]], [[3.0]]]]],
                    "buffer.running_mean": [0.2],
                    "buffer.running_var": [1.7],
                },
            ),
            ModuleSample(
                "every argument",
                "an argument that is ignored",
                {**FOUR, "eps": 0.5, "momentum": None, "bias": False},
                (normal(2, 4, 3, 2, 1),),
            ),
            ModuleSample(
                "neither weight nor statistics",
                "a gradient through the statistics that needs a weight",
                {**FOUR, "affine": False, "track_running_stats": False},
                (normal(2, 4, 3, 2, 1),),
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**FOUR, "dtype": "float64"},
                (normal(2, 4, 3, 2, 1),),
                dtypes=("float64",),
            ),
        ),
        errors=(
            ErrorSample("one value per channel", ValueError, FOUR, (np.ones((1, 4, 1, 1, 1)),)),
            ErrorSample("wrong number of channels", RuntimeError, FOUR, (np.ones((5, 3, 2, 2, 2)),)),
            ErrorSample("no depth", ValueError, FOUR, (np.ones((5, 4, 3, 2)),)),
        ),
    ),
]
