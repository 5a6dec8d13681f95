"""Every sample of every case: scratch against PyTorch, from the same seed."""

import pytest

from parity.cases import Case, ErrorSample, Sample
from parity.checks import check_error, check_sample
from parity.registry import cases
from parity.sides import ScratchSide, TorchSide

OURS, THEIRS = ScratchSide(), TorchSide()

SAMPLES = [
    pytest.param(case, sample, dtype, id=f"{case.component}-{sample.name.replace(' ', '_')}-{dtype}")
    for case in cases().values()
    for sample in case.samples
    for dtype in sample.dtypes
]
ERRORS = [
    pytest.param(case, sample, id=f"{case.component}-{sample.name.replace(' ', '_')}")
    for case in cases().values()
    for sample in case.errors
]


@pytest.mark.parametrize(("case", "sample", "dtype"), SAMPLES)
def test_sample(case: Case, sample: Sample, dtype: str) -> None:
    results = check_sample(case.component, sample, dtype, OURS, THEIRS)
    wrong = [f"{result.check}: {result.message}" for result in results if result.failed]
    assert results, "nothing was observed"
    assert not wrong, f"{case.component} ({sample.exposes}): " + "; ".join(wrong)


@pytest.mark.parametrize(("case", "sample"), ERRORS)
def test_error(case: Case, sample: ErrorSample) -> None:
    result = check_error(case.component, sample, OURS, THEIRS)
    assert not result.failed, result.message
