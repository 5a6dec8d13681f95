"""Our own `scratch` passes through every dialect: thin wrappers in `wrapped/` give its classes the shape of each.

A submission here is a wrapper with a copy of `scratch` beside it, since a jail shows nothing else.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from parity.student.adapters import built_in, find_matches, with_dialects
from parity.student.curriculum import ordered_components
from parity.student.findings import Judgement
from parity.student.isolation.jail import Jail, best_tier
from parity.student.judge import description_of, judge_submission

WRAPPED = Path(__file__).parent / "wrapped"
SCRATCH = Path(__file__).parents[1] / "scratch"
TIER = best_tier()

# What a dialect's tables allow and scratch has not, with the reason.
ABSENT = {
    ("ours", "exercises.Layer"): "no class can have this name, and `Layer` is the layer of scalars",
}
# What is found, and of which nothing can be asked.
RANDOM = "random numbers of which nothing is known but with a seed, and PyTorch's names have none"
FUNCTION = "its argument is a function, which cannot be handed over"
UNASKED = {
    ("ours", component): reason
    for reason, components in {
        RANDOM: ("AlphaDropout", "FeatureAlphaDropout", "FractionalMaxPool2d", "FractionalMaxPool3d", "RReLU"),
        FUNCTION: ("LambdaLR", "MultiplicativeLR"),
    }.items()
    for component in components
}  # fmt: skip
# Of the dialect that has everything, something of each kind.
SHARE = (
    "Valor", "MLP", "Linear", "Dropout", "Dropout2d", "BatchNorm1d", "RNNCell", "LSTM", "CrossEntropyLoss", "SGD",
    "Adam", "StepLR", "OneCycleLR",
)  # fmt: skip


def submission(dialect: str, folder: Path) -> Path:
    shutil.copytree(SCRATCH, folder / "scratch", ignore=shutil.ignore_patterns("__pycache__"))
    return Path(shutil.copy(WRAPPED / f"{dialect}.py", folder))


def troubles(judgement: Judgement) -> list[str]:
    """Beyond what a course asks, too."""
    return [
        f"{f.component} {f.sample} {f.check}: {f.verdict} {f.message}"
        for f in judgement.findings
        if f.verdict not in ("PASS", "SKIPPED")
    ]


def test_each_dialect_has_its_wrapper() -> None:
    assert sorted(file.stem for file in WRAPPED.glob("*.py")) == sorted(built_in())
    assert {dialect for dialect, _ in (*ABSENT, *UNASKED)} <= set(built_in())


@pytest.mark.parametrize("dialect", sorted(built_in()))
def test_scratch_has_whatever_a_dialect_can_say(dialect: str, tmp_path: Path) -> None:
    """A new entry of a dialect's tables wants a wrapper, or its reason in `ABSENT`."""
    with Jail(submission(dialect, tmp_path), TIER) as jail:
        known = description_of(jail.run([{"kind": "describe"}]))
    matches = find_matches(known, with_dialects(None))
    assert {match.adapter for match in matches} == {dialect}
    can_be_said = {name for name in ordered_components() if built_in()[dialect].speaks_of(name)}
    assert {match.component for match in matches} == can_be_said - {name for own, name in ABSENT if own == dialect}


@pytest.mark.parametrize(
    ("dialect", "only"),
    [
        *((dialect, SHARE if dialect == "ours" else ()) for dialect in sorted(built_in())),
        pytest.param("ours", (), marks=pytest.mark.slow),
    ],
    ids=lambda value: value if isinstance(value, str) else "share" if value else "everything",
)
def test_and_passes(dialect: str, only: tuple[str, ...], tmp_path: Path) -> None:
    judgement = judge_submission(submission(dialect, tmp_path), TIER, only=only)
    assert judgement.dialects == (dialect,)
    assert troubles(judgement) == []
    assert not only or set(judgement.found) == set(only)
    passed = {f.component for f in judgement.findings if f.verdict == "PASS" and not f.beyond}
    assert passed == set(judgement.found) - {name for own, name in UNASKED if own == dialect}


# What is added to `scratch`: every output one too large and every step one too far, or every gradient twice as large.
SPOILT = {
    "forward": """
def spoil(step):
    def walk(self):
        step(self)
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.data = parameter.data + 1
    return walk

Optimizer.step = spoil(Optimizer.step)
valor._node = lambda name, data, *rest, make=valor._node: make(name, data + 1, *rest)
for kind in kinds:
    if "forward" in vars(kind):
        kind.forward = lambda self, *given, forward=kind.forward: forward(self, *given) + 1
""",
    "backward": """
def twice(grad):
    return None if grad is None else 2 * grad

Valor.backward = lambda self, backward=Valor.backward: backward(self, 2.0)
for kind in kinds:
    if "backward" in vars(kind):
        kind.backward = lambda self, *given, backward=kind.backward: twice(backward(self, *given))
""",
}
KINDS = """
from scratch.module import Module

kinds = [*Module.__subclasses__()]
for kind in kinds:
    kinds += kind.__subclasses__()
"""
OPTIMIZERS = {"SGD", "Adagrad", "RMSprop", "Adam"}  # these have no backward
SLOW = [pytest.param(dialect, marks=pytest.mark.slow) for dialect in ("functional", "nnfs")]


@pytest.mark.parametrize("half", SPOILT)
@pytest.mark.parametrize("dialect", ["course", "exercise", "micrograd", *SLOW])
def test_a_wrapper_computes_nothing_itself(dialect: str, half: str, tmp_path: Path) -> None:
    """With another `scratch` beside it, nothing is right any more; the other dialects' files import and do no more."""
    file = submission(dialect, tmp_path)
    with (tmp_path / "scratch" / "__init__.py").open("a", encoding="utf-8") as stream:
        stream.write(KINDS + SPOILT[half])
    judgement = judge_submission(file, TIER)
    wrong = {finding.component for finding in judgement.first_to_fix()}
    waiting = {finding.component for finding in judgement.findings if "has to be right first" in finding.message}
    assert wrong | waiting == set(judgement.found) - (OPTIMIZERS if half == "backward" else set())
