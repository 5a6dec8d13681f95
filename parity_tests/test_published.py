"""Code from PyPI that nobody here wrote passes, or fails for a known reason: autograd and optimizers.

A package that is not installed is skipped: `pip install -e ".[published]"`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from published import EXPECTED, Values, bad_findings, failing, judge, judged, named

from parity.student.findings import Finding
from parity.student.isolation.jail import try_tier


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hips_autograd", "optax_optimizers", "tinygrad_optimizers"])
def test_published_code_fails_where_it_differs_and_nowhere_else(name: str) -> None:
    expected, judgement = EXPECTED[name], judged(name)
    assert failing(judgement) == {pair: check for pair, (check, _) in expected.fails.items()}
    assert sum(finding.verdict == "PASS" for finding in judgement.findings) > expected.passes
    assert named(judgement) == (["eps-inside-sqrt"] if name == "optax_optimizers" else []), "named where something fits"


@pytest.mark.parametrize("tier", ["bwrap", "landlock", "limits"])
def test_an_engine_passes_wherever_it_is_kept(tier: str) -> None:
    if not try_tier(tier).works:
        pytest.skip(try_tier(tier).why)
    judgement = judge("hips_autograd", "Valor", "Linear", tier=tier)
    assert failing(judgement) == {}
    assert judgement.found == {"Valor": "ArrayBox", "Linear": "dot"}
    assert judgement.summary()["passed"] > 80


# --- the reasons: a few lines of NumPy that do what the package does, and so give its very numbers


def root_inside(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    kept["v"] = kept.get("v", o["initial_accumulator_value"]) + grad**2
    return p - o["lr"] * grad / np.sqrt(kept["v"] + o["eps"])


def moments(grad: Any, kept: Values, o: Values) -> tuple[Any, Any]:
    beta1, beta2 = o["betas"]
    kept["m"] = beta1 * kept.get("m", 0) + (1 - beta1) * grad
    kept["v"] = beta2 * kept.get("v", 0) + (1 - beta2) * grad**2
    return kept["m"], kept["v"]


def largest_corrected(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    m, v = moments(grad, kept, o)
    kept["most"] = np.maximum(kept.get("most", 0), v / (1 - o["betas"][1] ** t))
    return p - o["lr"] * m / (1 - o["betas"][0] ** t) / (np.sqrt(kept["most"]) + o["eps"])


def dozat(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    m, v = moments(grad, kept, o)
    beta1, beta2 = o["betas"]
    ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return p - o["lr"] * ahead / (np.sqrt(v / (1 - beta2**t)) + o["eps"])


def eps_after(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    m, v = moments(grad, kept, o)
    beta1, beta2 = o["betas"]
    most = 2 / (1 - beta2) - 1
    length = most - 2 * t * beta2**t / (1 - beta2**t)
    step = m / (1 - beta1**t)
    if length >= 5:
        factor = np.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))
        step = factor * step / (np.sqrt(v / (1 - beta2**t)) + o["eps"])
    return p - o["lr"] * step


def stale(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    before = kept.get("step", np.zeros_like(p))
    sign = np.sign(grad * before)
    size = kept.get("size", np.full_like(p, o["lr"]))
    grown = np.clip(size * np.where(sign > 0, o["etas"][1], o["etas"][0]), *o["step_sizes"])
    kept["size"] = np.where(sign == 0, size, grown)
    kept["step"] = np.where(sign < 0, 0, kept["size"] * np.sign(grad))
    return p - np.where(sign < 0, 0, before)


def started_at_one(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    kept["v"] = o["alpha"] * kept.get("v", 1.0) + (1 - o["alpha"]) * grad**2
    return p - o["lr"] * grad / (np.sqrt(kept["v"]) + o["eps"])


def muon(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    kept["m"] = o["momentum"] * kept.get("m", 0) + grad
    x = grad + o["momentum"] * kept["m"] if o["nesterov"] else kept["m"]
    x = (x.T if x.shape[0] > x.shape[1] else x) / (np.linalg.norm(x) + 1e-7)
    a, b, c = o["ns_coefficients"]
    for _ in range(o["ns_steps"]):
        x = a * x + (b * x @ x.T + c * x @ x.T @ x @ x.T) @ x
    return p * (1 - o["lr"] * o["weight_decay"]) - o["lr"] * (x if x.shape == p.shape else x.T)


RULES: dict[str, dict[str, Callable[[Any, Any, Values, int, Values], Any]]] = {
    "optax_optimizers": {
        "Adagrad": root_inside, "Adam": largest_corrected, "NAdam": dozat, "RAdam": eps_after, "Rprop": stale,
    },
    "hips_autograd": {"RMSprop": started_at_one},
    "tinygrad_optimizers": {"Muon": muon},
}  # fmt: skip


def follow(rule: Callable[[Any, Any, Values, int, Values], Any], task: Mapping[str, Any]) -> Values:
    """Where a rule leads, by the names of the checks."""
    options = {**task["defaults"], **task["args"]}
    values, kept = [np.array(value) for value in task["values"]], [{} for _ in task["values"]]
    found = {}
    for t, grads in enumerate(task["grads"], start=1):
        for index, grad in enumerate(grads):
            grad = -grad if options.get("maximize") else grad
            coupled = 0 if "ns_steps" in options else options.get("weight_decay", 0)
            values[index] = rule(values[index], grad + coupled * values[index], kept[index], t, options)
            found[f"trajectory.step {t}.parameter {index}"] = values[index]
    return found


def given(finding: Finding) -> Values:
    assert finding.evidence is not None
    return {name: value for name, value in finding.evidence.values.items() if name.startswith("trajectory")}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "component"), [(name, component) for name in RULES for component in RULES[name]])
def test_the_reason_gives_the_numbers(name: str, component: str) -> None:
    bad = bad_findings(name, component)
    assert bad
    for finding in bad:
        assert finding.evidence is not None
        numbers = given(finding)
        wanted = follow(RULES[name][component], finding.evidence.task)
        assert numbers.keys() == wanted.keys()
        for check, number in numbers.items():
            np.testing.assert_allclose(number, wanted[check], rtol=1e-9, atol=1e-12, err_msg=check)


@pytest.mark.slow
def test_adafactor_differs_by_what_float32_rounds() -> None:
    bad = bad_findings("optax_optimizers", "Adafactor")
    assert len(bad) == 3
    assert all(0 < finding.max_abs_error < 1e-7 for finding in bad)
