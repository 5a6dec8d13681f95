"""Conventions that are not mistakes: other formulas than PyTorch's, with the PyTorch arguments that equal them.

What a convention explains is not called wrong where the student's own arguments cannot say what PyTorch's say: a loss
without `reduction` that sums can only be compared with `MSELoss(reduction="sum")`, so its check passes, with a note.
Where the arguments can say it (a `momentum` that is one minus PyTorch's, an `eps` of another default) the check fails,
since it was asked with PyTorch's, and the note says what to pass. Each equality is tested against PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.student.diagnosis.descents import Rule, plain_adagrad, plain_adam, plain_rmsprop, plain_sgd, trajectory
from parity.student.diagnosis.formulas import momentum_swapped
from parity.student.diagnosis.seen import Hypothesis, Seen

__all__ = ["Convention", "conventions"]

Values = Mapping[str, Any]
EPSILONS = (1e-7, 1e-6, 1e-8, 1e-10, 1e-5, 1e-12)  # PyTorch's is 1e-8, of Adagrad 1e-10


@dataclass(frozen=True)
class Convention:
    """`equals` are the PyTorch arguments; `argument` is what would say it, if the student's version has it.

    `mistake`: where PyTorch's name was meant, this is what went wrong.
    """

    name: str
    equals: str
    argument: str
    hypothesis: Hypothesis
    mistake: str = ""

    def expressible(self, takes: tuple[str, ...] | None) -> bool:
        return bool(self.argument) and (takes is None or self.argument in takes)


def conventions(component: str) -> Iterator[Convention]:
    for name, equals, argument, predict, components, mistake in TABLE:
        if component in components:
            said = equals.format(component=component)
            yield Convention(name, said, argument, Hypothesis("", predict, name, {"equals": said}, 0.95), mistake)
    if component in DESCENTS:
        for eps in EPSILONS:
            said = f"{component}(eps={eps:g})"
            facts = {"equals": said}
            yield Convention("other_eps", said, "eps", Hypothesis("", _other_eps(eps), "other_eps", facts, 0.95))


def _summed(seen: Seen) -> Values:
    """The sum, where the mean is asked for."""
    if seen.task.get("args", {}).get("reduction", "mean") != "mean" or seen.expected["forward"].shape:
        return {}
    count = np.size(seen.task["inputs"][0])
    return {
        name: value * count for name, value in seen.expected.items() if name.startswith(("forward", "grad.", "eval"))
    }


def _unclamped(seen: Seen) -> Values:
    """Infinite, or no number, where PyTorch's logarithm stops at −100 and its gradient at 1e12."""
    p, target = (np.asarray(value) for value in seen.task["inputs"][:2])
    certain = (p == 0) | (p == 1)
    if not certain.any() or seen.task["args"].get("reduction") != "none":
        return {}
    found = {}
    for name, expected in seen.expected.items():
        got = seen.got.get(name)
        if got is not None and got.shape == certain.shape == target.shape:
            # At 0 and 1 whatever the formula gives, as long as it is no number that could be meant.
            odd = certain & ~np.isfinite(got)
            found[name] = np.where(odd, got, expected)
    return found


def _exact_sixth(seen: Seen) -> Values:
    """1/6 to the last digit, where PyTorch's derivative has the float32 nearest to it, in float64 too."""
    exact = 1 / (6 * float(np.float32(1 / 6)))
    return {name: value * exact for name, value in seen.expected.items() if name.startswith(("grad.", "eval.grad."))}


def _other_eps(eps: float) -> Callable[[Seen], Values]:
    def predict(seen: Seen) -> Values:
        if "eps" in seen.task.get("args", {}):
            return {}
        return trajectory(DESCENTS[seen.component], eps=eps)(seen)

    return predict


DESCENTS: dict[str, Rule] = {
    "Adam": plain_adam, "AdamW": plain_adam, "RMSprop": plain_rmsprop, "Adagrad": plain_adagrad,
}  # fmt: skip
NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")


def _averaged(seen: Seen) -> Values:
    return {} if seen.task["args"].get("nesterov") else trajectory(plain_sgd(dampened=True))(seen)


# Name, PyTorch's arguments, what would say it, the numbers, the components, and the mistake that it would be.
TABLE: tuple[tuple[str, str, str, Callable[[Seen], Values], tuple[str, ...], str], ...] = (
    ("sum_of_all", '{component}(reduction="sum")', "reduction", _summed, ("MSELoss", "L1Loss", "HuberLoss"), ""),
    ("unclamped", "BCELoss, but for p = 0 and p = 1", "", _unclamped, ("BCELoss",), ""),
    ("exact_sixth", "Hardsigmoid, but for the last digits of its slope", "", _exact_sixth, ("Hardsigmoid",), ""),
    ("averaged_momentum", "SGD(lr * (1 - momentum), momentum)", "momentum", _averaged, ("SGD",), "momentum-dampened"),
    (
        "one_minus_momentum",
        "{component}(momentum=1 - momentum)",
        "momentum",
        momentum_swapped,
        NORMS,
        "batchnorm-momentum-swapped",
    ),
)
