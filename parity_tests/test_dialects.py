"""Which dialect a submission is written in, and that right code gets no blame, in whatever style it is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from parity.outputs import CommandError
from parity.student.adapters import Adapter, Description, built_in, find_matches, read_adapter
from parity.student.drafting.draft import draft, init_command
from parity.student.drafting.guesses import guess
from parity.student.findings import Judgement
from parity.student.judge import judge_submission
from parity.student.networks import NETWORKS, STEPS
from parity.student.reference import ask_torch, expected
from parity.student.worker.names import pairing, roles

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
STYLES = Path(__file__).parent / "styles"
TIER = "limits"

# What each wrong example gets wrong: the components, with the checks that show it first.
WRONG = {
    "ours": {
        "Linear": "grad.weight", "Sigmoid": "grad.input", "Dropout": "forward", "BatchNorm1d": "buffer.running_var",
        "Adam": "trajectory.step 2.parameter 0",
    },
    "nnfs": {"Linear": "grad.bias", "Softmax": "forward", "Adam": "trajectory.step 1.parameter 0"},
    "micrograd": {"Valor": "grad.a"},
    "course": {"Valor": "grad.a"},
    "exercise": {"exercises.Layer": "grad.x", "exercises.NeuralNetwork": "trajectory.step 1.weight.0"},
    "functional": {
        "BatchNorm1d": "grad.input", "CrossEntropyLoss": "grad.input", "RMSprop": "trajectory.step 1.parameter 0",
    },
    "training": {
        "DataLoader": "epoch 1.pairs", "init.kaiming_normal_": "spread", "clip_grad_norm_": "result.0",
        "train": "losses",
    },
}  # fmt: skip


def judge(path: Path, adapter: Adapter | None = None, only: tuple[str, ...] = ()) -> Judgement:
    return judge_submission(path, TIER, adapter, only)


def blame(judgement: Judgement) -> list[str]:
    return [f"{f.component} {f.sample} {f.check}: {f.verdict} {f.message}" for f in judgement.findings if f.failed]


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


# --- dialects


@pytest.mark.parametrize("dialect", WRONG)
def test_a_right_example_passes_wholly(dialect: str) -> None:
    judgement = judge(EXAMPLES / f"{dialect}_right.py")
    assert judgement.dialects == (dialect,)
    assert blame(judgement) == []
    assert judgement.summary()["passed"] > 60
    components = {finding.component for finding in judgement.findings if finding.verdict == "PASS"}
    assert components == set(judgement.found), "what was found was judged"


@pytest.mark.parametrize("dialect", WRONG)
def test_a_wrong_example_fails_in_what_is_wrong_only(dialect: str) -> None:
    judgement = judge(EXAMPLES / f"{dialect}_wrong.py")
    assert judgement.dialects == (dialect,)
    assert {finding.component: finding.check for finding in judgement.first_to_fix()} == WRONG[dialect]


def test_micrograd_as_published_passes(tmp_path: Path) -> None:
    package = Path(
        pytest.importorskip("micrograd", reason="micrograd is not installed: pip install -e '.[benchmarks]'").__path__[
            0
        ]
    )
    text = (package / "engine.py").read_text() + (package / "nn.py").read_text().replace(
        "from micrograd", "# from micrograd"
    )
    judgement = judge(write(tmp_path, "published.py", text))
    assert judgement.dialects == ("micrograd",)
    assert blame(judgement) == []
    assert list(judgement.found) == ["Valor", "Neuron", "Layer", "MLP"]


def test_numbers_that_are_not_wrapped_cost_one_sample(tmp_path: Path) -> None:
    text = (EXAMPLES / "micrograd_right.py").read_text()
    unwrapped = text.replace("        other = other if isinstance(other, Value) else Value(other)\n", "")
    first = judge(write(tmp_path, "engine.py", unwrapped), only=("Valor",)).first_to_fix()
    assert [(finding.sample, finding.verdict) for finding in first] == [("a number on the right", "ERROR")]


def test_neurons_wait_for_a_right_value() -> None:
    judgement = judge(EXAMPLES / "micrograd_wrong.py")
    waiting = {f.component: f.verdict for f in judgement.findings if "has to be right first" in f.message}
    assert waiting == {"Neuron": "SKIPPED", "Layer": "SKIPPED", "MLP": "SKIPPED"}


def test_several_dialects_in_one_file(tmp_path: Path) -> None:
    text = (EXAMPLES / "micrograd_right.py").read_text() + (EXAMPLES / "functional_right.py").read_text()
    judgement = judge(write(tmp_path, "both.py", text), only=("Valor", "Linear", "MLP"))
    assert set(judgement.dialects) == {"micrograd", "functional"}
    assert blame(judgement) == []


def test_a_class_without_its_methods_is_not_matched() -> None:
    known = Description({"Layer_Dense": {"__init__": ["a", "b"], "forward": ["x"]}})
    assert find_matches(known, list(built_in().values())) == []


def test_a_camada_in_either_order(tmp_path: Path) -> None:
    text = (EXAMPLES / "course_right.py").read_text()
    swapped = text.replace(
        "def __init__(self, num_neuronios, num_dados_entrada)", "def __init__(self, num_dados_entrada, num_neuronios)"
    )
    swapped = swapped.replace("Camada(percurso[i + 1], percurso[i])", "Camada(percurso[i], percurso[i + 1])")
    assert swapped.count("num_dados_entrada, num_neuronios)") == 1
    assert blame(judge(write(tmp_path, "classes.py", swapped), only=("Layer", "MLP"))) == []


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_neuron_may_have_any_activation(tmp_path: Path, activation: str) -> None:
    text = (EXAMPLES / "micrograd_right.py").read_text().replace("act.relu()", f"act.{activation}()")
    assert blame(judge(write(tmp_path, "engine.py", text), only=("Neuron", "Layer", "MLP"))) == []


def test_a_neuron_of_a_wrong_sum_is_blamed(tmp_path: Path) -> None:
    """No activation explains a bias that is left out."""
    text = (
        (EXAMPLES / "micrograd_right.py").read_text().replace("zip(self.w, x)), self.b)", "zip(self.w, x)), Value(0))")
    )
    judgement = judge(write(tmp_path, "engine.py", text), only=("Neuron",))
    assert judgement.first_to_fix()[0].check == "forward"


def test_a_misspelt_class_is_asked_about(tmp_path: Path) -> None:
    judgement = judge(
        write(tmp_path, "typo.py", "class Linaer:\n    pass\n\nclass Layer_Dens:\n    pass\n\nclass Loss:\n    pass\n")
    )
    assert judgement.near_misses == {"Linaer": "Linear", "Layer_Dens": "Layer_Dense"}


def test_what_names_stand_for() -> None:
    names = {"Dense": "Linear", "CamadaDensa": "Linear", "MeanSquaredError": "MSELoss", "MyReLU": "ReLU", "Trainer": ""}
    assert {name: guess(name) for name in names} == names


def test_arguments_by_other_names() -> None:
    assert pairing(["n_in", "n_out"], ["in_features", "out_features", "bias"]) == {
        "in_features": ("n_in",), "out_features": ("n_out",),
    }  # fmt: skip
    assert pairing(["params", "lr=", "beta1=", "beta2="], ["lr", "betas", "eps"])["betas"] == ("beta1", "beta2")
    assert pairing(["lr", "decay="], ["lr", "weight_decay"]) == {"lr": ("lr",)}, (
        "a decay of the rate is no weight decay"
    )


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["dvalues", "y_true"], ["input", "target"]),
        (["y_true", "y_pred"], ["target", "input"]),
        (["grad_output", "pred", "target"], ["grad", "input", "target"]),
        (["grad_output="], ["grad"]),
        ([], []),
    ],
)
def test_what_a_loss_wants_in_backward(arguments: Sequence[str], meant: Sequence[str]) -> None:
    assert roles(arguments, 2) == meant


def test_closed_forms_of_a_schedule_need_not_be_equal_bit_for_bit() -> None:
    """The table asks this of our own half."""
    assert blame(judge(STYLES / "state_by_id.py", only=("CosineAnnealingLR",))) == []


def test_an_argument_that_cannot_be_told_is_said(tmp_path: Path) -> None:
    text = "class Linear:\n    def __init__(self, in_features, out_features, kind): ...\n"
    text += "    def forward(self, x): ...\n    def backward(self, g): ...\n"
    judgement = judge(write(tmp_path, "kind.py", text))
    assert {f.verdict for f in judgement.findings} == {"SKIPPED"}
    assert "has to be given kind" in judgement.findings[0].message


def test_parameters_under_an_unknown_name_are_missing_not_wrong(tmp_path: Path) -> None:
    text = (STYLES / "bias_row.py").read_text().replace("self.weight", "self.zorp")
    judgement = judge(write(tmp_path, "zorp.py", text), only=("Linear",))
    first = judgement.first_to_fix()[0]
    assert (first.verdict, "no weight found" in first.message) == ("MISSING", True)


# --- classes without a backward

UNFINISHED = """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, x):
        return x @ self.W + self.b

