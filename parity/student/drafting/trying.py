"""Trying a class whose names nobody knows, in the jail: what is asked, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity.student.isolation.jail import Jail
from parity.student.worker.names import ARGUMENTS, TARGETS, roles

__all__ = ["IN", "OUT", "N", "Tried", "attempt", "backward_roles", "constructions", "loss_order", "trial_inputs"]

N, IN, OUT = 5, 4, 3  # sides that differ, so that a shape tells what it is


@dataclass
class Tried:
    """What a try showed: arrays by how they are reached, "" where something did not happen."""

    made: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    forwarded: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    backwarded: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    raised: str = ""

    def which(self, what: str) -> int:
        return int(self.values.get(f"which.{what}", np.array(0)))

    @property
    def all(self) -> dict[str, np.ndarray[Any, Any]]:
        return self.made | self.forwarded | self.backwarded


def backward_roles(arguments: Sequence[str], is_loss: bool) -> list[str]:
    """What each argument of backward is; those with a default are left out, but for the first."""
    names = [a for place, a in enumerate(arguments) if not a.startswith("*") and (place == 0 or not a.endswith("="))]
    rates = {"lr", *ARGUMENTS["lr"]}
    others = [a for a in names if a.rstrip("=") not in rates]
    told = iter(roles(others, 2 if is_loss else 1))
    return ["rate" if a.rstrip("=") in rates else next(told) for a in names]


def constructions(component: str, given: Sequence[str], paired: Mapping[str, tuple[str, ...]]) -> list[list[Any]]:
    """Arguments to try: by name, then in PyTorch's order, then in the other."""
    usual = {"in_features": IN, "out_features": OUT, "num_features": IN, "normalized_shape": IN, "p": 0.5, "dim": 1}
    names = {own: key for key, several in paired.items() for own in several}
    required = [a for a in given if not a.endswith("=") and not a.startswith("*")]
    by_name = [usual.get(names.get(a, ""), 1.0) for a in required]
    numbers = [IN, OUT][: len(required)] + [1.0] * (len(required) - 2)
    return [by_name] if all(a in names for a in required) else [numbers, by_name]


def trial_inputs(component: str) -> list[list[Any]]:
    """Inputs to try: rows, then columns; a loss's prediction and target."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0.1, 0.9, (N, IN))
    if not component.endswith("Loss"):
        return [[x], [x.T.copy()]]
    if component in ("CrossEntropyLoss", "NLLLoss"):
        labels = np.array([0, 1, 2, 3, 1])
        return [[x, labels], [x, np.eye(IN)[labels]]]
    return [[x, (rng.random((N, IN)) > 0.5).astype(float)]]


def loss_order(arguments: Sequence[str], is_loss: bool) -> list[str]:
    """Forward's arguments in the student's order."""
    if not is_loss:
        return ["input"]
    names = [argument.rstrip("=") for argument in arguments]
    return ["target", "input"] if names[:1] and names[0] in (*TARGETS, "y") and names[1:] else ["input", "target"]


def attempt(jail: Jail, task: dict[str, Any]) -> Tried:
    reply = jail.run([{"kind": "probe", "spec": {}, **task}]).replies.get(0, {})
    values = reply.get("values", {})
    raised = reply.get("raised")
    groups = {
        group: {key.split(".", 1)[1]: v for key, v in values.items() if key.startswith(f"{group}.") and v is not None}
        for group in ("made", "forwarded", "backwarded")
    }
    text = "" if raised is None else f"{raised['type']} in {raised['stage']}"
    return Tried(**groups, values=values, raised=text)
