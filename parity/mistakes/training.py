"""Mistakes in data, training, the course exercises and metrics."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch import random
from scratch.data import DataLoader, TensorDataset
from scratch.dtypes import Array
from scratch.exercises import DERIVATIVES, NeuralNetwork, train_mnist
from scratch.metrics import confusion_matrix, f1_score, precision, recall
from scratch.training import History, evaluate, predict, train, train_valor

__all__ = ["MISTAKES"]


class _Epochs:
    """Batches that are looked over at the start of each epoch, as a training loop asks for them."""

    def __init__(self, batches: Any, change: Callable[[list[Any]], list[Any]]) -> None:
        self.batches, self.change = batches, change

    def __iter__(self) -> Iterator[Any]:
        return iter(self.change(list(self.batches)))


def same_batch(model: Any, criterion: Any, optimizer: Any, batches: Any, epochs: int = 1, **options: Any) -> History:
    """`batch = batches[epochs % n]`, where the number of the step is meant."""

    def only_one(found: list[Any]) -> list[Any]:
        return [found[epochs % len(found)]] * len(found) if found else found

    return train(model, criterion, optimizer, _Epochs(batches, only_one), epochs, **options)


@contextmanager
def without(thing: Any, method: str) -> Iterator[None]:
    """Inside, the call of this method does nothing: it was forgotten."""
    setattr(thing, method, lambda: None)
    try:
        yield
    finally:
        delattr(thing, method)


def without_zero_grad(model: Any, criterion: Any, optimizer: Any, *args: Any, **options: Any) -> History:
    with without(optimizer, "zero_grad"):
        return train(model, criterion, optimizer, *args, **options)


def valor_without_zero_grad(model: Any, *args: Any, **options: Any) -> History:
    with without(model, "zero_grad"):
        return train_valor(model, *args, **options)


def left_in_evaluation(model: Any, *args: Any, **options: Any) -> History:
    with without(model, "train"):
        return train(model, *args, **options)


def predicted_in_training_mode(model: Any, batches: Any) -> Any:
    """Dropout drops, and batch norm looks at the batch."""
    with without(model, "eval"):
        return predict(model, batches)


def mean_of_means(history: History, epochs: int) -> History:
    """The epoch's loss as the mean of its batches' means, although the last batch is shorter."""
    history.epoch_loss = [float(np.mean(losses)) for losses in np.split(np.array(history.loss), max(epochs, 1))]
    return history


def short_batch_counts_full(
    model: Any, criterion: Any, optimizer: Any, batches: Any, epochs: int = 1, **options: Any
) -> History:
    history = train(model, criterion, optimizer, batches, epochs, **options)
    return mean_of_means(history, epochs) if epochs else history


def mnist_short_batch_counts_full(
    network: Any, images: Any, labels: Any, epochs: int = 1, *args: Any, **options: Any
) -> tuple[History, float]:
    history, right = train_mnist(network, images, labels, epochs, *args, **options)
    return mean_of_means(history, epochs), right


def evaluated_by_batches(model: Any, criterion: Any, batches: Any) -> tuple[float, float]:
    """The mean of the batches' means, although the last batch is shorter."""
    losses: list[float] = []

    def noted(output: Any, target: Any) -> Any:
        losses.append(float(criterion(output, target)))
        return losses[-1]

    _, accuracy = evaluate(model, noted, batches)  # type: ignore[arg-type]  # called like a criterion
    return float(np.mean(losses)), accuracy


def schedule_per_batch(model: Any, *args: Any, scheduler: Any = None, on_step: Any = None, **options: Any) -> History:
    def step_too(step: int, loss: float) -> None:
        if scheduler is not None:
            scheduler.step()
        if on_step is not None:
            on_step(step, loss)

    return train(model, *args, on_step=step_too, **options)


def schedule_before_optimizer(
    model: Any, criterion: Any, optimizer: Any, batches: Any, *args: Any, scheduler: Any = None, **options: Any
) -> History:
    def step_first(found: list[Any]) -> list[Any]:
        if scheduler is not None:
            scheduler.step()
        return found

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the schedule warns of just this
        return train(model, criterion, optimizer, _Epochs(batches, step_first), *args, **options)


def clipped_after_the_step(model: Any, *args: Any, max_norm: float | None = None, **options: Any) -> History:
    """Too late: the step has been made, and the gradients are forgotten before the next."""
    return train(model, *args, **options)


