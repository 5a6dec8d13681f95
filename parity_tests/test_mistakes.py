"""Every mistake that people make is caught, and for the right reason; every check is the first to catch some mistake."""

from functools import cache

import pytest

from parity import observe
from parity.cases import Sample
from parity.checks import NEEDS, Result, check_error, judge
from parity.mistakes import Mistake, find_mistake, mistakes
from parity.registry import find_case
from parity.sides import ScratchSide, Side, TorchSide

THEIRS = TorchSide()
# These look at something else than PyTorch, and so may fail beside the check that does.
WITNESSES = {"finite", "expected"}

NAMES = [f"{mistake.id}@{mistake.component}" for mistake in mistakes()]
SHARED = [f"{mistake.id}@{mistake.component}" for mistake in mistakes() if mistake.twin is not None]


@cache
def reference(component: str, index: int, dtype: str) -> observe.Observation:
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

    Finite differences, which take most of the time, are left to the misunderstandings that both halves share.
    """
    mistake = find_mistake(name)
    case = find_case(mistake.component)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        if mistake.twin is None:
            patch.setattr(observe, "FINITE_DIFFERENCES", 0)
        for index, sample in enumerate(case.samples):
            for dtype in sample.dtypes:
                found.append(failed(run_sample(mistake, index, sample, dtype)))
        found += [failed([check_error(case.component, error, *sides(mistake))]) for error in case.errors]
    return tuple(tuple(results) for results in found if results)


@pytest.mark.parametrize("name", NAMES)
def test_mistake_is_caught_for_the_right_reason(name: str) -> None:
    assert failures(name), f"no sample catches {name}"
    first = {family(results[0]) for results in failures(name)}
    assert find_mistake(name).check in first
    # A script and a bad argument have one check only, which any mistake may fail.
    assert first <= {find_mistake(name).check, "result", "errors"}, first


@pytest.mark.parametrize("name", NAMES)
def test_one_mistake_is_one_message(name: str) -> None:
    for results in failures(name):
        assert len({family(result) for result in results} - WITNESSES) <= 1, [result.check for result in results]


def test_there_are_enough_mistakes() -> None:
    assert len({mistake.id for mistake in mistakes()}) >= 70
    assert len(set(NAMES)) == len(NAMES)
    assert all(mistake.explanation for mistake in mistakes())


@pytest.mark.parametrize("check", NEEDS)
def test_every_check_is_the_first_to_catch_some_mistake(check: str) -> None:
    """A check that no wrong implementation fails first would prove nothing, or nothing new."""
    assert check in {family(failures(name)[0][0]) for name in NAMES if find_mistake(name).check == check}
