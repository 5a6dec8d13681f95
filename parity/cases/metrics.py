"""Cases of the metrics."""

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample, integers
from parity.sides import Side

__all__ = ["CASES"]

CLASSES = {"num_classes": 3}
# The confusion matrix of these is [[2, 1, 0], [0, 1, 1], [0, 0, 1]].
BY_HAND = (np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 2, 2]))
ABSENT = (np.array([0, 0, 1]), np.array([0, 0, 0]))  # 1 is never predicted, and 2 is in neither list
RANDOM = (integers(50, high=4), integers(50, high=4))


def _call(metric: str) -> Callable[..., Any]:
    def script(side: Side, target: Any, prediction: Any, **args: Any) -> Any:
        return side.find(metric)(side.array(target), side.array(prediction), **args)

    return script


def _averages(metric: str) -> Callable[..., Any]:
    """Each average by its name."""

    def script(side: Side, target: Any, prediction: Any, num_classes: int) -> Any:
        return {
            str(average): _call(metric)(side, target, prediction, num_classes=num_classes, average=average)
            for average in ("macro", "micro", None)
        }

    return script


def _averaged_case(
    metric: str, mistake: str, by_hand: tuple[float, list[float]], absent: tuple[float, list[float]]
) -> Case:
    """Precision, recall and F1 with their hand-worked values: the macro average, and the value of each class."""
    return Case(
        metric,
        samples=(
            ScriptSample(
                "worked by hand",
                mistake,
                CLASSES,
                BY_HAND,
                {"result.macro": by_hand[0], "result.micro": 4 / 6, "result.None": by_hand[1]},
                script=_averages(metric),
            ),
            ScriptSample(
                "absent classes",
                "0/0 that is nan or 1, or a class left out of the mean",
                CLASSES,
                ABSENT,
                {"result.macro": absent[0], "result.micro": 2 / 3, "result.None": absent[1]},
                script=_averages(metric),
            ),
            ScriptSample(
                "many", "counts that hold for small lists only", {"num_classes": 4}, RANDOM, script=_averages(metric)
            ),
            ScriptSample(
                "nothing",
                "a division by no labels at all",
                CLASSES,
                (np.array([], dtype=np.int64),) * 2,
                {"result.macro": 0.0, "result.micro": 0.0, "result.None": [0.0, 0.0, 0.0]},
                script=_averages(metric),
            ),
        ),
        errors=(
            ErrorSample(
                "unknown average",
                ValueError,
                script=lambda side: _call(metric)(side, *BY_HAND, num_classes=3, average="weighted"),
            ),
        ),
    )


def _matrix_error(name: str, target: Any, prediction: Any) -> ErrorSample:
    return ErrorSample(
        name,
        RuntimeError,
        script=lambda side: _call("confusion_matrix")(side, np.array(target), np.array(prediction), num_classes=3),
    )


CASES = [
    Case(
        "accuracy",
        samples=(
            ScriptSample(
                "worked by hand", "wrong answers counted", {}, BY_HAND, {"result": 4 / 6}, script=_call("accuracy")
            ),
            ScriptSample(
                "matrix of labels",
                "an accuracy per row",
                {},
                (integers(5, 4, high=2), integers(5, 4, high=2)),
                script=_call("accuracy"),
            ),
            ScriptSample(
                "nothing",
                "a division by no labels at all",
                {},
                (np.array([], dtype=np.int64),) * 2,
                {"result": float("nan")},
                script=_call("accuracy"),
            ),
        ),
        errors=(
            ErrorSample(
                "lengths differ", RuntimeError, script=lambda side: _call("accuracy")(side, np.zeros(5), np.zeros(4))
            ),
            ErrorSample(
                "column against row",
                RuntimeError,
                script=lambda side: _call("accuracy")(side, np.zeros(5), np.zeros((5, 1))),
                only_ours="PyTorch broadcasts: the accuracy would be that of 25 pairs",
            ),
        ),
    ),
    Case(
        "confusion_matrix",
        samples=(
            ScriptSample(
                "worked by hand",
                "rows and columns exchanged, or a repeated pair counted once",
                CLASSES,
                BY_HAND,
                {"result": [[2, 1, 0], [0, 1, 1], [0, 0, 1]]},
                script=_call("confusion_matrix"),
            ),
            ScriptSample(
                "absent classes",
                "a matrix only as large as the largest label",
                CLASSES,
                ABSENT,
                {"result": [[2, 0, 0], [1, 0, 0], [0, 0, 0]]},
                script=_call("confusion_matrix"),
            ),
            ScriptSample(
                "many",
                "counts that hold for small lists only",
                {"num_classes": 4},
                RANDOM,
                script=_call("confusion_matrix"),
            ),
        ),
        errors=(
            _matrix_error("label too large", [0, 1, 2], [0, 1, 3]),
            _matrix_error("negative label", [0, -1, 2], [0, 1, 2]),
            _matrix_error("labels that are not whole", [0.0, 1.0, 2.0], [0.0, 1.0, 2.0]),
            _matrix_error("lengths differ", [0, 1, 2], [0, 1]),
        ),
    ),
    _averaged_case(
        "precision",
        "precision and recall exchanged",
        (2 / 3, [1.0, 1 / 2, 1 / 2]),
        (2 / 9, [2 / 3, 0.0, 0.0]),
    ),
    _averaged_case(
        "recall",
        "recall and precision exchanged",
        (13 / 18, [2 / 3, 1 / 2, 1.0]),
        (1 / 3, [1.0, 0.0, 0.0]),
    ),
    _averaged_case(
        "f1_score",
        "the F1 of the mean precision and recall, for the mean of the classes' F1",
        (59 / 90, [4 / 5, 1 / 2, 2 / 3]),
        (4 / 15, [4 / 5, 0.0, 0.0]),
    ),
]
