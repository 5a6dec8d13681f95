"""How fast a class is graded on two cores: submissions a minute at each tier that works here, and a class of 200.

The class is a mixture: the examples, right and wrong, variants of them, code that cannot be imported, and two endless
loops, one at import and one in a call. There is nobody to compare with; the target of the class is two minutes.

`python -m benchmarks.bench_grade` prints the table; --repeats does not count, since a class is graded once.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from rich.console import Console

from benchmarks.measure import Row, main, row
from parity.student.classes.grade import Options, grade
from parity.student.isolation.jail import probe

__all__ = ["run", "write_class"]

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
WORKERS = 2
CLASS = 200
SAMPLE = 40  # submissions by which a tier is measured
TARGET = "<= 120"
BROKEN = {
    "syntax": "class Linear(:\n",
    "empty": "",
    "missing": "import numpy as np\n\nclass Linaer:\n    pass\n",
    "raises": "raise RuntimeError('not finished')\n",
    "torch": "import torch\n",
    "leaves": "import os\n\nos._exit(0)\n",
    "unwritten": "class ReLU:\n    def forward(self, input):\n        raise NotImplementedError\n\n"
    "    def backward(self, grad_output):\n        raise NotImplementedError\n",
}
LOOPS = {
    "loop-import": "while True:\n    pass\n",
    "loop-call": "class ReLU:\n    def forward(self, input):\n        while True:\n            pass\n\n"
    "    def backward(self, grad_output):\n        return grad_output\n",
}


def write_class(folder: Path, count: int, loops: bool) -> None:
    """So many submissions, of which one in five cannot be imported, and two never end."""
    for number, (name, text) in zip(range(count), _submissions(loops), strict=False):
        (folder / f"{number:03}-{name}.py").write_text(f"# student {number}\n{text}", encoding="utf-8")


def _submissions(loops: bool) -> Iterator[tuple[str, str]]:
    if loops:
        yield from LOOPS.items()
    examples = cycle([(file.stem, file.read_text(encoding="utf-8")) for file in sorted(EXAMPLES.glob("*.py"))])
    broken = cycle(BROKEN.items())
    while True:
        for _ in range(4):
            yield next(examples)
        yield next(broken)


def seconds(count: int, tier: str, loops: bool) -> float:
    """The clock on the wall, with all that the command does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "class")
        folder.mkdir()
        write_class(folder, count, loops)
        start = time.perf_counter()
        grade(Options(folder, Path(name, "out"), jobs=WORKERS, tier=tier, lang="en"), Console(file=io.StringIO()))
        return time.perf_counter() - start


def run(repeats: int = 1) -> list[Row]:
    """A row a tier, and the class at the best of them."""
    if len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()) < WORKERS:
        return []
    tiers = [tried.tier for tried in probe() if tried.works and tried.tier != "in-process"]
    rows = []
    for tier in tiers:
        rate = 60 * SAMPLE / seconds(SAMPLE, tier, False)
        rows.append(row("grading", f"submissions, {tier}", [rate], None, "", "a minute", 1))
    for tier in tiers[:1]:
        rows.append(row("grading", f"a class of {CLASS}, {tier}", [seconds(CLASS, tier, True)], None, TARGET, "s", 1))
    return rows


if __name__ == "__main__":
    main(run, __doc__)
