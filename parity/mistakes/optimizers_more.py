"""Mistakes in the optimizers beyond SGD and Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.optimizers import ASGD, LBFGS, Adadelta, Adafactor, Adamax, Muon, NAdam, RAdam, Rprop, SparseAdam

__all__ = ["MISTAKES"]

State = dict[str, Any]


def descent(parameter: Array, grad: Array, group: State) -> Array:
    """The gradient with its sign and its decay."""
    towards: Array = (-grad if group["maximize"] else grad) + group["weight_decay"] * parameter
    return towards


class AdadeltaEpsOutside(Adadelta):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        steps_before = np.copy(state.get("acc_delta", np.zeros_like(parameter)))
        super().update(parameter.copy(), grad, state, group)
        rho, eps = group["rho"], group["eps"]
        ratio = (np.sqrt(steps_before) + eps) / (np.sqrt(state["square_avg"]) + eps)
        delta = ratio * descent(parameter, grad, group)
        state["acc_delta"][...] = rho * steps_before + (1 - rho) * np.square(delta)
        parameter -= group["lr"] * delta


class AdafactorWithoutClipping(Adafactor):
    def clipping(self, step: Array, d: float) -> float:
        return 1.0


class AdamaxLargestCorrected(Adamax):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        t = float(state["step"]) + 1 if state else 1.0
        super().update(parameter, grad, state, {**group, "lr": group["lr"] * (1 - group["betas"][1] ** t)})


class ASGDAverageFromStart(ASGD):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "t0": 0})


class LBFGSOneDirection(LBFGS):
    """Both loops over the pairs begin with the oldest."""

    def direction(self, grad: Array, state: State, history_size: int) -> Array:
        pairs = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
        alphas = state.setdefault("al", [None] * history_size)
        q = -grad
        for i, (y, s, rho) in enumerate(pairs):
            alphas[i] = (s @ q) * rho
            q -= alphas[i] * y
        r: Array = q * state["H_diag"]
        for i, (y, s, rho) in enumerate(pairs):
            r += (alphas[i] - (y @ r) * rho) * s
        return r


class MuonLongerSide(Muon):
    def adjustment(self, shape: tuple[int, ...], rule: str | None) -> float:
        return super().adjustment((max(shape), min(shape)), rule)


class NAdamPower(NAdam):
    """1 − μᵗ, as if μ had been the same at every step."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if state:
            t = float(state["step"]) + 1
            state["mu_product"][...] = self.momentum(t, group) ** (t - 1)
        super().update(parameter, grad, state, group)


class RAdamDividedFromStart(RAdam):
    def rectification(self, t: float, beta2: float) -> float | None:
        return super().rectification(t, beta2) or 1.0


class RpropFlipTaken(Rprop):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        before = np.copy(state.get("prev", np.zeros_like(grad)))
        super().update(parameter, grad, state, group)
        towards = -grad if group["maximize"] else grad
        flipped = before * towards < 0
        state["prev"][flipped] = towards[flipped]
        parameter -= flipped * state["step_size"] * np.sign(towards)


class SparseAdamAsAdam(SparseAdam):
    def present(self, grad: Array) -> Any:
        return np.arange(len(grad))


MISTAKES = [
    Mistake(
        "adadelta-eps-outside-roots", "Adadelta", "trajectory", AdadeltaEpsOutside, "√u + eps where √(u + eps) is meant"
    ),
    Mistake(
        "adafactor-clip-missing", "Adafactor", "trajectory", AdafactorWithoutClipping, "an outlier is not cut to size"
    ),
    Mistake(
        "adamax-largest-corrected",
        "Adamax",
        "trajectory",
        AdamaxLargestCorrected,
        "the largest is divided by 1 − β₂ᵗ, though a largest is not biased towards its start",
    ),
    Mistake(
        "asgd-average-from-start", "ASGD", "optimizer state", ASGDAverageFromStart, "the mean does not wait for t0"
    ),
    Mistake(
        "lbfgs-history-order", "LBFGS", "result", LBFGSOneDirection, "the first loop begins with the oldest pair, too"
    ),
    Mistake(
        "muon-longer-side", "Muon", "trajectory", MuonLongerSide, "the rate of a wide matrix is adjusted like a tall's"
    ),
    Mistake(
        "nadam-schedule-product-missing", "NAdam", "trajectory", NAdamPower, "μᵗ where the product of all μ is meant"
    ),
    Mistake(
        "radam-without-warmup-switch",
        "RAdam",
        "trajectory",
        RAdamDividedFromStart,
        "the first steps are divided by a root that is not to be trusted",
    ),
    Mistake(
        "rprop-sign-flip-not-skipped", "Rprop", "trajectory", RpropFlipTaken, "a step is taken where the sign flipped"
    ),
    Mistake(
        "sparse-adam-as-adam", "SparseAdam", "trajectory", SparseAdamAsAdam, "rows without a gradient move and fade"
    ),
]
