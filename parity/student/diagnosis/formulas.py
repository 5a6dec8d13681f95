"""What a mistake that only some components can have would give, as a formula of the case's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.student.diagnosis.seen import Hypothesis, Seen
from parity.student.diagnosis.variants import flip, rerun

__all__ = ["elements", "momentum_swapped", "reduction", "special"]

Array = npt.NDArray[Any]
Values = Mapping[str, Any]


def special(component: str) -> Iterator[Hypothesis]:
    """The mistakes that this component can have, beside those that any can."""
    for name, (make, components) in SPECIAL.items():
        if component in components:
            yield from make(name)
    if component == "exercises.Layer":
        for name in SLOPES:
            yield from _layer_slopes(name)


def elements(seen: Seen) -> int:
    return max(int(np.size(seen.task["inputs"][0])), 1)


def features(seen: Seen) -> int:
    return prod(np.shape(seen.task["inputs"][0])[1:]) or 1


def reduction(seen: Seen) -> str:
    return str(seen.task.get("args", {}).get("reduction", "mean"))


def _kernel_flipped(name: str) -> Iterator[Hypothesis]:
    def predict(seen: Seen) -> Values:
        found = dict(rerun(seen.component, seen.sample.name, seen.seed, "flipped"))
        return {key: flip(value) if key == "grad.weight" else value for key, value in found.items()}

    def output(seen: Seen) -> Values:
        return {key: value for key, value in predict(seen).items() if key == "forward"}

    yield Hypothesis(name, predict, "flipped", sure=0.97)
    yield Hypothesis(name, output, "flipped", sure=0.93)


def _updated_first(name: str) -> Iterator[Hypothesis]:
    """The weight has moved by some rate along its gradient before the input's gradient is taken."""

    def predict(seen: Seen) -> Values:
        grad, upstream = seen.expected.get("grad.weight"), seen.task["upstream"][0]
        if "grad.input" not in seen.differing or grad is None or upstream.shape[-1] != len(grad):
            return {}
        shift, residual = upstream @ grad, seen.got["grad.input"] - seen.expected["grad.input"]
        rate = -float((residual * shift).sum() / max((shift**2).sum(), 1e-300))
        return {"grad.input": seen.expected["grad.input"] - rate * shift, "grad.weight": grad} if rate > 0 else {}

    yield Hypothesis(name, predict, "updated", sure=0.93)


def _halved(name: str) -> Iterator[Hypothesis]:
    def whole(seen: Seen) -> Values:
        return {key: value / 2 for key, value in seen.expected.items() if key.startswith(("forward", "grad"))}

    def part(seen: Seen) -> Values:
        return {
            key: value / 2 if key.startswith("grad") else value
            for key, value in seen.expected.items()
            if key.startswith(("forward", "grad"))
        }

    yield Hypothesis(name, whole, "half", sure=0.96)
    yield Hypothesis(name, part, "half_gradient", sure=0.9)


def _summed_over_features(name: str) -> Iterator[Hypothesis]:
    def predict(seen: Seen) -> Values:
        if reduction(seen) != "mean" or features(seen) < 2 or seen.batch < 2:
            return {}
        chosen = {key: value for key, value in seen.expected.items() if key.startswith(("forward", "grad"))}
        return {key: value * features(seen) for key, value in chosen.items()}

    yield Hypothesis(name, predict, "features", sure=0.96)


def _all_pairs(name: str) -> Iterator[Hypothesis]:
    """Every prediction against every target."""

    def predict(seen: Seen) -> Values:
        input, target = (np.asarray(value, np.float64) for value in seen.task["inputs"][:2])
        difference = input.reshape(-1, 1) - target.reshape(1, -1)
        each = np.abs(difference) if seen.component == "L1Loss" else difference**2
        return _reduced(seen, each)

    yield Hypothesis(name, predict, "pairs", sure=0.96)


