"""The second witness: regularities of what a student's layer or loss gives, for what no variant fits.

Each is a hypothesis, too: the numbers that a mistake would give are worked out from PyTorch's answers, from the task, or
from a right component that is run otherwise, and compared with the student's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import ModuleSample
from parity.observation import Observation, drawn_from
from parity.observe_module import Run, start
from parity.sides import ScratchSide, leaves, rebuild
from parity.student.seen import Hypothesis, Seen

__all__ = ["LOSSES", "module_signatures", "momentum_swapped"]

Array = npt.NDArray[Any]
Values = Mapping[str, Any]
SIDE = ScratchSide()
LOSSES = ("Loss", "L2Penalty", "L1Penalty")
PARAMETERS = ("weight", "bias")


def module_signatures(component: str) -> Iterator[Hypothesis]:
    """What can be said of a layer or a loss by its name alone."""
    if component.endswith(LOSSES):
        yield from _of_losses(component)
    else:
        yield from _of_layers(component)
    yield Hypothesis("integer-arrays", _whole_numbers, "whole", sure=0.9, partial=True)
    yield Hypothesis("grad-overwritten", _overwritten, "overwritten", partial=True)
    yield Hypothesis("zero-grad-missing", _never_zeroed, "kept", partial=True)
    for name, (make, components, _) in SPECIAL.items():
        if component in components:
            yield from make(name)
    if component == "exercises.Layer":
        for name in ("sigmoid-prime-of-activation", "tanh-prime-of-input", "relu-kink", "softmax-jacobian-diagonal"):
            yield from _layer_slopes(name)


def _of_layers(component: str) -> Iterator[Hypothesis]:
    yield Hypothesis("upstream-ignored", _ones_above, "ones_above", sure=0.95, partial=True)
    yield Hypothesis("bias-grad-mean", _bias_mean, "bias_mean", sure=0.95)
    yield Hypothesis("bias-grad-unsummed", _bias_unsummed, "unsummed", sure=0.95)
    yield Hypothesis("batch-mean-twice", _weight_divided, "divided", sure=0.95, partial=True)


def _of_losses(component: str) -> Iterator[Hypothesis]:
    yield Hypothesis("batch-mean-missing", _scaled(lambda s: s.batch), "not_divided", sure=0.95)
    yield Hypothesis("batch-mean-missing", _scaled(_elements), "not_divided", sure=0.95)
    yield Hypothesis("batch-mean-twice", _scaled(lambda s: 1 / s.batch), "divided", sure=0.93)
    yield Hypothesis("batch-mean-twice", _scaled(lambda s: 1 / _elements(s)), "divided", sure=0.93)
    yield Hypothesis("loss-sign", _scaled(lambda s: -1.0), "sign", sure=0.95)
    yield Hypothesis("loss-sign", _scaled(lambda s: -1.0, whole=True), "sign", sure=0.95)
    yield Hypothesis("upstream-ignored", _ones_above, "ones_above", sure=0.9, partial=True)


# --- ratios


def _elements(seen: Seen) -> int:
    return max(int(np.size(seen.task["inputs"][0])), 1)


def _features(seen: Seen) -> int:
    return prod(np.shape(seen.task["inputs"][0])[1:]) or 1


def _scaled(factor: Callable[[Seen], float], whole: bool = False) -> Callable[[Seen], Values]:
    """The gradients times this factor; the loss as well, where `whole`."""

    def predict(seen: Seen) -> Values:
        if _reduction(seen) != "mean" and factor(seen) != -1:
            return {}
        names = [name for name in seen.expected if name.startswith(("grad.", "eval.grad."))]
        names += [name for name in seen.expected if whole and name.startswith(("forward", "eval.forward"))]
        return {name: seen.expected[name] * factor(seen) for name in names}

    return predict


def _reduction(seen: Seen) -> str:
    return str(seen.task.get("args", {}).get("reduction", "mean"))


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
    grads = _rerun(seen.component, seen.sample.name, seen.seed, "ones")
    return {name: grads[name] for name in grads if name.startswith("grad.")}


def _whole_numbers(seen: Seen) -> Values:
    """An array of whole numbers where there should be fractions."""
    return {
        name: value
        for name, value in seen.got.items()
        if value.dtype.kind in "iu" and seen.expected[name].dtype.kind == "f" and name.split(".")[0] != "forward"
    } | _cut_off(seen)


def _cut_off(seen: Seen) -> Values:
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


# --- a right component, run otherwise


@lru_cache(maxsize=512)
def _rerun(component: str, sample: str, seed: int, change: str) -> Values:
    """Output and gradients of the right component, with an upstream of ones ("ones") or a flipped kernel ("flipped")."""
    from parity.student.curriculum import samples

    chosen = next(s for s in samples(component) if s.name == sample)
    assert isinstance(chosen, ModuleSample)
    with np.errstate(all="ignore"), drawn_from(seed), SIDE.default_dtype("float64"):
        run = Run(SIDE, component, chosen, "float64")
        start(run, Observation())
        if change == "flipped":
            weight = run.parameters()["weight"]
            weight.data[...] = _flip(weight.data)
        output = run.forward()
        upstream = run.upstream(output, "upstream")
        if change == "ones":
            upstream = rebuild(upstream, (None if u is None else np.ones_like(u) for _, u in leaves(upstream)))
        grads = SIDE.backward(run.module, output, upstream, run.inputs)
        named = {name: grad for (name, needed), grad in zip(run.needs_grad.items(), grads, strict=True) if needed}
        named |= {name: p.grad for name, p in run.parameters().items()}
    found = {f"grad.{name}": np.array(grad) for name, grad in named.items() if grad is not None}
    return found | ({"forward": np.array(output)} if not isinstance(output, tuple) else {})


def _flip(kernel: Array) -> Array:
    return np.array(kernel[(slice(None), slice(None), *[slice(None, None, -1)] * (kernel.ndim - 2))])


# --- what only some components do


def _kernel_flipped(name: str) -> Iterator[Hypothesis]:
    def predict(seen: Seen) -> Values:
        found = dict(_rerun(seen.component, seen.sample.name, seen.seed, "flipped"))
        return {key: _flip(value) if key == "grad.weight" else value for key, value in found.items()}

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
        if _reduction(seen) != "mean" or _features(seen) < 2 or seen.batch < 2:
            return {}
        chosen = {key: value for key, value in seen.expected.items() if key.startswith(("forward", "grad"))}
        return {key: value * _features(seen) for key, value in chosen.items()}

    yield Hypothesis(name, predict, "features", sure=0.96)


def _all_pairs(name: str) -> Iterator[Hypothesis]:
    """Every prediction against every target."""

    def predict(seen: Seen) -> Values:
        input, target = (np.asarray(value, np.float64) for value in seen.task["inputs"][:2])
        difference = input.reshape(-1, 1) - target.reshape(1, -1)
        each = np.abs(difference) if seen.component == "L1Loss" else difference**2
        reduced = {"mean": each.mean, "sum": each.sum}.get(_reduction(seen))
        return {"forward": np.array(each if reduced is None else reduced())}

    yield Hypothesis(name, predict, "pairs", sure=0.96)


def _other_axes(name: str) -> Iterator[Hypothesis]:
    """A softmax along another axis than the one asked for, or over everything."""

    def over(axis: int | None) -> Callable[[Seen], Values]:
        def predict(seen: Seen) -> Values:
            x = np.asarray(seen.task["inputs"][0])
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


def _difference(seen: Seen, probabilities: Array) -> Values:
    """p − y, which follows the probabilities, whatever they are."""
    target, upstream = np.asarray(seen.task["inputs"][1]), np.asarray(seen.task["upstream"][0])
    if probabilities.ndim != 2 or target.dtype.kind not in "iu" or target.min(initial=0) < 0:
        return {}
    grad = probabilities - np.eye(probabilities.shape[1])[target]
    grad = grad * (upstream[:, None] if upstream.ndim else upstream)
    return {"grad.input": grad / len(grad) if _reduction(seen) == "mean" else grad}


def _reduced(seen: Seen, each: Array) -> dict[str, Any]:
    how = _reduction(seen)
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
    return {"forward": seen.expected["forward"], "grad.input": seen.task["upstream"][0] * (scale * weight).reshape(shape)}


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


def _layer_slopes(name: str) -> Iterator[Hypothesis]:
    """The same slips in a layer that has its activation built in."""
    activation, slope = {
        "sigmoid-prime-of-activation": ("sigmoid", lambda z, a: np.exp(-a) / (1 + np.exp(-a)) ** 2),
        "tanh-prime-of-input": ("tanh", lambda z, a: 1 - z**2),
        "relu-kink": ("relu", lambda z, a: (z >= 0) * 1.0),
        "softmax-jacobian-diagonal": ("softmax", lambda z, a: a * (1 - a)),
    }[name]

    def predict(seen: Seen) -> Values:
        if seen.task["args"].get("activation") != activation:
            return {}
        x, weight, bias = seen.task["inputs"][0], seen.task["parameters"]["weight"], seen.task["parameters"]["bias"]
        z = x @ weight.T + bias
        delta = seen.task["upstream"][0] * slope(z, seen.expected["forward"])
        grads = {"weight": delta.T @ x, "bias": delta.sum(axis=0), seen.task["arguments"][0]: delta @ weight}
        return {"forward": seen.expected["forward"]} | {f"grad.{key}": value for key, value in grads.items()}

    yield Hypothesis(name, predict, SPECIAL[name][2], sure=0.96)


NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")
CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d")
# By mistake: what makes its hypotheses, the components that it concerns, and the sentence for it.
SPECIAL: dict[str, tuple[Callable[[str], Iterator[Hypothesis]], tuple[str, ...], str]] = {
    "conv-kernel-flipped": (_kernel_flipped, CONVOLUTIONS, "variant"),
    "weights-updated-before-input-grad": (_updated_first, ("Linear",), "variant"),
    "mse-half": (_halved, ("MSELoss",), "variant"),
    "mse-sum-over-features": (_summed_over_features, ("MSELoss",), "variant"),
    "broadcast-column": (_all_pairs, ("MSELoss", "L1Loss"), "variant"),
    "softmax-wrong-axis": (_other_axes, ("Softmax", "LogSoftmax", "CrossEntropyLoss"), "variant"),
    "log-clipped": (_clipped_logs, ("CrossEntropyLoss", "BCELoss", "BCEWithLogitsLoss"), "variant"),
    "pool-ties-shared": (_ties_shared, ("MaxPool1d", "MaxPool2d", "MaxPool3d"), "variant"),
    "batchnorm-running-var-biased": (_batch_norm, NORMS, "variant"),
    "batchnorm-momentum-swapped": (_batch_norm, NORMS, "variant"),
    "batchnorm-statistics-constant": (_batch_norm, NORMS, "variant"),
    "batchnorm-batch-statistics-in-eval": (_batch_norm, NORMS, "variant"),
    "relu-kink": (_slope_at_zero, ("ReLU",), "kink"),
    "sigmoid-prime-of-activation": (_slopes, ("Sigmoid",), "slope"),
    "tanh-prime-of-input": (_slopes, ("Tanh",), "slope"),
    "softmax-jacobian-diagonal": (_diagonal, ("Softmax",), "diagonal"),
}
