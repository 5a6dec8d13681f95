"""Cases of the softmax over very many classes."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

TARGETS = np.array([8, 0, 5, 2, 3, 7])  # one or two in each of the clusters below
SIZES = {"in_features": 4, "n_classes": 9, "cutoffs": [3, 5], "div_value": 2.0}
TWO_STEPS = {"in_features": 2, "n_classes": 5, "cutoffs": [1], "div_value": 1.0}
ZEROS = {"head.weight": np.zeros((2, 2)), "tail.0.0.weight": np.zeros((2, 2)), "tail.0.1.weight": np.zeros((4, 2))}


def _from_one(side: Side, x: Any, upstream: Any = None) -> Any:
    """Backward from the output alone or, as in training, from the loss; predictions are looked at before."""
    module = side.AdaptiveLogSoftmaxWithLoss(**SIZES, head_bias=True)
    inputs = side.inputs([x, TARGETS], [True, False])
    output = module(*inputs)
    module.log_prob(side.array(x))
    module.predict(side.array(x))
    given = [] if upstream is None else [side.array(upstream)]
    if side.name == "scratch":
        grad = module.backward(*given)
    else:
        (output.output if given else output.loss).backward(*given)
        grad = inputs[0].grad
    return [grad, [side.grad(parameter) for parameter in module.parameters()]]


def _every_class(side: Side, x: Any) -> Any:
    """Log-probabilities, whether they sum to one, the predictions of all the rows, of none and of rare ones only."""
    module = side.AdaptiveLogSoftmaxWithLoss(**SIZES, head_bias=True)
    side.set_data(module.head.bias, np.array([0.0, 0.0, 0.0, 2.0, 1.0], x.dtype))
    log_probs = side.numpy(module.log_prob(side.array(x)))
    best = log_probs.argmax(axis=1)
    groups = (x, x[:0], x[best >= 3], x[best < 3])
    return {
        "log_prob": log_probs,
        "one": np.allclose(np.exp(log_probs).sum(axis=1), 1),
        "predict": [module.predict(side.array(rows)) for rows in groups],
    }


def _drawn_anew(side: Side) -> Any:
    module = side.AdaptiveLogSoftmaxWithLoss(**SIZES, head_bias=True)
    module.reset_parameters()
    return dict(module.state_dict())


def _called(side: Side, method: str, *inputs: Any) -> None:
    module = side.AdaptiveLogSoftmaxWithLoss(**SIZES)
    getattr(module, method)(*[side.array(value) for value in inputs])


def _cutoffs(name: str, cutoffs: list[Any]) -> ErrorSample:
    return ErrorSample(name, ValueError, {**SIZES, "cutoffs": cutoffs})


def _shapes(name: str, *inputs: Any) -> ErrorSample:
    return ErrorSample(name, RuntimeError, SIZES, inputs)


CASES = [
    Case(
        "AdaptiveLogSoftmaxWithLoss",
        samples=(
            ModuleSample(
                "two clusters",
                "a rare class whose cluster does not count; places counted from 0 instead of from the cutoff",
                SIZES,
                (normal(6, 4), TARGETS),
            ),
            ModuleSample(
                "worked by hand",
                "1/4 for one of four classes behind one of two equal choices; it is 1/8",
                TWO_STEPS,
                (np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([0, 4])),
                parameters=ZEROS,
                expected={"forward.0": [-math.log(2.0), -math.log(8.0)], "forward.1": 2 * math.log(2.0)},
            ),
            ModuleSample(
                "bias, three clusters",
                "a head without its bias; sizes of the tails that do not shrink; draws in another order",
                {"in_features": 5, "n_classes": 8, "cutoffs": (1, 2, 5), "div_value": 1.5, "head_bias": True},
                (normal(6, 5), np.array([7, 0, 1, 1, 6, 4])),
            ),
            ModuleSample(
                "an unused cluster",
                "a gradient of 0 for a tail that no target lies in, which has none",
                SIZES,
                (normal(3, 4), np.array([1, 6, 2], np.int32)),
            ),
            ModuleSample(
                "frequent classes only, default width",
                "in_features for the width of a tail, which is a quarter of it",
                {"in_features": 4, "n_classes": 5, "cutoffs": [3]},
                (normal(3, 4), np.array([0, 2, 1])),
            ),
            ModuleSample(
                "huge scores",
                "exp(1000) in the head or in a tail, because the maximum was not taken away",
                TWO_STEPS,
                (np.array([[1000.0, -1000.0], [-1000.0, 1000.0]]), np.array([0, 3])),
                parameters={**ZEROS, "head.weight": np.eye(2)},
                expected={"forward.0": [0.0, -math.log(4.0)]},
            ),
            ModuleSample(
                "a type of its own",
                "parameters of the default type in spite of the argument",
                {**SIZES, "dtype": "float64"},
                (normal(6, 4), TARGETS),
                dtypes=("float64",),
            ),
            ModuleSample(
                "one row",
                "an axis of size one squeezed away",
                SIZES,
                (normal(1, 4), np.array([4])),
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing",
                SIZES,
                (normal(0, 4), np.zeros(0, np.int64)),
                expected={"forward.1": np.nan},
            ),
            ModuleSample(
                "no batch",
                "an output of one row instead of a number, or a batch axis left in the gradient",
                SIZES,
                (normal(4), np.array(7)),
                layout="one axis lies in memory in one way only",
            ),
            ScriptSample(
                "from the loss",
                "a prediction that takes away what the backward needs",
                inputs=(normal(6, 4),),
                script=_from_one,
            ),
            ScriptSample(
                "from the output",
                "a gradient of the loss that nobody asked for",
                inputs=(normal(6, 4), normal(6)),
                script=_from_one,
            ),
            ScriptSample(
                "every class",
                "clusters in the wrong columns; a prediction that stops at the cluster",
                inputs=(normal(12, 4, std=2.0),),
                script=_every_class,
            ),
            ScriptSample("drawn anew", "parameters drawn in another order", script=_drawn_anew),
        ),
        errors=(
            _cutoffs("no cutoffs", []),
            _cutoffs("a cutoff of 0", [0, 3]),
            _cutoffs("a cutoff twice", [3, 3]),
            _cutoffs("cutoffs that fall", [5, 3]),
            _cutoffs("a cutoff above the classes", [3, 9]),
            _cutoffs("a broken cutoff", [2.5]),
            _shapes("target above the classes", np.ones((2, 4)), np.array([0, 9])),
            _shapes("negative target", np.ones((2, 4)), np.array([0, -1])),
            _shapes("another width", np.ones((2, 5)), np.array([0, 8])),
            _shapes("another batch", np.ones((2, 4)), np.array([0, 8, 1])),
            _shapes("one target for a batch", np.ones((2, 4)), np.array(1)),
            _shapes("a batch of targets for one row", np.ones(4), np.array([1, 2, 3, 4])),
            _shapes("targets in a column", np.ones((2, 1, 4)), np.array([[1], [2]])),
            _shapes("three axes", np.ones((2, 3, 4)), np.array([1, 2])),
            _shapes("targets as floats", np.ones((2, 4)), np.array([0.0, 8.0])),
            ErrorSample("log_prob of one row", IndexError, script=lambda side: _called(side, "log_prob", np.ones(4))),
            ErrorSample("predict of one row", IndexError, script=lambda side: _called(side, "predict", np.ones(4))),
            ErrorSample(
                "log_prob of another width",
                RuntimeError,
                script=lambda side: _called(side, "log_prob", np.ones((2, 5))),
            ),
        ),
        differences=(
            Difference("log_prob has no backward", "PyTorch records it in its graph; train on the output or the loss"),
        ),
    ),
]