def _other_axes(name: str) -> Iterator[Hypothesis]:
    """A softmax along another axis than the one asked for, or over everything."""

    def over(axis: int | None) -> Callable[[Seen], Values]:
        def predict(seen: Seen) -> Values:
            x: Array = np.asarray(seen.task["inputs"][0])
            if axis is not None and axis >= x.ndim:
                return {}
            with np.errstate(all="ignore"):
                shifted = x - x.max(axis=axis, keepdims=True, initial=-np.inf)
                logs = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
            if not np.isfinite(logs).all():
                return {}
            if seen.component == "CrossEntropyLoss":
                return _cross_entropy(seen, np.exp(logs), np.log) | _difference(seen, np.exp(logs))
            return {"forward": logs if seen.component == "LogSoftmax" else np.exp(logs)}

        return predict

    for axis in (None, 0, 1, 2):
        yield Hypothesis(name, over(axis), "axis", sure=0.95, partial=True)


def _cross_entropy(seen: Seen, probabilities: Array, log: Callable[[Array], Array]) -> dict[str, Any]:
    """The loss from probabilities, where the sample is a plain one."""
    args, target = seen.task.get("args", {}), np.asarray(seen.task["inputs"][1])
    plain = args.get("weight") is None and not args.get("label_smoothing") and target.dtype.kind in "iu"
    if not plain or probabilities.ndim != 2 or target.min(initial=0) < 0:
        return {}
    with np.errstate(all="ignore"):
        each = -log(probabilities[np.arange(len(target)), target])
    return _reduced(seen, each) if np.isfinite(each).all() else {}


def _difference(seen: Seen, probabilities: Array) -> dict[str, Any]:
    """p − y, which follows the probabilities, whatever they are."""
    target, upstream = np.asarray(seen.task["inputs"][1]), np.asarray(seen.task["upstream"][0])
    if probabilities.ndim != 2 or target.dtype.kind not in "iu" or target.min(initial=0) < 0:
        return {}
    grad = probabilities - np.eye(probabilities.shape[1])[target]
    grad = grad * (upstream[:, None] if upstream.ndim else upstream)
    return {"grad.input": grad / len(grad) if reduction(seen) == "mean" else grad}


def _reduced(seen: Seen, each: Array) -> dict[str, Any]:
    how = reduction(seen)
    if not each.size:  # a mean of nothing tells nothing
        return {}
    return {"forward": np.array(each if how == "none" else each.mean() if how == "mean" else each.sum())}


def _clipped_logs(name: str) -> Iterator[Hypothesis]:
    """log(p + eps) or log(clip(p, eps, 1 − eps)), for some power of ten."""

    def with_eps(eps: float, add: bool) -> Callable[[Seen], Values]:
        def log(p: Array) -> Array:
            return np.log(p + eps) if add else np.log(np.clip(p, eps, 1 - eps))

        def predict(seen: Seen) -> Values:
            x = np.asarray(seen.task["inputs"][0], np.float64)
            if seen.component == "CrossEntropyLoss":
                with np.errstate(all="ignore"):
                    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
                    return _cross_entropy(seen, shifted / shifted.sum(axis=-1, keepdims=True), log)
            p, target = x, np.asarray(seen.task["inputs"][1])
            if seen.component == "BCEWithLogitsLoss":
                with np.errstate(all="ignore"):
                    p = 1 / (1 + np.exp(-x))
            if any(seen.task.get("args", {}).get(key) is not None for key in ("weight", "pos_weight")):
                return {}
            return _reduced(seen, -(target * log(p) + (1 - target) * log(1 - p)))

        return predict

    for exponent in (7, 8, 9, 10, 12, 15, 5, 6, 4, 11, 13, 14, 16):
        for add in (True, False):
            eps = 10.0**-exponent
            facts = {"eps": f"1e-{exponent}", "cap": round(exponent * np.log(10), 3)}
            yield Hypothesis(name, with_eps(eps, add), "clipped", facts, sure=0.96 if exponent == 7 else 0.95)


