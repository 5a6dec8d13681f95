"""The training loop, and the History that it returns, in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, no_grad
from torch.nn import Module, MSELoss
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from torch_ref.mlp import MLP
from torch_ref.optimizers import clip_grad_norm_, get_total_norm

__all__ = ["History", "evaluate", "predict", "train", "train_valor"]

Batches = Iterable[tuple[Tensor, Tensor]]
OnStep = Callable[[int, float], None]


@dataclass
class History:
    """What happened in a training run. `item()` and `detach().numpy()` take the numbers out of the graph; a tensor that
    is kept instead keeps its whole graph alive.
    """

    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    epoch_loss: list[float] = field(default_factory=list)
    grad_norm: dict[int, float] = field(default_factory=dict)
    snapshots: dict[int, dict[str, npt.NDArray[Any]]] = field(default_factory=dict)

    def add_step(
        self, model: Any, loss: float, lr: float, snapshot_every: int = 0, on_step: OnStep | None = None
    ) -> None:
        self.loss.append(loss)
        self.lr.append(lr)
        if snapshot_every and len(self.loss) % snapshot_every == 0:
            self.add_snapshot(model)
        if on_step is not None:
            on_step(len(self.loss), loss)

    def add_snapshot(self, model: Any) -> None:
        """The tensors of `state_dict()` are live, and `numpy()` shares their memory: copy them."""
        step = len(self.loss)
        self.snapshots[step] = {key: value.detach().numpy().copy() for key, value in model.state_dict().items()}
        if step > 0:
            grads = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
            self.grad_norm[step] = get_total_norm(grads).item()


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
    """The loop that PyTorch leaves to its users: `zero_grad`, forward, loss, `loss.backward()`, `step`."""
    history = History()
    history.add_snapshot(model)
    model.train()
    for epoch in range(1, epochs + 1):
        total, count = 0.0, 0
        for input, target in batches:
            optimizer.zero_grad()
            output = model(input)
            loss = criterion(output, target)
            loss.backward()
            if max_norm is not None:
                clip_grad_norm_(model.parameters(), max_norm)
            lr = optimizer.param_groups[0]["lr"]
            optimizer.step()
            history.add_step(model, loss.item(), lr, snapshot_every, on_step)
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
    """`argmax(dim=1)`, in evaluation mode and under `no_grad`: these are two things, and both are needed."""
    with _evaluating(model):
        classes = [model(input).argmax(dim=1).numpy() for input, _ in batches]
    if not classes:
        raise ValueError("predict: expected at least one batch, got none")
    return np.concatenate(classes)


def evaluate(model: Module, criterion: Module, batches: Batches) -> tuple[float, float]:
    """Loss and accuracy; `item()` makes Python numbers of tensors."""
    total, right, count = 0.0, 0, 0
    with _evaluating(model):
        for input, target in batches:
            output = model(input)
            total += criterion(output, target).item() * len(input)
            right += int((output.argmax(dim=1) == target).sum().item())
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
    """One call takes all rows at once, as one tensor; `nn.MSELoss` is the mean over all of its elements."""
    rows = torch.as_tensor(np.asarray(inputs, np.float64))
    width = model(rows).shape[1]
    if np.size(targets) != len(rows) * width:
        raise ValueError(f"train_valor: expected {width} targets for each of {len(rows)} rows, got {np.size(targets)}")
    answers = torch.as_tensor(np.asarray(targets, np.float64)).reshape(len(rows), width)
    criterion = MSELoss()
    optimizer = SGD(model.parameters(), lr=lr)
    history = History()
    history.add_snapshot(model)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = criterion(model(rows), answers)
        loss.backward()
        optimizer.step()
        history.add_step(model, loss.item(), lr, snapshot_every, on_step)
        history.epoch_loss.append(loss.item())
    history.add_snapshot(model)
    return history


@contextmanager
def _evaluating(model: Module) -> Iterator[None]:
    """Evaluation mode, without gradients; afterwards each module is back in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
