"""Mistakes in layers with parameters or a state of their own, and in containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch import init, random
from scratch.containers import Sequential
from scratch.dtypes import Array
from scratch.layers import BatchNorm1d, Conv2d, Dropout, Flatten, Linear, MaxPool2d
from scratch.layers._windows import Margins, crop, windows
from scratch.module import Parameter

__all__ = ["MISTAKES"]


@contextmanager
def turned(parameter: Parameter, turn: Callable[[Array], Array]) -> Iterator[None]:
    """Inside, the parameter is seen another way round; a gradient that it gets there is turned back."""
    data, grad = parameter.data, parameter.grad
    parameter.data, parameter.grad = turn(data), None
    try:
        yield
    finally:
        new = parameter.grad
        parameter.data, parameter.grad = data, grad
        if new is not None:
            parameter.accumulate(turn(new))


class _LinearBackward(Linear):
    """A Linear whose gradients are given by three small methods, so that a variant changes one of them."""

    def backward(self, grad_output: Array) -> Any:
        (input,) = self.saved(grad_output)
        self.weight.accumulate(self.grad_weight(input.reshape(-1, self.in_features), grad_output))
        if self.bias is not None:
            self.bias.accumulate(self.grad_bias(grad_output))
        return self.grad_input(grad_output)

    def rows(self, grad_output: Array) -> Array:
        return grad_output.reshape(-1, self.out_features)

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return self.rows(grad_output).T @ input

    def grad_bias(self, grad_output: Array) -> Any:
        return self.rows(grad_output).sum(axis=0)

    def grad_input(self, grad_output: Array) -> Any:
        return grad_output @ self.weight.data


class BatchMeanTwice(_LinearBackward):
    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return super().grad_weight(input, grad_output) / max(len(input), 1)


class BiasGradMean(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return super().grad_bias(grad_output) / max(len(self.rows(grad_output)), 1)


class BiasGradUnsummed(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return grad_output


class BiasGradFirstAxis(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return grad_output.sum(axis=0) if grad_output.ndim > 1 else grad_output


class WeightNotTransposed(_LinearBackward):
    def grad_input(self, grad_output: Array) -> Any:
        return grad_output @ self.weight.data.T


class UpstreamIgnored(_LinearBackward):
    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return super().grad_weight(input, np.ones_like(grad_output))


class WeightsUpdatedFirst(_LinearBackward):
    """The step is taken inside backward, before the gradient of the input is computed from the changed weight."""

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        grad = super().grad_weight(input, grad_output)
        self.weight.data -= np.asarray(0.1, grad.dtype) * grad
        return grad


class IntegerGradient(_LinearBackward):
    """The gradient is collected in an array that was made of whole numbers."""

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return super().grad_weight(input, grad_output).astype(np.int64)


class IntegerParameter(Parameter):
    """np.array([1, 2, 3]) is taken as it is: an array of whole numbers, to which no small step can be added."""

    def __init__(self, data: Array) -> None:
        super().__init__(np.zeros(0))
        self.data = data


class GradOverwritten(Linear):
    """`self.weight.grad = …` where `+=` is meant."""

    def backward(self, grad_output: Array) -> Any:
        self.zero_grad()
        return super().backward(grad_output)


class GradBufferReused(Linear):
    """The gradient is written into one array that was already handed out."""

    def backward(self, grad_output: Array) -> Any:
        held = self.weight.grad
        result = super().backward(grad_output)
        if held is not None and self.weight.grad is not None:
            held[...] = self.weight.grad
            self.weight.grad = held
        return result


class WeightStoredTransposed(Linear):
    """The weight is (in, out), as in many books; PyTorch's is (out, in)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.weight = Parameter(self.weight.data.T)

    def forward(self, input: Array) -> Array:
        with turned(self.weight, np.transpose):
            return super().forward(input)

    def backward(self, grad_output: Array) -> Any:
        with turned(self.weight, np.transpose):
            return super().backward(grad_output)


class FansSwapped(Linear):
    def reset_parameters(self) -> None:
        bound = 1 / np.sqrt(self.out_features)
        random.uniform_(self.weight.data, -bound, bound)
        if self.bias is not None:
            random.uniform_(self.bias.data, -bound, bound)


class ConstantInit(Linear):
    def reset_parameters(self) -> None:
        super().reset_parameters()
        self.weight.data[...] = 0.5


class BiasForgotten(Linear):
    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        return output if self.bias is None else output - self.bias.data


class DoubleOutput(Linear):
    """Computes in float64 whatever comes in."""

    def forward(self, input: Array) -> Array:
        return super().forward(input).astype(np.float64)


class NoShapeCheck(Linear):
    """A wrong shape reaches NumPy, whose message names neither the layer nor what it expected."""

    def forward(self, input: Array) -> Array:
        self.save(input)
        output: Array = input @ self.weight.data.T
        return output if self.bias is None else output + self.bias.data


class ConstructorRenamed(Linear):
    def __init__(self, input_size: int, output_size: int, bias: bool = True, dtype: Any = None) -> None:
        super().__init__(input_size, output_size, bias, dtype)


