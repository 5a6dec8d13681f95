"""The page of a judgement: HTML that needs nothing else. Whatever a student wrote is escaped by the template engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from parity.compare import TOLERANCES
from parity.student.findings import Evidence, Finding, Judgement
from parity.student.messages import text
from parity.student.showing import pictures
from parity.student.showing.formats import versions
from parity.student.showing.grids import differing, number
from parity.student.showing.show import about, beyond_lines, conventions, in_short
from parity.student.showing.view import explanation, first_by_hand, rows, said, title

__all__ = ["render"]

TEMPLATES = Path(__file__).parents[2] / "templates"
WIDTH = 76  # characters of a line of an array; a narrow screen scrolls it
OTHERS = 3  # gradients beside the one that failed


def render(judgement: Judgement, lang: str) -> str:
    """The page, from what was found; equal bytes for equal findings."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def words(key: str, /, **values: Any) -> str:
        return text(lang, f"show.{key}", **values)

    found = rows(judgement)
    return environment.get_template("check.html").render(
        lang="pt-BR" if lang == "pt" else lang,
        judgement=judgement,
        words=words,
        said=partial(said, lang),
        about=" · ".join(about(judgement, lang)[1:]),
        sentences=list(in_short(judgement, lang)),
        rows=found,
        failures=[_failure(finding, lang, finding is first_by_hand(judgement)) for finding in judgement.first_to_fix()],
        beyond=list(beyond_lines(found, lang)),
        conventions=list(conventions(found, lang)),
        versions=versions(),
    )


def _failure(finding: Finding, lang: str, warns: bool) -> dict[str, Any]:
    return {
        "finding": finding,
        "title": title(lang, finding),
        "parts": list(explanation(lang, finding, WIDTH, warns)),
        "figures": [(caption, list(map(Markup, images))) for caption, images in _figures(finding, lang) if images],
        "right": _right(finding.evidence),
    }


def _right(evidence: Evidence | None) -> list[str]:
    """The checks of the same sample that hold, which say where not to look."""
    if evidence is None:
        return []
    return [
        name
        for name, answer in evidence.answers.items()
        if isinstance(got := evidence.values.get(name), np.ndarray)
        and got.shape == answer.shape
        and "trajectory" not in name
        and not differing(got, answer, TOLERANCES["float64"]).any()
    ]


def _figures(finding: Finding, lang: str) -> Iterator[tuple[str, list[str]]]:
    """Captions with their pictures."""
    evidence = finding.evidence
    if evidence is None or finding.trace or not isinstance(evidence.expected, np.ndarray):
        return
    if finding.check.startswith(("trajectory.", "rates.")):
        yield from _steps(finding, evidence, lang)
        return
    if isinstance(evidence.got, np.ndarray) and min(evidence.got.size, evidence.expected.size) > 1:
        yield _maps(finding, evidence.got, evidence.expected, lang)
    if "grad." in finding.check:
        yield _other_gradients(finding, evidence, lang)


def _maps(finding: Finding, got: Any, expected: Any, lang: str) -> tuple[str, list[str]]:
    """Expected, got, and their difference where the shapes agree."""
    same = got.shape == expected.shape
    marks = differing(got, expected, finding.allowed) if same else None
    focus = tuple(int(i) for i in np.argwhere(marks)[0]) if marks is not None and marks.any() else ()
    focus = focus or (0,) * max(got.ndim, expected.ndim)
    cut = [pictures.crop(array, focus[: array.ndim]) for array in (expected, got)]
    limits = _limits(*cut) if same else None
    frames = pictures.crop(marks, focus) if marks is not None else None
    images = []
    for key, values in zip(("expected", "got"), cut, strict=True):
        low, high = limits or _limits(values)
        what = text(lang, f"show.label.{key}")
        alt = text(
            lang, "show.page.alt_map", what=f"{what}: {finding.check}", component=finding.component,
            shape=values.shape, low=number(low, 3), high=number(high, 3),
        )  # fmt: skip
        images.append(_captioned(pictures.heat_map(values, alt, (low, high), frames), what))
    if same:
        images.append(_difference(cut[1], cut[0], frames, lang))
    return text(lang, "show.page.colours" if same else "show.page.colours_apart"), images


