"""The table notices when the code is changed; and the runner that says so changes, notices and cleans up rightly."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, NoReturn

import pytest

if not hasattr(os, "fork"):
    pytest.skip("a mutant is a forked process", allow_module_level=True)

from parity import mutants, observe_module
from parity.mutations import ROOT, Mutant, apply, find_function, mutants_of
from scratch import Linear, init, mlp, module, samplers, valor
from scratch.layers.gated import Mish
from scratch.losses import binary

FILES = mutants.choose([])
LINEAR = "layers/linear.py Linear.backward: self.bias.accumulate(grad_rows.sum(axis=0))  ->  "


def find(text: str) -> Mutant:
    return next(mutant for mutant in mutants_of(text.split()[0]) if str(mutant) == text)


@pytest.mark.slow
def test_the_table_kills_a_sample_of_all_mutants() -> None:
    files = random.Random(0).sample(FILES, len(FILES) // 2)  # all of them: python -m parity.mutants
    living = [mutant for file in files for mutant in mutants.try_file(file, sample=3, workers=2).living]
    lives = [str(mutant) for mutant in living if not mutants.reason(mutant)]
    assert not lives, "the table lacks a sample, or survivors.json a reason"


def witness_of(tests: str) -> mutants.Witness:
    """Another witness than the table: what pytest says of a file of tests."""
    path = str(Path(__file__).parent / tests)

    def first_failure() -> str:
        return "" if pytest.main(["-x", "-q", "-p", "no:cacheprovider", path]) == pytest.ExitCode.OK else tests

    return first_failure


@pytest.mark.slow
def test_other_tests_kill_a_sample_of_what_is_left_to_them() -> None:
    """Where a reason names a file of tests, they fail."""
    named = {name for reason in mutants.reasons().values() for name in re.findall(r"\btest_\w+\.py", reason)}
    for tests in sorted(named):
        left = [mutant for file in FILES for mutant in mutants_of(file) if tests in mutants.reason(mutant)]
        chosen = random.Random(tests).sample(left, min(len(left), 3))
        assert mutants.try_mutants(chosen, witness_of(tests), workers=2) == []


def test_every_survivor_is_a_mutant_of_the_code_as_it_is() -> None:
    known = mutants.reasons()
    files = {text.split()[0] for text in known}
    assert set(known) - files <= {str(mutant) for file in files for mutant in mutants_of(file)}
    assert all(len(reason.split()) > 4 for reason in known.values())


@pytest.mark.parametrize(
    "text",
    [
        f"{LINEAR}self.bias.accumulate(grad_rows.sum(axis=1))",
        f"{LINEAR}pass",
        "layers/linear.py Linear.backward: if self.bias is not None:  ->  if self.bias is None:",
        "layers/linear.py Identity.forward: self.save()  ->  pass",
    ],
)
def test_a_mutant_is_made_and_killed(text: str) -> None:
    assert mutants.try_mutants([find(text)], mutants.table_of("layers/linear.py")) == []


def test_one_that_computes_the_same_lives_and_the_running_program_is_what_it_was() -> None:
    before = Mish.forward.__code__, observe_module.FINITE_DIFFERENCES, signal.getsignal(signal.SIGINT)
    line = "layers/gated.py Mish.forward: exponential = np.exp(np.minimum(input, 20))  ->  "
    same = find(f"{line}exponential = np.exp(np.minimum(input, 21))")
    others = [mutant for mutant in mutants_of("layers/gated.py") if mutant.function == "Mish.backward"]
    assert mutants.try_mutants([*others, same], mutants.table_of("layers/gated.py"), workers=2) == [same]
    assert before == (Mish.forward.__code__, observe_module.FINITE_DIFFERENCES, signal.getsignal(signal.SIGINT))


def test_what_is_changed() -> None:
    """Operators, numbers, statements and constants; no messages, annotations, warnings or default arguments."""
    found = [mutant for file in ("valor.py", "init.py", "schedulers/scheduler.py") for mutant in mutants_of(file)]
    texts = [str(mutant) for mutant in found]
    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if re.search(r"raise |warnings\.warn|\"\"\"|: def ", text)]
    assert {"_GAINS", "Valor.__init__", "Valor.label", "LRScheduler.step"} <= {mutant.function for mutant in found}


@pytest.mark.parametrize(
    ("home", "name", "function"),
    [
        (valor, "Valor.label", "label"),
        (valor, "Valor.label.fset", "label"),
        (mlp, "Neuron.of", "of"),
        (samplers, "check_positive", "check_positive"),
        (module, "no_grad", "no_grad"),
        (binary, "BCEWithLogitsLoss.forward", "forward"),
    ],
)
def test_functions_are_found_behind_their_decorators(home: Any, name: str, function: str) -> None:
    found = find_function(vars(home), name)
    assert type(found) is FunctionType
    assert found.__code__.co_name == function
    assert found.__code__.co_filename == home.__file__


def in_a_process(work: Callable[[], bool]) -> bool:
    return os.waitpid(mutants.fork(lambda: int(not work()), seconds=20), 0)[1] == 0


def test_a_constant_is_changed_with_those_that_are_made_of_it() -> None:
    constants = [mutant for mutant in mutants_of("init.py") if mutant.function == "_LINEAR"]
    before = dict(init._GAINS)

    def changes(mutant: Mutant) -> bool:
        apply(mutant)
        return bool(before != init._GAINS)

    assert all(in_a_process(partial(changes, mutant)) for mutant in constants)
    assert before == init._GAINS


def test_code_that_does_not_fit_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = next(mutant for mutant in mutants_of("valor.py") if mutant.function == "Valor.relu")
    monkeypatch.setattr(valor.Valor, "relu", 3)
    with pytest.raises(LookupError, match="does not fit"):
        mutants.try_mutants([mutant], lambda: "")


def hang() -> str:
    time.sleep(60)
    return ""


def leave() -> NoReturn:
    raise SystemExit(0)


def devour() -> str:
    return str(len(bytearray(1 << 33)) * 0 or "")


@pytest.mark.parametrize(
    ("then", "lives"), [(hang, False), (os.abort, False), (leave, False), (devour, False), (str, True)]
)
def test_what_hangs_crashes_or_asks_for_too_much_was_noticed(
    then: Callable[[], str], lives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if then is devour and sys.platform != "linux":
        pytest.skip("memory is limited under Linux only")
    monkeypatch.setattr(mutants, "SECONDS", 0.5)
    mutant, original, start = find(f"{LINEAR}pass"), Linear.backward.__code__, time.monotonic()
    living = mutants.try_mutants([mutant], lambda: "" if Linear.backward.__code__ is original else then())
    assert living == [mutant] * lives
    assert time.monotonic() - start < 20


def test_what_fails_without_a_mutant_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="without a mutant fails everything"):
        mutants.try_mutants([], lambda: "everything")


def test_files_are_chosen_by_how_they_begin() -> None:
    assert mutants.choose(["layers/lin", "scratch/losses/ctc.py"]) == ["layers/linear.py", "losses/ctc.py"]
    assert len(FILES) > 100
    with pytest.raises(ValueError, match="begins with 'liars'"):
        mutants.choose(["layers", "liars"])


@pytest.mark.parametrize("file", [file for file in FILES if Path(file).name.startswith("_")])
def test_a_private_file_has_dependents(file: str) -> None:
    assert mutants.dependents(file), f"no case in the table depends on scratch/{file}"


SLEEPER = """
import os, signal, sys, time
from parity import mutants

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it

asleep, out, who = {"the code as it is"}, os.dup(1), sys.argv[1]

def witness():
    if who in asleep:
        os.write(out, b"asleep\\n")
        time.sleep(60)
    return ""

mutants.table_of, mutants.apply = lambda file: witness, lambda mutant: asleep.add("a mutant")
sys.argv[1:] = ["layers/linear.py"]
sys.exit(mutants.main())
"""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "who"), [(signal.SIGINT, "a mutant"), (signal.SIGTERM, "the code as it is")])
def test_an_interrupted_run_leaves_no_process(number: signal.Signals, who: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER, who],
        cwd=ROOT.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "asleep\n"
        os.kill(run.pid, number)
        assert run.communicate(timeout=20)[1] == "parity.mutants: interrupted\n"
    assert run.returncode == 2
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)
