"""How good are the predicted classes? Accuracy, precision, recall, F1 and the confusion matrix they are read from.

Every metric takes the true labels first. A class that was never predicted has precision 0/0, one that never occurs has
recall 0/0. Both count as 0, and so does the F1 of a class that was neither.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array

__all__ = ["accuracy", "confusion_matrix", "f1_score", "precision", "recall"]

Labels = npt.NDArray[Any]


def accuracy(target: Labels, prediction: Labels) -> float:
    """The share of predictions that are right.

    Math:
        accuracy = (1/N) Σ_n [prediction_n = target_n], where [·] is 1 if true, else 0; nan where N = 0.

    Args:
        target: the true labels.
        prediction: the predicted labels.

    Shape:
        - target, prediction: (*), the same shape.

    Raises:
        RuntimeError: the shapes differ. Broadcasting (N,) against (N, 1) would compare all N² pairs.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.metrics.accuracy_score.html

    Example:
        >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
        0.75
    """
    _check_same_shape("accuracy", target, prediction)
    right = int((target == prediction).sum())
    return right / target.size if target.size else float("nan")


def confusion_matrix(target: Labels, prediction: Labels, num_classes: int) -> npt.NDArray[np.int64]:
    """How often each class was taken for each: the rows are the true classes, the columns the predicted ones.

    Math:
        C[i, j] = Σ_n [target_n = i] [prediction_n = j]

    Args:
        target: the true labels.
        prediction: the predicted labels.
        num_classes: how many classes there are. Never guessed from the labels: a class that is absent counts.

    Shape:
        - target, prediction: (N,)
        - Output: (num_classes, num_classes)

    Raises:
        RuntimeError: labels that are not whole numbers in [0, num_classes), or shapes that differ.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.metrics.confusion_matrix.html

    Example:
        >>> confusion_matrix(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]), 3)  # one 1 was taken for a 2
        array([[1, 0, 0],
               [0, 1, 1],
               [0, 0, 1]])
    """
    _check_same_shape("confusion_matrix", target, prediction)
    for name, labels in (("target", target), ("prediction", prediction)):
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise RuntimeError(
                f"confusion_matrix: expected a row of integers as {name}, got {labels.dtype} of shape {labels.shape}"
            )
        if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
            raise RuntimeError(
                f"confusion_matrix: expected labels in [0, {num_classes}) as {name},"
                f" got labels from {labels.min()} to {labels.max()}"
            )
    matrix = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(matrix, (target, prediction), 1)  # matrix[target, prediction] += 1 would count a repeated pair once
    return matrix


def precision(target: Labels, prediction: Labels, num_classes: int, average: str | None = "macro") -> float | Array:
    """Of those that were predicted to be of a class, the share that is.

    Math:
        precision_c = TP_c / (TP_c + FP_c), and 0 where the class was never predicted
        "macro": the mean over all num_classes classes; "micro": Σ TP_c / Σ (TP_c + FP_c), which is the accuracy
        where TP_c counts the true positives, C[c, c], and TP_c + FP_c is the sum of column c of the confusion matrix C.

    Args:
        target: the true labels.
        prediction: the predicted labels.
        num_classes: how many classes there are.
        average: "macro", "micro", or None for a value per class.

    Shape:
        - target, prediction: (N,)
        - Output: a number, or (num_classes,) without an average.

    Raises:
        RuntimeError: labels that `confusion_matrix` does not take.
        ValueError: unknown average.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_score.html; its
        "macro" leaves out classes that occur in neither list.

    Example:
        >>> precision(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]), 3, average=None)  # one of two predicted 2s is
        array([1. , 1. , 0.5])
    """
    matrix = confusion_matrix(target, prediction, num_classes)
    return _averaged("precision", matrix.diagonal(), matrix.sum(axis=0), average)


def recall(target: Labels, prediction: Labels, num_classes: int, average: str | None = "macro") -> float | Array:
    """Of those that are of a class, the share that was found. It is also called sensitivity, or true positive rate.

    Math:
        recall_c = TP_c / (TP_c + FN_c), and 0 where the class never occurs
        "macro": the mean over all num_classes classes; "micro": Σ TP_c / Σ (TP_c + FN_c), which is the accuracy
        where TP_c counts the true positives, C[c, c], and TP_c + FN_c is the sum of row c of the confusion matrix C.

    Args:
        target: the true labels.
        prediction: the predicted labels.
        num_classes: how many classes there are.
        average: "macro", "micro", or None for a value per class.

    Shape:
        - target, prediction: (N,)
        - Output: a number, or (num_classes,) without an average.

    Raises:
        RuntimeError: labels that `confusion_matrix` does not take.
        ValueError: unknown average.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.metrics.recall_score.html; its "macro"
        leaves out classes that occur in neither list.

    Example:
        >>> recall(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]), 3, average=None)  # one of the two 1s was found
        array([1. , 0.5, 1. ])
    """
    matrix = confusion_matrix(target, prediction, num_classes)
    return _averaged("recall", matrix.diagonal(), matrix.sum(axis=1), average)


def f1_score(target: Labels, prediction: Labels, num_classes: int, average: str | None = "macro") -> float | Array:
    """The harmonic mean of precision and recall: high only where both are.

    Math:
        F1_c = 2 / (1/precision_c + 1/recall_c) = 2 TP_c / (2 TP_c + FP_c + FN_c), and 0 where that is 0/0
        "macro": the mean of F1_c over all num_classes classes, not the F1 of the mean precision and recall;
        "micro": 2 Σ TP_c / Σ (2 TP_c + FP_c + FN_c), which is the accuracy.

    Args:
        target: the true labels.
        prediction: the predicted labels.
        num_classes: how many classes there are.
        average: "macro", "micro", or None for a value per class.

    Shape:
        - target, prediction: (N,)
        - Output: a number, or (num_classes,) without an average.

    Raises:
        RuntimeError: labels that `confusion_matrix` does not take.
        ValueError: unknown average.

    Source:
        https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html; its "macro"
        leaves out classes that occur in neither list.

    Example:
        >>> f1_score(np.array([0, 1, 1, 1]), np.array([0, 0, 0, 1]), 2, average=None)  # 2/(2 + 2 + 0), 2/(2 + 0 + 2)
        array([0.5, 0.5])
    """
    matrix = confusion_matrix(target, prediction, num_classes)
    return _averaged("f1_score", 2 * matrix.diagonal(), matrix.sum(axis=0) + matrix.sum(axis=1), average)


def _averaged(name: str, part: Labels, whole: Labels, average: str | None) -> float | Array:
    """part / whole for each class (0/0 is 0), or an average of it."""
    if average == "micro":
        part, whole = part.sum(), whole.sum()
    elif average not in ("macro", None):
        raise ValueError(f'{name}: expected average "macro", "micro" or None, got {average!r}')
    shares: Array = part / np.maximum(whole, 1)  # no part without a whole, so that 0/1 stands for 0/0
    return shares if average is None else float(shares.mean())


def _check_same_shape(name: str, target: Labels, prediction: Labels) -> None:
    if target.shape != prediction.shape:
        raise RuntimeError(f"{name}: expected predictions of the target's shape {target.shape}, got {prediction.shape}")
