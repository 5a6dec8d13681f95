"""Taking turns, and the rows and the table that come of it."""

from __future__ import annotations

import argparse
import json
import operator
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import geometric_mean, median, quantiles
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

__all__ = ["Row", "Work", "main", "mean_row", "row", "show", "take_turns", "write_json"]

Work = Callable[[], Any]
SLICE = 0.01  # seconds of work between two looks at the clock
COMPARISONS = {"<=": operator.le, ">=": operator.ge}

torch.set_num_threads(1)


@dataclass(frozen=True)
class Row:
    """One comparison: medians of both sides, and the median ratio with the spread of the middle four fifths.

    `ratio` is ours / theirs where the target is an upper bound, theirs / ours ("times faster") where it is a lower
    one, and ours alone where there is nobody to compare with.
    """

    group: str
    name: str
    ours: float
    theirs: float | None
    ratio: float
    low: float
    high: float
    target: str
    unit: str

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if not self.target:
            return None
        sign, bound = self.target.split()
        return bool(COMPARISONS[sign](self.ratio, float(bound)))


def take_turns(works: Sequence[Work], repeats: int) -> list[list[float]]:
    """Seconds of processor time that each piece of work takes, a list a piece, one after the other in each turn.

    Processor time, since other programs disturb it less than the clock on the wall.
    """
    counts = [max(1, round(SLICE / max(_seconds(work, 2), 1e-9))) for work in works]  # which also warms up
    turns = [[_seconds(work, count) for work, count in zip(works, counts, strict=True)] for _ in range(repeats)]
    return [list(side) for side in zip(*turns, strict=True)]


def _seconds(work: Work, count: int) -> float:
    work()  # brings this side's arrays back into the cache, where training keeps them
    start = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - start) / count


def row(
    group: str, name: str, ours: Sequence[float], theirs: Sequence[float] | None, target: str, unit: str, scale: float
) -> Row:
    """The medians, times `scale` to be in `unit`, and the ratio turn by turn."""
    if theirs is None:
        ratios = [scale * a for a in ours]
    else:
        faster = target.startswith(">=")
        ratios = [b / a if faster else a / b for a, b in zip(ours, theirs, strict=True)]
    tenths = quantiles(ratios, n=10, method="inclusive") if len(ratios) > 1 else ratios
    other = None if theirs is None else scale * median(theirs)
    return Row(group, name, scale * median(ours), other, median(ratios), tenths[0], tenths[-1], target, unit)


def mean_row(group: str, rows: Sequence[Row], target: str) -> Row:
    """The geometric mean of the ratios."""
    ratio, low, high = (geometric_mean(getattr(row, key) for row in rows) for key in ("ratio", "low", "high"))
    ours = geometric_mean(row.ours for row in rows)
    theirs = geometric_mean(row.theirs or row.ours for row in rows)
    return Row(group, f"geometric mean of {len(rows)}", ours, theirs, ratio, low, high, target, rows[0].unit)


def show(rows: Iterable[Row], console: Console) -> None:
    """A table a group; a target that is missed is marked."""
    groups: dict[str, list[Row]] = {}
    for entry in rows:
        groups.setdefault(entry.group, []).append(entry)
    for group, entries in groups.items():
        table = Table(title=group, title_justify="left", box=None, pad_edge=False)
        table.add_column("", overflow="fold")
        for heading in ("ours", "theirs", "unit", "ratio", "spread", "target"):
            table.add_column(heading, justify="left" if heading == "unit" else "right", no_wrap=True)
        for entry in entries:
            missed = " missed" if entry.met is False else ""
            theirs = "" if entry.theirs is None else f"{entry.theirs:.4g}"
            spread = f"{entry.low:.2g} to {entry.high:.2g}" if entry.low < entry.high else ""
            table.add_row(
                entry.name, f"{entry.ours:.4g}", theirs, entry.unit, f"{entry.ratio:.2f}", spread, entry.target + missed
            )
        console.print(table, end="\n\n")


def write_json(rows: Iterable[Row], path: Path) -> None:
    """The rows and what they were measured with."""
    content = {
        "schema": "parity.benchmark/1",
        "suite": {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()},
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "rows": [{**asdict(entry), "met": entry.met} for entry in rows],
    }
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)


def main(run: Callable[[int], list[Row]], description: str | None, json_file: Path | None = None) -> None:
    """The command line of a benchmark."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15, help="turns of every comparison (default %(default)s)")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", default=json_file, help="write the rows to this file as well"
    )
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("--repeats must be 1 or more")
    rows = run(arguments.repeats)
    show(rows, Console())
    if arguments.json is not None:
        write_json(rows, arguments.json)
