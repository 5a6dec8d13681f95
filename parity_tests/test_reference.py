"""PyTorch's answers, as they are stored, are those that PyTorch gives."""

from pathlib import Path

import numpy as np
import pytest

from parity.student import reference
from parity.student.curriculum import ordered_components, samples
from parity.student.networks import Asked
from parity.student.reference import GOLDEN, ask_torch, expected, write_golden

REWRITE = "python -m parity.student.reference writes the answers anew"
COMPONENTS = [name for name in ordered_components() if any(True for _ in samples(name))]


def compare(component: str) -> None:
    for sample in samples(component):
        stored, asked = expected(component, sample), ask_torch(component, sample, 0)
        assert set(stored) == set(asked), f"{component}, {sample.name}: {REWRITE}"
        for name, value in asked.items():
            assert stored[name].dtype == value.dtype
            np.testing.assert_allclose(
                stored[name], value, rtol=1e-9, atol=1e-12, err_msg=f"{component}, {sample.name}, {name}: {REWRITE}"
            )


@pytest.mark.parametrize("component", ["Valor", "Neuron", "Linear", "CrossEntropyLoss", "Adam", "StepLR"])
def test_some_stored_answers_are_pytorchs(component: str) -> None:
    compare(component)


@pytest.mark.slow
@pytest.mark.parametrize("component", COMPONENTS)
def test_the_stored_answers_are_pytorchs(component: str) -> None:
    compare(component)


def test_every_sample_has_an_answer_and_no_file_is_left_over() -> None:
    lacking = {
        f"{name}, {sample.name}" for name in COMPONENTS for sample in samples(name) if not expected(name, sample)
    }
    raises = {text for text in lacking if not ask_torch(*_find(text), 0)}
    assert lacking == raises, REWRITE
    assert {file.stem for file in GOLDEN.glob("*.npz")} == set(COMPONENTS), REWRITE


def _find(text: str) -> tuple[str, Asked]:
    component, name = text.split(", ", 1)
    return component, next(sample for sample in samples(component) if sample.name == name)


def test_another_seed_asks_pytorch_for_other_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = next(sample for sample in samples("Linear") if sample.name == "batch")
    first, other = expected("Linear", sample), expected("Linear", sample, 7)
    assert set(first) == set(other)
    assert not np.allclose(first["forward"], other["forward"])
    write_golden(tmp_path, seed=7, only={"Linear"})
    monkeypatch.setattr(reference, "_kept", dict(reference._kept))
    monkeypatch.setattr(reference, "ask_torch", None)  # the files are enough
    reference.keep(7, tmp_path)
    np.testing.assert_array_equal(expected("Linear", sample, 7)["forward"], other["forward"])
