"""The short commands: `parity list`, `parity show` and `parity data`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from parity import source
from parity.cases import Case, ErrorSample
from parity.coverage import coverage
from parity.outputs import CommandError, check_writable, dump, write_whole
from parity.registry import cases, nearest
from parity.run import all_components, check_components, resolve
from parity.summary import ComponentResult, Outcome
from parity.terminal import COLOURS, explain
from parity.version import suite_versions

__all__ = ["data_command", "list_command", "show_command"]

BESIDE = 120  # columns from which two sources stand beside each other


def list_command(check: bool, json: Path | None, console: Console) -> int:
    """Every component, its twin, its samples, and whether it passes."""
    if json is not None:
        check_writable(json)
    known = all_components()
    if check:
        found = check_components(list(known), console)
    else:
        found = [ComponentResult(name, module, cases().get(name), ()) for name, module in known.items()]
    console.print(_list_table(found, check))
    outcome = Outcome(suite_versions() if check else {}, seed=0, components=tuple(found))
    if check:
        explain(console, (), found)
    wrong = (
        sum(component.failed for component in found) if check else sum(component.case is None for component in found)
    )
    console.print(f"{len(found)} components, {wrong} of them {'fail' if check else 'without a sample'}.")
    covered = coverage()
    console.print(f"{covered}.")
    for part in covered.left_out:
        console.print(f"- Left out, {part.reason}: {', '.join(part.names)}.")
    if json is not None:
        entries = [_entry(component, check) for component in found]
        write_whole(json, dump({**outcome.to_json(), "components": entries, "coverage": covered.to_json()}))
    return 1 if wrong else 0


def _twin(component: ComponentResult) -> str:
    """What the twin is made from: "nn.Linear", or "function"; empty where there is none."""
    listing = source.find_listing("torch_ref", component.module, component.name)
    return (listing.base or listing.kind) if listing else ""


def _word(component: ComponentResult, checked: bool) -> str:
    """The last column: a verdict, or whether there is something to check with."""
    if component.case is None:
        return "NO SAMPLE"
    return "" if not checked else "FAIL" if component.failed else "PASS"


def _list_table(found: list[ComponentResult], checked: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading, justify in (("component", "left"), ("twin", "left"), ("samples", "right"), ("verdict", "left")):
        table.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    module = None
    for component in found:
        if component.module != module:
            module = component.module
            table.add_row(Text(f"{module or 'in no file'}", style="dim"))
        word = _word(component, checked)
        table.add_row(
            f"  {component.name}",
            _twin(component) or "missing",
            str(component.samples),
            Text(word, style=COLOURS.get(word, "bold red")),
        )
    return table


def _entry(component: ComponentResult, checked: bool) -> dict[str, object]:
    return {
        "component": component.name,
        "module": component.module,
        "twin": _twin(component),
        "samples": component.samples,
        "passed": component.passed,
        "checks": len(component.results),
        "verdict": _word(component, checked) or "UNCHECKED",
    }


def show_command(name: str, console: Console) -> int:
    """The scratch source and its PyTorch twin, the samples, and the deliberate differences."""
    known = all_components()
    found = resolve(name, known)
    if found is None:
        raise CommandError(f"no component {name!r}{nearest(name, list(known))}")
    _show_source(found, console)
    case = cases().get(found)
    console.print(_samples(case) if case else "It has no samples.")
    if case and case.differences:
        console.print(Text("Deliberate differences from PyTorch", style="bold"))
        for difference in case.differences:
            console.print(f"- {difference.what}: {difference.why}")
    return 0


def _show_source(component: str, console: Console) -> None:
    """Beside each other where there is room, below each other otherwise; on a pipe as it stands in the file."""
    halves = list(zip(("scratch", "torch_ref"), source.side_by_side(component), strict=True))
    titles = [Text(f"{at.path}:{at.line}" if at else f"missing in {half}", style="bold") for half, at in halves]
    texts = [at.text if at else "" for _, at in halves]
    codes = [Syntax(text, "python", theme="ansi_dark", background_color="default", word_wrap=True) for text in texts]
    if not console.is_terminal:
        for title, text in zip(titles, texts, strict=True):
            console.print(title, text, sep="\n", soft_wrap=True)
    elif console.width >= BESIDE:
        grid = Table.grid(padding=(0, 2), expand=True)
        for text in texts:
            grid.add_column(ratio=max(40, *map(len, text.splitlines()), 0))
        grid.add_row(*titles)
        grid.add_row(*codes)
        console.print(grid)
    else:
        for title, code in zip(titles, codes, strict=True):
            console.print(title, code, "", sep="\n")


def _samples(case: Case) -> Table:
    table = Table(
        "sample", "what it exposes", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold"
    )
    for sample in case.samples:
        table.add_row(sample.name, sample.exposes)
    for error in case.errors:
        table.add_row(error.name, _raises(error))
    return table


def _raises(error: ErrorSample) -> str:
    reason = f", only here: {error.only_ours}" if error.only_ours else ""
    return f"must raise {error.raises.__name__}{reason}"


def data_command(fashion: bool, console: Console) -> int:
    """Fetch and verify; 2 where synthetic digits had to stand in."""
    from datasets import mnist

    names: list[Literal["MNIST", "FashionMNIST"]] = ["MNIST", "FashionMNIST"] if fashion else ["MNIST"]
    missing = []
    for name in names:
        with console.status(f"fetching {name}") if console.is_terminal else console:
            train, test = mnist.load(name, train=True), mnist.load(name, train=False)
        counts = f"{len(train):,} training and {len(test):,} test images, every file verified by its MD5"
        console.print(f"{train.source} in {mnist.data_folder()}: {counts}", soft_wrap=True)
        missing += [train.note] if train.note else []
    if missing:
        raise CommandError(f"{'; '.join(missing)}; runs use the synthetic digits instead")
    return 0
