"""How good are the predicted classes, in PyTorch, which leaves metrics to other libraries but has what they are made of."""

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["accuracy", "confusion_matrix", "f1_score", "precision", "recall"]


def accuracy(target: Tensor, prediction: Tensor) -> float:
    """The mean of a comparison, after a cast: a mean of booleans is an error in PyTorch."""
    return (target == prediction).double().mean().item()


def confusion_matrix(target: Tensor, prediction: Tensor, num_classes: int) -> Tensor:
    """A product of two one-hot codes counts the pairs; `F.one_hot` also refuses labels that are out of range."""
    return F.one_hot(target, num_classes).T @ F.one_hot(prediction, num_classes)


def precision(target: Tensor, prediction: Tensor, num_classes: int, average: str | None = "macro") -> float | Tensor:
    """0/0 is nan in PyTorch, without a warning; `nan_to_num` makes it 0."""
    matrix = confusion_matrix(target, prediction, num_classes)
    return _averaged(matrix.diag(), matrix.sum(dim=0), average)


def recall(target: Tensor, prediction: Tensor, num_classes: int, average: str | None = "macro") -> float | Tensor:
    """As precision, along the other dimension of the confusion matrix."""
    matrix = confusion_matrix(target, prediction, num_classes)
    return _averaged(matrix.diag(), matrix.sum(dim=1), average)


def f1_score(target: Tensor, prediction: Tensor, num_classes: int, average: str | None = "macro") -> float | Tensor:
    """The harmonic mean as its definition has it, from precision and recall."""
    if average == "micro":  # precision, recall and their mean are one number
        return accuracy(target, prediction)
    p = precision(target, prediction, num_classes, average=None)
    r = recall(target, prediction, num_classes, average=None)
    f1 = (2 * p * r / (p + r)).nan_to_num(0)
    return f1