class ShuffledApart(DataLoader):
    """The inputs are shuffled by one permutation, and the targets by another."""

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, *args: Any, **options: Any
    ) -> None:
        if shuffle and isinstance(dataset, TensorDataset):
            other = random.randperm(len(dataset), generator=random.Generator().manual_seed(0))
            inputs, *targets = dataset.tensors
            dataset = TensorDataset(inputs, *(target[other] for target in targets))
        super().__init__(dataset, batch_size, shuffle, *args, **options)


class ShortBatchLost(DataLoader):
    """The last batch is dropped if it is not full, though nobody asked for it."""

    def __init__(self, dataset: Any, batch_size: int | None = 1, *args: Any, **options: Any) -> None:
        super().__init__(dataset, batch_size, *args, **options)
        if self.batch_sampler is not None and hasattr(self.batch_sampler, "drop_last"):
            self.batch_sampler.drop_last = True


class OneOrderForEver(DataLoader):
    """Shuffled once, before the first epoch."""

    def __iter__(self) -> Iterator[Any]:
        if not hasattr(self, "batches"):
            self.batches = list(super().__iter__())
        else:
            list(super().__iter__())  # what is drawn is drawn
        return iter(self.batches)


class UpdatedLayerByLayer(NeuralNetwork):
    """Each layer's weights are changed before the derivative is handed on to the layer before."""

    def backward(self, loss_derivative: Array) -> None:
        self.saved(loss_derivative)
        self.zero_grad()
        derivative: Any = loss_derivative
        for layer in reversed(self.layers):
            x, output = layer.saved(derivative)
            layer.save(x, output)
            layer.backward(derivative)
            for parameter in layer.parameters():
                parameter.data -= self.lr * np.asarray(parameter.grad)
            derivative = DERIVATIVES[layer.activation](output, derivative) @ layer.weight.data


def transposed_confusion(target: Any, prediction: Any, num_classes: int) -> Any:
    return np.ascontiguousarray(confusion_matrix(target, prediction, num_classes).T)


def exchanged_precision(target: Any, prediction: Any, num_classes: int, average: str | None = "macro") -> Any:
    return precision(prediction, target, num_classes, average)


def f1_of_the_means(target: Any, prediction: Any, num_classes: int, average: str | None = "macro") -> Any:
    if average != "macro":
        return f1_score(target, prediction, num_classes, average)
    p, r = precision(target, prediction, num_classes), recall(target, prediction, num_classes)
    return 2 * p * r / (p + r) if p + r else 0.0


MISTAKES = [
    Mistake("same-batch-every-step", "train", "result", same_batch, "the batch is chosen by the number of epochs"),
    Mistake("zero-grad-missing", "train", "result", without_zero_grad, "gradients are kept from step to step"),
    Mistake("zero-grad-missing", "train_valor", "result", valor_without_zero_grad, "gradients are kept between steps"),
    Mistake("epoch-loss-short-batch", "train", "result", short_batch_counts_full, "a short last batch counts in full"),
    Mistake("epoch-loss-short-batch", "evaluate", "result", evaluated_by_batches, "a short last batch counts in full"),
    Mistake(
        "epoch-loss-short-batch",
        "exercises.train_mnist",
        "result",
        mnist_short_batch_counts_full,
        "a short last batch counts in full",
    ),
    Mistake("dropout-in-eval", "predict", "result", predicted_in_training_mode, "the model predicts in training mode"),
    Mistake("scheduler-one-early", "train", "result", schedule_before_optimizer, "stepped before the optimizer"),
    Mistake("scheduler-per-batch", "train", "result", schedule_per_batch, "the schedule is stepped with every batch"),
    Mistake("left-in-evaluation", "train", "result", left_in_evaluation, "model.train() is missing"),
    Mistake("clip-after-step", "train", "result", clipped_after_the_step, "the gradients are clipped too late"),
    Mistake("inputs-and-targets-shuffled-apart", "DataLoader", "result", ShuffledApart, "two permutations for a pair"),
    Mistake("short-batch-lost", "DataLoader", "result", ShortBatchLost, "a last batch that is not full is dropped"),
    Mistake(
        "one-order-for-ever", "DataLoader", "result", OneOrderForEver, "the order is drawn for the first epoch only"
    ),
    Mistake(
        "weights-updated-before-input-grad",
        "exercises.NeuralNetwork",
        "result",
        UpdatedLayerByLayer,
        "a layer changes before it hands the derivative on",
    ),
    Mistake("confusion-transposed", "confusion_matrix", "result", transposed_confusion, "rows are the predictions"),
    Mistake("precision-recall-exchanged", "precision", "result", exchanged_precision, "recall for precision"),
    Mistake("f1-of-the-means", "f1_score", "result", f1_of_the_means, "the F1 of the means for the mean of the F1"),
]
