"""Neurons, layers and networks made of scalars, and a network that trains itself: PyTorch's answers, made by hand.

Courses differ in the activation of a neuron: none, relu, sigmoid or tanh, and in a network also for the last layer.
None of them is a mistake. There are answers for each, and a submission is judged by those that its outputs agree with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from parity.cases import Sample
from parity.observation import draw
from parity.student.graphs import Graph
from parity.student.routines import Routine

if TYPE_CHECKING:
    from parity.student.plan import Planned

__all__ = ["NETWORKS", "STEPS", "Asked", "Network", "Steps", "settle"]

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh")
# The activation of the hidden layers, and that of the last one.
VARIANTS = (
    *((one, one) for one in ACTIVATIONS),
    *((one, "linear") for one in ("relu", "sigmoid", "tanh")),
    *((one, "sigmoid") for one in ("relu", "tanh")),
)

Values = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Network:
    """A sample: the sizes from the inputs to the outputs, and values where they are not drawn."""

    name: str
    exposes: str
    sizes: tuple[int, ...]
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def args(self) -> dict[str, Any]:
        return {"in_features": self.sizes[0], "out_features": self.sizes[-1], "sizes": list(self.sizes[1:])}

    def drawn(self) -> Values:
        """ "input", "upstream", and "weight" and "bias" of each layer."""
        shapes: dict[str, tuple[int, ...]] = {"input": (self.sizes[0],), "upstream": (self.sizes[-1],)}
        for index, (before, after) in enumerate(pairwise(self.sizes)):
            shapes |= {f"weight.{index}": (after, before), f"bias.{index}": (after,)}
        return {
            name: np.array(self.values[name], np.float64)
            if name in self.values
            else draw(lambda rng, s=shape: rng.normal(0, 0.7, s), f"{self.name} {self.sizes} {name}", "float64")
            for name, shape in shapes.items()
        }

    def answers(self) -> Values:
        """PyTorch's, for each choice of activations."""
        found: Values = {}
        for hidden, last in VARIANTS:
            found |= {f"{hidden} {last}|{name}": value for name, value in self._ask(hidden, last).items()}
        return found

    def _ask(self, hidden: str, last: str) -> Values:
        import torch

        functions: dict[str, Any] = {
            "linear": lambda z: z, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
        }  # fmt: skip
        tensors = {name: torch.from_numpy(value).requires_grad_() for name, value in self.drawn().items()}
        output = tensors["input"]
        for index in range(layers := len(self.sizes) - 1):
            output = output @ tensors[f"weight.{index}"].T + tensors[f"bias.{index}"]
            output = functions[last if index == layers - 1 else hidden](output)
        torch.autograd.backward(output, tensors["upstream"])
        grads = {
            f"grad.{name}": t.grad.numpy() for name, t in tensors.items() if name[0] in "wb" and t.grad is not None
        }
        return {"forward": output.detach().numpy(), **grads}


COURSE = {"input": [2.0, 5.0], "weight.0": [[3.0, 6.0]], "bias.0": [-2.0], "upstream": [1.0]}

NETWORKS: dict[str, tuple[Network, ...]] = {
    "Neuron": (
        Network("worked by hand", "2·3 + 5·6 − 2 is 34", (2, 1), COURSE),
        Network("three inputs", "a bias that is left out, or a gradient that ignores what comes from above", (3, 1)),
        Network(
            "below zero",
            "an activation's derivative where its input is negative",
            (2, 1),
            {"input": [1.0, -2.0], "weight.0": [[-0.5, 0.25]], "bias.0": [0.3]},
        ),
        Network("one input", "more than one input taken for granted", (1, 1)),
    ),
    "Layer": (
        Network("three inputs, two neurons", "inputs and neurons exchanged, or one neuron taken twice", (3, 2)),
        Network("two inputs, four neurons", "inputs and neurons exchanged", (2, 4)),
    ),
    "MLP": (
        Network("one layer", "a network of one layer", (3, 2)),
        Network("two layers", "a layer that does not start where the last one ends", (3, 4, 2)),
        Network("three layers and one output", "a gradient that is lost on the way", (2, 3, 4, 1)),
    ),
}


