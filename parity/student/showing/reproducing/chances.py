"""A dropout: what holds for any random numbers, looked for in the student's own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity.student.findings import Finding
from parity.student.showing.reproducing.lines import Lines
from parity.student.showing.reproducing.modules import RaisedHereError, Spoken
from parity.student.showing.reproducing.numbers import Draws, written

__all__ = ["chance_lines"]


def chance_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """The worker's calls up to the one that fails, and what fails."""
    spoken = Spoken(finding, draws)
    lines.values |= spoken.values()
    try:
        yield from _until(spoken, finding.check)
    except RaisedHereError:
        if finding.verdict != "ERROR":
            raise
    if finding.verdict != "ERROR":
        yield from _compared(spoken, finding)


def _until(spoken: Spoken, check: str) -> Iterator[str]:
    if check != "repeat.forward":
        yield from spoken.until(check)
        return
    told = list(spoken.until(check))
    first = next(place for place, line in enumerate(told) if line.startswith("output"))
    yield from told[: first + 1]
    yield "first = np.array(output)"
    yield from told[first + 1 :]


def _compared(spoken: Spoken, finding: Finding) -> Iterator[str]:
    assert finding.evidence is not None
    got, x = finding.evidence.got, spoken.task["inputs"][0]
    p = float({**spoken.task["defaults"], **spoken.task["args"]}["p"])
    name = spoken.task["arguments"][0]
    scaled = f" / {written(1 - p)}" if p < 1 else " * 0"
    result = spoken.result(finding.check)
    if finding.check == "repeat.forward":
        yield 'print("got the same numbers again:", np.array_equal(first, output), "expected", False)'
    elif not isinstance(got, np.ndarray):
        yield f'print("got", type({result}).__name__, "expected a NumPy array")'
    elif got.shape != x.shape:
        yield f'print("got shape", np.shape({result}), "expected", {x.shape})'
    elif finding.where is None:
        yield from _how_many(finding, p)
    elif finding.check == "eval.forward":
        yield from _first(result, name, f"~np.isclose({result}, {name})")
    elif finding.check == "grad.input":
        yield f"expected = grad_output * (output != 0){scaled}"
        yield from _first(result, "expected", f"~np.isclose({result}, expected)")
    else:
        yield f"expected = {name}{scaled}"
        yield from _first(result, "expected", f"(output != 0) & ~np.isclose({result}, expected)")


def _first(got: str, expected: str, wrong: str) -> Iterator[str]:
    """The first number that is wrong, wherever it is among random ones."""
    yield f"wrong = {wrong}"
    yield f'print("got", {got}[wrong][:1], "expected", {expected}[wrong][:1])'


def _how_many(finding: Finding, p: float) -> Iterator[str]:
    assert finding.evidence is not None
    got = finding.evidence.got
    if "channels" in finding.message:
        yield "dropped = np.mean(output == 0, axis=tuple(range(2, output.ndim)))"
        yield 'print("got", dropped, "of each channel dropped, expected", np.round(dropped))'
        return
    n = got.size
    yield f'print("got", np.sum(output == 0), "of {n} dropped, expected about", {n * p:.0f})'
