"""Functions for training: what they are asked, and what PyTorch answers.

Only clipping gives numbers that can be compared. What is drawn, and in which order, is the student's own: there the
answer is a number that any right version keeps to, such as the standard deviation of what an initialiser draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity.observation import draw

__all__ = ["ROUTINES", "Routine"]

Values = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Routine:
    """A sample: which task of the worker it is, and what is handed over; arrays that are drawn have shapes here."""

    name: str
    exposes: str
    kind: str  # "clipping", "drawing", "batches" or "training"
    args: Mapping[str, Any] = field(default_factory=dict)
    needs: str = ""  # an option without which there is nothing to ask

    def given(self) -> dict[str, Any]:
        """What the worker is sent."""
        return {**self.args, **getattr(self, f"_{self.kind}")()}

    def answers(self) -> Values:
        """PyTorch's."""
        found: Values = getattr(self, f"_{self.kind}_answers")()
        return found

    def _clipping(self) -> dict[str, Any]:
        shapes = self.args.get("shapes", ())
        return {
            "grads": [np.array(grad, np.float64) for grad in self.args.get("grads", ())]
            or [
                draw(lambda rng, s=shape: rng.normal(size=s), f"{self.name} {number}", "float64")
                for number, shape in enumerate(shapes)
            ]
        }

    def _clipping_answers(self) -> Values:
        import torch

        params = []
        for grad in self._clipping()["grads"]:
            params.append(torch.nn.Parameter(torch.zeros(grad.shape, dtype=torch.float64)))
            params[-1].grad = torch.from_numpy(grad.copy())
        torch.nn.utils.clip_grad_norm_(params, self.args["max_norm"])
        return {f"result.{i}": p.grad.numpy().copy() for i, p in enumerate(params) if p.grad is not None}

    def _drawing(self) -> dict[str, Any]:
        return {}

    def _drawing_answers(self) -> Values:
        """The standard deviation; of a uniform draw the limit is √3 of it."""
        import torch

        fan_in, fan_out, rule = (self.args[key] for key in ("fan_in", "fan_out", "rule"))
        gain = torch.nn.init.calculate_gain("relu" if rule == "kaiming" else "linear")
        fan = fan_in if rule == "kaiming" else (fan_in + fan_out) / 2
        return {"std": np.array(gain / np.sqrt(fan))}

    def _examples(self) -> dict[str, Any]:
        """Rows that tell their number, and targets that are it."""
        count: int = self.args["count"]
        rows = np.arange(count)[:, None] + np.array([0.0, 0.25, 0.5])
        return {"inputs": rows, "targets": np.arange(count)}

    _batches = _training = _examples

    def _batches_answers(self) -> Values:
        from torch.utils.data import DataLoader, TensorDataset

        return {"sizes": np.array([len(y) for _, y in DataLoader(TensorDataset(*self._tensors()), self._size)])}

    @property
    def _size(self) -> int:
        return int(self.args["batch_size"])

    def _tensors(self) -> list[Any]:
        import torch

        return [torch.from_numpy(value) for value in self._examples().values()]

    def _training_answers(self) -> Values:
        """The mean loss of each epoch; in epoch k each batch's loss is divided by k."""
        losses = np.repeat(self.args["losses"], self._batches_answers()["sizes"])
        return {"losses": losses.mean() / np.arange(1, self.args["epochs"] + 1)}


WIDE, TALL = {"fan_in": 784, "fan_out": 16}, {"fan_in": 16, "fan_out": 784}
BATCHES: dict[str, Any] = {"count": 11, "batch_size": 4, "drop_last": False}


def _initialiser(rule: str, uniform: bool) -> tuple[Routine, ...]:
    shared = {"rule": rule, "uniform": uniform}
    return (
        Routine("784 inputs and 16 outputs", "inputs and outputs exchanged", "drawing", {**WIDE, **shared}),
        Routine("16 inputs and 784 outputs", "another initialiser than its name says", "drawing", {**TALL, **shared}),
    )


ROUTINES: dict[str, tuple[Routine, ...]] = {
    "clip_grad_norm_": (
        Routine(
            "worked by hand", "(3, 4) has norm 5, so that a limit of 1 leaves (0.6, 0.8)", "clipping",
            {"grads": [[3.0], [4.0]], "max_norm": 1.0},
        ),
        Routine(
            "three tensors", "each tensor clipped by a norm of its own", "clipping",
            {"shapes": ((4, 3), (4,), (2, 4)), "max_norm": 0.5},
        ),
        Routine(
            "below the limit", "gradients that are scaled up to the limit", "clipping",
            {"shapes": ((4, 3), (4,)), "max_norm": 50.0},
        ),
        Routine("zeros", "a division by a norm of 0", "clipping", {"grads": [[0.0, 0.0], [0.0]], "max_norm": 1.0}),
    ),
    "init.xavier_uniform_": _initialiser("xavier", True),
    "init.xavier_normal_": _initialiser("xavier", False),
    "init.kaiming_uniform_": _initialiser("kaiming", True),
    "init.kaiming_normal_": _initialiser("kaiming", False),
    "DataLoader": (
        Routine("in order", "an order that nobody asked for", "batches", {**BATCHES, "shuffle": False}, "shuffle"),
        Routine(
            "shuffled", "inputs and targets that no longer belong together, or examples that are lost", "batches",
            {**BATCHES, "shuffle": True},
        ),
        Routine(
            "full batches", "a batch too many, or one too few", "batches", {**BATCHES, "count": 12, "shuffle": True}
        ),
    ),
    "train": (
        Routine(
            "three epochs", "the same batch in every step, gradients that add up, or a mean of means", "training",
            {**BATCHES, "epochs": 3, "losses": [1.0, 2.0, 6.0]},
        ),
    ),
}  # fmt: skip
