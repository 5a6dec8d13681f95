"""The mistake is named, with the numbers that show it; nothing is named where nothing fits, or of what is right."""

import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest
import torch

from parity.mistakes import mistakes
from parity.student.diagnosis.conventions import conventions
from parity.student.diagnosis.explain import constant_ratio, explained
from parity.student.diagnosis.seen import Seen
from parity.student.diagnosis.several import weigh_alone
from parity.student.diagnosis.variants import variants
from parity.student.findings import Finding, Judgement
from parity.student.graphs import GRAPHS
from parity.student.isolation.jail import Limits
from parity.student.judge import judge_submission
from parity.student.messages import APART, CATALOGUES, LANGUAGES, text

ROOT = Path(__file__).parent.parent
STUDENTS = Path(__file__).parent / "students"
SOURCES = (
    "objects", "arrays", "nnfs", "functional", "course", "micrograd", "exercise", "training_arrays", "training_objects",
)  # fmt: skip
LIMITS = Limits(cpu=2, wall=8.0)
TOO_SLOW = "exponential-backward"  # what never ends needs a jail to end it


@dataclass(frozen=True)
class Change:
    """A right source with some lines replaced."""

    source: str
    number: int
    mistake: str
    component: str
    lines: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return f"{self.source}-{self.number}-{self.mistake or 'unknown'}-{self.component}"

    def write(self, folder: Path) -> Path:
        found = right_source(self.source)
        for old, new in self.lines:
            assert old in found, f"{self.name}: no such line: {old}"
            found = found.replace(old, new)
        file = folder / f"{self.source}_{self.number}.py"
        file.write_text(found)
        return file


@cache
def table(source: str) -> dict[str, Any]:
    return tomllib.loads((STUDENTS / f"{source}.toml").read_text())


def right_source(source: str) -> str:
    return (ROOT / table(source)["source"]).read_text()


def changes(source: str) -> list[Change]:
    return [
        Change(
            source, number, row.get("mistake", ""), row["component"],
            tuple((old, new) for old, new in row.get("lines", ())),
        )
        for number, row in enumerate(table(source)["change"])
    ]  # fmt: skip


def judged(change: Change, folder: Path) -> Judgement:
    tier = "limits" if change.mistake == TOO_SLOW else "in-process"
    return judge_submission(change.write(folder), tier, only=(change.component,), limits=LIMITS)


def named(judgement: Judgement) -> list[str]:
    return [finding.diagnosis.mistake for finding in judgement.findings if finding.diagnosis is not None]


@cache
def named_in_the_right_one(source: str) -> frozenset[tuple[str, str]]:
    """What is beyond a course may be named there, too: micrograd's own engine sorts by recursion."""
    judgement = judge_submission(ROOT / table(source)["source"], "in-process")
    assert not [f for f in judgement.findings if f.failed and f.diagnosis]
    return frozenset((f.component, f.diagnosis.mistake) for f in judgement.findings if f.diagnosis is not None)


def once_each() -> list[Change]:
    """Every id of the catalogue once, from whichever source has it first."""
    found: dict[str, Change] = {}
    for source in SOURCES:
        for change in changes(source):
            found.setdefault(change.mistake, change)
    return list(found.values())


# --- the catalogue, as students write it


def check(change: Change, folder: Path) -> tuple[bool, bool]:
    """Whether something failed, and whether that was named rightly; anything named besides is wrong."""
    judgement = judged(change, folder)
    failed = [finding for finding in judgement.findings if finding.verdict not in ("PASS", "SKIPPED")]
    own = {(change.component, mistake) for mistake in named(judgement)} - named_in_the_right_one(change.source)
    assert own <= {(change.component, change.mistake)}, f"{change.name}: named {own}"
    return bool(failed), change.mistake in named(judgement)


@pytest.mark.parametrize("change", once_each(), ids=lambda change: change.name)
def test_each_mistake_is_caught_and_named(change: Change, tmp_path: Path) -> None:
    caught, right = check(change, tmp_path)
    assert caught
    assert right


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_nine_in_ten_are_named_in_every_dialect(source: str, tmp_path: Path, capsys: Any) -> None:
    found = [check(change, tmp_path) for change in changes(source)]
    share = sum(right for _, right in found) / len(found)
    with capsys.disabled():
        print(f"\n{source}: {len(found)} mistakes, all caught: {all(c for c, _ in found)}, named: {share:.0%}")
    assert all(caught for caught, _ in found)
    assert share >= 0.9


