"""The command line. Nothing heavy is imported until a command needs it, which keeps `parity --help` quick."""

from __future__ import annotations

import argparse
import io
import math
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from parity.outputs import CommandError

__all__ = ["carry_out", "main"]

PASSED, FAILED, NOT_CARRIED_OUT = 0, 1, 2
TWICE = 2.0  # seconds within which a second Ctrl-C is an impatient first
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, where argparse prints the usage too."""
        raise CommandError(f"{message} (see `{self.prog} --help`)")


def main() -> int:
    """The program: `carry_out` with what a terminal and its Ctrl-C need around it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without × shows ? instead
    signal.signal(signal.SIGINT, _Interrupt())
    try:
        return carry_out(sys.argv[1:])
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it has ended: what is left is to leave, and torch takes a while


def carry_out(argv: Sequence[str]) -> int:
    """Run a command; the exit status: 0 all passed, 1 something did not, 2 it could not be carried out."""
    try:
        arguments = _parser().parse_args(_known_command(list(argv)))
        status: int = arguments.command(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return _end("interrupted")
    except CommandError as error:
        return _end(str(error))
    except BrokenPipeError:  # whoever read has gone; nothing more is written, not even at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_CARRIED_OUT
    except Exception as error:
        return _unexpected(error)


class _Interrupt:
    """Lets the first Ctrl-C end the command, and not a second one its cleaning up."""

    def __init__(self) -> None:
        self.last = -math.inf

    def __call__(self, number: int, frame: object) -> None:
        before, self.last = self.last, time.monotonic()
        if self.last - before > TWICE:
            raise KeyboardInterrupt


def _end(message: str) -> int:
    print(f"parity: {' '.join(message.split())}", file=sys.stderr)
    return NOT_CARRIED_OUT


def _unexpected(error: Exception) -> int:
    """Not foreseen, so it is ours: ask for a report."""
    if os.environ.get("PARITY_DEBUG"):
        traceback.print_exc()
        return NOT_CARRIED_OUT
    return _end(f"unexpected {type(error).__name__}: {error} (please report this, with what PARITY_DEBUG=1 prints)")


def _known_command(argv: list[str]) -> list[str]:
    """The arguments, unless the command is misspelt."""
    if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
        from parity.registry import nearest

        raise CommandError(f"no command {argv[0]!r}{nearest(argv[0], list(COMMANDS))} (see `parity --help`)")
    return argv


class _Version(argparse.Action):
    """`--version`, read only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from parity.version import project_version

        print(f"parity {project_version()}")
        parser.exit(PASSED)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "parity",
        description="Every part of a neural network from scratch, compared with the same part in PyTorch.",
        epilog="Example: parity run --quick",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, dest=argparse.SUPPRESS, help="show the version and end")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (add, summary, example) in COMMANDS.items():
        add(
            commands.add_parser(
                name,
                help=summary,
                description=f"{summary[0].upper()}{summary[1:]}.",
                epilog=f"Example: {example}",
                allow_abbrev=False,
            )
        )
    return parser


def _run_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    named = "recipes, by how they begin (xor, mnist-784-128), and components (Linear); all when not given"
    add("--only", nargs="+", action="extend", default=[], metavar="NAME", help=named)
    add("--quick", action="store_true", help="fewer epochs of XOR, and fewer of the digits")
    add("--epochs", type=_whole(1), metavar="N", help="how often each recipe goes through its data")
    _dtype(parser, None, "in this dtype only; in both when not given")
    _seed(parser)
    add("--json", type=Path, metavar="FILE", help="also write the results as JSON")
    add("--report", type=Path, metavar="FILE", default=Path("report.html"), help="where to write it (report.html)")
    add("--threads", type=_whole(1), metavar="N", default=1, help="threads for NumPy and for torch, each (1)")
    parser.set_defaults(command=_run)


def _run(arguments: argparse.Namespace) -> int:
    with _suite(arguments.threads):
        from parity.run import Options, run
        from parity.terminal import make_console

        options = {name: value for name, value in vars(arguments).items() if name not in ("command", "threads")}
        return run(Options(**options), make_console())


def _list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-check", action="store_true", help="only list, which is quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the list as JSON")
    parser.set_defaults(command=_list)


def _list(arguments: argparse.Namespace) -> int:
    with _suite():
        from parity.commands import list_command
        from parity.terminal import make_console

        return list_command(not arguments.no_check, arguments.json, make_console())


def _show_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a component, in upper or lower case")
    parser.set_defaults(command=_show)


def _show(arguments: argparse.Namespace) -> int:
    with _suite():
        from parity.commands import show_command
        from parity.terminal import make_console

        return show_command(arguments.name, make_console())


def _check_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="a .py file, a notebook, or a folder of .py files")
    add("--dialect", metavar="NAME", help="what it is written in; recognised when not given")
    add("--adapter", type=Path, metavar="FILE", help="an adapter.toml that says what its names stand for")
    add("--only", nargs="+", action="extend", default=[], metavar="NAME", help="these components (Linear Adam)")
    tiers = ("bwrap", "landlock", "limits", "in-process")
    add("--tier", choices=tiers, help="how its code is kept apart; the strongest that works when not given")
    add("--package", action="append", default=[], dest="packages", metavar="NAME", help="may be imported beside NumPy")
    add("--strict", action="store_true", help="count what lies beyond a course too")
    add("--seed", type=_whole(0), metavar="N", default=0, help="draws other inputs, which needs torch (0)")
    add("--lang", choices=("en", "pt"), help="the language; that of the locale when not given")
    add("--watch", action="store_true", help="check again whenever it is saved, until Ctrl-C")
    add("--verbose", action="store_true", help="also name what was not found, and show what the code printed")
    written = {"json": "JSON", "junit": "JUnit XML", "html": "a page with pictures", "markdown": "Markdown"}
    for kind, what in written.items():
        add(f"--{kind}", type=Path, metavar="FILE", help=f"also write {what}")
    parser.set_defaults(command=_check)


def _check(arguments: argparse.Namespace) -> int:
    with _suite() if arguments.seed else _one_thread():  # the answers to seed 0 are at hand, and need no torch
        from parity.student.check import Options, check
        from parity.terminal import make_console

        return check(Options(**{k: v for k, v in vars(arguments).items() if k != "command"}), make_console())


def _init_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a .py file, a notebook, or a folder of .py files")
    parser.set_defaults(command=_init)


def _init(arguments: argparse.Namespace) -> int:
    with _one_thread():
        from parity.student.drafting.draft import init_command
        from parity.terminal import make_console

        return init_command(arguments.file, make_console())


def _grade_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", type=Path, nargs="?", metavar="FOLDER", help="a file or a folder for each student")
    add("--out", type=Path, metavar="FOLDER", default=Path("results"), help="where the results are written (results)")
    add("--points", type=Path, metavar="FILE", help="points.toml: what counts and how much, public and hidden seeds")
    add("--jobs", type=_whole(1), metavar="N", help="submissions judged at once; one a core when not given")
    tiers = ("bwrap", "landlock", "limits", "in-process")
    add("--tier", choices=tiers, help="how submissions are kept apart; the strongest that works when not given")
    add("--seed", type=_whole(0), nargs="+", action="extend", default=[], metavar="N", help="the public seeds (0)")
    formats = ("gradescope", "junit", "exercism", "csv", "html")
    add("--format", nargs="+", action="extend", default=[], choices=formats, help="what is written (html csv)")
    add("--dask", metavar="ADDRESS", help="hand the submissions to the Dask scheduler there (tcp://host:8786)")
    add("--adapter", type=Path, metavar="FILE", help="an adapter.toml that says what the students' names stand for")
    add("--only", nargs="+", action="extend", default=[], metavar="NAME", help="these components (Linear Adam)")
    add("--lang", choices=("en", "pt"), help="the language; that of the locale when not given")
    add("--autograder", type=Path, metavar="FOLDER", help="write an autograder for Gradescope there")
    parser.set_defaults(command=_grade)


def _grade(arguments: argparse.Namespace) -> int:
    with _one_thread():
        from parity.student.classes.grade import Options, grade
        from parity.terminal import make_console

        return grade(Options(**{k: v for k, v in vars(arguments).items() if k != "command"}), make_console())


def _diverge_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recipe", metavar="NAME", default="xor-adam", help="the recipe to replay (xor-adam)")
    parser.add_argument(
        "--fault",
        metavar="ID",
        help="a known mistake to plant in scratch: its id, or id@Component where several share it",
    )
    parser.add_argument("--only", type=_whole(1), metavar="N", help="plant it in the N-th such component only")
    _dtype(parser, "float64", "the dtype (float64)")
    _seed(parser)
    parser.add_argument("--steps", type=_whole(1), metavar="N", default=500, help="stop after so many steps (500)")
    parser.set_defaults(command=_diverge)


def _diverge(arguments: argparse.Namespace) -> int:
    with _suite():
        from parity import diverge
        from parity.mistakes import find_mistake
        from parity.recipes import find_recipes
        from parity.terminal import make_console

        a = arguments
        try:
            recipe = find_recipes([a.recipe])[0]
            if a.fault is not None:
                find_mistake(a.fault)
        except KeyError as error:
            raise CommandError(str(error.args[0])) from error
        if a.only is not None and a.fault is None:
            raise CommandError("--only says where --fault is planted, and there is no --fault")
        if a.dtype not in recipe.dtypes:
            raise CommandError(f"{recipe.name} has no {a.dtype}, only {', '.join(recipe.dtypes)}")
        return diverge.run(a.recipe, a.fault, a.dtype, a.seed, a.steps, make_console(), a.only)


def _data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fashion", action="store_true", help="Fashion-MNIST too")
    parser.set_defaults(command=_data)


def _data(arguments: argparse.Namespace) -> int:
    with _suite():
        from parity.commands import data_command
        from parity.terminal import make_console

        return data_command(arguments.fashion, make_console())


def _notebooks_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("numbers", type=_whole(1), nargs="*", metavar="N", help="which (1 to 19); all of them when not given")
    add("--lang", nargs="+", choices=("en", "pt"), default=["en", "pt"], help="the language (both)")
    add("--keep", action="store_true", help="write them, with their outputs, into notebooks/")
    parser.set_defaults(command=_notebooks)


def _notebooks(arguments: argparse.Namespace) -> int:
    with _suite():
        try:
            from parity.study.command import notebooks_command
        except ModuleNotFoundError as error:
            extra = 'pip install -c constraints.txt -e ".[study]"'
            raise CommandError(f"{error.name} is not installed: run `{extra}`") from error
        from parity.terminal import make_console

        return notebooks_command(arguments.numbers, arguments.lang, arguments.keep, make_console())


def _playground_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--port", type=_port, metavar="N", default=8700, help="the port; 0 takes a free one (8700)")
    add("--host", metavar="H", default="localhost", help="the address to listen on (localhost)")
    add("--allow-remote", action="store_true", help="also where other machines can reach it")
    add("--no-browser", dest="browser", action="store_false", help="do not open the page in the browser")
    add("--lang", choices=("en", "pt"), help="the language; that of the locale when not given")
    parser.set_defaults(command=_playground)


def _playground(arguments: argparse.Namespace) -> int:
    a = arguments
    if a.lang:
        os.environ["PARITY_LANG"] = a.lang
    with _suite():
        try:
            from parity.playground.serve import playground_command
        except ModuleNotFoundError as error:
            extra = 'pip install -c constraints.txt -e ".[playground]"'
            raise CommandError(f"{error.name} is not installed: run `{extra}`") from error
        from parity.terminal import make_console

        return playground_command(a.port, a.host, a.allow_remote, a.browser, make_console())


def _docs_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--out", type=Path, metavar="FOLDER", default=Path("docs/_build"), help="where it is built (docs/_build)")
    add("--open", action="store_true", help="show it in the browser")
    parser.set_defaults(command=_docs)


def _docs(arguments: argparse.Namespace) -> int:
    with _suite():
        try:
            from parity.docs.command import docs_command
        except ModuleNotFoundError as error:
            extra = 'pip install -c constraints.txt -e ".[docs]"'
            raise CommandError(f"{error.name} is not installed: run `{extra}`") from error
        from parity.terminal import make_console

        return docs_command(arguments.out, arguments.open, make_console())


# Name: what adds its options, what it does, an example.
COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str, str]] = {
    "run": (
        _run_options,
        "train and compare everything, show it, and write report.html",
        "parity run --only xor Linear --dtype float64",
    ),
    "list": (_list_options, "list every component, its twin, its samples, and whether it passes", "parity list"),
    "show": (_show_options, "show a component's source beside its PyTorch twin", "parity show Linear"),
    "diverge": (
        _diverge_options,
        "find where two training runs part",
        "parity diverge --fault bias-grad-mean --only 2",
    ),
    "check": (
        _check_options,
        "judge a file, a notebook or a folder of your own code",
        "parity check my_layers.py --watch",
    ),
    "init": (
        _init_options,
        "draft an adapter that says what the names in a file stand for",
        "parity init my_layers.py",
    ),
    "grade": (_grade_options, "judge a folder of students' code, and write their marks", "parity grade submissions"),
    "notebooks": (
        _notebooks_options,
        "run the side-by-side notebooks from the top to the bottom",
        "parity notebooks 7 --lang en",
    ),
    "playground": (
        _playground_options,
        "open a page where both nets learn side by side",
        "parity playground --port 8700",
    ),
    "docs": (
        _docs_options,
        "build the documentation site from docstrings, notebooks and glossary",
        "parity docs --open",
    ),
    "data": (_data_options, "fetch and verify MNIST and Fashion-MNIST", "parity data --fashion"),
}


def _whole(least: int) -> Callable[[str], int]:
    """A whole number from `least` on; the seed's limit of 64 bits is far above the other uses."""

    def convert(text: str) -> int:
        number = int(text) if text.strip().lstrip("-").isdecimal() else least - 1
        if not least <= number < 2**64:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} on, got {text!r}")
        return number

    return convert


def _port(text: str) -> int:
    if not (number := _whole(0)(text)) < 2**16:
        raise argparse.ArgumentTypeError(f"expected a port below 65536, got {text!r}")
    return number


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_whole(0), metavar="N", default=0, help="the seed of both sides (0)")


def _dtype(parser: argparse.ArgumentParser, default: str | None, help: str) -> None:
    parser.add_argument("--dtype", choices=("float64", "float32"), default=default, help=help)


def _set_threads(threads: int) -> None:
    for variable in THREADS:
        os.environ[variable] = str(threads)  # read when NumPy and torch are imported


@contextmanager
def _one_thread() -> Iterator[None]:
    """What a command needs that asks neither torch nor the data sets."""
    _set_threads(1)
    yield


@contextmanager
def _suite(threads: int = 1) -> Iterator[None]:
    """What each command needs: a machine that has it, threads that do not fight, and errors of data in one line."""
    _set_threads(threads)
    from parity.environment import Unusable, check_environment

    try:
        check_environment()
        from datasets.files import DataError
    except Unusable as error:
        raise CommandError(str(error)) from error
    try:
        yield
    except DataError as error:
        raise CommandError(str(error)) from error
