"""How good are the predicted classes, in PyTorch, which leaves metrics to other libraries but has their parts."""

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
    """The diagonal of the confusion matrix over the sums of its columns; `dim=0` is the one that is summed away."""
    matrix = confusion_matrix(target, prediction, num_classes)
    return _averaged(matrix.diag(), matrix.sum(dim=0), average)


def recall(target: Tensor, prediction: Tensor, num_classes: int, average: str | None = "macro") -> float | Tensor:
    """As precision, along the other dimension of the confusion matrix."""
    matrix = confusion_matrix(target, prediction, num_classes)
    return _averaged(matrix.diag(), matrix.sum(dim=1), average)


def f1_score(target: Tensor, prediction: Tensor, num_classes: int, average: str | None = "macro") -> float | Tensor:
    """The harmonic mean as its definition has it, from precision and recall class by class."""
    if average == "micro":  # over all classes together the three are one number
        return precision(target, prediction, num_classes, average)
    p = torch.as_tensor(precision(target, prediction, num_classes, average=None))
    r = torch.as_tensor(recall(target, prediction, num_classes, average=None))
    return _averaged(2 * p * r, p + r, average)


def _averaged(part: Tensor, whole: Tensor, average: str | None) -> float | Tensor:
    """part / whole for each class, or an average of it."""
    if average == "micro":
        part, whole = part.sum(), whole.sum()
    elif average not in ("macro", None):
        raise ValueError(f'expected average "macro", "micro" or None, got {average!r}')
    shares = (part.double() / whole).nan_to_num(0)  # PyTorch divides 0 by 0 without a warning: nan
    return shares if average is None else shares.mean().item()