class Softmax:
    def forward(self, x):
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

class MSELoss:
    def __call__(self, prediction, target):
        return ((prediction - target) ** 2).mean()
"""
ENGINE = """
class Array:
    def __add__(self, other): ...
    def __mul__(self, other): ...
"""


def test_a_backward_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Softmax needs none where the loss has the derivative of both; its forward is judged."""
    judgement = judge(write(tmp_path, "layers.py", UNFINISHED))
    assert judgement.found == {name: name for name in ("Linear", "Softmax", "MSELoss")}
    said = "{} has no backward; an adapter can say where it is (parity init drafts one)"
    first = {f.component: (f.check, f.verdict, f.message) for f in judgement.first_to_fix()}
    assert first == {name: ("grad.input", "MISSING", said.format(name)) for name in ("Linear", "MSELoss")}
    passed = {(f.component, f.check) for f in judgement.findings if f.verdict == "PASS"}
    assert {(name, "forward") for name in judgement.found} <= passed


def test_a_wrong_forward_comes_first(tmp_path: Path) -> None:
    text = UNFINISHED.replace("x @ self.W + self.b", "x @ self.W - self.b")
    judgement = judge(write(tmp_path, "layers.py", text), only=("Linear",))
    assert [(f.check, f.verdict) for f in judgement.first_to_fix()] == [("forward", "FAIL")]


