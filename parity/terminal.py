"""What a run looks like in a terminal, 80 columns wide or more, and on a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from parity.curves import CurveResult
from parity.summary import Broken, ComponentResult, share, size

__all__ = ["Steps", "components_table", "explain", "finished", "make_console", "progress", "recipes_table"]

COLOURS = {"PASS": "green", "CHAOS": "yellow", "FAIL": "bold red", "ERROR": "bold red"}
SHOWN_FAILURES = 20


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """`parity list | head`: whoever read has gone, which is no fault to report."""
        try:
            super().on_broken_pipe()
        except SystemExit:
            raise SystemExit(2) from None


def make_console() -> Console:
    """Colour on a terminal unless NO_COLOR is set; as wide as the terminal, or COLUMNS, or 80 on a pipe."""
    return _Console(highlight=False, emoji=False, markup=False)


class Steps:
    """Shows what is being worked on, at most ten times a second."""

    def __init__(self, bar: Progress | None, task: Any) -> None:
        self._bar, self._task = bar, task
        self._next = 0.0

    def show(self, text: str) -> None:
        if self._bar is not None and time.monotonic() > self._next:
            self._next = time.monotonic() + 0.1
            self._bar.update(self._task, doing=text)

    def advance(self) -> None:
        if self._bar is not None:
            self._bar.advance(self._task)


@contextmanager
def progress(console: Console, total: int) -> Iterator[Steps]:
    """A bar that goes away when all is done; nothing where the output is not a terminal."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield Steps(None, None)
        return
    columns = (
        BarColumn(bar_width=10),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[doing]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield Steps(bar, bar.add_task("", total=total, doing=""))


def finished(curve: CurveResult | Broken) -> str:
    """A line for a recipe that is done."""
    start = f"{curve.verdict:5} {curve.recipe} {curve.dtype}"
    if isinstance(curve, Broken):
        return f"{start}: {curve.reason}"
    found = curve.to_json()
    loss, parameter = size(found["max_loss_difference"]), size(found["max_parameter_difference"])
    return (
        f"{start}: loss within {loss}, parameters within {parameter}, {curve.steps} steps "
        f"in {curve.ours.seconds:.1f} s and {curve.theirs.seconds:.1f} s"
    )


def _verdict(word: str) -> Text:
    return Text(word, style=COLOURS[word])


def _table(*headings: str, numbers: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in numbers else "left", vertical="top", overflow="fold")
    return table


def recipes_table(curves: Iterable[CurveResult | Broken]) -> Table:
    """Two lines for each recipe, which fit into 80 columns."""
    table = _table(
        "recipe\ndata", "steps\ndtype", "diff. of\nloss\nparam.", "at\nstep\ntensor", "test\nscratch\ntorch",
        "time\nscratch\ntorch", "verdict", numbers=(2, 4, 5),
    )  # fmt: skip
    table.columns[0].no_wrap = True
    for curve in curves:
        first = f"{curve.recipe}\n{curve.data}"
        if isinstance(curve, Broken):
            table.add_row(first, f"\n{curve.dtype}", "", "", "", "", _verdict(curve.verdict))
            continue
        found = curve.to_json()
        table.add_row(
            first,
            f"{curve.steps}\n{curve.dtype}",
            f"{size(found['max_loss_difference'])}\n{size(found['max_parameter_difference'])}",
            f"{found['where']['step']}\n{found['where']['tensor']}" if found["where"]["tensor"] else "—",
            "\n".join(f"{100 * run.accuracy:.2f} %" for run in (curve.ours, curve.theirs)),
            "\n".join(f"{run.seconds:.1f} s" for run in (curve.ours, curve.theirs)),
            _verdict(curve.verdict),
        )
    return table


def components_table(components: Iterable[ComponentResult]) -> Table:
    """A line for each component; the files that they stand in as headings."""
    table = _table(
        "component", "checks", "error\nfloat64", "margin\nfloat64", "margin\nfloat32", "verdict", numbers=(1, 2, 3, 4)
    )
    module = ""
    for component in components:
        if component.module != module:
            module = component.module
            table.add_row(Text(module, style="dim"))
        table.add_row(
            f"  {component.name}",
            f"{component.passed}/{len(component.results)}",
            size(component.largest_error("float64")),
            share(component.margin("float64")),
            share(component.margin("float32")),
            _verdict("FAIL" if component.failed else "PASS"),
        )
    return table


def explain(console: Console, curves: Iterable[CurveResult | Broken], components: Iterable[ComponentResult]) -> None:
    """What failed, and why a recipe is called chaotic."""
    for curve in curves:
        if curve.verdict != "PASS":
            console.print(_verdict(curve.verdict), f"{curve.recipe}, {curve.dtype}: {curve.reason}")
    lines = [
        (result.verdict, f"{c.name}, sample “{result.sample}”, {result.dtype}, {result.check}: {result.message}")
        for c in components
        for result in c.failures
    ]
    if unsampled := ", ".join(component.name for component in components if not component.results):
        lines.append(("FAIL", f"no sample of these stands in parity/cases: {unsampled}"))
    for word, line in lines[:SHOWN_FAILURES]:
        console.print(_verdict(word), line)
    if len(lines) > SHOWN_FAILURES:
        console.print(f"… and {len(lines) - SHOWN_FAILURES} more failed checks")
