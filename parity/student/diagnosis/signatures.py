"""The second witness: regularities of what a student's layer or loss gives, for what no variant fits.

Each is a hypothesis, too: what a mistake would give is worked out from PyTorch's answers, from the task, or from a
right component that is run otherwise, and compared with the student's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import ModuleSample
from parity.student.diagnosis.formulas import elements, reduction, special
from parity.student.diagnosis.seen import Hypothesis, Seen
from parity.student.diagnosis.variants import rerun

__all__ = ["module_signatures"]

Array = npt.NDArray[Any]
Values = Mapping[str, Any]
LOSSES = ("Loss", "L2Penalty", "L1Penalty")


def module_signatures(component: str) -> Iterator[Hypothesis]:
    """What can be said of a layer or a loss by its name alone."""
    if component.endswith(LOSSES):
        yield from _of_losses(component)
    else:
        yield from _of_layers(component)
    yield Hypothesis("integer-arrays", _whole_numbers, "whole", sure=0.9, partial=True)
    yield Hypothesis("grad-overwritten", _overwritten, "overwritten", partial=True)
    yield Hypothesis("zero-grad-missing", _never_zeroed, "kept", partial=True)
    yield from special(component)


def _of_layers(component: str) -> Iterator[Hypothesis]:
    yield Hypothesis("upstream-ignored", _ones_above, "ones_above", sure=0.95, partial=True)
    yield Hypothesis("bias-grad-mean", _bias_mean, "bias_mean", sure=0.95)
    yield Hypothesis("bias-grad-unsummed", _bias_unsummed, "unsummed", sure=0.95)
    yield Hypothesis("batch-mean-twice", _weight_divided, "divided", sure=0.95, partial=True)


def _of_losses(component: str) -> Iterator[Hypothesis]:
    yield Hypothesis("batch-mean-missing", _scaled(lambda s: s.batch), "not_divided", sure=0.95)
    yield Hypothesis("batch-mean-missing", _scaled(elements), "not_divided", sure=0.95)
    yield Hypothesis("batch-mean-twice", _scaled(lambda s: 1 / s.batch), "divided", sure=0.93)
    yield Hypothesis("batch-mean-twice", _scaled(lambda s: 1 / elements(s)), "divided", sure=0.93)
    yield Hypothesis("loss-sign", _scaled(lambda s: -1.0), "sign", sure=0.95)
    yield Hypothesis("loss-sign", _scaled(lambda s: -1.0, whole=True), "sign", sure=0.95)
    yield Hypothesis("upstream-ignored", _ones_above, "ones_above", sure=0.9, partial=True)


# --- ratios


def _scaled(factor: Callable[[Seen], float], whole: bool = False) -> Callable[[Seen], Values]:
    """The gradients times this factor; the loss as well, where `whole`."""

    def predict(seen: Seen) -> Values:
        if reduction(seen) != "mean" and factor(seen) != -1:
            return {}
        names = [name for name in seen.expected if name.startswith(("grad.", "eval.grad."))]
        names += [name for name in seen.expected if whole and name.startswith(("forward", "eval.forward"))]
        return {name: seen.expected[name] * factor(seen) for name in names}

    return predict


def _bias_mean(seen: Seen) -> Values:
    """The bias's gradient divided by how many were added up; the other gradients as they should be."""
    found = {name: value for name, value in seen.expected.items() if name.startswith("grad.")}
    if "grad.bias" not in found:
        return {}
    count = _summed_up(seen)
    return {**found, "grad.bias": found["grad.bias"] / count} if count > 1 else {}


def _summed_up(seen: Seen) -> float:
    bias = seen.expected["grad.bias"]
    return float(np.size(seen.task["upstream"][0])) / max(bias.size, 1)


def _bias_unsummed(seen: Seen) -> Values:
    upstream = seen.task["upstream"][0] if seen.task.get("upstream") else None
    got = seen.got.get("grad.bias")
    if got is None or not isinstance(upstream, np.ndarray) or upstream.ndim < 2 or min(upstream.shape) < 2:
        return {}
    return {"grad.bias": upstream.reshape(got.shape)} if got.size == upstream.size else {}


def _weight_divided(seen: Seen) -> Values:
    if "grad.weight" not in seen.differing or seen.batch < 2:
        return {}
    return {
        name: value / seen.batch
        for name, value in seen.expected.items()
        if name.startswith(("grad.", "eval.grad.", "accumulated."))
    }


# --- what a gradient was made of


def _ones_above(seen: Seen) -> Values:
    """What a right component hands on when the gradient from above is 1 everywhere."""
    if seen.unit or not isinstance(seen.sample, ModuleSample):
        return {}
    grads = rerun(seen.component, seen.sample.name, seen.seed, "ones")
    return {name: grads[name] for name in grads if name.startswith("grad.")}


def _whole_numbers(seen: Seen) -> Values:
    """An array of whole numbers where there should be fractions."""
    return {
        name: value
        for name, value in seen.got.items()
        if value.dtype.kind in "iu" and seen.expected[name].dtype.kind == "f" and name.split(".")[0] != "forward"
    } | _cut_off(seen)


def _cut_off(seen: Seen) -> dict[str, Any]:
    return {
        name: np.trunc(seen.expected[name])
        for name in seen.differing
        if name.startswith(("grad.", "trajectory.")) and np.abs(seen.expected[name]).max(initial=0) > 1
    }


def _overwritten(seen: Seen) -> Values:
    """After a second backward there is the second gradient alone."""
    return {
        name: value - seen.expected[f"grad.{name.removeprefix('accumulated.')}"]
        for name, value in seen.expected.items()
        if name.startswith("accumulated.") and f"grad.{name.removeprefix('accumulated.')}" in seen.expected
    }


def _never_zeroed(seen: Seen) -> Values:
    """After zero_grad and another backward there is still what was there before."""
    found = {}
    for name in seen.task.get("parameters", {}):
        before = seen.got.get(f"accumulated.{name}")
        for later in (f"eval.grad.{name}", f"repeat.grad.{name}"):
            if before is not None and later in seen.got:
                found[later] = seen.expected[later] + before
                before = seen.got[later]
    return found
