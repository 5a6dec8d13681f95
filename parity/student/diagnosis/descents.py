"""Wrong optimizers in a few lines each, for mistakes that books and students make in another form than the variants.

Each is a rule for one tensor: from the parameter, its gradient, the state and t to the new parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.student.diagnosis.seen import Hypothesis, Seen
from parity.student.networks import Steps

__all__ = [
    "Rule", "network_signatures", "optimizer_signatures", "plain_adagrad", "plain_adam", "plain_rmsprop", "plain_sgd",
    "scheduler_signatures", "trajectory",
]  # fmt: skip

Array = npt.NDArray[Any]
Values = Mapping[str, Any]
Rule = Callable[[Array, Array, dict[str, Any], int, Mapping[str, Any]], Array]


def optimizer_signatures(component: str) -> Iterator[Hypothesis]:
    for mistake, say, rule, components in RULES:
        if component in components:
            yield Hypothesis(mistake, trajectory(rule), say, sure=0.95)
    yield Hypothesis("integer-arrays", _truncated, "whole", sure=0.9, partial=True)


def trajectory(rule: Rule, **changed: Any) -> Callable[[Seen], Values]:
    """Where the parameters would be after each step, with these options in place of the sample's."""

    def predict(seen: Seen) -> Values:
        options = {**seen.task.get("defaults", {}), **seen.task.get("args", {}), **changed}
        if options.get("maximize") or options.get("amsgrad") or options.get("centered"):
            return {}  # the rules are the plain ones
        values = [np.array(value) for value in seen.task["values"]]
        states: list[dict[str, Any]] = [{} for _ in values]
        common: dict[str, Any] = {}
        found = {}
        with np.errstate(all="ignore"):
            for t, grads in enumerate(seen.task["grads"], start=1):
                for index, grad in enumerate(grads):
                    states[index]["common"] = common
                    values[index] = rule(values[index], np.asarray(grad), states[index], t, options)
                    found[f"trajectory.step {t}.parameter {index}"] = values[index]
        return found

    return predict


def _truncated(seen: Seen) -> Values:
    return {
        name: value
        for name, value in seen.got.items()
        if value.dtype.kind in "iu" and seen.expected[name].dtype.kind == "f"
    }


# --- Adam and AdamW


def _root(square: Any, options: Mapping[str, Any], eps: str) -> Any:
    return np.sqrt(square + options["eps"]) if eps == "inside" else np.sqrt(square) + options["eps"]


def _adam(*, corrected: str = "power", eps: str = "outside", decay: str = "", counted: bool = False) -> Rule:
    """Adam, with `corrected` ("power", "no", "first"), where `eps` stands, and how it decays ("" as its name says)."""

    def rule(p: Array, grad: Array, state: dict[str, Any], t: int, options: Mapping[str, Any]) -> Array:
        lr, (beta1, beta2) = options["lr"], options.get("betas", (0.9, 0.999))
        weight_decay = options.get("weight_decay", 0.0)
        own = decay or ("decoupled" if options.get("decoupled_weight_decay", True) else "l2")
        rate = weight_decay if "without rate" in own else lr * weight_decay
        if counted:
            t = state["common"]["t"] = state["common"].get("t", 0) + 1
        if own == "l2":
            grad = grad + weight_decay * p
        if own in ("decoupled", "without rate"):
            p = p - rate * p
        mean = state["mean"] = beta1 * state.get("mean", 0.0) + (1 - beta1) * grad
        square = state["square"] = beta2 * state.get("square", 0.0) + (1 - beta2) * grad**2
        power = {"power": t, "first": 1}.get(corrected, np.inf)  # β to the power of infinity is 0
        moved = p - lr * (mean / (1 - beta1**power)) / _root(square / (1 - beta2**power), options, eps)
        return np.asarray(moved - rate * moved if own.startswith("after") else moved)

    return rule