def test_the_catalogue_is_written_in_two_styles() -> None:
    known = {mistake.id for mistake in mistakes()}
    written: dict[str, set[str]] = {}
    for source in SOURCES:
        for change in changes(source):
            written.setdefault(change.mistake, set()).add(source)
    assert set(written) <= known
    assert not {name for name, sources in written.items() if len(sources) < 2}


@pytest.mark.parametrize("source", SOURCES)
def test_of_what_is_right_nothing_is_named(source: str) -> None:
    """Nothing that counts fails, and what is named beyond it is true of it."""
    assert {mistake for _, mistake in named_in_the_right_one(source)} <= {
        "second-backward-accumulates", "recursion-limit", "log-clipped",
    }  # fmt: skip


UNKNOWN = [change for source in ("unknown_objects", "unknown_arrays") for change in changes(source)]


@pytest.mark.parametrize("change", UNKNOWN, ids=lambda change: change.name)
def test_what_is_in_no_catalogue_gets_no_name(change: Change, tmp_path: Path) -> None:
    judgement = judged(change, tmp_path)
    assert judgement.failed
    assert named(judgement) == []


# --- several mistakes at once

PAIRS = (
    ("objects", "Valor", "grad-overwritten", "reflected-operands-swapped"),
    ("objects", "Valor", "no-topological-order", "reflected-operands-swapped"),
    ("objects", "Valor", "tanh-prime-of-input", "relu-kink"),
    ("objects", "Valor", "upstream-ignored", "sigmoid-prime-of-activation"),
    ("arrays", "Valor", "no-topological-order", "relu-kink"),
    ("micrograd", "Valor", "grad-overwritten", "tanh-prime-of-input"),
    ("course", "Valor", "no-topological-order", "reflected-operands-swapped"),
    ("objects", "Linear", "grad-overwritten", "bias-grad-mean"),
    ("objects", "Linear", "upstream-ignored", "bias-grad-unsummed"),
    ("objects", "Sigmoid", "sigmoid-prime-of-activation", "sigmoid-overflow"),
    ("nnfs", "Softmax", "softmax-jacobian-diagonal", "softmax-unstable"),
    ("functional", "Linear", "batch-mean-twice", "weight-not-transposed"),
    ("exercise", "exercises.Layer", "bias-grad-mean", "tanh-prime-of-input"),
    ("exercise", "exercises.Layer", "upstream-ignored", "softmax-unstable"),
    ("objects", "CrossEntropyLoss", "batch-mean-missing", "softmax-unstable"),
    ("objects", "CrossEntropyLoss", "loss-sign", "softmax-unstable"),
    ("objects", "MSELoss", "loss-sign", "mse-sum-over-features"),
    ("objects", "SGD", "nesterov-without-gradient", "decay-l2-factor"),
    ("arrays", "SGD", "momentum-dampened", "decay-l2-factor"),
    ("objects", "RMSprop", "rmsprop-first-square", "eps-inside-sqrt"),
    ("objects", "Adam", "adam-no-bias-correction", "eps-inside-sqrt"),
)


def both(first: Change, second: Change) -> Change:
    return Change(first.source, first.number, first.mistake, first.component, first.lines + second.lines)


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_of_two_mistakes_the_first_to_fix_is_named(pair: tuple[str, str, str, str], tmp_path: Path) -> None:
    source, component, *mistakes = pair
    made = [next(c for c in changes(source) if (c.component, c.mistake) == (component, name)) for name in mistakes]
    diagnosis = judged(both(*made), tmp_path).first_to_fix()[0].diagnosis
    assert diagnosis is not None
    assert diagnosis.mistake in mistakes
    assert diagnosis.second in ("", *mistakes)
    assert diagnosis.confidence < 0.8


