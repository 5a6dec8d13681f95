"""Code from PyPI that nobody here wrote passes, or fails for a known reason, through adapters in `examples/published`.

A package that is not installed is skipped: `pip install -e ".[published]"`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity.cli import carry_out
from parity.outputs import CommandError
from parity.student.adapters import read_adapter
from parity.student.findings import BAD, Finding, Judgement
from parity.student.isolation.installed import installed
from parity.student.isolation.jail import ROOMY, Jail, best_tier, try_tier
from parity.student.judge import judge_submission
from scratch import CTCLoss

PUBLISHED = Path(__file__).parents[1] / "examples" / "published"
Values = dict[str, Any]

INFINITE = "at ∞ and nan: exp(∞ − ∞) in the slope of logaddexp, x / |x| in that of abs, 0 · ∞ in that of where"
ROW = "a row with +∞: the logsumexp is ∞, which leaves 0 where PyTorch's sum of exponentials is nan"
EPS_AFTER = "eps is added after the correction for the start, PyTorch's before"
STALE = "each step is the one of the step before, the first none at all: github.com/google-deepmind/optax/pull/1725"
SINGLE = "the decay of the squares is computed in float32"
DOZAT = "Dozat's formula, without PyTorch's schedule for the momentum"
NO_ABS = "a norm without the absolute value, with eps added to the sum where PyTorch adds it to the difference"
BFLOAT = "PyTorch iterates in bfloat16 and scales the rate by √(rows / columns); tinygrad does neither"
STEEP = "the slope at 0 is 1, PyTorch's the negative slope"
STARTED = "the mean square starts at 1, PyTorch's at 0"


@dataclass(frozen=True)
class Published:
    """A submission, what it may import, how many checks pass, and what fails: the check, and why."""

    packages: tuple[str, ...]
    passes: int
    fails: Mapping[tuple[str, str], tuple[str, str]]


def trajectory(component: str, reason: str, **steps: int) -> dict[tuple[str, str], tuple[str, str]]:
    """An optimizer's samples, and the step at which each first differs."""
    return {
        (component, sample.replace("_", " ")): (f"trajectory.step {step}.parameter 0", reason)
        for sample, step in steps.items()
    }