def test_what_differentiates_itself_needs_no_backward(tmp_path: Path) -> None:
    """Its layers are made of numbers of its own, and not for NumPy's."""
    judgement = judge(write(tmp_path, "layers.py", UNFINISHED + ENGINE))
    assert judgement.found == {}


def test_whoever_has_a_backward_comes_first() -> None:
    """Even where most of the file is in the dialect of the one that has none."""
    unfinished = {"__init__": ["n_in", "n_out"], "forward": ["x"]}
    whole = {**unfinished, "backward": ["grad"]}
    known = Description({"ReLU": whole, "Tanh": whole, "Linear": unfinished, "Layer_Dense": whole})
    found = {match.component: match.name for match in find_matches(known, list(built_in().values()))}
    assert found == {"ReLU": "ReLU", "Tanh": "Tanh", "Linear": "Layer_Dense"}


def test_operators_may_be_inherited(tmp_path: Path) -> None:
    text = (EXAMPLES / "micrograd_right.py").read_text().replace("class Value:", "class Number:")
    text = text.replace("Value(", "type(self)(").replace("isinstance(other, Value)", "isinstance(other, Number)")
    judgement = judge(write(tmp_path, "engine.py", text + "\nclass Value(Number):\n    pass\n"), only=("Valor",))
    asked = {finding.sample for finding in judgement.findings if finding.verdict == "PASS"}
    assert {"negation", "subtraction", "division", "power"} <= asked
    assert blame(judgement) == []


# --- the answers


@pytest.mark.parametrize("component", [*NETWORKS, *STEPS])
def test_the_stored_answers_of_networks_are_pytorch_s(component: str) -> None:
    for sample in (*NETWORKS.get(component, ()), *STEPS.get(component, ())):
        stored, asked = expected(component, sample), ask_torch(component, sample, 0)
        assert stored.keys() == asked.keys()
        for name, value in asked.items():
            np.testing.assert_allclose(stored[name], value, rtol=1e-12, atol=1e-15, err_msg=f"{sample.name} {name}")


def test_the_course_s_neuron() -> None:
    answers = expected("Neuron", NETWORKS["Neuron"][0])
    assert answers["linear linear|forward"] == [34.0]
    assert answers["linear linear|grad.weight.0"].tolist() == [[2.0, 5.0]]
    assert answers["linear linear|grad.bias.0"] == [1.0]


# --- random components

