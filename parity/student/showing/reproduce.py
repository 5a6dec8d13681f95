"""A failure as a few lines that need only NumPy and the student's file, to be run and changed by hand.

They are made of the adapter's snippets, or of what the worker noted of its calls, and of the task's numbers. Where that
does not make a whole (an argument that is an object, a process that ended) there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from parity.student.findings import Finding
from parity.student.showing.reproducing.chances import chance_lines
from parity.student.showing.reproducing.lines import Lines
from parity.student.showing.reproducing.modules import module_lines
from parity.student.showing.reproducing.numbers import Draws
from parity.student.showing.reproducing.optimizers import optimizer_lines, scheduler_lines
from parity.student.showing.reproducing.routines import batches_lines, clipping_lines, drawing_lines, training_lines
from parity.student.showing.reproducing.scalars import graph_lines, network_lines, steps_lines

__all__ = ["reproducer"]

Maker = Callable[[Lines, Finding, Draws], Iterator[str]]
MAKERS: dict[str, Maker] = {
    "module": module_lines, "optimizer": optimizer_lines, "scheduler": scheduler_lines, "graph": graph_lines,
    "network": network_lines, "steps": steps_lines, "clipping": clipping_lines, "drawing": drawing_lines,
    "batches": batches_lines, "training": training_lines,
}  # fmt: skip


def reproducer(finding: Finding, target: str, seed: int = 0) -> str:
    """The lines; "" where there are none. `target` is the name of the student's file, `seed` that of the judgement."""
    evidence = finding.evidence
    if evidence is None:
        return ""
    task = evidence.task
    maker = chance_lines if task.get("random") and task.get("kind") == "module" else MAKERS.get(str(task.get("kind")))
    told = finding.verdict in ("FAIL", "ERROR") or (finding.verdict, task.get("kind")) == ("TIMEOUT", "graph")
    if maker is None or not told:
        return ""
    helpers = f"{task['spec'].get('helpers', '')}\n{task['spec'].get('beside', '')}"
    lines = Lines(target, task.get("notes", {}), helpers)
    try:
        return lines.program(list(maker(lines, finding, Draws(finding.sample, seed))))
    except (LookupError, ValueError, SyntaxError, StopIteration, RuntimeError):  # it cannot be said in lines
        return ""