EXPECTED = {
    "hips_autograd": Published(
        ("autograd", "scipy"),
        2100,
        {
            ("Softmax", "masked out"): ("forward", ROW),
            ("LogSoftmax", "masked out"): ("forward", ROW),
            ("CrossEntropyLoss", "masked out"): ("grad.input", ROW),
            ("Softplus", "edges"): ("grad.input", INFINITE),
            ("LogSigmoid", "edges"): ("grad.input", INFINITE),
            ("L1Loss", "edges"): ("grad.input", INFINITE),
            ("L1Loss", "nan in the batch"): ("grad.input", INFINITE),
            ("HuberLoss", "edges"): ("grad.input", INFINITE),
            ("BCEWithLogitsLoss", "edges"): ("grad.input", INFINITE),
            **trajectory("RMSprop", STARTED, alpha=1, tiny_gradients=1, default=1),
        },
    ),
    "jax_activations": Published(
        ("jax",),
        760,
        {
            ("ReLU", "edges"): ("grad.input", "the slope at nan is 0, PyTorch's 1"),
            ("LeakyReLU", "worked by hand"): ("grad.input", STEEP),
            ("LeakyReLU", "edges"): ("grad.input", STEEP),
            ("LeakyReLU", "no slope"): ("grad.input", STEEP),
        },
    ),
    "jax_losses": Published(
        ("optax",),
        880,
        {
            ("BCEWithLogitsLoss", "edges"): ("forward", "another formula, which does not take ∞ from ∞"),
            ("CrossEntropyLoss", "masked out"): ("grad.input", ROW),
            ("CrossEntropyLoss", "nan where ignored"): ("grad.input", "no gradient where PyTorch's is nan"),
            ("CosineSimilarity", "short vectors"): ("grad.x1", "PyTorch's gradient does not know that eps took over"),
            ("SoftMarginLoss", "huge scores"): ("forward", "800, where PyTorch's exponential overflows"),
            ("CTCLoss", "too long"): ("forward", "100000 stands for ∞"),
            ("CTCLoss", "impossible and nan"): ("forward", "−∞ or nan times a 0 of the one-hot labels is nan"),
            ("CTCLoss", "not normalised, hardly possible"): ("forward", "logits are normalised first"),
            ("TripletMarginLoss", "mean"): ("forward", NO_ABS),
            ("TripletMarginLoss", "sum, a norm of 1"): ("forward", NO_ABS),
            ("TripletMarginLoss", "none, a norm of 3, three axes"): ("forward", NO_ABS),
            ("TripletMarginLoss", "the largest component, one triplet"): ("forward", NO_ABS),
            ("TripletMarginLoss", "a norm of a half"): ("forward", NO_ABS),
            ("TripletMarginLoss", "eps"): ("forward", NO_ABS),
            ("TripletMarginLoss", "at the margin, and no distance"): ("grad.anchor", "0 / 0 in the slope of a root"),
            ("TripletMarginLoss", "one anchor for a batch"): ("forward", NO_ABS),
        },
    ),
    "optax_optimizers": Published(
        ("optax",),
        1700,
        {
            **trajectory("Adagrad", "eps stands inside the root", rate=1, maximize=1, tiny_gradients=1),
            **trajectory("Adam", "the largest of the corrected squares, PyTorch's the corrected largest", amsgrad=2),
            **trajectory("Adafactor", SINGLE, shapes=2, clipping=2, default=4),
            **trajectory("NAdam", DOZAT, betas=1, small_gradients=1, maximize=1, default=1),
            **trajectory("RAdam", EPS_AFTER, betas=6, small_gradients=6, maximize=6, default=14),
            **trajectory("Rprop", STALE, etas=1, bounds=1, rate_below_the_bounds=1, maximize=1, zero_gradients=1),
            **trajectory("Rprop", STALE, default=1),
        },
    ),
    "tinygrad_optimizers": Published(
        ("tinygrad",),
        810,
        {
            **trajectory("SGD", "its rate has one axis, and so has what it steps", empty_and_scalar=1),
            **trajectory("Muon", BFLOAT, options=1, zero_gradients=2, default=1),
        },
    ),
}  # fmt: skip


def need(*packages: str) -> None:
    for package in packages:
        try:
            distribution(package)
        except PackageNotFoundError:
            pytest.skip(f"{package} is not installed: pip install -e '.[published]'")


def judge(name: str, *only: str, tier: str = "", adapter: Path | None = None) -> Judgement:
    packages = EXPECTED[name].packages
    need(*packages)
    return judge_submission(
        PUBLISHED / f"{name}.py", tier or best_tier(), read_adapter(adapter or PUBLISHED / "adapters" / f"{name}.toml"),
        only, limits=ROOMY, packages=packages,
    )  # fmt: skip


def failing(judgement: Judgement) -> dict[tuple[str, str], str]:
    return {(f.component, f.sample): f.check for f in judgement.findings if f.verdict in BAD}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_published_code_fails_where_it_differs_and_nowhere_else(name: str) -> None:
    expected = EXPECTED[name]
    judgement = judge(name)
    assert failing(judgement) == {pair: check for pair, (check, _) in expected.fails.items()}
    assert sum(finding.verdict == "PASS" for finding in judgement.findings) > expected.passes
    named = [f.diagnosis.mistake for f in judgement.first_to_fix() if f.diagnosis and f.diagnosis.mistake]
    assert named == (["eps-inside-sqrt"] if name == "optax_optimizers" else []), "named where something fits only"


