"""What an adapter of a published package says for PyTorch's sake: without it the package's own convention shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from published import EXPECTED, PUBLISHED, failing, judge, need

from parity.student.findings import BAD, Judgement
from parity.student.isolation.jail import best_tier
from parity.student.judge import judge_submission


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
