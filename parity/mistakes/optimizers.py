"""Mistakes in optimizers, schedules and gradient clipping."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.module import Parameter
from scratch.optimizers import SGD, Adam, AdamW, RMSprop, clip_grad_norm_
from scratch.schedulers import CosineAnnealingLR, StepLR

__all__ = ["MISTAKES"]

State = dict[str, Any]


class _AdamDirection(Adam):
    """An Adam whose direction is given by a method of its own, from m, v and t; the moments are Adam's."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter.copy(), grad, state, group)
        if group["decoupled_weight_decay"]:
            parameter *= 1 - group["lr"] * group["weight_decay"]
        mean_square = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"]
        parameter -= group["lr"] * self.direction(state["exp_avg"], mean_square, float(state["step"]), group)

    def direction(self, mean: Array, mean_square: Array, t: float, group: State) -> Any:
        beta1, beta2 = group["betas"]
        return mean / (1 - beta1**t) / (np.sqrt(mean_square / (1 - beta2**t)) + group["eps"])


class AdamWithoutCorrection(_AdamDirection):
    def direction(self, mean: Array, mean_square: Array, t: float, group: State) -> Any:
        return mean / (np.sqrt(mean_square) + group["eps"])


class AdamCorrectionWithoutPower(_AdamDirection):
    def direction(self, mean: Array, mean_square: Array, t: float, group: State) -> Any:
        return super().direction(mean, mean_square, 1.0, group)


class AdamEpsInsideRoot(_AdamDirection):
    def direction(self, mean: Array, mean_square: Array, t: float, group: State) -> Any:
        beta1, beta2 = group["betas"]
        return mean / (1 - beta1**t) / np.sqrt(mean_square / (1 - beta2**t) + group["eps"])


class AdamStepPerParameter(_AdamDirection):
    """t is kept in the optimizer and counted once for every tensor."""

    count = 0

    def direction(self, mean: Array, mean_square: Array, t: float, group: State) -> Any:
        self.count += 1
        return super().direction(mean, mean_square, self.count, group)


class AmsgradForgets(Adam):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if group["amsgrad"] and state:
            state["max_exp_avg_sq"][...] = 0
        super().update(parameter, grad, state, group)


class AdamWAsL2(AdamW):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "decoupled_weight_decay": False})


class AdamWDecayNotTimesLr(AdamW):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        parameter *= 1 - group["weight_decay"]
        super().update(parameter, grad, state, {**group, "weight_decay": 0})


class AdamWDecayAfterStep(AdamW):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "weight_decay": 0})
        parameter *= 1 - group["lr"] * group["weight_decay"]


class DampenedMomentum(SGD):
    """v = μ v + (1 − μ) g from a buffer of zeros, without a word about it."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if group["momentum"] != 0:
            state.setdefault("momentum_buffer", np.zeros_like(grad))
        super().update(parameter, grad, state, {**group, "dampening": group["momentum"]})


class LrInsideBuffer(SGD):
    """b ← momentum · b + lr · g; p ← p − b: the same steps, until the rate changes."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        sign = -1 if group["maximize"] else 1
        scaled = group["lr"] * (sign * grad + group["weight_decay"] * parameter)
        super().update(parameter, scaled, state, {**group, "lr": 1.0, "weight_decay": 0, "maximize": False})


class NesterovWithoutGradient(SGD):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if group["nesterov"]:
            super().update(parameter.copy(), grad, state, group)
            parameter -= group["lr"] * group["momentum"] * state["momentum_buffer"]
        else:
            super().update(parameter, grad, state, group)


class L2Factor(SGD):
    """The penalty λ/2 · p² differentiated to 2λ p: off by a factor of two."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "weight_decay": 2 * group["weight_decay"]})


class MaximizeIgnored(SGD):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "maximize": False})


class OneGroupForAll(SGD):
    """The learning rate of the first group serves every group."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "lr": self.param_groups[0]["lr"]})


class StateNotRestored(SGD):
    def load_state_dict(self, state_dict: Any) -> None:
        super().load_state_dict({**state_dict, "state": {}})


