"""Scalars that differentiate themselves, what is made of them, and networks that train themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from parity.student.findings import Finding
from parity.student.showing.reproducing.lines import Lines, inlined
from parity.student.showing.reproducing.numbers import FEWER, Draws, written
from parity.student.showing.reproducing.optimizers import listed

__all__ = ["graph_lines", "network_lines", "steps_lines"]

DOUBLINGS = 20  # of thirty, which would take an hour: a thousand times longer with every ten


def _put(code: Any, letter: str, value: str) -> str:
    """An expression of the adapter with a value in the place of its letter."""
    return re.sub(rf"\b{letter}\b", lambda _: value, str(code))


def _ended(finding: Finding, expression: str) -> Iterator[str]:
    if finding.verdict != "ERROR":
        assert finding.evidence is not None
        expected = finding.expected if finding.expected is not None else finding.evidence.expected.tolist()
        yield f'print("got", {expression}, "expected", {written(expected)})'


def graph_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """Statements about scalars, and what comes out at a leaf."""
    assert finding.evidence is not None
    task = finding.evidence.task
    spec, (family, _, name) = task["spec"], finding.check.partition(".")
    slow = finding.verdict == "TIMEOUT"
    for leaf, value in task["leaves"].items():
        yield f"{leaf} = {_put(re.sub(r'Class', finding.name, str(spec['new'])), 'x', repr(value))}"
    yield from (task["code"].replace("range(30)", f"range({DOUBLINGS})") if slow else task["code"]).split("\n")
    if slow:
        yield "start = time.process_time()"
    if family != "forward":
        for _ in range(2 if family == "again" else 1):
            yield from (_put(spec["backward"], "y", result) for result in task["results"])
    if slow:
        yield 'print("got", time.process_time() - start, "seconds, expected less than 0.01")'
        return
    yield from _ended(finding, _put(spec["value" if family == "forward" else "grad"], "v", name))


def network_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """Neurons with given weights, called and differentiated."""
    assert finding.evidence is not None
    task, values = finding.evidence.task, finding.evidence.task["values"]
    spec, notes = task["spec"], task.get("notes", {})
    make = notes.get("make", str(spec["make"]))
    yield re.sub(r"\bClass\b", finding.name, inlined(make, task["args"]))
    count = sum(name.startswith("weight") for name in values)
    for kind, several in (("weight", "weights"), ("bias", "biases")):
        yield f"{several} = [{', '.join(written(values[f'{kind}.{index}'].tolist()) for index in range(count))}]"
    yield f"layers = {spec['layers']}"
    yield "for neurons, rows, numbers in zip(layers, weights, biases):"
    yield "    for n, row, b in zip(neurons, rows, numbers):"
    yield f"        for v, x in zip([*({spec['weights']}), {spec['bias']}], [*row, b]):"
    yield f"            {spec['put']}"
    given = [written(float(x)) for x in values["input"]]
    given = [_put(spec["new"], "x", x) for x in given] if "given" in notes else given
    yield re.sub(r"\binput\b", f"[{', '.join(given)}]", str(spec["forward"]))
    family, _, name = finding.check.partition(".")
    where = list(finding.where or ())
    many = "outputs" in notes
    if family == "forward":
        y = f"output[{where[0] if where else 0}]" if many else "output"
        yield from _ended(finding, _put(spec["value"], "v", y))
        return
    yield f"y = {_total(values, many)}"
    yield str(spec["backward"])
    yield from _gradient(finding, spec, name, where)


def _total(values: Mapping[str, Any], several: bool) -> str:
    """The sum of the outputs, each times the gradient from above."""
    upstream = [float(x) for x in values["upstream"]]
    if upstream == [1.0]:
        return "output[0]" if several else "output"
    terms = [f"output[{i}] * {written(x)}" if several else f"output * {written(x)}" for i, x in enumerate(upstream)]
    return " + ".join(terms)


def _gradient(finding: Finding, spec: Mapping[str, Any], name: str, where: list[int]) -> Iterator[str]:
    kind, _, layer = name.partition(".")
    neuron = f"layers[{layer}][{where[0] if where else 0}]"
    leaf = _put(spec["bias"], "n", neuron)
    if kind == "weight":
        leaf = f"list({_put(spec['weights'], 'n', neuron)})[{where[1] if len(where) > 1 else 0}]"
    yield from _ended(finding, _put(spec["grad"], "v", f"({leaf})" if " " in leaf else leaf))


def steps_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """A network whose backward changes its weights: what is there after some steps."""
    assert finding.evidence is not None
    task, values = finding.evidence.task, finding.evidence.task["values"]
    spec, notes = task["spec"], task.get("notes", {})
    told = re.fullmatch(r"trajectory\.step (\d+)\.(.+)", finding.check)
    if told is None:
        raise ValueError("no step is told")
    lines.values["input"] = draws.written(values["input"], "input")
    yield re.sub(r"\bClass\b", finding.name, inlined(str(spec["make"]), task["args"]))
    for output_number, activation, bias in task["layers"]:
        given = {"output_number": output_number, "activation": activation, "bias": bias}
        yield inlined(str(spec["append"]), given)
    pairs = (
        ", ".join(draws.written(values[f"{kind}.{index}"], f"{kind}.{index}", FEWER) for kind in ("weight", "bias"))
        for index in range(len(task["layers"]))
    )
    yield from listed("values", [f"({pair})" for pair in pairs])
    yield f"for layer, (weight, bias) in zip({spec['layers']}, values):"
    yield from (f"    {re.sub(r'^m[.]', 'layer.', notes[f'set.{kind}'])}" for kind in ("weight", "bias"))
    names = [f"derivative.{step}" for step in range(int(told[1]))]
    yield from listed("derivatives", [draws.written(values[name], name, FEWER) for name in names])
    yield "for loss_derivative in derivatives:"
    yield f"    {notes['forward'].replace('{0}', 'input')}"
    yield f"    {spec['backward']}"
    kind, _, index = told[2].partition(".")
    place = notes[f"value.{kind}"].replace("m.", f"{spec['layers']}[{index}].", 1) if index else "output"
    at = f"[{', '.join(map(str, finding.where))}]" if finding.where else ""
    yield from _ended(finding, f"np.asarray({place}){at}")
