"""Functions for training, judged: clipped gradients by PyTorch's, the rest by what all right versions have in common.

A mistake is named here where its numbers are those that came: there are no variants to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from parity.cases import Tolerance
from parity.compare import compare
from parity.student.findings import Diagnosis, Evidence, Finding

if TYPE_CHECKING:
    from parity.student.plan import Planned

__all__ = ["judge_routine"]

Array = np.ndarray[Any, Any]
Values = Mapping[str, Any]
SURE = 0.95
CLIPPED = Tolerance(1e-5, 1e-7)  # PyTorch adds 1e-6 to the norm, and others do not
SPREAD = 0.08  # of a standard deviation: of 12,544 numbers it is exact to 0.007, and some cut the tails off
DEVIATIONS = 6.0  # of a mean from 0


def judge_routine(start: Finding, item: Planned, values: Values) -> Iterator[Finding]:
    """The checks in a learner's order, up to the first that fails."""
    judges = {"clipping": _clipping, "drawing": _drawing, "batches": _batches, "training": _training}
    checks = _Checks(start, item, values)
    try:
        for found in judges[item.task["kind"]](checks):
            yield found
            if found.verdict != "PASS":
                return
    except (KeyError, TypeError, ValueError):  # the worker is not trusted
        yield replace(start, verdict="PROTOCOL", message="expected the numbers of this sample, got others")


class _Checks:
    """What came, and how a finding is made of it."""

    def __init__(self, start: Finding, item: Planned, values: Values) -> None:
        self.start, self.task, self.values, self.answers = start, item.task, values, item.expected
        self.names: Mapping[str, str] = item.task["names"]

    def array(self, name: str) -> Array:
        found = self.values[name]
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
            raise TypeError(name)
        return found

    def found(self, check: str, problem: str = "", got: Any = None, expected: Any = None) -> Finding:
        evidence = Evidence(self.task, got, expected, self.values, self.answers)
        return replace(
            self.start, check=check, verdict="FAIL" if problem else "PASS", message=problem, evidence=evidence
        )


def _named(finding: Finding, mistake: str, say: str, **facts: Any) -> Finding:
    return replace(finding, diagnosis=Diagnosis(mistake, SURE, "", signature=say, facts=facts))


# --- gradients


def _clipping(checks: _Checks) -> Iterator[Finding]:
    grads, limit = checks.task["grads"], float(checks.task["max_norm"])
    norms = [float(np.linalg.norm(grad)) for grad in grads]
    alone = [grad * min(1.0, limit / norm) if norm else grad for grad, norm in zip(grads, norms, strict=True)]
    each = all(_near(checks.array(f"result.{index}"), grad) for index, grad in enumerate(alone))
    for index in range(len(grads)):
        name = f"result.{index}"
        got, expected = checks.array(name), checks.answers[name]
        compared = compare(got.astype(np.float64), expected, CLIPPED)
        found = replace(
            checks.found(name, compared.message, got, expected), verdict="PASS" if compared.ok else "FAIL",
            max_abs_error=compared.max_abs_error, max_rel_error=compared.max_rel_error, allowed=CLIPPED,
            where=compared.where, got=compared.got, expected=compared.expected,
        )  # fmt: skip
        if not compared.ok and each:
            total = f"{np.linalg.norm(norms):.4g}"
            written = ", ".join(f"{norm:.4g}" for norm in norms)
            found = _named(found, "clip-per-tensor", "clipped_alone", norms=written, total=total, limit=f"{limit:g}")
        yield found


def _near(got: Array, expected: Array) -> bool:
    return got.shape == expected.shape and bool(np.allclose(got, expected, rtol=CLIPPED.rtol, atol=CLIPPED.atol))


# --- weights


