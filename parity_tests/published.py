"""Code from PyPI that nobody here wrote: what it is expected to do, through adapters in `examples/published`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

from parity.student.adapters import read_adapter
from parity.student.findings import BAD, Finding, Judgement
from parity.student.isolation.jail import ROOMY, best_tier
from parity.student.judge import judge_submission

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


@cache
def judged(name: str) -> Judgement:
    """All of it, once for all the tests of a process."""
    return judge(name)


def bad_findings(name: str, component: str) -> list[Finding]:
    return [f for f in judged(name).findings if f.component == component and f.verdict in BAD]


def named(judgement: Judgement) -> list[str]:
    return [f.diagnosis.mistake for f in judgement.first_to_fix() if f.diagnosis and f.diagnosis.mistake]
