"""Mistakes in optimizers, schedules and gradient clipping."""

from __future__ import annotations

import math
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


class AdamWithoutCorrection(Adam):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        before = parameter.copy()
        super().update(parameter, grad, state, group)
        (beta1, beta2), t = group["betas"], float(state["step"])
        correction = math.sqrt(1 - beta2**t) / (1 - beta1**t)
        parameter[...] = before + (parameter - before) / correction


class AdamCorrectionWithoutPower(Adam):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        step = float(state["step"]) if state else 0.0
        if state:
            state["step"][...] = 0  # so that the correction is always that of the first step
        super().update(parameter, grad, state, group)
        state["step"][...] = step + 1


class AdamStepPerParameter(Adam):
    """t is kept in the optimizer and counted once for every tensor."""

    def step(self, closure: Any = None) -> Any:
        self.count = getattr(self, "count", 0.0)
        return super().step(closure)

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if state:
            state["step"][...] = self.count
            super().update(parameter, grad, state, group)
        else:
            super().update(parameter, grad, state, group)
            state["step"][...] = self.count + 1
        self.count += 1


class AdamEpsInsideRoot(Adam):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter.copy(), grad, state, group)
        (beta1, beta2), t = group["betas"], float(state["step"])
        mean, square = state["exp_avg"] / (1 - beta1**t), state["exp_avg_sq"] / (1 - beta2**t)
        parameter -= group["lr"] * mean / np.sqrt(square + group["eps"])


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


class AmsgradForgets(Adam):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if group["amsgrad"] and state:
            state["max_exp_avg_sq"][...] = 0
        super().update(parameter, grad, state, group)


class DampenedMomentum(SGD):
    """v = μ v + (1 − μ) g, without a word about it."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "dampening": group["momentum"], "nesterov": False})


class LrInsideBuffer(SGD):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if group["momentum"] == 0 or group["nesterov"] or group["maximize"] or group["dampening"] != 0:
            super().update(parameter, grad, state, group)
            return
        buffer = state.setdefault("momentum_buffer", np.zeros_like(grad))
        buffer *= group["momentum"]
        buffer += group["lr"] * (grad + group["weight_decay"] * parameter)
        parameter -= buffer


class NesterovWithoutGradient(SGD):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if group["nesterov"]:
            probe = parameter.copy()
            super().update(probe, grad, state, {**group, "nesterov": False})
            parameter -= group["lr"] * group["momentum"] * state["momentum_buffer"]
        else:
            super().update(parameter, grad, state, group)


class L2Factor(SGD):
    """The penalty λ p² differentiated to λ p, or λ/2 p² to 2λ p: off by a factor of two."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "weight_decay": 2 * group["weight_decay"]})


class MaximizeIgnored(SGD):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "maximize": False})


class OneGroupForAll(SGD):
    """The options of the first group serve every group."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        super().update(parameter, grad, state, {**group, "lr": self.param_groups[0]["lr"]})


class StateNotRestored(SGD):
    def load_state_dict(self, state_dict: Any) -> None:
        super().load_state_dict({**state_dict, "state": {}})


class GradientChanged(SGD):
    """Weight decay added in place: the caller's gradient is changed, and decays again at an accumulated step."""

    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        grad += group["weight_decay"] * parameter
        super().update(parameter, grad, state, {**group, "weight_decay": 0})


class RMSpropAlpha(RMSprop):
    def __init__(self, params: Iterable[Parameter], lr: float = 1e-2, alpha: float = 0.9, **options: Any) -> None:
        super().__init__(params, lr, alpha, **options)


class RMSpropFirstSquare(RMSprop):
    def update(self, parameter: Array, grad: Array, state: State, group: State) -> None:
        if not state:
            super().update(parameter.copy(), grad, state, group)
            state["step"][...] = 0
            state["square_avg"][...] = np.square(grad)
        super().update(parameter, grad, state, group)


class StepLREarly(StepLR):
    def get_lr(self) -> list[float]:
        falls = (self.last_epoch + 1) % self.step_size == 0
        rates = [float(group["lr"]) for group in self.optimizer.param_groups]
        return [rate * self.gamma for rate in rates] if falls else rates


class CosineFromZero(CosineAnnealingLR):
    """The minimum is taken for 0 whatever `eta_min` says."""

    def get_lr(self) -> list[float]:
        self.eta_min = 0.0
        return super().get_lr()


def clip_per_tensor(
    parameters: Iterable[Parameter],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Any:
    norms = [clip_grad_norm_([parameter], max_norm, norm_type, error_if_nonfinite) for parameter in parameters]
    return np.linalg.norm(np.array(norms), norm_type)


MISTAKES = [
    Mistake("adam-no-bias-correction", "Adam", AdamWithoutCorrection, "the moments are not divided by 1 − βᵗ"),
    Mistake(
        "adam-bias-correction-without-power",
        "Adam",
        AdamCorrectionWithoutPower,
        "divides by 1 − β where 1 − βᵗ is meant",
    ),
    Mistake("adam-step-per-parameter", "Adam", AdamStepPerParameter, "t is counted once for every tensor"),
    Mistake("eps-inside-sqrt", "Adam", AdamEpsInsideRoot, "√(v̂ + eps) where √v̂ + eps is meant"),
    Mistake("amsgrad-forgets", "Adam", AmsgradForgets, "the largest mean square so far is not kept"),
    Mistake("adamw-as-l2", "AdamW", AdamWAsL2, "the decay is added to the gradient, as in Adam"),
    Mistake("decay-not-times-lr", "AdamW", AdamWDecayNotTimesLr, "the decay is not multiplied by the learning rate"),
    Mistake("decay-after-step", "AdamW", AdamWDecayAfterStep, "the parameter decays after the step instead of before"),
    Mistake("momentum-dampened", "SGD", DampenedMomentum, "the gradient enters the buffer times 1 − momentum"),
    Mistake("lr-inside-momentum-buffer", "SGD", LrInsideBuffer, "the learning rate is inside the buffer"),
    Mistake(
        "nesterov-without-gradient", "SGD", NesterovWithoutGradient, "momentum · b where g + momentum · b is meant"
    ),
    Mistake("decay-l2-factor", "SGD", L2Factor, "2λp where the gradient of λ/2 · p² is λp"),
    Mistake("maximize-ignored", "SGD", MaximizeIgnored, "descends although maximize is set"),
    Mistake("one-group-for-all", "SGD", OneGroupForAll, "the first group's learning rate serves every group"),
    Mistake("state-not-restored", "SGD", StateNotRestored, "load_state_dict forgets the buffers"),
    Mistake("gradient-changed", "SGD", GradientChanged, "weight decay is added to the caller's gradient in place"),
    Mistake("rmsprop-alpha", "RMSprop", RMSpropAlpha, "alpha is 0.9 by default where PyTorch has 0.99"),
    Mistake("rmsprop-first-square", "RMSprop", RMSpropFirstSquare, "the mean square starts at g² instead of 0"),
    Mistake("scheduler-one-early", "StepLR", StepLREarly, "the rate falls one epoch early"),
    Mistake("cosine-minimum-ignored", "CosineAnnealingLR", CosineFromZero, "eta_min is ignored"),
    Mistake("clip-per-tensor", "clip_grad_norm_", clip_per_tensor, "each tensor is clipped by its own norm"),
]