def applies_beside(first: Change, second: Change, folder: Path) -> bool:
    try:
        both(first, second).write(folder)
    except AssertionError:
        return False
    return (first.component, first.mistake != second.mistake) == (second.component, True)


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_most_pairs_are_named_and_none_wrongly(source: str, tmp_path: Path, capsys: Any) -> None:
    """Some show in the very same numbers, which neither explains by itself."""
    known = [change for change in changes(source) if change.mistake != TOO_SLOW]
    found = []
    for first, second in combinations(known, 2):
        if applies_beside(first, second, tmp_path):
            for finding in judged(both(first, second), tmp_path).first_to_fix():
                found.append(finding.diagnosis.mistake if finding.diagnosis else "")
                assert found[-1] in ("", first.mistake, second.mistake), f"{first.name} and {second.name}"
    share = sum(map(bool, found)) / len(found)
    with capsys.disabled():
        print(f"\n{source}: {len(found)} pairs, named: {share:.0%}")
    assert share >= 0.8


@pytest.mark.parametrize(
    ("file", "mistake", "said"),
    [
        ("course_wrong.py", "no-topological-order", "De 6 verificações que falham, isto explica 3, e pelo menos 3 "),
        ("micrograd_wrong.py", "grad-overwritten", "De 5 verificações que falham, isto explica 3, e pelo menos 2 "),
    ],
)
def test_what_one_mistake_leaves_unexplained_is_said(file: str, mistake: str, said: str) -> None:
    judgement = judge_submission(ROOT / "examples" / file, "limits", only=("Valor",))
    (finding,) = explained(judgement, "pt").first_to_fix()
    assert finding.diagnosis is not None
    assert finding.diagnosis.mistake == mistake
    assert said in finding.diagnosis.explanation


def graph(name: str, wrong: dict[str, float], right: dict[str, float]) -> Seen:
    sample = next(graph for graph in GRAPHS if graph.name == name)
    got, expected = ({key: np.array(x) for key, x in values.items()} for values in (right | wrong, right))
    return Seen("Valor", sample, 0, {"kind": "graph"}, got, expected)


def alone(first: Seen, *others: Seen) -> dict[str, float]:
    weights = [weigh_alone(hypothesis, "grad.a", first, others) for hypothesis in variants("Valor")]
    return {weight.hypothesis.mistake: weight.confidence for weight in weights if weight is not None}


TWICE = graph("a sum with itself, twice", {"grad.a": 8.0}, {"forward.y": 6.0, "grad.a": 4.0})
MET_RIGHT = {"forward.y": -16.8, "grad.a": -16.8, "grad.b": 14.0, "grad.u": 24.0}


def test_a_failure_is_explained_by_itself() -> None:
    assert alone(TWICE) == {"no-topological-order": pytest.approx(0.679)}
    power = graph("power", {"grad.a": -16.8}, {"forward.y": -5.6, "grad.a": -8.4, "grad.u": 8.0})
    assert alone(TWICE, power) == alone(TWICE)


def test_what_would_make_a_right_one_wrong_is_not_named() -> None:
    """Handing on before all is there would show where paths meet, too."""
    assert alone(TWICE, graph("two paths that meet", {}, MET_RIGHT)) == {}


def test_what_explains_half_a_failure_is_not_named() -> None:
    """Of the product both gradients are wrong, the first as if the upstream gradient were ignored."""
    right = {"forward.y": 4.2, "grad.a": 2.1, "grad.b": -1.4, "grad.u": -6.0}
    assert "upstream-ignored" in alone(graph("multiplication", {"grad.a": -3.0, "grad.b": 2.0}, right))
    assert alone(graph("multiplication", {"grad.a": -3.0, "grad.b": 5.0}, right)) == {}
    assert alone(graph("multiplication", {"grad.a": -3.0}, right)) == {}


# --- the evidence


def finding_of(source: str, mistake: str, component: str, folder: Path) -> Finding:
    change = next(c for c in changes(source) if (c.mistake, c.component) == (mistake, component))
    return judged(change, folder).first_to_fix()[0]


def test_a_ratio_is_told_with_what_it_is(tmp_path: Path) -> None:
    finding = finding_of("objects", "batch-mean-twice", "Linear", tmp_path)
    assert finding.diagnosis is not None
    assert (
        "Every entry of grad.weight is 0.2 times PyTorch's, and 5 is the size of your batch."
        in finding.diagnosis.explanation
    )
    assert finding.help == text("en", "mistakes.batch-mean-twice.try")


