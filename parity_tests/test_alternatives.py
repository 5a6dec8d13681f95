"""Who is right in another way is not blamed: what scratch has, written otherwise, passes every check."""

import math
import warnings
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest

import scratch
from parity.checks import check_case
from parity.mistakes.autograd import OwnGraph
from parity.registry import find_case
from parity.sides import ScratchSide, TorchSide
from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.losses._reduction import reduce
from scratch.module import Module, Parameter

THEIRS = TorchSide()


class EinsumLinear(scratch.Linear):
    """The weight lies in memory as (out, in)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.weight = Parameter(np.ascontiguousarray(self.weight.data))

    def forward(self, input: Array) -> Array:
        super().forward(input)  # for what it checks and saves
        output = np.einsum("oi,...i->...o", self.weight.data, input)
        return output if self.bias is None else output + self.bias.data

    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        rows, grad_rows = input.reshape(-1, self.in_features), grad_output.reshape(-1, self.out_features)
        self.weight.accumulate(np.einsum("no,ni->oi", grad_rows, rows))
        if self.bias is not None:
            self.bias.accumulate(np.einsum("no->o", grad_rows))
        return np.einsum("...o,oi->...i", grad_output, self.weight.data)


class TwoSidedSigmoid(scratch.Sigmoid):
    def forward(self, input: Array) -> Array:
        super().forward(input)
        small = np.exp(-np.abs(input))
        output: Array = np.where(input >= 0, 1, small) / (1 + small)
        self.save(output)
        return output


class TanhOfExpm1(scratch.Tanh):
    def forward(self, input: Array) -> Array:
        super().forward(input)
        fall = np.expm1(-2 * np.abs(input))
        output: Array = -np.sign(input) * fall / (fall + 2)
        self.save(output)
        return output


class ClippedReLU(scratch.ReLU):
    def forward(self, input: Array) -> Array:
        self.save(input <= 0)
        return np.clip(input, 0, None)

    def backward(self, grad_output: Array) -> Array:
        (blocked,) = self.saved(grad_output)
        return np.where(blocked, 0, grad_output)


class TwoPartLeakyReLU(scratch.LeakyReLU):
    @np.errstate(invalid="ignore")
    def forward(self, input: Array) -> Array:
        super().forward(input)
        result: Array = np.maximum(input, 0) + self.negative_slope * np.minimum(input, 0)
        return result


class SoftmaxOfLogsumexp(scratch.Softmax):
    @np.errstate(all="ignore")
    def forward(self, input: Array) -> Array:
        super().forward(input)
        _, dim = self.saved(None) if scratch.is_grad_enabled() else (None, self.dim)
        largest = input.max(axis=dim, keepdims=True, initial=-np.inf)
        output: Array = np.exp(input - (largest + np.log(np.exp(input - largest).sum(axis=dim, keepdims=True))))
        self.save(output, dim)
        return output


class MaskedDropout(scratch.Dropout):
    @np.errstate(invalid="ignore")
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        mask = self._draw_mask(input) if self.training and self.p > 0 else None
        self.save(mask)
        return input if mask is None else np.where(mask > 0, input / ((1 - self.p) or 1), input * 0)


class VarBatchNorm(scratch.BatchNorm1d):
    def forward(self, input: Array) -> Array:
        of_batch = self.training or self.running_mean is None
        if not of_batch or input.size == 0:
            return super().forward(input)
        super()._check(input, of_batch)
        axes, shape = (0, *range(2, input.ndim)), (-1, *(1,) * (input.ndim - 2))
        mean, var, count = input.mean(axis=axes), np.var(input, axis=axes), input.size // self.num_features
        if self.training and self.track_running_stats:
            self._follow(mean, var, count)
        inverse_std = 1 / np.sqrt(var + self.eps)
        normalized = (input - mean.reshape(shape)) * inverse_std.reshape(shape)
        self.save(normalized, inverse_std, count)
        weight = np.ones_like(mean) if self.weight is None else self.weight.data
        bias = np.zeros_like(mean) if self.bias is None else self.bias.data
        return normalized * weight.reshape(shape) + bias.reshape(shape)


class DottedMSE(scratch.MSELoss):
    @np.errstate(invalid="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        output = super().forward(input, target)
        flat = (input - target).ravel()
        if self.reduction == "none" or not np.isfinite(flat).all() or not flat.size:
            return output
        return flat @ flat / (flat.dtype.type(flat.size) if self.reduction == "mean" else flat.dtype.type(1))


class ComposedCrossEntropy(scratch.CrossEntropyLoss):
    """A log-softmax, and the negative log-likelihood of it."""

    parts: tuple[Module, Module] | None

    def forward(self, input: Array, target: Any) -> Any:
        output = super().forward(input, target)
        self.parts = None
        if self.label_smoothing or input.shape == target.shape:
            return output
        log_softmax = scratch.LogSoftmax(dim=0 if input.ndim == 1 else 1)
        likelihood = scratch.NLLLoss(self.weight, self.ignore_index, self.reduction)
        output = likelihood(log_softmax(input), target)
        object.__setattr__(self, "parts", (log_softmax, likelihood))  # a tuple, so that they are no children
        return output

    def backward(self, grad_output: Any = 1.0) -> Array:
        grad = super().backward(grad_output)
        if self.parts is None:
            return grad
        log_softmax, likelihood = self.parts
        composed: Array = log_softmax.backward(likelihood.backward(grad_output))
        return np.where(np.isnan(grad), grad, composed)  # 0 · inf, where a logit is infinite or not a number


class LogaddexpBCE(scratch.BCEWithLogitsLoss):
    @np.errstate(invalid="ignore")
    def forward(self, input: Array, target: Array) -> Any:
        output = super().forward(input, target)
        if self.weight is not None or self.pos_weight is not None:
            return output
        return reduce((1 - target) * input + np.logaddexp(0, -input), self.reduction)


class OneExpressionSGD(scratch.SGD):
    """Each array is new, and the parameter is written once."""

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        g = (-grad if group["maximize"] else grad) + group["weight_decay"] * parameter
        if group["momentum"] != 0:
            old = state.get("momentum_buffer")
            state["momentum_buffer"] = (
                np.copy(g) if old is None else group["momentum"] * old + (1 - group["dampening"]) * g
            )
            g = g + group["momentum"] * state["momentum_buffer"] if group["nesterov"] else state["momentum_buffer"]
        parameter[...] = parameter - group["lr"] * g


class StepSizeAdam(scratch.Adam):
    """As PyTorch writes it: the step's size is corrected, and the root."""

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        super().update(parameter.copy(), grad, state, group)
        (beta1, beta2), t = group["betas"], float(state["step"])
        if group["decoupled_weight_decay"]:
            parameter *= 1 - group["lr"] * group["weight_decay"]
        square = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"]
        step_size = group["lr"] / (1 - beta1**t)
        parameter -= step_size * (state["exp_avg"] / (np.sqrt(square) / math.sqrt(1 - beta2**t) + group["eps"]))


