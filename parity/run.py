"""What `parity run` does: train every recipe on both sides, check every component, show and write what was found."""

from __future__ import annotations

import gc
import os
import time
import traceback
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from parity.cases import Case
from parity.checks import Result, check_error, check_sample
from parity.curves import CurveResult, compare_curves
from parity.outputs import CommandError, check_writable, dump, write_whole
from parity.recipes import RECIPES, Data, Recipe, load_data
from parity.registry import cases, components, nearest
from parity.sides import ScratchSide, Side, TorchSide
from parity.summary import Broken, ComponentResult, Outcome
from parity.terminal import Steps, components_table, explain, finished, progress, recipes_table
from parity.version import suite_versions

__all__ = ["Options", "all_components", "check_components", "resolve", "run"]

QUICK_EPOCHS, QUICK_ROWS = 500, 6400  # of XOR; of the digits, which makes 100 batches of 64


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    only: Sequence[str] = ()
    quick: bool = False
    epochs: int | None = None
    dtype: str | None = None
    seed: int = 0
    json: Path | None = None
    report: Path = Path("report.html")


@dataclass(frozen=True)
class Job:
    """A recipe in one dtype."""

    recipe: Recipe
    dtype: str
    epochs: int


def run(options: Options, console: Console) -> int:
    """Carry it out; the exit status."""
    start = time.perf_counter()
    outputs = [path for path in (options.json, options.report) if path is not None]
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise CommandError(f"--json and --report: expected two files, got {options.report} for both")
    for path in outputs:
        check_writable(path)
    recipes, names = choose(options.only)
    jobs, notes = plan(recipes, options)
    if not jobs and not names:
        raise CommandError(" ".join(notes))
    gc.freeze()  # what the imports left is there to stay, and need not be looked at again and again
    curves = train_all(jobs, options, notes, console)
    checked = check_components(names, console, options.dtype)
    outcome = Outcome(
        suite_versions(), options.seed, tuple(curves), tuple(checked), tuple(notes), time.perf_counter() - start
    )
    show(outcome, console)
    write(outcome, options, console)
    return 1 if outcome.failed else 0


def resolve(name: str, known: Iterable[str]) -> str | None:
    """The component of this name, whatever its case, or None."""
    names = list(known)
    return name if name in names else next((other for other in names if other.lower() == name.lower()), None)


def all_components() -> dict[str, str]:
    """Every component and its module, file by file: those of scratch, and any that only a case names."""
    found = components()
    found |= {name: "" for name in cases() if name not in found}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def choose(only: Sequence[str]) -> tuple[list[Recipe], list[str]]:
    """The recipes and the components that are meant; all of them when nothing is named.

    Raises:
        CommandError: a name is neither a component's nor the beginning of a recipe's.
    """
    known = all_components()
    if not only:
        return list(RECIPES), list(known)
    for name in only:
        if resolve(name, known) is None and not any(recipe.name.startswith(name.lower()) for recipe in RECIPES):
            suggestion = nearest(name, [*(recipe.name for recipe in RECIPES), *known])
            raise CommandError(f"no recipe and no component {name!r}{suggestion}")
    wanted = {resolve(name, known) for name in only}
    exact = {recipe.name for recipe in RECIPES}
    recipes = [
        recipe
        for recipe in RECIPES
        if any(
            recipe.name == name or (name not in exact and recipe.name.startswith(name)) for name in map(str.lower, only)
        )
    ]
    return recipes, [name for name in known if name in wanted]


def plan(recipes: list[Recipe], options: Options) -> tuple[list[Job], list[str]]:
    """What to train, one set of data after the other, and the notes on what is left out."""
    jobs, notes = [], []
    for recipe in recipes:
        epochs = options.epochs or (min(recipe.epochs, QUICK_EPOCHS) if options.quick else recipe.epochs)
        wanted = recipe.dtypes if options.dtype is None else [d for d in recipe.dtypes if d == options.dtype]
        jobs += [Job(recipe, dtype, epochs) for dtype in wanted]
        if recipe.only and options.dtype not in (None, *wanted):
            notes.append(f"{recipe.name} is left out: it runs in {recipe.only[0]} only, because {recipe.only[1]}.")
    if options.quick and jobs:
        notes.append(
            f"A quick run: {QUICK_EPOCHS} epochs of XOR, and the first {QUICK_ROWS:,} digits of the training set."
        )
    return sorted(jobs, key=lambda job: (job.recipe.data != "XOR", job.recipe.data, job.dtype != "float64")), notes


