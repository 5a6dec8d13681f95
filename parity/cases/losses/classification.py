"""Cases of the losses of a class that is to be predicted, one of several."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, integers, normal, uniform

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
NO_SLOPE = "infinities have no difference quotient"
NOT_COUNTED = "what is nan has no difference quotient"
ONE_AXIS = "one axis lies in memory in one way only"
PYTORCH_CANNOT = "PyTorch's backward takes no images here that lie otherwise than rows first"
CLASS_WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0])
SOME_IGNORED = np.array([0, -100, 3, 2, -100])
FIVE_LABELS = integers(5, high=4)
TWO_ROWS = np.array([[0.0, 0.0], [0.0, math.log(3.0)]])  # logits of the probabilities 1/2, 1/2 and 1/4, 3/4
ON_CALL = "PyTorch says so only when the loss is called"
UNKNOWN_REDUCTION = ErrorSample("unknown reduction", ValueError, {"reduction": "average"}, only_ours=ON_CALL)


def _probabilities(*shape: int) -> Any:
    """Probabilities along axis 1."""

    def draw(rng: np.random.Generator) -> Any:
        drawn = rng.uniform(0.1, 1.0, shape)
        return drawn / drawn.sum(axis=1, keepdims=True)

    return draw


def _class_errors() -> tuple[ErrorSample, ...]:
    """Errors that the losses of a class index share."""
    x, labels = np.ones((5, 4)), np.zeros(5, dtype=np.int64)
    images = np.ones((5, 4, 3))
    return (
        UNKNOWN_REDUCTION,
        ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, (x, labels)),
        ErrorSample("label above the classes", IndexError, {}, (x, np.array([0, 1, 2, 3, 4]))),
        ErrorSample("negative label", IndexError, {}, (x, np.array([0, 1, 2, 3, -1]))),
        ErrorSample("label above the classes, images", IndexError, {}, (images, np.full((5, 3), 4))),
        ErrorSample("another batch", ValueError, {}, (x, labels[:4])),
        ErrorSample("no batch axis in the target", ValueError, {}, (x, np.array(0))),
        ErrorSample("labels in a column", RuntimeError, {}, (x, labels[:, np.newaxis])),
        ErrorSample("another size of images", RuntimeError, {}, (images, np.zeros((5, 2), dtype=np.int64))),
        ErrorSample("one label for an image", RuntimeError, {}, (images, labels)),
        ErrorSample("labels as floats", RuntimeError, {}, (x, np.zeros(5))),
        ErrorSample("labels as int32", RuntimeError, {}, (x, labels.astype(np.int32))),
        ErrorSample("integers as input", RuntimeError, {}, (x.astype(np.int64), labels)),
        ErrorSample("too few weights", RuntimeError, {"weight": np.ones(3)}, (x, labels)),
        ErrorSample("weights in a column", RuntimeError, {"weight": np.ones((4, 1))}, (x, labels)),
        ErrorSample(
            "an unbatched input with a batched target",
            ValueError,
            {},
            (np.ones(4), np.array([1])),
            only_ours="PyTorch takes it in some reductions, and then fails in backward",
        ),
    )


CASES = [
    Case(
        "NLLLoss",
        samples=(
            ModuleSample("mean", "a sum over all classes, not the right one", inputs=(normal(5, 4), FIVE_LABELS)),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), FIVE_LABELS)),
            ModuleSample(
                "none",
                "a number where one for each position is due",
                {"reduction": "none"},
                (normal(5, 4), FIVE_LABELS),
            ),
            ModuleSample(
                "worked by hand",
                "a weighted mean divided by the number of labels: (1 · 1 + 3 · 3) / (1 + 3) is 2.5",
                {"weight": np.array([1.0, 3.0])},
                (np.array([[-1.0, -2.0], [-4.0, -3.0]]), np.array([0, 1])),
                expected={"forward": 2.5, "unit.input": [[-0.25, 0.0], [0.0, -0.75]]},
            ),
            ModuleSample(
                "weights", "a weight of the wrong class", {"weight": CLASS_WEIGHTS}, (normal(5, 4), FIVE_LABELS)
            ),
            ModuleSample(
                "weights, none",
                "weights that count in the mean only",
                {"weight": CLASS_WEIGHTS, "reduction": "none"},
                (normal(5, 4), FIVE_LABELS),
            ),
            ModuleSample("ignored", "ignored labels that count in the mean", inputs=(normal(5, 4), SOME_IGNORED)),
            ModuleSample(
                "another ignore_index",
                "a class that is ignored and yet counted; and weights of what is ignored",
                {"ignore_index": 1, "weight": CLASS_WEIGHTS},
                (normal(5, 4), np.array([0, 1, 2, 3, 1])),
            ),
            ModuleSample(
                "all ignored",
                "0 for a mean of nothing, which is nan, with gradients of 0",
                inputs=(normal(3, 4), np.full(3, -100)),
                expected={"forward": NAN, "unit.input": np.zeros((3, 4))},
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "nan where ignored",
                "0 · nan for a position that does not count",
                inputs=(np.array([[NAN, NAN], [-1.0, -2.0]]), np.array([-100, 1])),
                expected={"forward": 2.0},
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "weights of zero",
                "0 for a mean over weights of 0, which is nan",
                {"weight": np.array([0.0, 1.0])},
                (normal(3, 2), np.array([0, 0, 0])),
                expected={"forward": NAN},
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "images",
                "classes looked for on the last axis",
                inputs=(normal(2, 5, 4, 3), integers(2, 4, 3, high=5)),
                layout=PYTORCH_CANNOT,
            ),
            ModuleSample(
                "sequence, none",
                "positions in another order",
                {"reduction": "none"},
                (normal(5, 4, 3), integers(5, 3, high=4)),
            ),
            ModuleSample(
                "bytes as labels",
                "labels that must be int64",
                inputs=(normal(5, 4), np.array([0, 1, 2, 3, 1], np.uint8)),
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing",
                inputs=(normal(0, 4), np.zeros(0, np.int64)),
                expected={"forward": NAN},
            ),
            ModuleSample(
                "empty sum",
                "nan for the sum of nothing",
                {"reduction": "sum"},
                (normal(0, 4), np.zeros(0, np.int64)),
                expected={"forward": 0.0},
            ),
            ModuleSample(
                "one class",
                "an axis of size one squeezed away, or an ignored label that is used as an index",
                inputs=(normal(5, 1), np.array([0, 0, -100, 0, -100])),
            ),
            ModuleSample(
                "one input", "a batch axis taken for granted", inputs=(normal(4), np.array(2)), layout=ONE_AXIS
            ),
        ),
        errors=(
            *_class_errors(),
            ErrorSample("no axes", ValueError, {}, (np.array(1.0), np.array([0]))),
            ErrorSample("probabilities as target", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 4)) / 4)),
        ),
        differences=(
            Difference("an unbatched input with a target of two axes", "a ValueError; PyTorch's is a RuntimeError"),
        ),
    ),
    Case(
        "CrossEntropyLoss",
        samples=(
            ModuleSample("mean", "a gradient not divided by the batch size", inputs=(normal(5, 4), FIVE_LABELS)),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), FIVE_LABELS)),
            ModuleSample(
                "none",
                "a number where one for each position is due",
                {"reduction": "none"},
                (normal(5, 4), FIVE_LABELS),
            ),
            ModuleSample(
                "worked by hand",
                "a gradient of p alone: (log 2 + log 4) / 2, and p − one-hot, halved",
                inputs=(TWO_ROWS, np.array([1, 0])),
                expected={"forward": math.log(8.0) / 2, "unit.input": [[0.25, -0.25], [-0.375, 0.375]]},
            ),
            ModuleSample(
                "huge logits",
                "exp(1000), because the maximum was not taken away; or log 0 for a tiny probability",
                {"reduction": "none"},
                (np.array([[1000.0, 0.0, -1000.0]] * 3), np.array([0, 1, 2])),
                expected={"forward": [0.0, 1000.0, 2000.0]},
            ),
            ModuleSample(
                "mean of huge logits",
                "the same in the mean: (0 + 1000 + 2000) / 3",
                inputs=(np.array([[1000.0, 0.0, -1000.0]] * 3), np.array([0, 1, 2])),
                expected={
                    "forward": 1000.0,
                    "unit.input": [[0.0, 0.0, 0.0], [1 / 3, -1 / 3, 0.0], [1 / 3, 0.0, -1 / 3]],
                },
            ),
            ModuleSample("ties", "one winner among equals", inputs=(np.full((3, 4), 7.0), np.array([0, 1, 3]))),
            ModuleSample(
                "a masked class",
                "0 · inf for a class of probability 0",
                inputs=(np.array([[-INF, 1.0, 2.0], [-INF, 2.0, 1.0]]), np.array([1, 2])),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "nan",
                "nan that is mended in the mean",
                inputs=(np.array([[NAN, 1.0], [2.0, 1.0]]), np.array([1, 0])),
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "weights",
                "a weighted mean divided by the number of labels",
                {"weight": CLASS_WEIGHTS},
                (normal(5, 4), FIVE_LABELS),
            ),
            ModuleSample(
                "weights worked by hand",
                "the same: (1 · log 2 + 3 · log 4) / (3 + 1)",
                {"weight": np.array([3.0, 1.0])},
                (TWO_ROWS, np.array([1, 0])),
                expected={"forward": 7 * math.log(2.0) / 4, "unit.input": [[0.125, -0.125], [-0.5625, 0.5625]]},
            ),
            ModuleSample("ignored", "ignored labels that count in the mean", inputs=(normal(5, 4), SOME_IGNORED)),
            ModuleSample(
                "another ignore_index",
                "a class that is ignored and yet counted; and weights of what is ignored",
                {"ignore_index": 1, "weight": CLASS_WEIGHTS, "label_smoothing": 0.1},
                (normal(5, 4), np.array([0, 1, 2, 3, 1])),
            ),
            ModuleSample(
                "class 0 ignored",
                "0 taken for no ignore_index",
                {"ignore_index": 0},
                (normal(5, 4), np.array([0, 1, 2, 3, 0])),
            ),
            ModuleSample(
                "ignore_index beyond the classes",
                "an ignored label that is used as an index",
                {"ignore_index": 9},
                (normal(5, 4), np.array([0, 9, 2, 3, 9])),
            ),
            ModuleSample(
                "all ignored",
                "0 for a mean of nothing, which is nan, with gradients of 0",
                inputs=(normal(3, 4), np.full(3, -100)),
                expected={"forward": NAN, "unit.input": np.zeros((3, 4))},
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "all ignored, smoothed",
                "the same with label smoothing",
                {"label_smoothing": 0.2},
                (normal(3, 4), np.full(3, -100)),
                expected={"forward": NAN, "unit.input": np.zeros((3, 4))},
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "all ignored, sum",
                "nan for a sum of nothing",
                {"reduction": "sum"},
                (normal(3, 4), np.full(3, -100)),
                expected={"forward": 0.0},
            ),
            ModuleSample(
                "label smoothing",
                "a share spread over the other classes only",
                {"label_smoothing": 0.1},
                (normal(5, 4), FIVE_LABELS),
            ),
            ModuleSample(
                "label smoothing and weights",
                "a smoothed share that is not weighted class by class",
                {"label_smoothing": 0.3, "weight": CLASS_WEIGHTS},
                (normal(5, 4), FIVE_LABELS),
            ),
            ModuleSample(
                "label smoothing, weights and ignored, none",
                "a smoothed share of what is ignored",
                {"label_smoothing": 0.3, "weight": CLASS_WEIGHTS, "reduction": "none"},
                (normal(5, 4), SOME_IGNORED),
            ),
            ModuleSample(
                "smoothed to the end", "labels that still count", {"label_smoothing": 1.0}, (normal(5, 4), FIVE_LABELS)
            ),
            ModuleSample(
                "probabilities",
                "the largest probability taken for the label",
                inputs=(normal(5, 4), _probabilities(5, 4)),
            ),
            ModuleSample(
                "probabilities that do not sum to one",
                "p − q, which holds for sums of 1 only",
                inputs=(normal(5, 4), uniform(5, 4)),
            ),
            ModuleSample(
                "probabilities and weights",
                "a mean divided by the weights, where probabilities divide by their number",
                {"weight": CLASS_WEIGHTS, "label_smoothing": 0.2},
                (normal(5, 4), _probabilities(5, 4)),
            ),
            ModuleSample(
                "probabilities for images",
                "classes looked for on the last axis",
                {"reduction": "none"},
                (normal(2, 5, 4, 3), _probabilities(2, 5, 4, 3)),
            ),
            ModuleSample("probabilities for one input", "a mean over the classes", inputs=(normal(4), uniform(4))),
            ModuleSample(
                "images",
                "classes looked for on the last axis",
                {"weight": np.array([0.5, 2.0, 1.0, 3.0, 0.7])},
                (normal(2, 5, 4, 3), integers(2, 4, 3, high=5)),
            ),
            ModuleSample(
                "sequence, none",
                "positions in another order",
                {"reduction": "none", "label_smoothing": 0.1},
                (normal(5, 4, 3), integers(5, 3, high=4)),
            ),
            ModuleSample(
                "masked out",
                "0 · inf for a class that is neither likely nor right",
                {"reduction": "none"},
                (
                    np.array(
                        [[-INF, 1.0, 2.0], [-INF, 1.0, 2.0], [-INF, -INF, -INF], [INF, 0.0, 0.0], [NAN, 0.0, 0.0]]
                    ),
                    np.array([1, 0, 1, 0, 1]),
                ),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "nan where ignored",
                "nan in the loss from a position that does not count; PyTorch's gradient there is nan",
                inputs=(np.array([[NAN, 0.0], [0.0, 0.0]]), np.array([-100, 1])),
                expected={"forward": math.log(2.0), "unit.input": [[NAN, NAN], [0.5, -0.5]]},
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "weights of zero",
                "0 for a mean over weights of 0, which is nan",
                {"weight": np.array([0.0, 1.0])},
                (normal(3, 2), np.array([0, 0, 0])),
                expected={"forward": NAN},
                kink=NOT_COUNTED,
            ),
            ModuleSample(
                "bytes as labels",
                "labels that must be int64",
                inputs=(normal(5, 4), np.array([0, 1, 2, 3, 1], np.uint8)),
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing",
                inputs=(normal(0, 4), np.zeros(0, np.int64)),
                expected={"forward": NAN},
            ),
            ModuleSample(
                "empty batch of probabilities",
                "a maximum of nothing",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
            ModuleSample(
                "one class", "an axis of size one squeezed away", inputs=(normal(5, 1), np.zeros(5, np.int64))
            ),
            ModuleSample(
                "one input", "a batch axis taken for granted", inputs=(normal(4), np.array(2)), layout=ONE_AXIS
            ),
        ),
        errors=(
            *_class_errors(),
            ErrorSample("no axes", IndexError, {}, (np.array(1.0), np.array([0]))),
            ErrorSample("smoothing above one", RuntimeError, {"label_smoothing": 1.5}, only_ours=ON_CALL),
            ErrorSample(
                "smoothing above one when called",
                RuntimeError,
                {"label_smoothing": 1.5},
                (np.ones((2, 3)), np.array([0, 1])),
            ),
            ErrorSample(
                "smoothing below zero",
                RuntimeError,
                {"label_smoothing": -0.1},
                only_ours="PyTorch takes it silently for 0",
            ),
            ErrorSample(
                "probabilities as integers", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 4), dtype=np.int64))
            ),
            ErrorSample(
                "probabilities and ignore_index",
                RuntimeError,
                {"ignore_index": 0},
                (np.ones((5, 4)), np.ones((5, 4)) / 4),
            ),
            ErrorSample(
                "too few weights for probabilities",
                RuntimeError,
                {"weight": np.ones(3)},
                (np.ones((5, 4)), np.ones((5, 4)) / 4),
            ),
        ),
        differences=(
            Difference(
                "label_smoothing of exactly 1, a target's logit of −∞",
                "the loss is ∞, what the formula gives; PyTorch's is nan, since it multiplies that ∞ by 0",
            ),
        ),
    ),
]