class GradientChanged(SGD):
    """Weight decay added in place: the caller's gradient is changed, and decays again at an accumulated step."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        grad += (-1 if group["maximize"] else 1) * group["weight_decay"] * parameter
        super().update(parameter, grad, state, {**group, "weight_decay": 0})


class RMSpropAlpha(RMSprop):
    def __init__(self, params: Iterable[Parameter], lr: float = 1e-2, alpha: float = 0.9, **options: Any) -> None:
        super().__init__(params, lr, alpha, **options)


class RMSpropFirstSquare(RMSprop):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if not state:
            super().update(parameter.copy(), grad, state, group)
            first_square = state["square_avg"] / (1 - group["alpha"])
            for value in state.values():
                value[...] = 0
            state["square_avg"][...] = first_square
        super().update(parameter, grad, state, group)


class StepLREarly(StepLR):
    def get_lr(self) -> list[float]:
        self.last_epoch += 1
        try:
            return super().get_lr()
        finally:
            self.last_epoch -= 1


class LastRatesLate(StepLR):
    """The rates are noted before the new ones are written."""

    def step(self, epoch: int | None = None) -> None:
        before = self._rates()
        super().step(epoch)
        self._last_lr = before


class CosineFromZero(CosineAnnealingLR):
    def __init__(self, optimizer: Any, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        super().__init__(optimizer, T_max, 0.0, last_epoch)


def clip_per_tensor(
    parameters: Parameter | Iterable[Parameter],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Any:
    each = [parameters] if isinstance(parameters, Parameter) else list(parameters)
    if not each:
        return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite)
    norms = [clip_grad_norm_(parameter, max_norm, norm_type, error_if_nonfinite) for parameter in each]
    return np.linalg.norm(np.array(norms, norms[0].dtype), norm_type)


MISTAKES = [
    Mistake("adam-no-bias-correction", "Adam", "trajectory", AdamWithoutCorrection, "m and v not divided by 1 − βᵗ"),
    Mistake(
        "adam-bias-correction-without-power",
        "Adam",
        "trajectory",
        AdamCorrectionWithoutPower,
        "divides by 1 − β where 1 − βᵗ is meant",
    ),
    Mistake(
        "adam-step-per-parameter", "Adam", "trajectory", AdamStepPerParameter, "t is counted once for every tensor"
    ),
    Mistake("eps-inside-sqrt", "Adam", "trajectory", AdamEpsInsideRoot, "√(v̂ + eps) where √v̂ + eps is meant"),
    Mistake("amsgrad-forgets", "Adam", "trajectory", AmsgradForgets, "the largest mean square so far is not kept"),
    Mistake("adamw-as-l2", "AdamW", "trajectory", AdamWAsL2, "the decay is added to the gradient, as in Adam"),
    Mistake(
        "decay-not-times-lr", "AdamW", "trajectory", AdamWDecayNotTimesLr, "the decay is not multiplied by the rate"
    ),
    Mistake("decay-after-step", "AdamW", "trajectory", AdamWDecayAfterStep, "decays after the step instead of before"),
    Mistake("momentum-dampened", "SGD", "trajectory", DampenedMomentum, "the gradient enters times 1 − momentum"),
    Mistake(
        "lr-inside-momentum-buffer", "SGD", "optimizer state", LrInsideBuffer, "the learning rate is in the buffer"
    ),
    Mistake(
        "nesterov-without-gradient", "SGD", "trajectory", NesterovWithoutGradient, "momentum · b for g + momentum · b"
    ),
    Mistake("decay-l2-factor", "SGD", "trajectory", L2Factor, "2λp where the gradient of λ/2 · p² is λp"),
    Mistake("maximize-ignored", "SGD", "trajectory", MaximizeIgnored, "descends although maximize is set"),
    Mistake(
        "one-group-for-all", "SGD", "trajectory", OneGroupForAll, "the first group's learning rate serves every group"
    ),
    Mistake("state-not-restored", "SGD", "restored", StateNotRestored, "load_state_dict forgets the buffers"),
    Mistake("gradient-changed", "SGD", "unchanged", GradientChanged, "weight decay is added to the caller's gradient"),
    Mistake("rmsprop-alpha", "RMSprop", "trajectory", RMSpropAlpha, "alpha is 0.9 by default where PyTorch has 0.99"),
    Mistake("rmsprop-first-square", "RMSprop", "trajectory", RMSpropFirstSquare, "the mean square starts at g², not 0"),
    Mistake("scheduler-one-early", "StepLR", "rates", StepLREarly, "the rate falls one epoch early"),
    Mistake("last-rates-late", "StepLR", "last rates", LastRatesLate, "get_last_lr() gives the rates before the last"),
    Mistake("cosine-minimum-ignored", "CosineAnnealingLR", "rates", CosineFromZero, "eta_min is ignored"),
    Mistake("clip-per-tensor", "clip_grad_norm_", "result", clip_per_tensor, "each tensor is clipped by its own norm"),
]
