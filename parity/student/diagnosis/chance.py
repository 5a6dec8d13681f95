"""What a dropout that fails looks like. Nobody can draw PyTorch's numbers: what was drawn is told by what came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.student.findings import Finding

__all__ = ["told"]

Array = npt.NDArray[Any]
Told = tuple[str, str, float, Mapping[str, Any]]
DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d")


def _draws(component: str, task: Mapping[str, Any]) -> bool:
    """Whether the component draws numbers here."""
    return component in DROPOUTS and 0 < _share(task) < 1


def _share(task: Mapping[str, Any]) -> float:
    """Of what is dropped."""
    p = task.get("args", {}).get("p", task.get("defaults", {}).get("p", 0.5))
    return float(p) if isinstance(p, int | float) else 0.5


def told(finding: Finding) -> Told | None:
    """What a dropout that fails looks like."""
    evidence = finding.evidence
    if evidence is None or finding.verdict != "FAIL" or not _draws(finding.component, evidence.task):
        return None
    p, input = _share(evidence.task), evidence.task["inputs"][0]
    got = evidence.got
    if not isinstance(got, np.ndarray) or got.shape != np.shape(input) or not got.size:
        return None
    facts: dict[str, Any] = {"p": p, "kept": np.count_nonzero(got), "size": got.size}
    if finding.check == "eval.forward":
        return ("dropout-in-eval", "eval_drops", 0.95, facts) if np.any((got == 0) & (input != 0)) else None
    if finding.check == "grad.input":
        return _told_by_gradient(evidence.values["forward"], got, input, facts)
    return _told_by_output(got, input, p, facts) if finding.check == "forward" else None


def _told_by_gradient(output: Array, grad: Array, input: Array, facts: Mapping[str, Any]) -> Told | None:
    fresh = np.any((output == 0) & (input != 0) & (grad != 0)) and np.any((output != 0) & (grad == 0))
    return ("dropout-fresh-mask-in-backward", "fresh_mask", 0.95, facts) if fresh else None


def _told_by_output(got: Array, input: Array, p: float, facts: dict[str, Any]) -> Told | None:
    left = (got != 0) & (input != 0)
    factors = got[left] / input[left]
    if not factors.size or not np.allclose(factors, factors[0], rtol=1e-6):
        return None
    facts["factor"] = f"{factors[0]:.4g}"
    share = float(int(np.count_nonzero(left)) / max(int(np.count_nonzero(input)), 1))
    near = abs(share - p) < abs(share - (1 - p))
    if p != 0.5 and near and (np.isclose(factors[0], 1 / p) or np.isclose(factors[0], 1 / (1 - p))):
        return "dropout-keep-probability", "keep_probability", 0.95, facts
    if not near and np.isclose(factors[0], 1):
        return "dropout-unscaled", "unscaled", 0.95, facts
    return None
