"""jax's activations and optax's losses, which nobody here wrote, pass, or fail for a known reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from published import EXPECTED, Values, bad_findings, failing, judged, named

from scratch import CTCLoss


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jax_activations", "jax_losses"])
def test_published_code_fails_where_it_differs_and_nowhere_else(name: str) -> None:
    expected, judgement = EXPECTED[name], judged(name)
    assert failing(judgement) == {pair: check for pair, (check, _) in expected.fails.items()}
    assert sum(finding.verdict == "PASS" for finding in judgement.findings) > expected.passes
    assert named(judgement) == [], "named where something fits"


# --- the reasons: a few lines of NumPy that do what the package does, and so give its very numbers


def distance(a: Any, b: Any, o: Values) -> Any:
    """optax's: no absolute values, and eps added to the sum."""
    return np.power(np.power(a - b, o["p"]).sum(axis=-1) + o["eps"], 1 / o["p"])


@pytest.mark.slow
def test_the_reason_gives_the_triplet_losses() -> None:
    bad = [f for f in bad_findings("jax_losses", "TripletMarginLoss") if f.check == "forward"]
    assert len(bad) == 7
    for finding in bad:
        assert finding.evidence is not None
        task = finding.evidence.task
        options = {**task["defaults"], **task["args"]}
        anchor, positive, negative = task["inputs"]
        with np.errstate(all="ignore"):
            apart = distance(anchor, positive, options) - distance(anchor, negative, options)
            losses = np.maximum(apart + options["margin"], 0)
        wanted = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[options["reduction"]]
        np.testing.assert_allclose(finding.evidence.got, wanted, rtol=1e-9, err_msg=finding.sample)


@pytest.mark.slow
def test_the_reason_gives_the_ctc_loss() -> None:
    findings = bad_findings("jax_losses", "CTCLoss")
    finding = next(f for f in findings if f.sample == "not normalised, hardly possible")
    assert finding.evidence is not None
    logits, *others = finding.evidence.task["inputs"]
    normalised = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    np.testing.assert_allclose(finding.evidence.got, CTCLoss()(normalised, *others), rtol=1e-9)
