"""What may be chosen in the playground. A value from the page is one of these lists or ranges, or it is refused."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from parity.sides import Side

__all__ = ["ACTIVATIONS", "DATA", "HIDDEN", "NEURONS", "OPTIMIZERS", "OPTIONS", "REGULARISATIONS", "SEEDS", "Choices"]

DATA = ("xor", "moons", "circles", "spirals", "two digits", "ten digits")
ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "Tanh", "Sigmoid", "Identity")
# Name: the component, and what it is built with beside the learning rate.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {}),
    "SGD, momentum 0.9": ("SGD", {"momentum": 0.9}),
    "Adagrad": ("Adagrad", {}),
    "RMSprop": ("RMSprop", {}),
    "Adam": ("Adam", {}),
    "AdamW": ("AdamW", {}),
    "NAdam": ("NAdam", {}),
    "Rprop": ("Rprop", {}),
}
REGULARISATIONS = ("none", "L1", "L2", "dropout")
HIDDEN = 4  # hidden layers at most
NEURONS = 8  # in each of them at most
SEEDS = 10_000
# What is chosen from a list; `hidden` and `seed` are numbers in a range.
OPTIONS: dict[str, tuple[Any, ...]] = {
    "data": DATA,
    "activation": ACTIVATIONS,
    "optimizer": tuple(OPTIMIZERS),
    "lr": (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    "regularisation": REGULARISATIONS,
    "strength": (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5),
    "batch_size": (1, 4, 10, 32, 64, 128),
    "dtype": ("float64", "float32"),
}


@dataclass(frozen=True)
class Choices:
    """What a session trains, and how.

    Args:
        data: one of `DATA`.
        hidden: the neurons of each hidden layer, 0 to 4 layers of 1 to 8.
        activation: a component of `scratch.layers` that follows each hidden layer.
        optimizer: one of `OPTIMIZERS`.
        lr: the learning rate.
        regularisation: none, a penalty on every parameter, or dropout after each hidden layer.
        strength: the penalty's λ, or dropout's p.
        batch_size: rows of a step.
        seed: of the points, the weights, the shuffles and the dropout masks, on both sides.
        dtype: in which both sides compute.

    Raises:
        ValueError: what is in no list or range.

    Example:
        >>> Choices().changed("lr", 0.1).lr
        0.1
        >>> Choices().changed("lr", "__import__('os')")
        Traceback (most recent call last):
        ...
        ValueError: lr: expected one of 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0
    """

    data: str = "moons"
    hidden: tuple[int, ...] = (6, 4)
    activation: str = "Tanh"
    optimizer: str = "Adam"
    lr: float = 0.03
    regularisation: str = "none"
    strength: float = 0.001
    batch_size: int = 32
    seed: int = 0
    dtype: str = "float64"

    def __post_init__(self) -> None:
        for name, allowed in OPTIONS.items():
            value = getattr(self, name)
            if type(value) is not type(allowed[0]) or value not in allowed:
                raise ValueError(f"{name}: expected one of {', '.join(map(str, allowed))}")
        if type(self.hidden) is not tuple or len(self.hidden) > HIDDEN:
            raise ValueError(f"hidden: expected 0 to {HIDDEN} layers")
        if not all(_whole(size, 1, NEURONS) for size in self.hidden):
            raise ValueError(f"hidden: expected 1 to {NEURONS} neurons in each layer")
        if not _whole(self.seed, 0, SEEDS - 1):
            raise ValueError(f"seed: expected a whole number from 0 to {SEEDS - 1}")

    def changed(self, name: str, value: Any) -> Choices:
        """These choices with another value for one of them.

        Raises:
            ValueError: no such choice, or no such value.
        """
        if name not in {field.name for field in fields(self)}:
            raise ValueError("no such choice")
        return replace(self, **{name: value})

    def build(self, side: Side, inputs: int, outputs: int) -> Any:
        """The network: linear layers, each hidden one followed by its activation and, if chosen, dropout."""
        layers: list[Any] = []
        for size in self.hidden:
            layers += [side.Linear(inputs, size), side.find(self.activation)()]
            layers += [side.Dropout(self.strength)] if self.regularisation == "dropout" else []
            inputs = size
        return side.Sequential(*layers, side.Linear(inputs, outputs))


def _whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most  # type(), since True is an int too
