"""What `parity check` does: judge a file, a folder or a notebook, show it, write it, and again when it is saved."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status

from parity.outputs import CommandError, check_writable, write_whole
from parity.registry import nearest
from parity.student.adapters import Adapter, built_in, read_adapter
from parity.student.curriculum import ordered_components
from parity.student.diagnosis.explain import explained
from parity.student.findings import Finding, Judgement
from parity.student.isolation.jail import ROOMY, Limits, best_tier
from parity.student.judge import judge_submission
from parity.student.messages import find_language, text
from parity.student.showing.show import show
from parity.student.showing.view import cleaned
from parity.student.worker.load import LIMIT

__all__ = ["Options", "check"]

DEBOUNCE = 400  # milliseconds: an editor that writes twice is one save
ENDINGS = (".py", ".ipynb")
NOTHING_PYTHON = "expected a .py file, a notebook (.ipynb) or a folder of them"


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    file: Path
    dialect: str | None = None
    adapter: Path | None = None
    only: Sequence[str] = ()
    tier: str | None = None
    packages: Sequence[str] = ()  # that it may import beside NumPy
    strict: bool = False
    seed: int = 0
    lang: str | None = None
    watch: bool = False
    verbose: bool = False
    json: Path | None = None
    junit: Path | None = None
    html: Path | None = None
    markdown: Path | None = None

    @property
    def outputs(self) -> dict[str, Path]:
        paths = {"json": self.json, "junit": self.junit, "html": self.html, "markdown": self.markdown}
        return {kind: path for kind, path in paths.items() if path is not None}


def check(options: Options, console: Console) -> int:
    """Carry it out; the exit status."""
    _check_outputs(options)
    options = replace(options, only=[_component(name) for name in options.only], lang=options.lang or find_language())
    status = _check_once(options, console)
    if not options.watch:
        return status
    try:
        for _ in _saved(options, console):
            try:
                _check_once(options, console)
            except CommandError as error:  # half saved, or away for a moment: the next save may mend it
                console.print(f"parity: {error}", style="bold red")
    except KeyboardInterrupt:
        console.print()
    return 0


def _check_outputs(options: Options) -> None:
    """Ask before the work begins whether its files can be written, and whether they are files of their own."""
    inputs = {path.resolve() for path in (options.file, options.adapter) if path is not None}
    seen: set[Path] = set()
    for kind, path in options.outputs.items():
        if path.resolve() in inputs:
            raise CommandError(f"--{kind}: {path} would be written over")
        if path.resolve() in seen:
            raise CommandError(f"--{kind}: {path} is asked for twice")
        seen.add(path.resolve())
        check_writable(path)


def _component(name: str) -> str:
    """A component by its name, in upper or lower case."""
    known = {component.lower(): component for component in ordered_components()}
    if name.lower() not in known:
        raise CommandError(f"no component {name!r}{nearest(name, ordered_components())}")
    return known[name.lower()]


def _check_once(options: Options, console: Console) -> int:
    lang = options.lang or "en"
    _check_target(options.file)
    adapter = _adapter(options)
    with _working(console, text(lang, "show.starting", target=options.file.name)) as status:
        judgement = judge_submission(
            options.file,
            options.tier or best_tier(),
            adapter,
            tuple(options.only),
            options.seed,
            ROOMY if options.packages else Limits(),
            _progress(status, lang),
            options.packages,
        )
    judgement = cleaned(explained(_as_asked(judgement, options, lang), lang))
    show(judgement, lang, console, options.verbose)
    _write(judgement, options, lang, console)
    return 1 if judgement.failed else 0


def _check_target(path: Path) -> None:
    """Whether there is Python to be judged; a mistake in the Python is a verdict, not an error of the command."""
    if not path.exists():
        raise CommandError(f"{path}: no such file or folder")
    if path.is_dir():
        if not any(True for ending in ENDINGS for _ in path.rglob(f"*{ending}")):
            raise CommandError(f"{path}: {NOTHING_PYTHON}, found none in it")
        return
    if not path.is_file() or path.suffix not in ENDINGS:
        raise CommandError(f"{path}: {NOTHING_PYTHON}")
    try:
        if path.stat().st_size > LIMIT:
            raise CommandError(f"{path}: is larger than {LIMIT >> 20} MiB")
        source = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: is not Python but something binary, or not in UTF-8 ({error.reason})") from error
    if "\0" in source:
        raise CommandError(f"{path}: is not Python but something binary")
    if path.suffix == ".ipynb":
        _check_notebook(path, source)


def _check_notebook(path: Path, source: str) -> None:
    try:
        cells = json.loads(source)["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code" and "source" in cell]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CommandError(f"{path}: is not a notebook ({type(error).__name__}: {error})") from error
    if not code:
        raise CommandError(f"{path}: has no code cell")


def _adapter(options: Options) -> Adapter | None:
    """The adapter asked for; None where the dialect is to be recognised."""
    if options.adapter is not None and options.dialect is not None:
        raise CommandError("--dialect and --adapter both say what the names stand for: expected one of them")
    if options.adapter is not None:
        return read_adapter(options.adapter)
    if options.dialect is None:
        return None
    if options.dialect not in built_in():
        known = ", ".join(built_in())
        raise CommandError(f"no dialect {options.dialect!r}{nearest(options.dialect, built_in())} (there are {known})")
    return built_in()[options.dialect]


def _as_asked(judgement: Judgement, options: Options, lang: str) -> Judgement:
    """What was asked for by name and is not there is missing; with --strict everything counts."""
    findings = list(judgement.findings)
    if options.only and all(finding.check != "import" for finding in findings):
        findings = [finding for finding in findings if finding.check != "names"]
        absent = [name for name in options.only if name not in judgement.found]
        findings += [
            Finding(name, "", "names", "MISSING", message=text(lang, "show.asked_missing", component=name))
            for name in absent
        ]
    if options.strict:
        findings = [replace(finding, beyond=False) for finding in findings]
    return replace(judgement, findings=tuple(findings))


def _working(console: Console, words: str) -> AbstractContextManager[Any]:
    """A line that says what is being done, on a terminal only, and goes away."""
    if not console.is_terminal or console.is_dumb_terminal:
        return nullcontext()
    return Status(words, console=console)


def _progress(status: Status | None, lang: str) -> Callable[[str], None] | None:
    if status is None:
        return None
    return lambda component: status.update(text(lang, "show.checking", component=component))


def _write(judgement: Judgement, options: Options, lang: str, console: Console) -> None:
    """The files that were asked for; each module is imported only then."""
    for kind, path in options.outputs.items():
        if kind == "json":
            from parity.student.showing.formats import result_json

            write_whole(path, result_json(judgement))
        elif kind == "junit":
            from parity.student.showing.formats import junit

            write_whole(path, junit(judgement, lang))
        elif kind == "html":
            from parity.student.showing.page import render

            write_whole(path, render(judgement, lang))
        else:
            from parity.student.showing.show import markdown

            write_whole(path, markdown(judgement, lang))
    if options.outputs:
        console.print(text(lang, "show.written", files=", ".join(str(path) for path in options.outputs.values())))


def _saved(options: Options, console: Console) -> Iterator[None]:
    """Waits, and comes back each time the submission or its adapter has been saved; Ctrl-C ends it."""
    from watchfiles import watch

    lang = options.lang or "en"
    wanted = {path.resolve() for path in (options.file, options.adapter) if path is not None}
    wanted |= {options.adapter.resolve().with_suffix(".py")} if options.adapter is not None else set()
    outputs = {path.resolve() for path in options.outputs.values()}

    def counts(change: object, name: str) -> bool:
        path = Path(name)
        inside = options.file.is_dir() and path.suffix in ENDINGS and path.is_relative_to(options.file.resolve())
        return (path in wanted or inside) and path not in outputs

    # The folder is watched, since many editors save under another name and rename.
    folders = {path if path.is_dir() else path.parent for path in wanted}
    console.print(text(lang, "show.watching", target=options.file.name), style="dim")
    for _ in watch(*folders, watch_filter=counts, recursive=options.file.is_dir(), debounce=DEBOUNCE):
        console.print()
        console.rule(text(lang, "show.again", target=options.file.name, time=time.strftime("%H:%M:%S")))
        yield
        console.print(text(lang, "show.watching", target=options.file.name), style="dim")