def train_all(jobs: list[Job], options: Options, notes: list[str], console: Console) -> list[CurveResult | Broken]:
    """Train each recipe; the results in the order of the recipes."""
    found: list[CurveResult | Broken] = []
    with progress(console, len(jobs)) as steps:
        steps.show("warming up")
        warm_up()
        for job, data in with_data(jobs, options, notes, steps):
            found.append(curve := train_one(job, data, options.seed, steps))
            steps.advance()
            console.print(finished(curve), soft_wrap=True)
    order = [recipe.name for recipe in RECIPES]
    return sorted(found, key=lambda curve: (order.index(curve.recipe), curve.dtype != "float64"))


def warm_up() -> None:
    """Import what torch leaves for its first optimizer, which is no part of the time that a recipe takes."""
    side = TorchSide()
    side.SGD(side.Linear(1, 1).parameters(), lr=1.0).step()


def with_data(jobs: list[Job], options: Options, notes: list[str], steps: Steps) -> Iterator[tuple[Job, Data]]:
    """Each job with what it trains on. One set is held at a time: the digits take 376 MB in float64."""
    loaded: tuple[str, str] | None = None
    data: Data | None = None
    for job in jobs:
        if loaded != (job.recipe.data, job.dtype) or data is None:
            data = None
            steps.show(f"loading {job.recipe.data}")
            loaded, data = (job.recipe.data, job.dtype), load_data(job.recipe.data, job.dtype)
            if data.source == "synthetic digits" and not any(data.source in note for note in notes):
                notes.append(f"The digits are synthetic digits, not MNIST: {data.note}.")
            if options.quick:
                data = replace(data, train=(data.train[0][:QUICK_ROWS], data.train[1][:QUICK_ROWS]))
        yield job, data


def train_one(job: Job, data: Data, seed: int, steps: Steps) -> CurveResult | Broken:
    """Train on both sides and the control; whatever a component raises is a finding, not an end."""

    def on_step(run: str, step: int, loss: float) -> None:
        steps.show(f"{job.recipe.name} {job.dtype}, {run}, step {step}, loss {loss:.4f}")

    try:
        found = compare_curves(job.recipe, data, job.dtype, seed, job.epochs, on_step=on_step)
    except Exception as error:
        if os.environ.get("PARITY_DEBUG"):
            traceback.print_exc()
        first_line = (str(error).splitlines() or [""])[0]
        return Broken(job.recipe.name, data.source, job.dtype, f"raised {type(error).__name__}: {first_line}")
    for training in (found.ours, found.theirs, found.control):
        training.history.snapshots.clear()  # compared by now, and up to 16 MB in each run
    return found


def check_components(names: list[str], console: Console, dtype: str | None = None) -> list[ComponentResult]:
    """Run all samples of these components, in this dtype or in all."""
    ours, theirs = ScratchSide(), TorchSide()
    known, table = all_components(), cases()
    found = []
    with progress(console, len(names)) as steps, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some samples provoke them, on both sides; the tests look at them
        for name in names:
            steps.show(f"checking {name}")
            case = table.get(name)
            results = tuple(check(case, ours, theirs, dtype)) if case else ()
            found.append(ComponentResult(name, known[name], case, results))
            steps.advance()
    return found


def check(case: Case, ours: Side, theirs: Side, dtype: str | None) -> Iterator[Result]:
    for sample in case.samples:
        for each in sample.dtypes:
            if dtype in (None, each):
                yield from check_sample(case.component, sample, each, ours, theirs)
    for error in case.errors:
        yield check_error(case.component, error, ours, theirs)


def show(outcome: Outcome, console: Console) -> None:
    """The tables, what failed, and the notes."""
    if outcome.curves:
        console.print("", recipes_table(outcome.curves), sep="\n")
    if outcome.components:
        console.print("", components_table(outcome.components), "", sep="\n")
    explain(console, outcome.curves, outcome.components)
    for note in outcome.notes:
        console.print(note)
    if outcome.differences:
        console.print(
            f"{outcome.differences} deliberate differences from PyTorch: the report lists them, with the reasons."
        )


def write(outcome: Outcome, options: Options, console: Console) -> None:
    """The report and, if asked for, the results as JSON."""
    from parity.report import render, verdict

    with progress(console, 1) as steps:
        steps.show(f"writing {options.report}")
        page = render(outcome)
        if options.json is not None:
            write_whole(options.json, dump(outcome.to_json()))
        write_whole(options.report, page)
    console.print(f"{verdict(outcome)} Details: {options.report}", soft_wrap=True)
