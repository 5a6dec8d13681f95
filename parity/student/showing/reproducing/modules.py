"""Layers and losses: what the worker did up to the check that failed, with its calls as it noted them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity.student.findings import Finding
from parity.student.showing.reproducing.lines import Lines, inlined, spelled, statements
from parity.student.showing.reproducing.numbers import Draws, first_apart, written

__all__ = ["Spoken", "module_lines"]

# What the worker does with an adapter's snippet, and under which name it notes the lines that do the same.
NOTED = {"call": "forward", "back": "backward", "zero_grad": "zero"}
SWITCHES = ("training", "has_mode", "has_gradients")  # the worker's own words about the mode
MODES = {"train": True, "eval": False}


class RaisedHereError(LookupError):
    """The worker came no further: these are all the lines."""


def module_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """Up to the call that fails, and the number that differs."""
    assert finding.evidence is not None
    spoken = Spoken(finding, draws)
    lines.values |= spoken.values()
    try:
        yield from spoken.until(finding.check)
    except RaisedHereError:
        if finding.verdict != "ERROR":
            raise
    if finding.verdict != "ERROR":
        yield spoken.compared(finding)


class Spoken:
    """The adapter's snippets: those of a dialect as they stand, general ones as they were carried out."""

    def __init__(self, finding: Finding, draws: Draws) -> None:
        evidence = finding.evidence
        assert evidence is not None
        if evidence.task["keywords"]:
            raise ValueError("keywords are not written down")
        self.name, self.draws = finding.name, draws
        self.task: Mapping[str, Any] = evidence.task
        self.spec, self.notes = self.task["spec"], self.task.get("notes", {})
        self.training, self.labelled = True, False
        self.called = False
        self.folded = "folded" in self.notes
        self.one_bias = str(self.notes.get("merged", ""))
        answers = (name.partition("forward") for name in evidence.answers)
        names = [output for before, word, output in answers if word and not before]
        self.outputs = names if len(names) == len(self.task["upstream"]) else [""] * len(self.task["upstream"])
        wanted = finding.check.split(".")[-1]
        self.moved = wanted if f"moved.{wanted}" in self.notes and f"grad.{wanted}" not in self.notes else ""

    def values(self) -> dict[str, str | None]:
        """Everything that a snippet may use, by its name; None of what cannot be said."""
        task = self.task
        inputs = {
            name: self._given(value, f"input {place}")
            for place, (name, value) in enumerate(zip(task["arguments"], task["inputs"], strict=True))
        }
        parameters = {
            name.replace(".", "_"): self.draws.said(value, name) for name, value in task["parameters"].items()
        }
        found: dict[str, str | None] = {**parameters, **inputs}
        for place, output in enumerate(self.outputs):
            end = f"_{place}" if place else ""
            found[f"grad_output{end}"] = self._given(task["upstream"][place], f"upstream{output}")
            found[f"second{end}"] = self._given(task["second"][place], f"second upstream{output}")
        found["seed"] = written(task["seed"])
        args = {key: self.draws.said(value, key) for key, value in {**task["defaults"], **task["args"]}.items()}
        return found | {key: text for key, text in args.items() if key not in found}

    def _given(self, value: Any, key: str) -> str | None:
        said = self.draws.said(value, key)
        if not said or not self.folded or not isinstance(value, np.ndarray):
            return said
        return f"{said}.reshape({_matrix(value.shape)})"

    # --- what the worker does

    def until(self, check: str) -> Iterator[str]:
        """The calls in the worker's order, as far as the check needs them."""
        family, _, rest = check.partition(".")
        yield from self.start(family == "initial")
        if family == "initial":
            return
        if family == "twice":
            yield from self.once(zero=False)
            yield from self.restored()
            yield from self.step("backward")
            return
        yield from self.once(backward=family not in ("forward", "buffer", "constructs", "parameters"))
        if family not in ("accumulated", "eval", "repeat"):
            return
        yield from self.again()
        if family == "accumulated":
            return
        if family == "eval" or "evaluated" in self.notes:
            yield from self.turn("eval")
            further = family == "repeat" or not rest.startswith("forward")
            yield from self.once(backward=further and "evaluated.forward" not in self.notes)
        if family == "repeat":
            yield from self.turn("train")
            yield from self.once(backward=not rest.startswith("forward"))

    def restored(self) -> Iterator[str]:
        """Where backward has moved the parameters itself, the worker puts them back."""
        if any(name.startswith("moved.") for name in self.notes):
            yield from self.step("set")

    def start(self, initial: bool = False) -> Iterator[str]:
        """Build it and set its parameters."""
        if self.task.get("random") or initial:
            yield f"np.random.seed({self.task['seed']})"
        own = spelled(self.task.get("renamed", self.task["args"]))
        for line in [self.notes["make"]] if "make" in self.notes else self.step("make"):
            known = {**self.task["defaults"], **self.task["args"]}
            yield re.sub(r"\bClass\b", self.name, inlined(line.replace("**args", own), known))
        if not initial:
            yield from self.step("set")

    def once(self, backward: bool = True, zero: bool = True) -> Iterator[str]:
        if backward and zero:
            yield from self.step("zero")
        yield from self.step("seed")
        yield from self.step("forward")
        if backward:
            yield from self.step("backward")

    def again(self) -> Iterator[str]:
        """The second call, whose gradients are added where they are kept."""
        yield from self.restored()
        if "accumulates" not in self.notes:
            yield from self.step("forward")
            return
        yield from self.step("forward")
        yield from (re.sub(r"\bgrad_output(?=\b|_)", "second", line) for line in self.step("backward"))

    def turn(self, mode: str) -> Iterator[str]:
        """Into evaluation, or out of it."""
        self.training = MODES[mode]
        yield from self.restored()
        yield from self.step(mode)

    def step(self, step: str) -> Iterator[str]:
        """A snippet of the adapter, statement by statement."""
        if step == "backward" and self.moved:
            yield f"before = np.array({self.notes[f'value.{self.moved}']})"
        for statement, text in statements(str(self.spec.get(step, ""))):
            yield from self._said(statement, text)

    def _said(self, statement: ast.stmt, text: str) -> Iterator[str]:
        calls = {node.func.id for node in ast.walk(statement) if _is_call(node)}  # type: ignore[attr-defined]
        stored = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and _is_store(node)}
        noted = next((NOTED[name] for name in NOTED if name in calls), "")
        if "set_mode" in calls:
            yield from self._lines("train" if self.training else "eval")
        elif stored and stored <= set(SWITCHES):
            return
        elif "assign" in calls:
            for key in self.task["parameters"]:
                if not self.one_bias or not key.startswith("bias"):
                    yield self._note(f"set.{key}")
            yield from self._merged() if self.one_bias else ()
        elif noted == "zero":
            yield from self._zeroed()
        elif noted:
            yield self._note(noted)
            yield from self._lines("left") if noted == "forward" else ()
        elif "called" in calls:
            yield from _unpacked(text)
        elif "labels" in calls:
            yield from self._lines("target") if not self.labelled else ()
            self.labelled = True
        elif not re.match(r"inputs = \[", text):
            yield self._plain(text)

    def _zeroed(self) -> Iterator[str]:
        """By the student's own method; without one there is nothing to do at first."""
        yield from self._lines("zero")
        if self.called:
            for name in self.notes:
                yield from self._lines(name) if name.startswith("zero.") else ()
        self.called = True

    def _plain(self, text: str) -> str:
        """Without `rows`, which only lays out what has more than two axes."""
        text = re.sub(r"\btraining\b(?!=)", str(self.training), text)
        return re.sub(r"\brows\((\w+)\)", lambda found: self._rows(found[1]), text)

    def _rows(self, name: str) -> str:
        shape = np.shape(dict(zip(self.task["arguments"], self.task["inputs"], strict=True)).get(name, 0.0))
        return name if len(shape) == 2 else f"{name}.reshape({_matrix(shape)})"

    def _lines(self, what: str) -> Iterator[str]:
        """Lines that need not be there."""
        if what in self.notes:
            yield from self._note(what).split("\n")

    def _note(self, what: str) -> str:
        found = self.notes.get(what, self.notes.get("tried") if what == "forward" else None)
        if found is None:
            raise RaisedHereError(what)
        line = str(found).replace("{up}", "grad_output").replace("{mode}", str(self.training))
        for place, name in enumerate(
            [*self.task["arguments"], *([state] if (state := self.notes.get("state")) else [])]
        ):
            line = line.replace(f"{{{place}}}", name)
        return line

    def _merged(self) -> Iterator[str]:
        """PyTorch's two biases where the cell has one, which is their sum."""
        line = self._note(f"set.{self.one_bias}")
        yield re.sub(rf"= {self.one_bias}\b", "= (bias_ih + bias_hh)", line)

    # --- what came of it

    def result(self, check: str) -> str:
        """Where the number is that was compared."""
        family, _, rest = check.partition(".")
        if family in ("eval", "repeat", "twice"):
            return self.result(rest)
        if family == "unchanged":
            return rest
        if family == "forward":
            return "output" + "".join(f"[{part}]" for part in rest.split(".") if part)
        if family in ("buffer", "initial"):
            own = self.spec.get("buffers" if family == "buffer" else "get", {}).get(rest, "")
            return str(self.notes.get(f"value.{rest}", own) or self._unknown(rest))
        if rest in self.task["needs_grad"]:
            return self._input_gradient(rest)
        if rest == self.moved:
            return f"(before - {self.notes[f'value.{rest}']}) / {self.notes[f'moved.{rest}']}"
        rest = self.one_bias if self.one_bias and rest.startswith("bias") else rest
        own = str(self.spec.get("grads", {}).get(rest, ""))
        return str(self.notes.get(f"grad.{rest}", own) or self._unknown(rest))

    def _input_gradient(self, name: str) -> str:
        root, *inner = name.split(".")
        whole = str(self.notes.get("inputs", self.spec.get("inputs", "")))
        if "(" in whole and "input_gradients" in whole:
            self._unknown(name)
        whole = self._plain(whole)
        several = "inputs.many" in self.notes or ("inputs" not in self.notes and len(self.task["needs_grad"]) > 1)
        places = [str(self.task["arguments"].index(root)), *inner] if several else inner
        return whole + "".join(f"[{place}]" for place in places)

    def _unknown(self, name: str) -> str:
        raise ValueError(f"nobody noted where {name} is")

    def compared(self, finding: Finding) -> str:
        """What came beside what was expected, in the first place that differs."""
        assert finding.evidence is not None
        got, expected = finding.evidence.got, finding.evidence.expected
        expression = self.result(finding.check)
        if self.folded and isinstance(got, np.ndarray) and got.ndim != 2:
            expression = f"np.reshape({expression}, {got.shape})"
        if not isinstance(got, np.ndarray):
            kind = "type(" + expression + ").__name__"
            return f'print("got", {kind}, "expected a NumPy array")'
        if got.shape != expected.shape:
            return f'print("got shape", np.shape({expression}), "expected", {expected.shape})'
        if finding.where is None and got.dtype != expected.dtype and not _differ(got, expected):
            return f'print("got", np.asarray({expression}).dtype, "expected", "{expected.dtype}")'
        place = finding.where if finding.where is not None else first_apart(got, expected)
        at = f"[{', '.join(map(str, place))}]" if place else ""
        return f'print("got", np.asarray({expression}){at}, "expected", {written(expected[tuple(place)])})'


def _differ(got: Any, expected: Any) -> bool:
    return not np.allclose(got, expected, equal_nan=True)


def _matrix(shape: tuple[int, ...]) -> str:
    """The axes of x as a matrix of rows."""
    return f"{shape[0]}, -1" if len(shape) > 1 else "1, -1"


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _unpacked(text: str) -> Iterator[str]:
    """`called(m, m.forward, x)` is what the call returns, or leaves behind as `output`."""
    found = re.fullmatch(r"output = called\(m, m\.(\w+), (.+)\)", text)
    if found is None:
        raise ValueError("it needs the worker's called")
    yield f"output = m.{found[1]}({found[2]})"
    yield "output = m.output if output is None else output"