def _drawing(checks: _Checks) -> Iterator[Finding]:
    weights = np.asarray(checks.array("result"), np.float64)
    sizes = {checks.task["fan_in"], checks.task["fan_out"]}
    shape = f"expected {checks.task['fan_in']} by {checks.task['fan_out']} weights, got shape {weights.shape}"
    yield checks.found("shape", "" if set(weights.shape) == sizes else shape, weights)
    yield checks.found("finite", "" if np.isfinite(weights).all() else "some weights are no numbers", weights)
    if np.ptp(weights) == 0:
        found = checks.found("result", "the weights are all equal", weights)
        yield _named(found, "constant-init", "equal_weights", value=f"{weights.flat[0]:g}")
    spread, mean = float(weights.std()), float(weights.mean())
    off = abs(mean) > DEVIATIONS * spread / np.sqrt(weights.size)
    yield checks.found("mean", f"expected a mean near 0, got {mean:.4g}" if off else "", weights)
    yield _spread(checks, spread)
    largest = float(np.abs(weights).max()) / spread
    if not any(word in checks.start.name.lower() for word in ("unif", "norm")):  # it promises neither
        return
    if checks.task["uniform"]:  # it ends at √3 of the standard deviation; a normal one goes on
        text = "" if largest < 1.05 * np.sqrt(3) else "expected a uniform distribution, got numbers far outside"
    else:
        text = "" if largest > 1.9 else "expected a normal distribution, got no numbers far from 0"
    yield checks.found("distribution", text, weights)


def _spread(checks: _Checks, got: float) -> Finding:
    """The standard deviation, or what gives another one."""
    fan_in, fan_out, xavier = checks.task["fan_in"], checks.task["fan_out"], checks.task["rule"] == "xavier"
    expected = float(checks.answers["std"])
    gain = 1.0 if xavier else float(np.sqrt(2))
    # A function that is given a shape may take it in either order.
    known = "fan_in" in checks.names
    fans = np.sqrt([fan_in] if known else [fan_in, fan_out])
    if _about(got, expected, *(() if xavier else gain / fans)):
        return checks.found("spread")
    if xavier and _about(got, *1 / fans):
        return _convention(checks, 'kaiming_normal_(nonlinearity="linear")', "xavier_of_inputs")
    if xavier and _about(got, *np.sqrt(2) / fans):
        return _convention(checks, "kaiming_normal_()", "xavier_is_he")
    if not xavier and _about(got, *1 / (np.sqrt(3) * fans)):
        return _convention(checks, "kaiming_uniform_(a=5**0.5)", "kaiming_of_linear")
    found = checks.found("spread", f"expected a standard deviation of about {expected:.4g}, got {got:.4g}")
    of_both = _about(got, float(np.sqrt(2 / (fan_in + fan_out))))  # with few inputs that is nearly the same
    for scale in (gain, 1 / np.sqrt(3)):
        if known and not of_both and _about(got, scale / np.sqrt(fan_out)):
            wanted = expected if xavier else scale / np.sqrt(fan_in)
            return _named(
                found, "fan-in-fan-out-swapped", "drawn_swapped", got=f"{got:.4g}", expected=f"{wanted:.4g}",
                limit=f"{got * 3**0.5:.4g}", wanted=f"{wanted * 3**0.5:.4g}", fan_in=fan_in, fan_out=fan_out,
            )  # fmt: skip
    return found


def _convention(checks: _Checks, equals: str, say: str) -> Finding:
    return replace(checks.found("spread"), diagnosis=Diagnosis("", SURE, "", convention=equals, signature=say))


def _about(got: float, *expected: float) -> bool:
    return any(abs(got / one - 1) < SPREAD for one in expected)


# --- batches


def _batches(checks: _Checks) -> Iterator[Finding]:
    count, size = checks.task["count"], checks.task["batch_size"]
    for number in (1, 2):
        sizes, inputs, targets = (checks.array(f"epoch {number}.{what}") for what in ("sizes", "inputs", "targets"))
        apart = int((inputs != targets).sum())
        problem = f"{apart} of {len(inputs)} inputs came with the target of another" if apart else ""
        found = checks.found(f"epoch {number}.pairs", problem, targets, inputs)
        mistake = "inputs-and-targets-shuffled-apart"
        yield _named(found, mistake, "apart", count=apart, all=len(inputs)) if apart else found
        yield _each_once(checks, f"epoch {number}.examples", inputs.tolist(), count, size)
        wanted = checks.answers["sizes"]
        text = "" if np.array_equal(sizes, wanted) else f"expected batches of {wanted.tolist()}, got {sizes.tolist()}"
        yield checks.found(f"epoch {number}.sizes", text, sizes, wanted)
    yield from _orders(checks)


