"""Every mistake is caught, and for the right reason; and every check is the first to catch some mistake."""

from functools import cache

import pytest

from parity import observe, observe_module
from parity.cases import DTYPES, Sample
from parity.checks import NEEDS, Result, check_error, judge
from parity.mistakes import Mistake, find_mistake, mistakes
from parity.observation import Observation
from parity.registry import find_case
from parity.sides import ScratchSide, Side, TorchSide

THEIRS = TorchSide()
# These look at something else than PyTorch, and so may fail beside the check that does.
WITNESSES = {"finite", "expected"}

NAMES = [f"{mistake.id}@{mistake.component}" for mistake in mistakes()]
# Wrong in such a way that something is raised. Any other would show a slip in the variant itself.
RAISE = {
    "batchnorm-batch-statistics-in-eval@BatchNorm1d",
    "constructor-renamed@Linear",
    "exponential-backward@Valor",
    "recursion-limit@Valor",
    "reflected-operator-missing@Valor",
    "sequential-forwards@Sequential",
    "upstream-demanded@MSELoss",
    "weight-not-transposed@Linear",
}


@cache
def reference(component: str, index: int, dtype: str) -> Observation:
    """What PyTorch does with a sample, observed once for all the variants."""
    return observe.observe(THEIRS, component, find_case(component).samples[index], dtype)


def family(result: Result) -> str:
    return result.check.split(".", 1)[0]


def failed(results: list[Result]) -> list[Result]:
    return [result for result in results if result.failed]


def sides(mistake: Mistake) -> tuple[Side, Side]:
    theirs = THEIRS if mistake.twin is None else TorchSide({mistake.component: mistake.twin})
    return ScratchSide({mistake.component: mistake.wrong}), theirs


def run_sample(mistake: Mistake, index: int, sample: Sample, dtype: str) -> list[Result]:
    ours, theirs = sides(mistake)
    expected = (
        reference(mistake.component, index, dtype)
        if theirs is THEIRS
        else observe.observe(theirs, mistake.component, sample, dtype)
    )
    return judge(mistake.component, sample, dtype, observe.observe(ours, mistake.component, sample, dtype), expected)


@cache
def failures(name: str) -> tuple[tuple[Result, ...], ...]:
    """Of each sample that fails, in the order of the table, what failed.

    Finite differences, which take most of the time, are left to the misunderstandings that both halves share. float32
    is asked where float64 shows nothing.
    """
    mistake = find_mistake(name)
    case = find_case(mistake.component)
    found: list[list[Result]] = []
    with pytest.MonkeyPatch.context() as patch:
        if mistake.twin is None:
            patch.setattr(observe_module, "FINITE_DIFFERENCES", 0)
        for dtype in DTYPES:
            found += [
                failed(run_sample(mistake, index, sample, dtype))
                for index, sample in enumerate(case.samples)
                if dtype in sample.dtypes
            ]
            if any(found):
                break
    found += [failed([check_error(case.component, error, *sides(mistake))]) for error in case.errors]
    return tuple(tuple(results) for results in found if results)


def depends(check: str, on: str) -> bool:
    return check == on or any(depends(needed, on) for needed in NEEDS[check])


@pytest.mark.parametrize("name", NAMES)
def test_mistake_is_caught_for_the_right_reason(name: str) -> None:
    assert failures(name), f"no sample catches {name}"
    check = find_mistake(name).check
    first = {family(results[0]) for results in failures(name)}
    assert check in first
    # A script and a bad argument have one check only, which any mistake may fail. And in some sample what depends on
    # the check may be wrong while the check itself, by chance, is not: the loss at ties, for one.
    assert all(found in ("result", "errors") or depends(found, check) for found in first), first


@pytest.mark.parametrize("name", NAMES)
def test_one_mistake_is_one_message(name: str) -> None:
    for results in failures(name):
        assert len({family(result) for result in results} - WITNESSES) <= 1, [result.check for result in results]


@pytest.mark.parametrize("name", NAMES)
def test_mistake_computes_something_wrong_and_does_not_break(name: str) -> None:
    raised = [result.message for results in failures(name) for result in results if result.verdict == "ERROR"]
    assert bool(raised) == (name in RAISE), raised


def test_there_are_enough_mistakes() -> None:
    assert len({mistake.id for mistake in mistakes()}) >= 70
    assert len(set(NAMES)) == len(NAMES)
    assert all(mistake.explanation for mistake in mistakes())


@pytest.mark.parametrize("check", NEEDS)
def test_every_check_is_the_first_to_catch_some_mistake(check: str) -> None:
    """A check that no wrong implementation fails first would prove nothing, or nothing new."""
    assert check in {family(failures(name)[0][0]) for name in NAMES if find_mistake(name).check == check}
