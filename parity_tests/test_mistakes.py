"""The instrument is itself tested: every wrong variant is caught, and every check catches one."""

import pytest

from parity.checks import NEEDS, Result, check_case
from parity.mistakes import Mistake, mistakes
from parity.registry import find_case
from parity.sides import ScratchSide, TorchSide

THEIRS = TorchSide()


def failures(mistake: Mistake) -> list[Result]:
    side = ScratchSide({mistake.component: mistake.wrong})
    return [result for result in check_case(find_case(mistake.component), side, THEIRS) if result.failed]


@pytest.fixture(scope="module")
def found() -> dict[str, list[Result]]:
    return {f"{mistake.id}@{mistake.component}": failures(mistake) for mistake in mistakes()}


@pytest.mark.parametrize("name", [f"{mistake.id}@{mistake.component}" for mistake in mistakes()])
def test_mistake_is_caught(name: str, found: dict[str, list[Result]]) -> None:
    assert found[name], f"no sample catches {name}"


def test_there_are_enough_mistakes() -> None:
    assert len({mistake.id for mistake in mistakes()}) >= 40
    assert len({(mistake.id, mistake.component) for mistake in mistakes()}) == len(mistakes())
    assert all(mistake.explanation for mistake in mistakes())


def test_every_check_is_failed_by_some_mistake(found: dict[str, list[Result]]) -> None:
    """A check that no wrong implementation can fail would prove nothing."""
    failed = {result.check.split(".", 1)[0] for results in found.values() for result in results}
    assert set(NEEDS) == failed, f"never failed: {sorted(set(NEEDS) - failed)}"
