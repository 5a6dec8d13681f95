"""The training loop, and the History that it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch import valor
from scratch.dtypes import Array
from scratch.mlp import MLP
from scratch.module import Module, no_grad
from scratch.optimizers import Optimizer, clip_grad_norm_, get_total_norm
from scratch.schedulers import ReduceLROnPlateau

__all__ = ["History", "evaluate", "predict", "train", "train_valor"]

Batches = Iterable[tuple[Array, npt.NDArray[Any]]]
OnStep = Callable[[int, float], None]


@dataclass
class History:
    """What happened in a training run, in Python floats and NumPy arrays. Steps count from 1; step 0 is the start.

    Args:
        loss: the loss of every step.
        lr: the learning rate of every step, as that step used it.
        epoch_loss: the mean loss of every epoch, in which a short last batch counts by its size.
        grad_norm: by step, the 2-norm of all the gradients together, as that step used them (after clipping).
        snapshots: by step, copies of the parameters and buffers, by their state keys.

    Example:
        >>> history = History(loss=[0.5, 0.25], lr=[0.1, 0.1], epoch_loss=[0.375])
        >>> history.loss[-1]  # of step 2
        0.25
    """

    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    epoch_loss: list[float] = field(default_factory=list)
    grad_norm: dict[int, float] = field(default_factory=dict)
    snapshots: dict[int, dict[str, npt.NDArray[Any]]] = field(default_factory=dict)

    def add_step(
        self, model: Any, loss: float, lr: float, snapshot_every: int = 0, on_step: OnStep | None = None
    ) -> None:
        """Write down one step, after it was made; every `snapshot_every` steps, the state too."""
        self.loss.append(loss)
        self.lr.append(lr)
        if snapshot_every and len(self.loss) % snapshot_every == 0:
            self.add_snapshot(model)
        if on_step is not None:
            on_step(len(self.loss), loss)

    def add_snapshot(self, model: Any) -> None:
        """Copy the state as it is now, and measure the gradients that led to it."""
        step = len(self.loss)
        self.snapshots[step] = {key: np.array(value) for key, value in model.state_dict().items()}
        if step > 0:
            grads = [np.asarray(parameter.grad) for parameter in model.parameters() if parameter.grad is not None]
            self.grad_norm[step] = float(get_total_norm(grads))


def train(
    model: Module,
    criterion: Module,
    optimizer: Optimizer,
    batches: Batches,
    epochs: int = 1,
    *,
    scheduler: Any = None,
    max_norm: float | None = None,
    snapshot_every: int = 0,
    on_step: OnStep | None = None,
) -> History:
    """Train a model: for every batch forward, loss, backward, step.

    Math:
        θ ← step(θ, ∇_θ criterion(model(input), target)), for every batch of every epoch

    Args:
        model: what is trained. It is left in training mode.
        criterion: a loss that is a mean over the batch.
        optimizer: holds the model's parameters.
        batches: pairs of input and target, such as a DataLoader or a list; it is iterated once an epoch.
        epochs: how often.
        scheduler: a learning-rate schedule; it is stepped once after every epoch, ReduceLROnPlateau with its loss.
        max_norm: if given, the gradients are clipped to this norm.
        snapshot_every: after how many steps each the state is kept; it is kept at the start and at the end as well.
        on_step: called with the step's number and its loss after each step. What it raises ends the training.

    Shape:
        - Inputs, targets: what the model and the criterion take, with the batch in the first axis.

    Raises:
        ValueError: an epoch without a batch. A generator, for one, is used up after the first.

    Source:
        https://docs.pytorch.org/tutorials/beginner/introyt/trainingyt.html

    Example:
        >>> from scratch.layers import Linear
        >>> from scratch.losses import MSELoss
        >>> from scratch.optimizers import SGD
        >>> model = Linear(1, 1, bias=False)
        >>> model.load_state_dict({"weight": np.array([[1.0]])})
        >>> batch = np.array([[2.0]], np.float32), np.array([[4.0]], np.float32)
        >>> history = train(model, MSELoss(), SGD(model.parameters(), lr=0.125), [batch], epochs=2)
        >>> history.loss  # the slope goes from 1 to 1 − 0.125 · 2 (2 − 4) · 2 = 2, which is the answer
        [4.0, 0.0]
    """
    history = History()
    history.add_snapshot(model)
    model.train()
    with _input_is_data(model):
        for epoch in range(1, epochs + 1):
            total, count = 0.0, 0
            for input, target in batches:
                optimizer.zero_grad()
                output = model(input)
                loss = criterion(output, target)
                model.backward(criterion.backward())
                if max_norm is not None:
                    clip_grad_norm_(model.parameters(), max_norm)
                lr = optimizer.param_groups[0]["lr"]
                optimizer.step()
                history.add_step(model, float(loss), lr, snapshot_every, on_step)
                total += history.loss[-1] * len(input)
                count += len(input)
            if count == 0:
                raise ValueError(f"train: expected batches in every epoch, got none in epoch {epoch}")
            history.epoch_loss.append(total / count)
            if isinstance(scheduler, ReduceLROnPlateau):
                scheduler.step(history.epoch_loss[-1])
            elif scheduler is not None:
                scheduler.step()
    history.add_snapshot(model)
    return history


def predict(model: Module, batches: Batches) -> npt.NDArray[np.int64]:
    """The class that a model gives to each input: the place of its largest output.

    Math:
        class_n = argmax_c model(input_n)[c], the first where several are largest

    Args:
        model: gives a number per class. It is put in evaluation mode, and afterwards back in the mode it was in.
        batches: pairs of input and target; the targets are not looked at.

    Shape:
        - Outputs of the model: (batch, num_classes).
        - Output: (N,), with N inputs in all the batches.

    Raises:
        ValueError: no batches.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.argmax.html

    Example:
        >>> from scratch.layers import ReLU
        >>> predict(ReLU(), [(np.array([[0.5, 2.0], [1.0, -3.0]]), np.array([1, 0]))])
        array([1, 0])
    """
    with _evaluating(model):
        classes = [model(input).argmax(axis=1) for input, _ in batches]
    if not classes:
        raise ValueError("predict: expected at least one batch, got none")
    return np.concatenate(classes)


def evaluate(model: Module, criterion: Module, batches: Batches) -> tuple[float, float]:
    """The mean loss of a classifier, and its accuracy.

    Math:
        loss = Σ_b N_b criterion(model(input_b), target_b) / Σ_b N_b, where batch b has N_b inputs: a short last batch
        counts by its size; accuracy = the share of inputs whose largest output is that of the target's class

    Args:
        model: gives a number per class. It is put in evaluation mode, and afterwards back in the mode it was in.
        criterion: a loss that is a mean over the batch.
        batches: pairs of input and target, where a target is the number of a class.

    Shape:
        - Outputs of the model: (batch, num_classes); targets: (batch,).

    Raises:
        ValueError: no batches.

    Source:
        https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html, which there gives the mean of the
        batches' means

    Example:
        >>> from scratch.layers import Identity
        >>> from scratch.losses import CrossEntropyLoss
        >>> logits = np.array([[0.0, 0.0], [0.0, 0.0]])
        >>> loss, accuracy = evaluate(Identity(), CrossEntropyLoss(), [(logits, np.array([0, 1]))])
        >>> round(loss, 6), accuracy  # ln 2; of two equal outputs the first is taken
        (0.693147, 0.5)
    """
    total, right, count = 0.0, 0, 0
    with _evaluating(model):
        for input, target in batches:
            output = model(input)
            total += float(criterion(output, target)) * len(input)
            right += int((output.argmax(axis=1) == target).sum())
            count += len(input)
    if count == 0:
        raise ValueError("evaluate: expected at least one batch, got none")
    return total / count, right / count


def train_valor(
    model: MLP,
    inputs: npt.ArrayLike,
    targets: npt.ArrayLike,
    lr: float,
    epochs: int,
    *,
    snapshot_every: int = 0,
    on_step: OnStep | None = None,
) -> History:
    """Train a network of Valores by gradient descent on all rows together, one step an epoch.

    Math:
        loss = (1/n) Σ (output − target)², where n counts the outputs of all rows; p ← p − lr · ∂loss/∂p

    Args:
        model: a network made of Valores.
        inputs: rows of numbers.
        targets: what each row should give.
        lr: learning rate.
        epochs: number of steps.
        snapshot_every: after how many steps each the state is kept; it is kept at the start and at the end as well.
        on_step: called with the step's number and its loss after each step. What it raises ends the training.

    Shape:
        - inputs: (N, in_features); targets: (N, outputs), or (N,) for one output.

    Raises:
        ValueError: the targets are not as many as the outputs.

    Source:
        https://docs.pytorch.org/tutorials/beginner/pytorch_with_examples.html

    Example:
        >>> model = MLP(1, [1])
        >>> model.load_state_dict({"0.weight": [[1.0]], "0.bias": [0.0]})
        >>> train_valor(model, [[2.0]], [4.0], lr=0.125, epochs=1).loss  # (1·2 + 0 − 4)²
        [4.0]
        >>> model.state_dict()  # minus 0.125 · 2 (2 − 4) · 2 and 0.125 · 2 (2 − 4)
        {'0.weight': [[2.0]], '0.bias': [0.5]}
    """
    rows = np.asarray(inputs).tolist()
    width = len(model(rows[0]))
    if np.size(targets) != len(rows) * width:
        raise ValueError(f"train_valor: expected {width} targets for each of {len(rows)} rows, got {np.size(targets)}")
    answers = np.reshape(targets, (len(rows), width)).tolist()
    parameters = model.parameters()
    history = History()
    history.add_snapshot(model)
    for _ in range(epochs):
        model.zero_grad()
        squares = [
            (output - answer) ** 2
            for row, row_answers in zip(rows, answers, strict=True)
            for output, answer in zip(model(row), row_answers, strict=True)
        ]
        loss = valor.sum(squares) / len(squares)
        loss.backward()
        for parameter in parameters:
            parameter.data -= lr * parameter.grad
        history.add_step(model, loss.data, lr, snapshot_every, on_step)
        history.epoch_loss.append(loss.data)
    history.add_snapshot(model)
    return history


@contextmanager
def _evaluating(model: Module) -> Iterator[None]:
    """Evaluation mode, without gradients; afterwards each module is back in the mode it was in."""
    modes = [(module, module.training) for _, module in model.named_modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def _input_is_data(model: Module) -> Iterator[None]:
    """Spare the first layer the gradient of its input, as PyTorch does where the input is data."""
    model.input_requires_grad_(False)
    try:
        yield
    finally:
        model.input_requires_grad_(True)