def _captioned(svg: str, caption: str) -> str:
    return f"<figcaption>{Markup.escape(caption)}</figcaption>{svg}"


def _limits(*arrays: Any) -> tuple[float, float]:
    numbers = np.concatenate([array.astype(np.float64).ravel() for array in arrays])
    finite = numbers[np.abs(numbers) < 1e100]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if low == high:
        return low - 0.5, high + 0.5
    return (low, high) if low != -high else (low, high + 1e-9 * (high - low))  # equal limits are for differences


def _difference(got: Any, expected: Any, marks: Any, lang: str, caption: str = "") -> str:
    with np.errstate(all="ignore"):
        residual = got.astype(np.float64) - expected.astype(np.float64)
    finite = np.abs(residual[np.isfinite(residual)])
    largest = float(finite.max(initial=0.0)) or 1.0
    alt = text(
        lang, "show.page.alt_difference", count=int(marks.sum()), size=marks.size, error=number(largest, 3)
    )  # fmt: skip
    svg = pictures.heat_map(residual, f"{caption} {alt}".strip(), (-largest, largest), marks)
    return _captioned(svg, caption or text(lang, "show.page.differ_map"))


def _other_gradients(finding: Finding, evidence: Evidence, lang: str) -> tuple[str, list[str]]:
    """The residual of each other gradient of the sample that differs."""
    images: list[str] = []
    for name, answer in evidence.answers.items():
        got = evidence.values.get(name)
        if not name.startswith("grad.") or name == finding.check or not isinstance(got, np.ndarray):
            continue
        marks = differing(got, answer, finding.allowed)
        if got.shape == answer.shape and marks.any() and len(images) < OTHERS:
            focus = tuple(int(i) for i in np.argwhere(marks)[0])
            cut = [pictures.crop(array, focus) for array in (got, answer, marks)]
            caption = f"{name}, {text(lang, 'show.page.differ_map')}"
            images.append(_difference(cut[0], cut[1], cut[2], lang, caption))
    return text(lang, "show.page.other_gradients"), images


def _steps(finding: Finding, evidence: Evidence, lang: str) -> Iterator[tuple[str, list[str]]]:
    """Where two trajectories part."""
    family, _, rest = finding.check.partition(".step ")
    step, _, name = rest.partition(".")
    got, expected = _trajectories(evidence, family, name)
    where = finding.where
    if where is None or len(got) < 2:
        return
    with np.errstate(all="ignore"):
        distance = {at: float(np.nan_to_num(np.abs(got[at] - expected[at]), nan=np.inf).max(initial=0)) for at in got}
    entry = f"{name or family} {list(where) if where else ''}".strip()
    fixed = {key: text(lang, f"show.page.{key}", name=entry) for key in ("step", "value", "distance")}
    fixed |= {key: text(lang, f"show.label.{key}") for key in ("expected", "got")}
    fixed["part_at"] = text(lang, "show.page.part_at", step=step)
    both = text(lang, "show.page.alt_steps", name=entry, step=step)
    apart = text(lang, "show.page.alt_distance", error=number(distance[max(distance)], 3))
    lines = [{at: float(values[where]) for at, values in side.items()} for side in (got, expected)]
    yield (
        text(lang, "show.page.trajectories"),
        [
            pictures.steps_plot(lines[0], lines[1], int(step), {**fixed, "alt": both}),
            pictures.distance_plot(distance, int(step), {**fixed, "alt": apart}),
        ],
    )


def _trajectories(evidence: Evidence, family: str, name: str) -> tuple[dict[int, Any], dict[int, Any]]:
    """What came and what was expected, by step."""
    got: dict[int, Any] = {}
    expected: dict[int, Any] = {}
    for key, answer in evidence.answers.items():
        value = evidence.values.get(key)
        place, _, other = key.removeprefix(f"{family}.step ").partition(".")
        if key.startswith(family) and other == name and isinstance(value, np.ndarray) and value.shape == answer.shape:
            got[int(place)], expected[int(place)] = value.astype(np.float64), answer
    return got, expected