def _ties_shared(name: str) -> Iterator[Hypothesis]:
    """Among equal maxima of a window each gets the gradient, or each an equal part of it."""

    def predict(seen: Seen) -> Values:
        if "grad.input" not in seen.differing:
            return {}
        input, got, right = seen.task["inputs"][0], seen.got["grad.input"], seen.expected["grad.input"]
        wrong = ~np.isclose(got, right, rtol=1e-9, atol=1e-12)
        tied = np.array([np.sum(input == value) > 1 for value in input[wrong]])
        total = np.isclose(got.sum(), right.sum()) or np.all(got[wrong] != 0)
        return {"grad.input": got, "forward": seen.expected["forward"]} if tied.size and tied.all() and total else {}

    yield Hypothesis(name, predict, "ties", sure=0.85)


def _batch_norm(name: str) -> Iterator[Hypothesis]:
    makers = {
        "batchnorm-running-var-biased": (_running_biased, "biased"),
        "batchnorm-momentum-swapped": (momentum_swapped, "momentum"),
        "batchnorm-statistics-constant": (_statistics_constant, "constants"),
        "batchnorm-batch-statistics-in-eval": (_batch_in_eval, "batch_in_eval"),
    }
    predict, say = makers[name]
    yield Hypothesis(name, predict, say, sure=0.95)


def _statistics(seen: Seen) -> tuple[Array, Array, int, float] | None:
    """Mean and biased variance of each channel, how many there are, and the momentum."""
    x = np.asarray(seen.task["inputs"][0], np.float64)
    momentum = seen.task.get("args", {}).get("momentum", seen.task.get("defaults", {}).get("momentum", 0.1))
    if x.ndim < 2 or momentum is None or "buffer.running_var" not in seen.expected or not x.size:
        return None
    axes = (0, *range(2, x.ndim))
    return x.mean(axis=axes), x.var(axis=axes), x.size // x.shape[1], float(momentum)


def _running_biased(seen: Seen) -> Values:
    found = _statistics(seen)
    if found is None:
        return {}
    mean, var, _, momentum = found
    return {"buffer.running_mean": momentum * mean, "buffer.running_var": 1 - momentum + momentum * var}


def momentum_swapped(seen: Seen) -> Values:
    found = _statistics(seen)
    if found is None:
        return {}
    mean, var, count, momentum = found
    new = 1 - momentum
    unbiased = var * count / max(count - 1, 1)
    return {"buffer.running_mean": new * mean, "buffer.running_var": momentum + new * unbiased}


def _statistics_constant(seen: Seen) -> Values:
    x = np.asarray(seen.task["inputs"][0], np.float64)
    if x.ndim < 2 or not x.size:
        return {}
    args = {**seen.task.get("defaults", {}), **seen.task.get("args", {})}
    shape = (1, -1, *[1] * (x.ndim - 2))
    scale = 1 / np.sqrt(x.var(axis=(0, *range(2, x.ndim))) + args.get("eps", 1e-5))
    weight = seen.task["parameters"].get("weight", np.ones(x.shape[1]))
    return {
        "forward": seen.expected["forward"],
        "grad.input": seen.task["upstream"][0] * (scale * weight).reshape(shape),
    }


def _batch_in_eval(seen: Seen) -> Values:
    if "eval.forward" not in seen.expected:
        return {}
    return {"eval.forward": seen.expected["forward"], "forward": seen.expected["forward"]}


def _slope_at_zero(name: str) -> Iterator[Hypothesis]:
    """Where the input is 0 the gradient is let through."""

    def predict(seen: Seen) -> Values:
        input, grad = seen.task["inputs"][0], seen.expected.get("grad.input")
        if grad is None or not np.any(input == 0):
            return {}
        return {"grad.input": np.where(input == 0, seen.task["upstream"][0], grad)}

    yield Hypothesis(name, predict, "kink", sure=0.97)