def _each_once(checks: _Checks, check: str, inputs: list[int], count: int, size: int) -> Finding:
    times = [inputs.count(number) for number in range(count)]
    lost, again = times.count(0), sum(n > 1 for n in times)
    if not lost and not again:
        return checks.found(check)
    text = f"of {count} examples {lost} did not come, and {again} came more than once"
    found = checks.found(check, text, np.array(times), np.ones(count))
    if not again and lost == count % size:
        found = _named(found, "short-batch-lost", "lost", lost=lost, count=count, size=size)
    return found


def _orders(checks: _Checks) -> Iterator[Finding]:
    """Shuffled where that was asked for, and each epoch otherwise; with a seed each call may be the same."""
    if "shuffle" not in checks.names:
        return
    first, second = checks.array("epoch 1.inputs"), checks.array("epoch 2.inputs")
    order = np.arange(len(first))
    if not checks.task["shuffle"]:
        same = np.array_equal(first, order) and np.array_equal(second, order)
        text = "" if same else "expected the order of the examples, since shuffle is False"
        yield checks.found("order", text, first, order)
        return
    yield checks.found("order", "shuffle=True left the order as it was" if np.array_equal(first, order) else "", first)
    if not {"seed", "rng"} & set(checks.names):
        same = np.array_equal(first, second)
        found = checks.found("another order", "the second epoch has the order of the first" if same else "", second)
        yield _named(found, "one-order-for-ever", "same_order") if same else found


# --- training


def _training(checks: _Checks) -> Iterator[Finding]:
    grads, batches = checks.array("grads"), checks.array("batches").tolist()
    yield _steps(checks, grads)
    size, sizes = checks.task["batch_size"], checks.array("sizes")
    same = len(batches) > 1 and len(set(batches)) == 1 and bool((sizes <= size).all())
    text = f"all {len(batches)} steps saw the same batch" if same else ""
    found = checks.found("batches", text, np.array(batches))
    yield _named(found, "same-batch-every-step", "same_batch", steps=len(batches)) if same else found
    yield from _losses(checks, batches)


def _steps(checks: _Checks, grads: Array) -> Finding:
    """Each backward gives a gradient of 1, so that a step that finds another one tells what is missing before it."""
    if not len(grads):
        return checks.found("steps", "the optimizer took no step")
    if not np.any(grads != 1):
        return checks.found("steps")
    step = int(np.argmax(grads != 1)) + 1
    if grads[step - 1] == 0:
        text = f"step {step} found no gradient: backward comes before it, and zero_grad before both"
        return checks.found("steps", text, grads, np.ones(len(grads)))
    text = f"step {step} found {grads[step - 1]:g} times the gradient of its batch"
    found = checks.found("steps", text, grads, np.ones(len(grads)))
    return _named(found, "zero-grad-missing", "steps_add_up", step=step, times=f"{grads[step - 1]:g}")


def _losses(checks: _Checks, batches: list[int]) -> Iterator[Finding]:
    """Where a number for each epoch came back; those that are neither mean are something else."""
    size, epochs = checks.task["batch_size"], checks.task["epochs"]
    right = checks.answers["losses"]
    if batches != [*range(0, checks.task["count"], size)] * epochs:
        return
    came = [checks.array(name) for name in checks.values if name.startswith("losses.")]
    wrong = np.mean(checks.task["losses"]) / np.arange(1, epochs + 1)
    if any(_near(losses, right) for losses in came):
        yield checks.found("losses")
    elif any(_near(losses, wrong) for losses in came):
        text = f"expected {right[0]:.6g} for the first epoch, got {wrong[0]:.6g}"
        found = checks.found("losses", text, wrong, right)
        sizes, losses = (", ".join(f"{x:g}" for x in row) for row in (checks.array("sizes")[:3], checks.task["losses"]))
        facts = {"sizes": sizes, "losses": losses, "got": f"{wrong[0]:.4g}", "expected": f"{right[0]:.4g}"}
        yield _named(found, "epoch-loss-short-batch", "mean_of_means", **facts)