DROPOUT = """
import numpy as np

class Dropout:
    def __init__(self, p=0.5):
        self.p, self.training = p, True
    def forward(self, x):
        if not self.training:
            return {eval}
        {seed}
        self.mask = np.random.rand(*x.shape) {keep}
        return x * self.mask {scale}
    def backward(self, g):
        if not self.training:
            return g
        {fresh}
        return g * self.mask {scale}
"""
RIGHT = {"eval": "x", "seed": "", "keep": ">= self.p", "scale": "/ max(1 - self.p, 1e-300)", "fresh": ""}


@pytest.mark.parametrize(
    ("change", "check", "says"),
    [
        ({}, "", ""),
        ({"scale": ""}, "forward", "divided by 1 − p"),
        ({"keep": "< self.p", "scale": "/ max(self.p, 1e-300)"}, "forward", "divided by 1 − p"),
        ({"keep": "< self.p"}, "forward", "to be dropped at p = 0.1"),
        ({"fresh": "self.mask = np.random.rand(*g.shape) >= self.p"}, "grad.input", "mask"),
        ({"seed": "np.random.seed(0)"}, "repeat.forward", "a mask is drawn for every call"),
        ({"eval": "x * (1 - self.p)"}, "eval.forward", "nothing is scaled"),
    ],
)
def test_dropout_by_its_properties(tmp_path: Path, change: dict[str, str], check: str, says: str) -> None:
    judgement = judge(write(tmp_path, "dropout.py", DROPOUT.format(**RIGHT | change)))
    first = judgement.first_to_fix()
    assert [finding.check for finding in first] == ([check] if check else [])
    assert says in (first[0].message if first else "")


# --- right code in many styles

QUICK = (
    "bias_column", "gradients_returned", "grads_dict", "one_hot", "updates_inside", "a_package", "columns",
    "recurrent_cells",
)  # fmt: skip
NAMES = sorted({file.stem for file in STYLES.iterdir() if not file.name.startswith("_")})


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]
)
def test_right_code_gets_no_blame(name: str) -> None:
    path = next(file for file in STYLES.iterdir() if file.stem == name and file.suffix != ".toml")
    adapter = path.with_suffix(".toml")
    judgement = judge(path, read_adapter(adapter) if adapter.exists() else None)
    assert blame(judgement) == []
    assert {f.component for f in judgement.findings if f.verdict == "PASS" and not f.beyond} == set(judgement.found)


def test_there_are_twenty_two_styles() -> None:
    assert len(NAMES) >= 22


SHARE = ("Linear", "ReLU", "Dropout", "BatchNorm1d", "MSELoss", "CrossEntropyLoss", "SGD", "StepLR", "Valor", "MLP")


@pytest.mark.parametrize("only", [SHARE, pytest.param((), marks=pytest.mark.slow)], ids=["a share", "everything"])
def test_our_own_scratch_passes(only: tuple[str, ...]) -> None:
    adapter = read_adapter(EXAMPLES / "adapters" / "scratch.toml")
    judgement = judge_submission(EXAMPLES.parent / "scratch", TIER, adapter, only)
    assert blame(judgement) == []
    of_functions = {"LambdaLR", "MultiplicativeLR"}  # which cannot be handed over
    assert {f.component for f in judgement.findings if f.verdict == "PASS"} == set(judgement.found) - of_functions
    assert set(only) <= set(judgement.found)


# --- adapters

ADAPTER = '[components.Linear]\nclass = ["Densa"]\n{line}\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            ADAPTER.format(line='forwrd = "output = m(input)"'),
            r"\[components.Linear\] has the unknown key 'forwrd'; did you mean 'forward'",
        ),
        (
            ADAPTER.format(line='forward = "output = m(input"'),
            "forward: expected statements of Python, got 'output = m",
        ),
        (ADAPTER.format(line='inputs = "d = m.dx"'), "inputs: expected an expression of Python"),
        (ADAPTER.format(line='forward = "m.forward(input)"'), "`forward` sets no `output`"),
        (ADAPTER.format(line='grads = "m.dW"'), "grads: expected a table"),
        (ADAPTER.format(line="make = 3"), "make: expected Python in quotes, got 3"),
        ('[components.Linaer]\nclass = ["Densa"]\n', "no component 'Linaer'; did you mean 'Linear'"),
        ("[layers]\n", "unknown table 'layers', expected components"),
        ("class = [", "adapter.toml: "),
    ],
)
def test_what_is_wrong_with_an_adapter_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        read_adapter(write(tmp_path, "adapter.toml", text))


