"""Functions for training, as students write them: right ones get no blame, and wrong ones are found."""

from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from training_styles import CLIP, LOADER, NORMAL, RIGHT, TRAIN, XAVIER

from parity.outputs import CommandError
from parity.student.adapters import Adapter, read_adapter
from parity.student.findings import Judgement
from parity.student.judge import judge_submission
from parity.student.reference import ask_torch, expected
from parity.student.routines import ROUTINES
from parity.student.worker.roles import paired


def judge(folder: Path, source: str, adapter: Adapter | None = None, only: tuple[str, ...] = ()) -> Judgement:
    file = folder / "mine.py"
    file.write_text("import numpy as np\n" + dedent(source))
    return judge_submission(file, "in-process", adapter, only)


def failures(judgement: Judgement) -> list[str]:
    return [f"{f.sample}: {f.check}: {f.message}" for f in judgement.findings if f.verdict not in ("PASS", "SKIPPED")]


def passed(judgement: Judgement, component: str) -> int:
    return sum(f.component == component and f.verdict == "PASS" for f in judgement.findings)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_gets_no_blame(name: str, tmp_path: Path) -> None:
    component, source = RIGHT[name]
    judgement = judge(tmp_path, source)
    assert component in judgement.found
    assert failures(judgement) == []
    assert passed(judgement, component) > 0
    assert all(f.diagnosis is None or f.diagnosis.convention for f in judgement.findings)


def test_there_are_three_right_styles_of_each() -> None:
    written = [component for component, _ in RIGHT.values()]
    assert all(written.count(component) >= 3 for component in {*ROUTINES})