def test_finite_differences_tell_backward_from_forward(tmp_path: Path) -> None:
    backward = finding_of("objects", "tanh-prime-of-input", "Tanh", tmp_path)
    assert backward.diagnosis is not None
    assert "look for the mistake in backward" in backward.diagnosis.explanation
    forward = finding_of("nnfs", "softmax-wrong-axis", "Softmax", tmp_path)
    assert forward.diagnosis is not None
    assert "look for the mistake in backward" not in forward.diagnosis.explanation


def test_a_wrong_forward_with_its_own_right_backward(tmp_path: Path) -> None:
    file = tmp_path / "half.py"
    source = right_source("objects").replace("self.out = np.tanh(x)", "self.out = np.tanh(2 * x)")
    file.write_text(source.replace("grad_output * (1 - self.out**2)", "grad_output * 2 * (1 - self.out**2)"))
    (finding,) = judge_submission(file, "in-process", only=("Tanh",)).first_to_fix()
    assert finding.diagnosis is None
    assert finding.help == text("en", "signatures.which.forward")


def test_a_ratio_is_one_factor() -> None:
    expected = np.array([[1.0, 0.0], [-2.0, 4.0]])
    assert constant_ratio(expected * 0.2, expected) == pytest.approx(0.2)
    assert constant_ratio(expected + 0.1, expected) is None
    assert constant_ratio(expected, expected) is None
    assert constant_ratio(np.array([2.0, -2.0]), np.array([1.0, -1.0])) is None  # one number, seen twice
    assert constant_ratio(expected * np.nan, expected) is None


def test_explanations_are_in_the_readers_language(tmp_path: Path) -> None:
    change = next(c for c in changes("objects") if c.mistake == "bias-grad-mean")
    judgement = explained(judged(change, tmp_path), "pt")
    (finding,) = judgement.first_to_fix()
    assert finding.diagnosis is not None
    assert finding.diagnosis.explanation.startswith("O gradiente do viés é uma média sobre o lote")
    assert finding.help == text("pt", "mistakes.bias-grad-mean.try")


# --- conventions

SUMMED = (
    ("np.mean((y_pred - y_true) ** 2)", "np.sum((y_pred - y_true) ** 2)"),
    ("- self.y_true) / n", "- self.y_true)"),
)
SUMMED_TOO = (
    ("return each.mean() if", "return each.sum() if"),
    ('return grad / self.count if self.reduction == "mean" else grad\n', "return grad\n"),
)  # fmt: skip
AVERAGED = (
    ("v = self.mu * self.v[k] + g", "v = self.mu * self.v[k] + (1 - self.mu) * g"),
    ("v = g.copy()", "v = (1 - self.mu) * g"),
)
WITH_EPS = (
    "betas=(0.9, 0.999), eps=1e-8):\n        self.params, self.lr, self.eps = params, lr, eps\n"
    "        self.beta1, self.beta2 = betas\n        self.state"
)
OWN_EPS = ((WITH_EPS, WITH_EPS.replace(", eps=1e-8", "").replace("params, lr, eps", "params, lr, 1e-7")),)
SWAPPED = (
    ("self.momentum * (mu -", "(1 - self.momentum) * (mu -"),
    ("self.momentum * (spread -", "(1 - self.momentum) * (spread -"),
)
UNCLAMPED = (("np.maximum(np.log(p), -100)", "np.log(p)"), ("np.maximum(np.log(1 - p), -100)", "np.log(1 - p)"))