def _l2_or_own(**options: Any) -> tuple[Rule, Rule]:
    return _adam(decay="l2", **options), _adam(decay="decoupled", **options)


# --- RMSprop, Adagrad, SGD


def _rmsprop(*, alpha: float | None = None, eps: str = "outside", first: bool = False) -> Rule:
    def rule(p: Array, grad: Array, state: dict[str, Any], t: int, options: Mapping[str, Any]) -> Array:
        share = options.get("alpha", 0.99) if alpha is None else alpha
        grad = grad + options.get("weight_decay", 0.0) * p
        start = grad**2 if first else 0.0
        square = state["square"] = share * state.get("square", start) + (1 - share) * grad**2
        step = grad / _root(square, options, eps)
        if options.get("momentum"):
            step = state["buffer"] = options["momentum"] * state.get("buffer", 0.0) + step
        return np.asarray(p - options["lr"] * step)

    return rule


def _rmsprop_started(p: Array, grad: Array, state: dict[str, Any], t: int, options: Mapping[str, Any]) -> Array:
    """The mean square is g² itself after the first step."""
    share = options.get("alpha", 0.99)
    grad = grad + options.get("weight_decay", 0.0) * p
    state["square"] = grad**2 if t == 1 else share * state["square"] + (1 - share) * grad**2
    step = grad / (np.sqrt(state["square"]) + options["eps"])
    if options.get("momentum"):
        step = state["buffer"] = options["momentum"] * state.get("buffer", 0.0) + step
    return np.asarray(p - options["lr"] * step)


def _adagrad(*, eps: str = "outside") -> Rule:
    def rule(p: Array, grad: Array, state: dict[str, Any], t: int, options: Mapping[str, Any]) -> Array:
        grad = grad + options.get("weight_decay", 0.0) * p
        total = state["sum"] = state.get("sum", options.get("initial_accumulator_value", 0.0)) + grad**2
        rate = options["lr"] / (1 + (t - 1) * options.get("lr_decay", 0.0))
        return np.asarray(p - rate * grad / _root(total, options, eps))

    return rule


def plain_sgd(
    *, dampened: bool = False, nesterov: str = "", decay: str = "l2", factor: float = 1.0, inside: bool = False
) -> Rule:
    """SGD; `inside`: the rate is in the buffer, and not before it."""

    def rule(p: Array, grad: Array, state: dict[str, Any], t: int, options: Mapping[str, Any]) -> Array:
        lr, momentum, weight_decay = (options.get(key, 0.0) for key in ("lr", "momentum", "weight_decay"))
        if decay == "l2":
            grad = grad + factor * weight_decay * p
        grad, lr = (lr * grad, 1.0) if inside else (grad, lr)
        step = grad
        if momentum:
            first = grad if t == 1 and not dampened else 0.0
            weight = 1 - momentum if dampened else 1 - options.get("dampening", 0.0)
            if t == 1 and not dampened:
                state["buffer"] = first
            else:
                state["buffer"] = momentum * state.get("buffer", 0.0) + weight * grad
            step = state["buffer"]
            if options.get("nesterov"):
                step = momentum * step if nesterov == "without gradient" else grad + momentum * step
        moved = p - lr * step
        if decay == "without rate":
            moved = moved - weight_decay * p
        if decay == "after":
            moved = moved - lr * weight_decay * moved
        return np.asarray(moved)

    return rule


