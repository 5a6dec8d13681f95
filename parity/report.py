"""report.html: one page that needs nothing else, with equal bytes for equal findings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from parity import source
from parity.coverage import coverage
from parity.curves import CurveResult
from parity.plots import report as plots
from parity.summary import Broken, ComponentResult, Outcome, share, size

__all__ = ["render"]

TEMPLATES = Path(__file__).parent / "templates"
DTYPES = ("float64", "float32")
WIDEST_BAR = 16  # orders of magnitude, from 1 to float64's last digit


def render(outcome: Outcome) -> str:
    """The page, from what a run found."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        outcome=outcome,
        verdict=verdict(outcome),
        style=Markup(source.stylesheet(".code")),
        curves=[_curve(curve) for curve in outcome.curves],
        families=list(_families(outcome.components)),
        margins=Markup(plots.margins_plot(_margins(outcome.components))) if outcome.components else "",
        failing=[component for component in outcome.components if component.failed and component.results],
        unsampled=[component.name for component in outcome.components if not component.results],
        coverage=coverage(),
        differing=[component for component in outcome.components if component.differences],
    )


def verdict(outcome: Outcome) -> str:
    """One sentence: what agrees, or how much does not."""
    wrong, all_of = [], []
    kinds: tuple[tuple[str, Sequence[CurveResult | Broken | ComponentResult]], ...]
    kinds = (("training run", outcome.curves), ("component", outcome.components))
    for name, parts in kinds:
        if parts:
            failed, plural = sum(part.failed for part in parts), "" if len(parts) == 1 else "s"
            all_of.append(f"{len(parts)} {name}{plural}")
            wrong += [f"{failed} of {len(parts)} {name}{plural}"] if failed else []
    if wrong:
        return f"Not in agreement with PyTorch: {' and '.join(wrong)}."
    return f"In agreement with PyTorch: {' and '.join(all_of)}."


def _curve(curve: CurveResult | Broken) -> dict[str, Any]:
    told = {
        "name": curve.recipe,
        "data": curve.data,
        "dtype": curve.dtype,
        "verdict": curve.verdict,
        "failed": curve.failed,
        "reason": curve.reason,
    }
    if isinstance(curve, Broken):
        return told
    found = curve.to_json()
    name = f"{curve.recipe} {curve.dtype}"
    drift, control = curve.drift.by_step(curve.steps), curve.control_drift.by_step(curve.steps)
    return told | {
        "steps": curve.steps,
        "loss": size(found["max_loss_difference"]),
        "parameter": size(found["max_parameter_difference"]),
        "where": f"step {found['where']['step']}, {found['where']['tensor']}" if found["where"]["tensor"] else "—",
        "accuracy": [f"{100 * run.accuracy:.2f} %" for run in (curve.ours, curve.theirs)],
        "different": found["different_predictions"],
        "seconds": [f"{run.seconds:.1f} s" for run in (curve.ours, curve.theirs)],
        "loss_plot": Markup(plots.loss_plot(curve.ours.history.loss, curve.theirs.history.loss, name)),
        "drift_plot": Markup(plots.drift_plot(drift, control, curve.budget, name)),
    }


def _families(components: tuple[ComponentResult, ...]) -> Iterator[dict[str, Any]]:
    """The components of each file, with their sources."""
    for module, members in groupby(components, key=lambda component: component.module):
        rows = []
        for component in members:
            listings = source.side_by_side(component.name)
            margins = [component.margin(dtype) for dtype in DTYPES]
            rows.append(
                {
                    "name": component.name,
                    "passed": component.passed,
                    "total": len(component.results),
                    "verdict": "FAIL" if component.failed else "PASS",
                    "error": size(component.largest_error("float64")),
                    "margins": [(share(margin), _bar(margin)) for margin in margins],
                    "listings": [
                        (listing, Markup(source.highlight(listing.text)) if listing else "") for listing in listings
                    ],
                }
            )
        yield {"module": module, "rows": rows}


def _bar(margin: float | None) -> int:
    """A margin's share of the widest bar, in percent, on a log scale."""
    if margin is None or margin <= 1:
        return 0
    return round(100 * min(1.0, math.log10(margin) / WIDEST_BAR)) if math.isfinite(margin) else 100


def _margins(components: tuple[ComponentResult, ...]) -> dict[str, dict[str, list[float]]]:
    found: dict[str, dict[str, list[float]]] = {}
    for component in components:
        for dtype in DTYPES:
            margin = component.margin(dtype)
            if margin is not None:
                found.setdefault(component.module, {}).setdefault(dtype, []).append(margin)
    return found