CONVENTIONS = {
    "a loss that sums": ("arrays", "MSELoss", SUMMED, 'MSELoss(reduction="sum")', False),
    "a loss that could say so": ("objects", "MSELoss", SUMMED_TOO, 'MSELoss(reduction="sum")', True),
    "an averaged momentum": ("arrays", "SGD", AVERAGED, "SGD(lr * (1 - momentum), momentum)", True),
    "an eps of its own": ("arrays", "Adam", OWN_EPS, "Adam(eps=1e-07)", False),
    "one minus momentum": ("arrays", "BatchNorm1d", SWAPPED, "BatchNorm1d(momentum=1 - momentum)", True),
    "no limit to the logarithm": ("objects", "BCELoss", UNCLAMPED, "BCELoss, but for p = 0 and p = 1", False),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions_are_told_from_mistakes(name: str, tmp_path: Path) -> None:
    """They fail only where the student's own arguments could have said what PyTorch's say."""
    source, component, lines, equals, fails = CONVENTIONS[name]
    judgement = judged(Change(source, 0, "", component, lines), tmp_path)
    noted = [f for f in judgement.findings if f.diagnosis is not None and f.diagnosis.convention]
    assert noted
    assert {f.diagnosis.convention for f in noted if f.diagnosis} == {equals}
    assert {f.verdict for f in noted} == {"FAIL" if fails else "PASS"}
    assert judgement.failed == fails
    assert all(f.diagnosis.explanation for f in noted if f.diagnosis)


def descend(optimizer: type[torch.optim.Optimizer], **options: Any) -> torch.Tensor:
    p = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    steps = optimizer([p], **options)
    for t in range(5):
        p.grad = torch.tensor([0.3 * (t + 1), -0.2], dtype=torch.float64)
        steps.step()
    return p.detach()


def test_an_averaged_momentum_equals_a_smaller_rate() -> None:
    p, v, lr, mu = np.array([1.0, -2.0]), np.zeros(2), 0.1, 0.9
    for t in range(5):
        v = mu * v + (1 - mu) * np.array([0.3 * (t + 1), -0.2])
        p = p - lr * v
    np.testing.assert_allclose(p, descend(torch.optim.SGD, lr=lr * (1 - mu), momentum=mu).numpy(), rtol=1e-12)
    dampened = descend(torch.optim.SGD, lr=lr, momentum=mu, dampening=mu).numpy()
    assert not np.allclose(p, dampened)  # PyTorch's buffer starts at the first gradient


def test_one_minus_momentum_equals_pytorchs() -> None:
    x = torch.tensor([[1.0], [4.0], [10.0]], dtype=torch.float64)
    layer = torch.nn.BatchNorm1d(1, momentum=1 - 0.9, dtype=torch.float64)
    layer(x)
    assert layer.running_mean is not None
    assert layer.running_mean.item() == pytest.approx(0.9 * 0.0 + (1 - 0.9) * 5.0)


def test_a_sum_of_squares_equals_the_reduction() -> None:
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 1.0])
    assert torch.nn.MSELoss(reduction="sum")(a, b).item() == ((a - b) ** 2).sum().item() == 5.0


def test_every_convention_has_its_sentence() -> None:
    components = ("MSELoss", "L1Loss", "HuberLoss", "BCELoss", "SGD", "BatchNorm1d", "Adam", "AdamW", "RMSprop")
    found = [convention for component in components for convention in conventions(component)]
    names = {"sum_of_all", "unclamped", "averaged_momentum", "one_minus_momentum", "other_eps"}
    assert {convention.name for convention in found} == names
    for convention in found:
        assert text("en", f"signatures.{convention.hypothesis.say}")


# --- the words


def leaves(table: Any, name: str = "") -> dict[str, str]:
    if isinstance(table, str):
        return {name: table}
    return {key: words for part, below in table.items() for key, words in leaves(below, f"{name}.{part}").items()}


def words(lang: str) -> dict[str, str]:
    files = [f"{lang}.toml", *(f"{name}.{lang}.toml" for name in APART)]
    read = (tomllib.loads((CATALOGUES / file).read_text(encoding="utf-8")) for file in files)
    return {key: value for found in read for key, value in leaves(found).items()}


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_the_catalogues_have_the_same_keys_and_places() -> None:
    english, portuguese = (words(lang) for lang in LANGUAGES)
    assert set(english) == set(portuguese)
    assert {key: places(value) for key, value in english.items()} == {
        key: places(value) for key, value in portuguese.items()
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_mistake_has_a_meaning_and_something_to_try(lang: str) -> None:
    found = words(lang)
    ids = {mistake.id for mistake in mistakes()}
    assert {key.split(".")[2] for key in found if key.startswith(".mistakes.")} == ids
    for name in ids:
        assert found[f".mistakes.{name}.meaning"].endswith(".")
        assert found[f".mistakes.{name}.try"].endswith((".", ")"))