plain_adam, plain_rmsprop, plain_adagrad = _adam(), _rmsprop(), _adagrad()
ADAMS = ("Adam", "AdamW")
# Mistake, its sentence, the rule, and the components that it concerns.
RULES: tuple[tuple[str, str, Rule, tuple[str, ...]], ...] = (
    *(("adam-no-bias-correction", "uncorrected", rule, ADAMS) for rule in _l2_or_own(corrected="no")),
    *(("adam-bias-correction-without-power", "without_power", rule, ADAMS) for rule in _l2_or_own(corrected="first")),
    *(("adam-step-per-parameter", "counted", rule, ADAMS) for rule in _l2_or_own(counted=True)),
    *(("eps-inside-sqrt", "eps_inside", rule, ADAMS) for rule in _l2_or_own(eps="inside")),
    ("adamw-as-l2", "decay_l2", _adam(decay="l2"), ("AdamW",)),
    ("decay-not-times-lr", "decay_without_rate", _adam(decay="without rate"), ("AdamW",)),
    ("decay-not-times-lr", "decay_without_rate", _adam(decay="after, without rate"), ("AdamW",)),
    ("decay-not-times-lr", "decay_without_rate", plain_sgd(decay="without rate"), ("SGD",)),
    ("decay-after-step", "decay_after", _adam(decay="after"), ("AdamW",)),
    ("eps-inside-sqrt", "eps_inside", _rmsprop(eps="inside"), ("RMSprop",)),
    ("rmsprop-alpha", "alpha", _rmsprop(alpha=0.9), ("RMSprop",)),
    ("rmsprop-first-square", "first_square", _rmsprop_started, ("RMSprop",)),
    ("rmsprop-first-square", "first_square", _rmsprop(first=True), ("RMSprop",)),
    ("eps-inside-sqrt", "eps_inside", _adagrad(eps="inside"), ("Adagrad",)),
    ("momentum-dampened", "dampened", plain_sgd(dampened=True), ("SGD",)),
    ("nesterov-without-gradient", "nesterov", plain_sgd(nesterov="without gradient"), ("SGD",)),
    ("decay-l2-factor", "twice_the_decay", plain_sgd(factor=2.0), ("SGD",)),
)


# --- schedules


def scheduler_signatures(component: str) -> Iterator[Hypothesis]:
    yield Hypothesis("scheduler-one-early", _shifted, "early", sure=0.93, partial=True)


def _shifted(seen: Seen) -> Values:
    """At each step the rate that PyTorch has one step later."""
    rates = seen.expected
    return {
        f"rates.step {t}": rates[f"rates.step {t + 1}"] for t in range(len(rates) - 1) if f"rates.step {t + 1}" in rates
    }


# --- a network that steps by itself

SLOPES: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "linear": (lambda z: z, np.ones_like),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0) * 1.0),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
}  # of the output


def network_signatures() -> Iterator[Hypothesis]:
    yield Hypothesis("weights-updated-before-input-grad", _updated_on_the_way, "updated_on_the_way", sure=0.95)


def _updated_on_the_way(seen: Seen) -> Values:
    """Each layer steps before it hands the derivative on, which thus goes through the new weights."""
    assert isinstance(seen.sample, Steps)
    values, lr = seen.task["values"], float(seen.sample.lr)
    activations = [activation for _, activation, _ in seen.task["layers"]]
    weights = [np.array(values[f"weight.{i}"]) for i in range(len(activations))]
    biases = [np.array(values[f"bias.{i}"]) for i in range(len(activations))]
    found: dict[str, Any] = {}
    for step in range(sum(name.startswith("derivative") for name in values)):
        outputs = [np.asarray(values["input"])]
        for weight, bias, activation in zip(weights, biases, activations, strict=True):
            outputs.append(SLOPES[activation][0](outputs[-1] @ weight.T + bias))
        found[f"trajectory.step {step + 1}.output"] = outputs[-1]
        derivative = np.asarray(values[f"derivative.{step}"])
        for i in reversed(range(len(activations))):
            delta = derivative * SLOPES[activations[i]][1](outputs[i + 1])
            weights[i] = weights[i] - lr * delta.T @ outputs[i]
            biases[i] = biases[i] - lr * delta.sum(axis=0)
            derivative = delta @ weights[i]
        for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            found |= {f"trajectory.step {step + 1}.weight.{i}": weight, f"trajectory.step {step + 1}.bias.{i}": bias}
    return found
