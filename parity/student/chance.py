"""Layers that draw: nobody can draw PyTorch's numbers, so a student's are compared with what they themselves drew.

From a dropout's output follows what was dropped; from that, what the rest must be, and the gradient. How many were dropped
must be what chance allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.student.findings import Finding

__all__ = ["DROPOUTS", "answers", "draws", "told"]

Array = npt.NDArray[Any]
DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d")
SPREAD = 5.0  # standard deviations that the share of what is kept may be off


def draws(component: str, task: Mapping[str, Any]) -> bool:
    """Whether the component draws numbers here."""
    return component in DROPOUTS and 0 < _share(task) < 1


def _share(task: Mapping[str, Any]) -> float:
    """Of what is dropped."""
    p = task.get("args", {}).get("p", task.get("defaults", {}).get("p", 0.5))
    return float(p) if isinstance(p, int | float) else 0.5


def answers(component: str, task: Mapping[str, Any], values: Mapping[str, Any], expected: Mapping[str, Any]) -> Mapping[str, Any]:
    """PyTorch's answers, had it dropped what the student's code dropped; as they are where nothing is drawn."""
    output, input = values.get("forward"), task.get("inputs", [None])[0]
    if not draws(component, task) or not isinstance(output, np.ndarray) or np.shape(output) != np.shape(input):
        return expected
    kept = _kept(component, output, input)
    if not _likely(component, kept, 1 - _share(task)):
        return expected
    scale = kept / (1 - _share(task))
    found = {**expected, "forward": input * scale, "grad.input": task["upstream"][0] * scale}
    return {name: found[name] for name in expected}


def _kept(component: str, output: Array, input: Array) -> Array:
    """1 where something is left, 0 where it was dropped: of single numbers, or of whole channels."""
    kept = ((output != 0) | (input == 0)).astype(np.float64)
    if component != "Dropout" and kept.ndim > 2:
        axes = tuple(range(2, kept.ndim))
        kept = np.broadcast_to(kept.max(axis=axes, keepdims=True), kept.shape)
    return kept


def _likely(component: str, kept: Array, share: float) -> bool:
    drawn = kept if component == "Dropout" else kept.reshape(*kept.shape[:2], -1)[..., 0]
    deviation = np.sqrt(share * (1 - share) / max(drawn.size, 1))
    return bool(abs(float(drawn.mean()) - share) <= SPREAD * deviation) if drawn.size else True


def told(finding: Finding) -> tuple[str, str, float, Mapping[str, Any]] | None:
    """What a dropout that fails looks like."""
    evidence = finding.evidence
    if evidence is None or finding.verdict != "FAIL" or not draws(finding.component, evidence.task):
        return None
    p, input = _share(evidence.task), evidence.task["inputs"][0]
    got = evidence.got
    if not isinstance(got, np.ndarray) or got.shape != np.shape(input) or not got.size:
        return None
    facts: dict[str, Any] = {"p": p, "kept": f"{np.count_nonzero(got)} of {got.size}"}
    if finding.check == "eval.forward":
        return ("dropout-in-eval", "eval_drops", 0.95, facts) if np.any((got == 0) & (input != 0)) else None
    if finding.check == "grad.input":
        return _told_by_gradient(evidence.values["forward"], got, input, facts)
    return _told_by_output(got, input, p, facts) if finding.check == "forward" else None


def _told_by_gradient(output: Array, grad: Array, input: Array, facts: Mapping[str, Any]) -> Any:
    fresh = np.any((output == 0) & (input != 0) & (grad != 0)) and np.any((output != 0) & (grad == 0))
    return ("dropout-fresh-mask-in-backward", "fresh_mask", 0.95, facts) if fresh else None


def _told_by_output(got: Array, input: Array, p: float, facts: dict[str, Any]) -> Any:
    left = (got != 0) & (input != 0)
    factors = got[left] / input[left]
    if not factors.size or not np.allclose(factors, factors[0], rtol=1e-6):
        return None
    facts["factor"] = f"{factors[0]:.4g}"
    share = float(np.count_nonzero(left) / max(np.count_nonzero(input), 1))
    near = abs(share - p) < abs(share - (1 - p))
    if p != 0.5 and near and (np.isclose(factors[0], 1 / p) or np.isclose(factors[0], 1 / (1 - p))):
        return "dropout-keep-probability", "keep_probability", 0.95, facts
    if not near and np.isclose(factors[0], 1):
        return "dropout-unscaled", "unscaled", 0.95, facts
    return None