def _slopes(name: str) -> Iterator[Hypothesis]:
    """An activation's derivative taken of something else than it should be."""

    def predict(seen: Seen) -> Values:
        x, upstream = np.asarray(seen.task["inputs"][0]), seen.task["upstream"][0]
        if name == "tanh-prime-of-input":
            return {"forward": seen.expected["forward"], "grad.input": upstream * (1 - x**2)}
        with np.errstate(all="ignore"):
            again = 1 / (1 + np.exp(-seen.expected["forward"]))
        return {"forward": seen.expected["forward"], "grad.input": upstream * again * (1 - again)}

    yield Hypothesis(name, predict, "slope", sure=0.96)


def _diagonal(name: str) -> Iterator[Hypothesis]:
    """Only s (1 − s) of each entry by itself."""

    def predict(seen: Seen) -> Values:
        s = seen.expected["forward"]
        return {"forward": s, "grad.input": seen.task["upstream"][0] * s * (1 - s)}

    yield Hypothesis(name, predict, "diagonal", sure=0.97)


# By mistake: the activation, the sentence, and the wrong derivative, from the sums z and the outputs a.
SLOPES: dict[str, tuple[str, str, Callable[[Array, Array], Array]]] = {
    "sigmoid-prime-of-activation": ("sigmoid", "slope", lambda z, a: np.exp(-a) / (1 + np.exp(-a)) ** 2),
    "tanh-prime-of-input": ("tanh", "slope", lambda z, a: 1 - z**2),
    "relu-kink": ("relu", "kink", lambda z, a: (z >= 0) * 1.0),
    "softmax-jacobian-diagonal": ("softmax", "diagonal", lambda z, a: a * (1 - a)),
}


def _layer_slopes(name: str) -> Iterator[Hypothesis]:
    """The same slips in a layer that has its activation built in."""
    activation, say, slope = SLOPES[name]

    def predict(seen: Seen) -> Values:
        if seen.task["args"].get("activation") != activation:
            return {}
        x, weight, bias = seen.task["inputs"][0], seen.task["parameters"]["weight"], seen.task["parameters"]["bias"]
        z = x @ weight.T + bias
        delta = seen.task["upstream"][0] * slope(z, seen.expected["forward"])
        grads = {"weight": delta.T @ x, "bias": delta.sum(axis=0), seen.task["arguments"][0]: delta @ weight}
        return {"forward": seen.expected["forward"]} | {f"grad.{key}": value for key, value in grads.items()}

    yield Hypothesis(name, predict, say, sure=0.96)


NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")
CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d")
# By mistake: what makes its hypotheses, and the components that it concerns.
SPECIAL: dict[str, tuple[Callable[[str], Iterator[Hypothesis]], tuple[str, ...]]] = {
    "conv-kernel-flipped": (_kernel_flipped, CONVOLUTIONS),
    "weights-updated-before-input-grad": (_updated_first, ("Linear",)),
    "mse-half": (_halved, ("MSELoss",)),
    "mse-sum-over-features": (_summed_over_features, ("MSELoss",)),
    "broadcast-column": (_all_pairs, ("MSELoss", "L1Loss")),
    "softmax-wrong-axis": (_other_axes, ("Softmax", "LogSoftmax", "CrossEntropyLoss")),
    "log-clipped": (_clipped_logs, ("CrossEntropyLoss", "BCELoss", "BCEWithLogitsLoss")),
    "pool-ties-shared": (_ties_shared, ("MaxPool1d", "MaxPool2d", "MaxPool3d")),
    "batchnorm-running-var-biased": (_batch_norm, NORMS),
    "batchnorm-momentum-swapped": (_batch_norm, NORMS),
    "batchnorm-statistics-constant": (_batch_norm, NORMS),
    "batchnorm-batch-statistics-in-eval": (_batch_norm, NORMS),
    "relu-kink": (_slope_at_zero, ("ReLU",)),
    "sigmoid-prime-of-activation": (_slopes, ("Sigmoid",)),
    "tanh-prime-of-input": (_slopes, ("Tanh",)),
    "softmax-jacobian-diagonal": (_diagonal, ("Softmax",)),
}