class DropoutUnscaled(Dropout):
    def _draw_mask(self, input: Array) -> Array:
        result: Array = (super()._draw_mask(input) > 0).astype(input.dtype)
        return result


class DropoutKeepProbability(Dropout):
    """p is taken for the probability of keeping."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p)
        self.p = 1 - self.p


class DropoutInEval(Dropout):
    def forward(self, input: Array) -> Array:
        mode, self.training = self.training, True
        output = super().forward(input)
        self.training = mode
        return output


class DropoutFreshMask(Dropout):
    def backward(self, grad_output: Array) -> Array:
        (mask,) = self.saved(grad_output)
        return grad_output if mask is None else grad_output * self._draw_mask(grad_output)


class EvaluationForGood(Dropout):
    """`train()` does not undo `eval()`."""

    def train(self, mode: bool = True) -> Any:
        return super().train(mode and self.training)


class RunningVarBiased(BatchNorm1d):
    def _follow(self, mean: Array, var: Array, count: int) -> None:
        super()._follow(mean, var * ((count - 1) / max(count, 1)), count)


class MomentumSwapped(BatchNorm1d):
    def _follow(self, mean: Array, var: Array, count: int) -> None:
        swapped, self.momentum = self.momentum, None if self.momentum is None else 1 - self.momentum
        super()._follow(mean, var, count)
        self.momentum = swapped


class StatisticsConstant(BatchNorm1d):
    """Mean and variance are taken for constants in the backward, although they depend on the input."""

    def backward(self, grad_output: Array) -> Any:
        normalized, inverse_std, _ = self.saved(grad_output)
        self.save(normalized, inverse_std, 0)
        return super().backward(grad_output)


class BatchStatisticsInEval(BatchNorm1d):
    def forward(self, input: Array) -> Array:
        running, mode = self.running_mean, self.training
        if not mode:
            self.running_mean = None  # so that there are none to use
        try:
            return super().forward(input)
        finally:
            self.running_mean = running


class StateForgotten(BatchNorm1d):
    """The running statistics are left out when a state is loaded."""

    def load_state_dict(self, state_dict: Any) -> None:
        own = self.state_dict()
        kept = {key: value for key, value in own.items() if key.startswith("running")}
        super().load_state_dict({**state_dict, **kept})


def flipped(kernel: Array) -> Array:
    return np.ascontiguousarray(kernel[:, :, ::-1, ::-1])


class KernelFlipped(Conv2d):
    """A convolution in the mathematician's sense; the field's is a cross-correlation."""

    def forward(self, input: Array) -> Array:
        with turned(self.weight, flipped):
            return super().forward(input)

    def backward(self, grad_output: Array) -> Any:
        with turned(self.weight, flipped):
            return super().backward(grad_output)


class FanInWithoutKernel(Conv2d):
    def reset_parameters(self) -> None:
        bound = 1 / np.sqrt(self.in_channels // self.groups)
        init.uniform_(self.weight.data, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias.data, -bound, bound)


class ConvBiasGradMean(Conv2d):
    def backward(self, grad_output: Array) -> Any:
        before = None if self.bias is None else self.bias.grad
        result = super().backward(grad_output)
        if self.bias is not None:
            channels_last = np.moveaxis(grad_output, -3, -1).reshape(-1, self.out_channels)
            self.bias.grad = before
            self.bias.accumulate(channels_last.sum(axis=0) / max(len(channels_last), 1))
        return result


class PaddingAfterStride(Conv2d):
    """Window h begins at row (h − padding) · stride, where h · stride − padding is meant."""

    def _find_margins(self) -> Margins:
        shifts = [before * (step - 1) for (before, _), step in zip(super()._find_margins(), self.stride, strict=True)]
        return tuple(
            (before + shift, max(after - shift, 0))
            for (before, after), shift in zip(super()._find_margins(), shifts, strict=True)
        )


class PoolTiesShared(MaxPool2d):
    """Every maximum of a window receives the gradient; PyTorch gives it to the first."""

    def backward(self, grad_output: Array) -> Array:
        winner, padded, margins = self.saved(grad_output)
        options = (self.kernel_size, self.stride, self.dilation)
        seen, grad_padded = windows(padded, *options), np.zeros_like(padded)
        slots = windows(grad_padded, *options, writeable=True)
        largest = seen.max(axis=(-2, -1))
        grad = grad_output if grad_output.ndim == 4 else grad_output[None]
        for position, (i, j) in enumerate(np.ndindex(self.kernel_size)):
            takes = (seen[..., i, j] == largest) | (winner == position)
            slots[..., i, j] += np.where(takes, grad, 0)
        cropped = crop(grad_padded, margins)
        return cropped if grad_output.ndim == 4 else cropped[0]


class FlattenColumns(Flatten):
    """Column by column instead of row by row."""

    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        axes = list(range(input.ndim))
        start, end = self.start_dim % input.ndim, self.end_dim % input.ndim
        axes[start : end + 1] = reversed(axes[start : end + 1])
        return np.ascontiguousarray(input.transpose(axes)).reshape(output.shape)


class SequentialForwards(Sequential):
    """The backward walks the layers in the order of the forward."""

    def backward(self, grad_output: Array) -> Any:
        for layer in self.layers:
            grad_output = layer.backward(grad_output)
        return grad_output


MISTAKES = [
    Mistake("batch-mean-twice", "Linear", "grad", BatchMeanTwice, "the weight's gradient is divided by N once more"),
    Mistake(
        "bias-grad-mean", "Linear", "grad", BiasGradMean, "the bias's gradient is a mean over the batch, not a sum"
    ),
    Mistake("bias-grad-unsummed", "Linear", "grad", BiasGradUnsummed, "the bias's gradient still has the batch axis"),
    Mistake("bias-grad-first-axis", "Linear", "grad", BiasGradFirstAxis, "the bias's gradient sums over one axis only"),
    Mistake("weight-not-transposed", "Linear", "grad", WeightNotTransposed, "Wᵀ stands for W in the input's gradient"),
    Mistake("upstream-ignored", "Linear", "grad", UpstreamIgnored, "the upstream gradient is taken for 1"),
    Mistake(
        "weights-updated-before-input-grad", "Linear", "grad", WeightsUpdatedFirst, "the step comes before grad_input"
    ),
    Mistake("integer-arrays", "Linear", "grad", IntegerGradient, "the gradient is collected in whole numbers"),
    Mistake("integer-arrays", "Parameter", "errors", IntegerParameter, "a parameter may be made of whole numbers"),
    Mistake("grad-overwritten", "Linear", "accumulated", GradOverwritten, "= where += is meant"),
    Mistake(
        "grad-buffer-reused", "Linear", "kept", GradBufferReused, "a gradient that was handed out is written again"
    ),
    Mistake("weight-stored-transposed", "Linear", "parameters", WeightStoredTransposed, "the weight is (in, out)"),
    Mistake("fan-in-fan-out-swapped", "Linear", "initial", FansSwapped, "the initial bound is 1/√out instead of 1/√in"),
    Mistake(
        "constant-init", "Linear", "initial", ConstantInit, "weights start equal, so that all neurons learn the same"
    ),
    Mistake("bias-forgotten", "Linear", "forward", BiasForgotten, "the bias is never added"),
    Mistake("promoted-to-float64", "Linear", "forward", DoubleOutput, "the output is float64 whatever the input is"),
    Mistake("no-shape-check", "Linear", "errors", NoShapeCheck, "a wrong shape raises something else, or nothing"),
    Mistake("constructor-renamed", "Linear", "constructs", ConstructorRenamed, "the arguments have other names"),
    Mistake("dropout-unscaled", "Dropout", "forward", DropoutUnscaled, "what is kept is not divided by 1 − p"),
    Mistake("dropout-keep-probability", "Dropout", "forward", DropoutKeepProbability, "p is taken for the share kept"),
    Mistake("dropout-in-eval", "Dropout", "eval", DropoutInEval, "drops in evaluation too"),
    Mistake("dropout-fresh-mask-in-backward", "Dropout", "grad", DropoutFreshMask, "the backward draws another mask"),
    Mistake("evaluation-for-good", "Dropout", "repeat", EvaluationForGood, "train() does not undo eval()"),
    Mistake("batchnorm-running-var-biased", "BatchNorm1d", "buffer", RunningVarBiased, "divides by n, not n − 1"),
    Mistake("batchnorm-momentum-swapped", "BatchNorm1d", "buffer", MomentumSwapped, "momentum weighs the old value"),
    Mistake(
        "batchnorm-statistics-constant", "BatchNorm1d", "grad", StatisticsConstant, "mean and variance as constants"
    ),
    Mistake(
        "batchnorm-batch-statistics-in-eval", "BatchNorm1d", "eval", BatchStatisticsInEval, "the batch, in evaluation"
    ),
    Mistake("state-forgotten", "BatchNorm1d", "state", StateForgotten, "a loaded state lacks the running statistics"),
    Mistake("conv-kernel-flipped", "Conv2d", "forward", KernelFlipped, "the kernel is flipped"),
    Mistake(
        "fan-in-without-kernel", "Conv2d", "initial", FanInWithoutKernel, "the fan-in leaves the kernel's area out"
    ),
    Mistake("bias-grad-mean", "Conv2d", "grad", ConvBiasGradMean, "the bias's gradient is a mean, not a sum"),
    Mistake("padding-after-stride", "Conv2d", "forward", PaddingAfterStride, "the padding is counted in strides"),
    Mistake("pool-ties-shared", "MaxPool2d", "grad", PoolTiesShared, "tied maxima share the gradient"),
    Mistake("flatten-columns", "Flatten", "forward", FlattenColumns, "flattens column by column"),
    Mistake("sequential-forwards", "Sequential", "result", SequentialForwards, "the backward goes in forward order"),
]