def settle(planned: Sequence[Planned], replies: Mapping[int, Mapping[str, Any]]) -> list[Planned]:
    """Choose the activations that most outputs agree with, and keep their answers alone.

    Where nothing agrees with more, the dialect's own are taken.
    """
    asked = [item for item in planned if not item.skip and isinstance(item.sample, Network)]
    if not asked:
        return list(planned)
    usual = str(asked[0].match.spec.get("activation", ""))
    variants = sorted((f"{hidden} {last}" for hidden, last in VARIANTS), key=lambda name: name != usual)
    wrong = dict.fromkeys(variants, 0)
    for number, item in enumerate(asked):
        got = replies.get(number, {}).get("values", {}).get("forward")
        for variant in variants:
            answer = item.expected[f"{variant}|forward"]
            right = isinstance(got, np.ndarray) and got.shape == answer.shape
            wrong[variant] += not (right and np.allclose(got, answer, rtol=1e-6, atol=1e-9))
    chosen = min(variants, key=lambda variant: wrong[variant])
    return [item if item.skip else replace(item, expected=_of(item.expected, chosen)) for item in planned]


def _of(expected: Mapping[str, np.ndarray[Any, Any]], variant: str) -> Values:
    return {name.split("|")[1]: value for name, value in expected.items() if name.split("|")[0] == variant}


@dataclass(frozen=True)
class Steps:
    """A network of the course's exercise 4: layers are appended, and each backward takes a step."""

    name: str
    exposes: str
    input_size: int = 4
    layers: tuple[tuple[int, str, float], ...] = ((3, "tanh", 0.25), (2, "sigmoid", -0.5))
    lr: float = 0.5
    steps: int = 3

    @property
    def args(self) -> dict[str, Any]:
        return {"input_size": self.input_size, "lr": self.lr}

    def drawn(self) -> Values:
        shapes: dict[str, tuple[int, ...]] = {"input": (5, self.input_size)}
        sizes = [self.input_size, *(size for size, _, _ in self.layers)]
        for index, (before, after) in enumerate(pairwise(sizes)):
            shapes |= {f"weight.{index}": (after, before), f"bias.{index}": (after,)}
        shapes |= {f"derivative.{step}": (5, sizes[-1]) for step in range(self.steps)}
        return {
            name: draw(lambda rng, s=shape: rng.normal(0, 0.7, s), f"{self.name} {name}", "float64")
            for name, shape in shapes.items()
        }

    def answers(self) -> Values:
        """The outputs and the weights, step by step, from PyTorch."""
        import torch

        functions: dict[str, Any] = {
            "linear": lambda z: z, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
        }  # fmt: skip
        tensors = {name: torch.from_numpy(value) for name, value in self.drawn().items()}
        trained = {name: t.requires_grad_() for name, t in tensors.items() if name[0] in "wb"}
        optimizer = torch.optim.SGD(list(trained.values()), lr=self.lr)
        found: Values = {}
        for step in range(self.steps):
            output = tensors["input"]
            for index, (_, activation, _) in enumerate(self.layers):
                output = functions[activation](output @ trained[f"weight.{index}"].T + trained[f"bias.{index}"])
            optimizer.zero_grad()
            torch.autograd.backward(output, tensors[f"derivative.{step}"])
            optimizer.step()
            found[f"trajectory.step {step + 1}.output"] = output.detach().numpy()
            for name, tensor in trained.items():
                found[f"trajectory.step {step + 1}.{name}"] = tensor.detach().numpy().copy()
        return found


STEPS: dict[str, tuple[Steps, ...]] = {
    "exercises.NeuralNetwork": (
        Steps("one layer", "a step of the wrong size or direction", layers=((2, "linear", 1.0),)),
        Steps("three steps", "weights changed before the derivative is handed on, or gradients that add up"),
        Steps(
            "three layers",
            "a layer that does not start where the last one ends",
            layers=((5, "relu", 0.0), (4, "tanh", 1.0), (1, "sigmoid", 0.0)),
        ),
    )
}

Asked = Sample | Graph | Network | Steps | Routine