@pytest.mark.parametrize("tier", ["bwrap", "landlock", "limits"])
def test_an_engine_passes_wherever_it_is_kept(tier: str) -> None:
    if not try_tier(tier).works:
        pytest.skip(try_tier(tier).why)
    judgement = judge("hips_autograd", "Valor", "Linear", tier=tier)
    assert failing(judgement) == {}
    assert judgement.found == {"Valor": "ArrayBox", "Linear": "dot"}
    assert judgement.summary()["passed"] > 80


# --- the reasons: a few lines of NumPy that do what the package does, and so give its very numbers


def root_inside(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    kept["v"] = kept.get("v", o["initial_accumulator_value"]) + grad**2
    return p - o["lr"] * grad / np.sqrt(kept["v"] + o["eps"])


def moments(grad: Any, kept: Values, o: Values) -> tuple[Any, Any]:
    beta1, beta2 = o["betas"]
    kept["m"] = beta1 * kept.get("m", 0) + (1 - beta1) * grad
    kept["v"] = beta2 * kept.get("v", 0) + (1 - beta2) * grad**2
    return kept["m"], kept["v"]


def largest_corrected(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    m, v = moments(grad, kept, o)
    kept["most"] = np.maximum(kept.get("most", 0), v / (1 - o["betas"][1] ** t))
    return p - o["lr"] * m / (1 - o["betas"][0] ** t) / (np.sqrt(kept["most"]) + o["eps"])


def dozat(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    m, v = moments(grad, kept, o)
    beta1, beta2 = o["betas"]
    ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return p - o["lr"] * ahead / (np.sqrt(v / (1 - beta2**t)) + o["eps"])


def eps_after(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    m, v = moments(grad, kept, o)
    beta1, beta2 = o["betas"]
    most = 2 / (1 - beta2) - 1
    length = most - 2 * t * beta2**t / (1 - beta2**t)
    step = m / (1 - beta1**t)
    if length >= 5:
        factor = np.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))
        step = factor * step / (np.sqrt(v / (1 - beta2**t)) + o["eps"])
    return p - o["lr"] * step


def stale(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    before = kept.get("step", np.zeros_like(p))
    sign = np.sign(grad * before)
    size = kept.get("size", np.full_like(p, o["lr"]))
    grown = np.clip(size * np.where(sign > 0, o["etas"][1], o["etas"][0]), *o["step_sizes"])
    kept["size"] = np.where(sign == 0, size, grown)
    kept["step"] = np.where(sign < 0, 0, kept["size"] * np.sign(grad))
    return p - np.where(sign < 0, 0, before)


def started_at_one(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    kept["v"] = o["alpha"] * kept.get("v", 1.0) + (1 - o["alpha"]) * grad**2
    return p - o["lr"] * grad / (np.sqrt(kept["v"]) + o["eps"])


def muon(p: Any, grad: Any, kept: Values, t: int, o: Values) -> Any:
    kept["m"] = o["momentum"] * kept.get("m", 0) + grad
    x = grad + o["momentum"] * kept["m"] if o["nesterov"] else kept["m"]
    x = (x.T if x.shape[0] > x.shape[1] else x) / (np.linalg.norm(x) + 1e-7)
    a, b, c = o["ns_coefficients"]
    for _ in range(o["ns_steps"]):
        x = a * x + (b * x @ x.T + c * x @ x.T @ x @ x.T) @ x
    return p * (1 - o["lr"] * o["weight_decay"]) - o["lr"] * (x if x.shape == p.shape else x.T)


RULES: dict[str, dict[str, Callable[[Any, Any, Values, int, Values], Any]]] = {
    "optax_optimizers": {
        "Adagrad": root_inside, "Adam": largest_corrected, "NAdam": dozat, "RAdam": eps_after, "Rprop": stale,
    },
    "hips_autograd": {"RMSprop": started_at_one},
    "tinygrad_optimizers": {"Muon": muon},
}  # fmt: skip


def follow(rule: Callable[[Any, Any, Values, int, Values], Any], task: Mapping[str, Any]) -> Values:
    """Where a rule leads, by the names of the checks."""
    options = {**task["defaults"], **task["args"]}
    values, kept = [np.array(value) for value in task["values"]], [{} for _ in task["values"]]
    found = {}
    for t, grads in enumerate(task["grads"], start=1):
        for index, grad in enumerate(grads):
            grad = -grad if options.get("maximize") else grad
            coupled = 0 if "ns_steps" in options else options.get("weight_decay", 0)
            values[index] = rule(values[index], grad + coupled * values[index], kept[index], t, options)
            found[f"trajectory.step {t}.parameter {index}"] = values[index]
    return found


def given(finding: Finding) -> Values:
    assert finding.evidence is not None
    return {name: value for name, value in finding.evidence.values.items() if name.startswith("trajectory")}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "component"), [(name, component) for name in RULES for component in RULES[name]])
def test_the_reason_gives_the_numbers(name: str, component: str) -> None:
    bad = [finding for finding in judge(name, component).findings if finding.verdict in BAD]
    assert bad
    for finding in bad:
        assert finding.evidence is not None
        numbers = given(finding)
        wanted = follow(RULES[name][component], finding.evidence.task)
        assert numbers.keys() == wanted.keys()
        for check, number in numbers.items():
            np.testing.assert_allclose(number, wanted[check], rtol=1e-9, atol=1e-12, err_msg=check)


@pytest.mark.slow
def test_adafactor_differs_by_what_float32_rounds() -> None:
    bad = [finding for finding in judge("optax_optimizers", "Adafactor").findings if finding.verdict in BAD]
    assert len(bad) == 3
    assert all(0 < finding.max_abs_error < 1e-7 for finding in bad)


def distance(a: Any, b: Any, o: Values) -> Any:
    """optax's: no absolute values, and eps added to the sum."""
    return np.power(np.power(a - b, o["p"]).sum(axis=-1) + o["eps"], 1 / o["p"])


@pytest.mark.slow
def test_the_reason_gives_the_triplet_losses() -> None:
    bad = [f for f in judge("jax_losses", "TripletMarginLoss").findings if f.verdict in BAD and f.check == "forward"]
    assert len(bad) == 7
    for finding in bad:
        assert finding.evidence is not None
        task = finding.evidence.task
        options = {**task["defaults"], **task["args"]}
        anchor, positive, negative = task["inputs"]
        with np.errstate(all="ignore"):
            apart = distance(anchor, positive, options) - distance(anchor, negative, options)
            losses = np.maximum(apart + options["margin"], 0)
        wanted = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[options["reduction"]]
        np.testing.assert_allclose(finding.evidence.got, wanted, rtol=1e-9, err_msg=finding.sample)


@pytest.mark.slow
def test_the_reason_gives_the_ctc_loss() -> None:
    findings = judge("jax_losses", "CTCLoss").findings
    finding = next(f for f in findings if f.verdict in BAD and f.sample == "not normalised, hardly possible")
    assert finding.evidence is not None
    logits, *others = finding.evidence.task["inputs"]
    normalised = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    np.testing.assert_allclose(finding.evidence.got, CTCLoss()(normalised, *others), rtol=1e-9)


# --- what an adapter says for PyTorch's sake: without it the package's own convention shows


@dataclass(frozen=True)
class Own:
    """A change of the adapter to the package's own way, what then fails beyond `EXPECTED`, and what it is taken for."""

    name: str
    component: str
    old: str
    new: str
    samples: tuple[str, ...]
    taken_for: str = ""  # a mistake's id; most conventions are no mistake of the catalogue


PLAIN = ("default", "maximize", "tiny gradients", "weight decay")
RMSPROP = (*PLAIN, "alpha", "centered", "centered momentum", "momentum")
BETAS = ("betas", "default", "rate", "small gradients", "tiny gradients", "two tensors")
ADAM = (*BETAS, "maximize", "no memory", "weight decay")
KERNELS = (
    "as large as the image", "batch", "no bias", "one of everything", "padding", "padding higher than the kernel",
    "padding of one number", "padding wider than the kernel", "square kernel", "stride",
    "stride and padding of one number", "stride of one number", "worked by hand",
)  # fmt: skip
OPTAX, TINYGRAD, HIPS, JAX = "optax_optimizers", "tinygrad_optimizers", "hips_autograd", "jax_activations"
OWN = (
    Own(OPTAX, "RMSprop", "eps_in_sqrt=False, ", "", RMSPROP, "eps-inside-sqrt"),
    Own(OPTAX, "RMSprop", "decay=alpha, ", "", RMSPROP, "rmsprop-alpha"),
    Own(OPTAX, "RMSprop", "eps=eps, ", "eps=eps, initial_scale=1.0, ", RMSPROP),
    Own(OPTAX, "Adagrad", "initial_accumulator_value, eps)", "eps=eps)", ("default", "initial sum", "weight decay")),
    Own(OPTAX, "Adam", "adam)(lr, *betas, eps)", "adam)(lr, *betas, 0.0, eps)", ADAM, "eps-inside-sqrt"),
    Own(OPTAX, "AdamW", ", weight_decay=weight_decay", "", (*ADAM, "no decay")),
    # The powers of the betas are float32, whatever the parameters are.
    Own(TINYGRAD, "Adam", 'for name in ("b1_t", "b2_t"):', "for name in ():", BETAS),
    Own(TINYGRAD, "AdamW", "eps, weight_decay))", "eps))", ("no decay", "weight decay")),
    Own(
        TINYGRAD, "SGD", "nesterov)", "nesterov, classic=True)", ("Nesterov", "decay in the buffer", "momentum"),
        "lr-inside-momentum-buffer",
    ),
    Own(HIPS, "ReLU", "where(x <= 0, 0.0, x)", "maximum(x, 0.0)", ("edges", "worked by hand")),
    Own(HIPS, "SGD", "lr / (1 - momentum)", "lr", ("momentum",), "momentum-dampened"),
    Own(HIPS, "Conv2d", "[:, :, ::-1, ::-1]", "", KERNELS, "conv-kernel-flipped"),
    Own(JAX, "GELU", "approximate == 'tanh'", "True", ("batch", "far out", "worked by hand"), "gelu-tanh-for-erf"),
    # All of it is in float32 then, and judged as such.
    Own(JAX, "Sigmoid", 'jax.config.update("jax_enable_x64", True)', "", ()),
)  # fmt: skip


def at_home(own: Own, folder: Path) -> Judgement:
    text = (PUBLISHED / "adapters" / f"{own.name}.toml").read_text(encoding="utf-8")
    assert own.old in text
    adapter = folder / f"{own.name}_own.toml"
    adapter.write_text(text.replace(own.old, own.new), encoding="utf-8")
    return judge(own.name, own.component, adapter=adapter)


@pytest.mark.slow
@pytest.mark.parametrize("own", OWN, ids=lambda own: f"{own.component}-{own.old.strip(', ')}")
def test_a_convention_of_its_own_shows(own: Own, tmp_path: Path) -> None:
    judgement = at_home(own, tmp_path)
    usual = {sample for component, sample in EXPECTED[own.name].fails if component == own.component}
    assert sorted(sample for _, sample in failing(judgement) if sample not in usual) == sorted(own.samples)
    first = [finding for finding in judgement.findings if finding.verdict in BAD and finding.sample not in usual]
    said = first[0].diagnosis if first else None
    assert (said.mistake if said else "") == own.taken_for


@pytest.mark.parametrize("start", ["", "import nnfs\n\nnnfs.init()\n"])
def test_the_book_s_first_lines_make_everything_float32(start: str, tmp_path: Path) -> None:
    need("nnfs")
    file = tmp_path / "nnfs_right.py"
    file.write_text(start + (PUBLISHED.parent / "nnfs_right.py").read_text(encoding="utf-8"), encoding="utf-8")
    judgement = judge_submission(file, best_tier(), packages=("nnfs",))
    assert not judgement.failed
    assert judgement.summary()["passed"] > 600


# --- what these packages have taught, without them

HARDSIGMOID = """
import numpy as np

class Hardsigmoid:
    def forward(self, x):
        self.x = x
        return np.clip(x / 6 + 0.5, 0, 1)

    def backward(self, grad_output):
        return grad_output * (np.abs(self.x) < 3) * {slope}
"""
WRAPPED = """
import functools

def power(x, n):
    return x**n

square, cube = functools.partial(power, n=2), functools.cache(power)

class Everything:
    def __getattr__(self, name):
        return Everything()

    def __call__(self):
        pass

thing = Everything()
"""


@pytest.mark.parametrize(("slope", "failed"), [("1 / 6", False), ("np.float32(1 / 6)", False), ("0.16667", True)])
def test_a_sixth_is_no_mistake_where_pytorch_s_is_rounded(slope: str, failed: bool, tmp_path: Path) -> None:
    file = tmp_path / "hard.py"
    file.write_text(HARDSIGMOID.format(slope=slope), encoding="utf-8")
    assert judge_submission(file, best_tier()).failed == failed


def test_a_function_is_found_in_its_wrapping(tmp_path: Path) -> None:
    file = tmp_path / "wrapped.py"
    file.write_text(WRAPPED, encoding="utf-8")
    with Jail(file, best_tier()) as jail:
        found = jail.run([{"kind": "describe"}]).replies[0]["description"]
    assert found["functions"] == {"power": ["x", "n"], "square": ["x", "n="], "cube": ["x", "n"]}


# --- what may be imported


@pytest.mark.parametrize("name", ["torch", "Torch", "torchvision", "valor-parity", "valor_parity"])
def test_what_knows_the_answers_is_not_for_submissions(name: str) -> None:
    with pytest.raises(CommandError, match=r"is not for submissions, since it knows the answers"):
        installed((name,))


@pytest.mark.parametrize("tier", ["bwrap", "landlock", "limits", "in-process"])
def test_nor_at_any_tier(tier: str, tmp_path: Path) -> None:
    if not try_tier(tier).works:
        pytest.skip(try_tier(tier).why)
    (tmp_path / "empty.py").touch()
    with pytest.raises(CommandError, match="torch is not for submissions"):
        Jail(tmp_path / "empty.py", tier, packages=("torch",))


def test_what_is_no_name_of_a_package() -> None:
    with pytest.raises(CommandError, match="--package: "):
        installed(("../torch",))


def test_a_package_that_is_not_there() -> None:
    with pytest.raises(CommandError, match=r"no-such-package is not installed \(pip install no-such-package\)"):
        installed(("no_such_package",))


@pytest.mark.parametrize("tier", ["bwrap", "landlock", "limits"])
def test_what_was_not_named_cannot_be_imported(tier: str, tmp_path: Path) -> None:
    if not try_tier(tier).works:
        pytest.skip(try_tier(tier).why)
    file = tmp_path / "importing.py"
    one = "try:\n    import {0}\nexcept ImportError:\n    pass\nelse:\n    def has_{0}(): pass\n"
    names = ("packaging", "torch", "parity", "scratch", "psutil", "jinja2")
    file.write_text("".join(one.format(name) for name in names), encoding="utf-8")
    with Jail(file, tier, packages=("packaging",)) as jail:
        assert list(jail.run([{"kind": "describe"}]).replies[0]["description"]["functions"]) == ["has_packaging"]


def test_a_package_is_named_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "importing.py"
    code = "import packaging\n\nclass ReLU:\n    forward = backward = lambda self, x: x\n"
    file.write_text(code, encoding="utf-8")
    assert carry_out(["check", str(file)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "No module named 'packaging'; beside NumPy, only what --package names" in told
    carry_out(["check", str(file), "--package", "packaging"])
    assert "No module named" not in capsys.readouterr().out


def test_a_class_is_graded_with_numpy_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["grade", "submissions", "--package", "jax"]) == 2
    assert "--package" in capsys.readouterr().err