WRONG = {
    "scaled up": ("""
        def clip_grad_norm(grads, max_norm):
            total = np.sqrt(sum((g ** 2).sum() for g in grads))
            return [g * max_norm / total for g in grads]
        """, "result.0"),
    "a sum of norms": ("""
        def clip_grad_norm(grads, max_norm):
            total = sum(np.linalg.norm(g) for g in grads)
            return [g * min(1, max_norm / total) for g in grads]
        """, "result.0"),
    "normal for uniform": ("""
        def xavier_uniform(fan_in, fan_out):
            return np.random.randn(fan_in, fan_out) * np.sqrt(2 / (fan_in + fan_out))
        """, "distribution"),
    "uniform for normal": ("""
        def xavier_normal(fan_in, fan_out):
            a = np.sqrt(6 / (fan_in + fan_out))
            return np.random.uniform(-a, a, (fan_in, fan_out))
        """, "distribution"),
    "not around 0": ("""
        def he_uniform(fan_in, fan_out):
            return np.random.rand(fan_in, fan_out) * np.sqrt(6 / fan_in)
        """, "mean"),
    "Xavier for He": ("""
        def he_normal(fan_in, fan_out):
            return np.random.randn(fan_in, fan_out) * np.sqrt(2 / (fan_in + fan_out))
        """, "spread"),
    "a variance for a deviation": ("""
        def he_normal(fan_in, fan_out):
            return np.random.randn(fan_in, fan_out) * 2 / fan_in
        """, "spread"),
    "another shape": ("""
        def he_normal(fan_in, fan_out):
            return np.random.randn(fan_in + 1, fan_out) * np.sqrt(2 / fan_in)
        """, "shape"),
    "no numbers": ("""
        def he_normal(fan_in, fan_out):
            return np.log(np.random.randn(fan_in, fan_out))
        """, "finite"),
    "batches of another size": ("""
        def batches(X, y, batch_size):
            for i in range(0, len(X), batch_size - 1):
                yield X[i:i + batch_size - 1], y[i:i + batch_size - 1]
        """, "epoch 1.sizes"),
    "a step before backward": ("""
        def train(model, loss, optimizer, batches, epochs):
            for _ in range(epochs):
                for x, y in batches:
                    optimizer.zero_grad()
                    loss(model(x), y)
                    optimizer.step()
                    model.backward(loss.backward())
        """, "steps"),
    "an example twice": ("""
        def batches(X, y, batch_size):
            for i in range(0, len(X), batch_size):
                yield X[i:i + batch_size + 1], y[i:i + batch_size + 1]
        """, "epoch 1.examples"),
    "drawn with replacement": ("""
        def batches(X, y, batch_size):
            for i in range(0, len(X), batch_size):
                chosen = np.random.randint(0, len(X), batch_size)
                yield X[chosen], y[chosen]
        """, "epoch 1.examples"),
    "shuffled anyway": ("""
        def batches(X, y, batch_size, shuffle=False):
            order = np.random.permutation(len(X))
            for i in range(0, len(X), batch_size):
                yield X[order[i:i + batch_size]], y[order[i:i + batch_size]]
        """, "order"),
    "never shuffled": ("""
        def batches(X, y, batch_size, shuffle=False):
            for i in range(0, len(X), batch_size):
                yield X[i:i + batch_size], y[i:i + batch_size]
        """, "order"),
    "zeroed before the step": ("""
        def train(model, loss, optimizer, batches, epochs):
            for _ in range(epochs):
                for x, y in batches:
                    loss(model(x), y)
                    model.backward(loss.backward())
                    optimizer.zero_grad()
                    optimizer.step()
        """, "steps"),
    "no step": ("""
        def train(model, loss, optimizer, batches, epochs):
            for _ in range(epochs):
                for x, y in batches:
                    loss(model(x), y)
                    model.backward(loss.backward())
        """, "steps"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_and_not_misnamed(name: str, tmp_path: Path) -> None:
    source, check = WRONG[name]
    judgement = judge(tmp_path, source)
    assert judgement.failed
    assert {finding.check for finding in judgement.findings if finding.failed} == {check}
    assert all(finding.diagnosis is None for finding in judgement.findings)


def test_the_bound_of_linear_with_inputs_and_outputs_exchanged(tmp_path: Path) -> None:
    """MISTAKES.md: 0.25 for 0.0357 at 784 inputs and 16 outputs."""
    source = """
        def kaiming_uniform(fan_in, fan_out):
            bound = 1 / np.sqrt(fan_out)
            return np.random.uniform(-bound, bound, (fan_out, fan_in))
        """
    (finding,) = judge(tmp_path, source).first_to_fix()
    assert finding.diagnosis is not None
    assert finding.diagnosis.mistake == "fan-in-fan-out-swapped"
    assert finding.diagnosis.facts["wanted"] == "0.03571"
    assert float(finding.diagnosis.facts["limit"]) == pytest.approx(0.25, rel=0.01)


NOT_THESE = {
    "each number by itself": "def clip_gradients(gradients, max_value):\n    return gradients",
    "one batch": "def get_batches(text, batch_size, length):\n    return text",
    "arguments of its own": "def train(model, loss, optimizer, batches, epochs, teacher):\n    return None",
    "what scipy fits": "def fit(data, distribution):\n    return data",
}


@pytest.mark.parametrize("name", NOT_THESE)
def test_functions_of_another_kind_are_left_alone(name: str, tmp_path: Path) -> None:
    assert judge(tmp_path, NOT_THESE[name]).found == {}


FOREIGN = {
    "no end": """
        def batches(X, y, batch_size):
            while True:
                yield X[:batch_size], y[:batch_size]
        """,
    "places": """
        def batches(X, y, batch_size):
            return [np.arange(i, i + batch_size) for i in range(0, len(X), batch_size)]
        """,
    "scaled": """
        def batches(X, y, batch_size):
            yield (X - X.mean()) / X.std(), y
        """,
    "gradients of its own": """
        def clip_grad_norm(params, max_norm):
            total = sum((p.derivative ** 2).sum() for p in params) ** 0.5
            for p in params:
                p.derivative = p.derivative * max_norm / total
        """,
    "a model of its own": """
        def train(model, loss, optimizer, batches, epochs):
            for layer in model.layers:
                layer.start()
        """,
    "one weight": """
        def he_normal(fan_in, fan_out):
            return np.random.normal(0, np.sqrt(2 / fan_in))
        """,
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_of_the_students_own_kind_is_skipped(name: str, tmp_path: Path) -> None:
    judgement = judge(tmp_path, FOREIGN[name])
    assert {finding.verdict for finding in judgement.findings} == {"SKIPPED"}


def test_our_own_functions_pass(tmp_path: Path) -> None:
    judgement = judge(tmp_path, "from scratch import *\nfrom scratch.init import *", only=tuple(ROUTINES))
    assert {finding.component for finding in judgement.findings} == set(ROUTINES)
    assert {finding.verdict for finding in judgement.findings} == {"PASS"}


def test_an_adapter_says_how_a_loop_is_called(tmp_path: Path) -> None:
    """Here by its own order, and with batches that it makes itself."""
    file = tmp_path / "adapter.toml"
    file.write_text(
        '[components.train]\nneeds = ["ensinar"]\n'
        'call = "result = ensinar(optimizer, model, loss, list(zip(inputs, targets)), batch_size, epochs)"\n'
    )
    source = """
        def ensinar(opt, rede, erro, exemplos, tamanho, vezes):
            for _ in range(vezes):
                for i in range(0, len(exemplos), tamanho):
                    x, y = zip(*exemplos[0:tamanho])
                    erro(rede(np.array(x)), np.array(y))
                    rede.backward(erro.backward())
                    opt.step()
        """
    adapter = read_adapter(file)
    (wrong,) = judge(tmp_path, source, adapter).first_to_fix()
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.mistake == "same-batch-every-step"
    right = judge(tmp_path, source.replace("0:tamanho", "i:i + tamanho"), adapter)
    assert failures(right) == []
    assert passed(right, TRAIN)


def test_a_role_that_nobody_knows_is_said(tmp_path: Path) -> None:
    file = tmp_path / "adapter.toml"
    file.write_text('[components.train]\nneeds = ["f"]\nroles = ["modle loss"]\n')
    with pytest.raises(CommandError, match="no role 'modle'"):
        read_adapter(file)


def test_arguments_are_told_by_their_names() -> None:
    assert paired(["y", "X", "bs", "seed="], ["inputs targets batch_size"], "seed") == {
        "inputs": "X", "targets": "y", "batch_size": "bs", "seed": "seed",
    }  # fmt: skip
    assert paired(["X", "batch_size"], ["inputs targets batch_size"]) is None
    assert paired(["X", "y", "batch_size", "other"], ["inputs targets batch_size"]) is None
    assert paired(["w", "gain="], ["shape", "tensor"]) == {"tensor": "w"}


@pytest.mark.parametrize("component", ROUTINES)
def test_the_stored_answers_are_pytorchs(component: str) -> None:
    for sample in ROUTINES[component]:
        stored, asked = expected(component, sample), ask_torch(component, sample, 0)
        assert set(stored) == set(asked)
        for name, value in asked.items():
            np.testing.assert_allclose(stored[name], value, rtol=1e-12)


def test_answers_that_can_be_worked_by_hand() -> None:
    by_hand = expected(CLIP, ROUTINES[CLIP][0])
    np.testing.assert_allclose([by_hand["result.0"], by_hand["result.1"]], [[0.6], [0.8]], rtol=1e-6)
    assert expected(NORMAL, ROUTINES[NORMAL][0])["std"] == pytest.approx((2 / 784) ** 0.5)
    assert expected(XAVIER, ROUTINES[XAVIER][0])["std"] == pytest.approx((2 / 800) ** 0.5)
    assert expected(LOADER, ROUTINES[LOADER][0])["sizes"].tolist() == [4, 4, 3]
    assert expected(TRAIN, ROUTINES[TRAIN][0])["losses"] == pytest.approx([30 / 11, 15 / 11, 10 / 11])


def test_function_that_is_not_written_yet(tmp_path: Path) -> None:
    """It is missing, and not passed over, as one that wants objects of its own kind is."""
    file = tmp_path / "mine.py"
    file.write_text("def clip_grad_norm(grads, max_norm):\n    raise NotImplementedError\n")
    found = judge_submission(file, "limits").findings
    assert {finding.verdict for finding in found if not finding.beyond} == {"MISSING"}