def test_every_dialect_can_be_read() -> None:
    assert sorted(built_in()) == sorted(WRONG)


OWN = """
[components.Linear]
class = ["Densa"]
arguments = ["in_features", "out_features"]
make = "m = Class(in_features, out_features)"
set = "m.weight = weight.T; m.bias = bias"
forward = "output = m(input)"
backward = "d = m.backward(grad_output)"
inputs = "d"
grads = {weight = "m.d_weight.T", bias = "m.d_bias"}
accumulates = false
"""


def test_an_adapter_comes_before_the_dialects(tmp_path: Path) -> None:
    """Linear is the student's Densa here; ReLU is still recognised."""
    text = (STYLES / "closures.py").read_text().replace("class Linear", "class Densa")
    adapter = read_adapter(write(tmp_path, "adapter.toml", OWN))
    judgement = judge(write(tmp_path, "own.py", text), adapter)
    assert judgement.found == {"Linear": "Densa", "ReLU": "ReLU"}
    assert judgement.dialects == ("adapter", "ours")
    assert blame(judgement) == []


# --- parity init

FOREIGN = Path(__file__).parent / "foreign"


FOUND = {
    "camadas": {
        "Linear": "CamadaDensa", "Sigmoid": "Sigmoide", "MSELoss": "ErroQuadraticoMedio", "SGD": "GradienteDescendente",
    },
    "dense": {"Linear": "Dense", "ReLU": "ReluActivation", "MSELoss": "Mse"},
    "turned": {
        "Linear": "FullyConnected", "BCELoss": "BinaryCrossEntropy", "CrossEntropyLoss": "SoftmaxCrossEntropy",
    },
    "escalar": {"Valor": "Escalar"},
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_a_draft_judges_foreign_code_rightly(tmp_path: Path, name: str) -> None:
    adapter = write(tmp_path, "adapter.toml", draft(FOREIGN / f"{name}.py", TIER))
    judgement = judge(FOREIGN / f"{name}.py", read_adapter(adapter))
    assert judgement.found == FOUND[name]
    assert blame(judgement) == []
    assert {f.component for f in judgement.findings if f.verdict == "PASS" and not f.beyond} == set(FOUND[name])


def test_a_draft_still_finds_what_is_wrong(tmp_path: Path) -> None:
    text = (FOREIGN / "camadas.py").read_text().replace("self.dados.T @ erro", "self.dados.T @ erro / len(erro)")
    submission = write(tmp_path, "camadas.py", text)
    adapter = write(tmp_path, "adapter.toml", draft(submission, TIER))
    first = judge(submission, read_adapter(adapter)).first_to_fix()
    assert [(finding.component, finding.check) for finding in first] == [("Linear", "grad.weight")]


def test_a_draft_of_columns_transposes() -> None:
    text = draft(STYLES / "columns.py", TIER)
    assert 'forward = "output = m.forward(input.T).T"' in text
    assert "Your batch is in columns" in text
    assert "# UNSURE: n_x may be in_features" in text


def test_init_writes_once(tmp_path: Path) -> None:
    text = (
        (FOREIGN / "camadas.py")
        .read_text()
        .replace("def retropropagar(self, erro):\n        return", "def outro(self, erro):\n        return")
    )
    submission = write(tmp_path, "camadas.py", text)
    console = Console(record=True, width=200)
    assert init_command(submission, console) == 0
    printed = console.export_text()
    assert "adapter.toml: 3 drafted" in printed
    assert "adapter.py: 1 that a table cannot say" in printed
    assert "class Sigmoid:" in (tmp_path / "adapter.py").read_text()
    with pytest.raises(CommandError, match="is there already"):
        init_command(submission, console)
    judgement = judge(submission, read_adapter(tmp_path / "adapter.toml"))
    assert {f.component: f.verdict for f in judgement.first_to_fix()} == {"Sigmoid": "MISSING"}


def test_init_says_what_cannot_be_imported(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="SyntaxError"):
        init_command(write(tmp_path, "broken.py", "class:\n"), Console())
    with pytest.raises(CommandError, match="not found"):
        init_command(tmp_path / "none.py", Console())