def concatenated_clip(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Any:
    given = [parameters] if isinstance(parameters, Parameter) else list(parameters)
    if isinstance(parameters, Generator) and not given:
        warnings.warn("clip_grad_norm_: a generator without parameters", stacklevel=2)
    each = [p for p in given if p.grad is not None]
    if not each:
        return scratch.get_default_dtype().type(0)
    total = np.linalg.norm(np.concatenate([p.grad.ravel() for p in each]), norm_type)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError("clip_grad_norm_: expected a finite norm")
    with np.errstate(all="ignore"):
        for p in each:
            p.grad = p.grad * np.minimum(max_norm / (total + total.dtype.type(1e-6)), 1).astype(p.grad.dtype)
    return total


ALTERNATIVES: dict[str, list[Any]] = {
    "Linear": [EinsumLinear],
    "Sigmoid": [TwoSidedSigmoid],
    "Tanh": [TanhOfExpm1],
    "ReLU": [ClippedReLU],
    "LeakyReLU": [TwoPartLeakyReLU],
    "Softmax": [SoftmaxOfLogsumexp],
    "Dropout": [MaskedDropout],
    "BatchNorm1d": [VarBatchNorm],
    "MSELoss": [DottedMSE],
    "CrossEntropyLoss": [ComposedCrossEntropy],
    "BCEWithLogitsLoss": [LogaddexpBCE],
    "SGD": [OneExpressionSGD],
    "Adam": [StepSizeAdam],
    "clip_grad_norm_": [concatenated_clip],
    "Valor": [OwnGraph],
}


@pytest.mark.parametrize(
    ("component", "alternative"),
    [pytest.param(name, one, id=one.__name__) for name, some in ALTERNATIVES.items() for one in some],
)
def test_who_is_right_in_another_way_is_not_blamed(component: str, alternative: Any) -> None:
    results = list(check_case(find_case(component), ScratchSide({component: alternative}), THEIRS))
    assert [f"{r.sample}, {r.check}, {r.dtype}: {r.message}" for r in results if r.verdict != "PASS"] == []
    assert len(results) > 10
