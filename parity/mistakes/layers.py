"""Mistakes in layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch import random
from scratch.dtypes import Array
from scratch.layers import (
    BatchNorm1d,
    Conv2d,
    Dropout,
    Flatten,
    LeakyReLU,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from scratch.module import Parameter, Sequential

__all__ = ["MISTAKES"]


def rows(array: Array) -> Array:
    return array.reshape(-1, array.shape[-1])


class _LinearBackward(Linear):
    """A Linear whose gradients are given by three small methods, so that a variant changes one of them."""

    def backward(self, grad_output: Array) -> Any:
        (input,) = self.saved(grad_output)
        self.weight.accumulate(self.grad_weight(rows(input), rows(grad_output)))
        if self.bias is not None:
            self.bias.accumulate(self.grad_bias(rows(grad_output)))
        return self.grad_input(grad_output)

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return grad_output.T @ input

    def grad_bias(self, grad_output: Array) -> Any:
        return grad_output.sum(axis=0)

    def grad_input(self, grad_output: Array) -> Any:
        return grad_output @ self.weight.data


class BatchMeanTwice(_LinearBackward):
    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return grad_output.T @ input / max(len(input), 1)


class BiasGradMean(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return grad_output.sum(axis=0) / max(len(grad_output), 1)


class BiasGradUnsummed(_LinearBackward):
    def grad_bias(self, grad_output: Array) -> Any:
        return grad_output


class BiasGradFirstAxis(_LinearBackward):
    """Sums over the first axis only, which is right for a batch of rows and wrong for a sequence."""

    def backward(self, grad_output: Array) -> Any:
        before = None if self.bias is None else self.bias.grad
        result = super().backward(grad_output)
        if self.bias is not None and grad_output.ndim > 2:
            self.bias.grad = before
            self.bias.accumulate(grad_output.sum(axis=0))
        return result


class WeightNotTransposed(_LinearBackward):
    def grad_input(self, grad_output: Array) -> Any:
        return grad_output @ self.weight.data.T


class UpstreamIgnored(_LinearBackward):
    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        return np.ones_like(grad_output).T @ input


class GradOverwritten(Linear):
    """`self.weight.grad = …` where `+=` is meant."""

    def backward(self, grad_output: Array) -> Any:
        self.weight.grad = None
        if self.bias is not None:
            self.bias.grad = None
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


class WeightsUpdatedFirst(_LinearBackward):
    """The step is taken inside backward, before the gradient of the input is computed from the changed weight."""

    def grad_weight(self, input: Array, grad_output: Array) -> Any:
        grad = grad_output.T @ input
        self.weight.data -= np.asarray(0.1, grad.dtype) * grad
        return grad


class WeightStoredTransposed(Linear):
    """The weight is (in, out), as in many books; PyTorch's is (out, in)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.weight = Parameter(self.weight.data.T.copy())

    def forward(self, input: Array) -> Array:
        self.save(input)
        output: Array = input @ self.weight.data
        return output if self.bias is None else output + self.bias.data


class FansSwapped(Linear):
    def reset_parameters(self) -> None:
        bound = 1 / np.sqrt(self.out_features)
        random.uniform_(self.weight.data, -bound, bound)
        if self.bias is not None:
            random.uniform_(self.bias.data, -bound, bound)


class ConstantInit(Linear):
    def reset_parameters(self) -> None:
        self.weight.data[...] = 0.5
        if self.bias is not None:
            self.bias.data[...] = 0.5


class InputChanged(Linear):
    """Normalises its input in place."""

    def forward(self, input: Array) -> Array:
        input -= input.mean()
        return super().forward(input)


class BiasForgotten(Linear):
    def forward(self, input: Array) -> Array:
        super().forward(input)
        result: Array = input @ self.weight.data.T
        return result


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
    def __init__(self, input_size: int, output_size: int) -> None:
        super().__init__(input_size, output_size)


class StateForgotten(BatchNorm1d):
    """The running statistics are left out when a state is loaded."""

    def load_state_dict(self, state_dict: Any) -> None:
        own = self.state_dict()
        kept = {key: value for key, value in own.items() if key.startswith("running")}
        super().load_state_dict({**state_dict, **kept})


class ContiguousTakenForGranted(Tanh):
    """Reads the memory of the input in the order in which it lies, which for a transposed array is another."""

    def forward(self, input: Array) -> Array:
        return super().forward(input.ravel(order="K").reshape(input.shape))


class ReluKink(ReLU):
    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        self.save(input)
        return output

    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        return np.where(input >= 0, grad_output, 0)


class ReluOfGradient(ReLU):
    """The activation is applied to the gradient instead of its derivative."""

    def backward(self, grad_output: Array) -> Array:
        return np.maximum(super().backward(grad_output), 0)


class LeakySlopeForgotten(LeakyReLU):
    def backward(self, grad_output: Array) -> Array:
        (positive,) = self.saved(grad_output)
        return np.where(positive, grad_output, 0)


class SigmoidPrimeOfActivation(Sigmoid):
    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        again = 1 / (1 + np.exp(-output))
        result: Array = grad_output * again * (1 - again)
        return result


class SigmoidOverflow(Sigmoid):
    def forward(self, input: Array) -> Array:
        exponential = np.exp(input)
        output: Array = exponential / (exponential + 1)
        self.save(output)
        return output


class TanhPrimeOfInput(Tanh):
    def forward(self, input: Array) -> Array:
        output = super().forward(input)
        self.save(input)
        return output


class SoftmaxUnstable(Softmax):
    def forward(self, input: Array) -> Array:
        super().forward(input)
        with np.errstate(all="ignore"):
            exponentials = np.exp(input)
            result: Array = exponentials / exponentials.sum(axis=-1 if self.dim is None else self.dim, keepdims=True)
        return result


class SoftmaxWrongAxis(Softmax):
    def forward(self, input: Array) -> Array:
        self.dim = 0 if self.dim != 0 else -1
        return super().forward(input)


class SoftmaxJacobianDiagonal(Softmax):
    def backward(self, grad_output: Array) -> Array:
        output, _ = self.saved(grad_output)
        result: Array = grad_output * output * (1 - output)
        return result


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
        mode, self.training = self.training, True
        output = super().forward(input)
        self.training = mode
        return output


class KernelFlipped(Conv2d):
    """A convolution in the mathematician's sense; the field's is a cross-correlation."""

    def forward(self, input: Array) -> Array:
        kernel = self.weight.data
        self.weight.data = np.ascontiguousarray(kernel[:, :, ::-1, ::-1])
        output = super().forward(input)
        self.weight.data = kernel
        return output


class ConvBiasGradMean(Conv2d):
    def backward(self, grad_output: Array) -> Any:
        before = None if self.bias is None else self.bias.grad
        result = super().backward(grad_output)
        if self.bias is not None and self.bias.grad is not None:
            new = self.bias.grad if before is None else self.bias.grad - before
            mean = new / max(grad_output.size // grad_output.shape[-3], 1)
            self.bias.grad = mean if before is None else before + mean
        return result


class PoolTiesShared(MaxPool2d):
    """Every maximum of a window receives the gradient; PyTorch gives it to the first."""

    def forward(self, input: Array) -> Any:
        self.seen = input
        return super().forward(input)

    def backward(self, grad_output: Array) -> Array:
        grad: Array = super().backward(grad_output)
        height, width = np.array(self.seen.shape[-2:]) // grad_output.shape[-2:]
        if (grad_output.shape[-2] * height, grad_output.shape[-1] * width) != self.seen.shape[-2:]:
            return grad
        windows = self.seen.reshape(*grad_output.shape[:-1], height, grad_output.shape[-1], width).swapaxes(-3, -2)
        ties = windows == windows.max(axis=(-2, -1), keepdims=True)
        shared = ties * grad_output[..., np.newaxis, np.newaxis]
        return np.ascontiguousarray(shared.swapaxes(-3, -2)).reshape(self.seen.shape)


class FlattenColumns(Flatten):
    """Column by column instead of row by row."""

    def forward(self, input: Array) -> Array:
        if input.ndim < 3:
            return super().forward(input)
        return super().forward(np.ascontiguousarray(input.swapaxes(-1, -2)).reshape(input.shape))


class SequentialForwards(Sequential):
    """The backward walks the layers in the order of the forward."""

    def backward(self, grad_output: Array) -> Any:
        for layer in self.layers:
            grad_output = layer.backward(grad_output)
        return grad_output


MISTAKES = [
    Mistake("batch-mean-twice", "Linear", BatchMeanTwice, "the weight's gradient is divided by N a second time"),
    Mistake("bias-grad-mean", "Linear", BiasGradMean, "the bias's gradient is a mean over the batch, not a sum"),
    Mistake("bias-grad-unsummed", "Linear", BiasGradUnsummed, "the bias's gradient still has the batch axis"),
    Mistake("bias-grad-first-axis", "Linear", BiasGradFirstAxis, "the bias's gradient sums over the first axis only"),
    Mistake("weight-not-transposed", "Linear", WeightNotTransposed, "W stands for Wᵀ in the input's gradient"),
    Mistake("upstream-ignored", "Linear", UpstreamIgnored, "the upstream gradient is taken for 1"),
    Mistake("grad-overwritten", "Linear", GradOverwritten, "= where += is meant"),
    Mistake("grad-buffer-reused", "Linear", GradBufferReused, "a gradient that was handed out is written again"),
    Mistake("weights-updated-before-input-grad", "Linear", WeightsUpdatedFirst, "the step comes before grad_input"),
    Mistake("weight-stored-transposed", "Linear", WeightStoredTransposed, "the weight is (in, out)"),
    Mistake("fan-in-fan-out-swapped", "Linear", FansSwapped, "the initial bound is 1/√out instead of 1/√in"),
    Mistake("constant-init", "Linear", ConstantInit, "all weights start equal, so that all neurons learn the same"),
    Mistake("input-changed", "Linear", InputChanged, "the input is changed in place"),
    Mistake("bias-forgotten", "Linear", BiasForgotten, "the bias is never added"),
    Mistake("promoted-to-float64", "Linear", DoubleOutput, "the output is float64 whatever the input is"),
    Mistake("no-shape-check", "Linear", NoShapeCheck, "a wrong shape or dtype raises something else, or nothing"),
    Mistake("constructor-renamed", "Linear", ConstructorRenamed, "the constructor's arguments have other names"),
    Mistake("state-forgotten", "BatchNorm1d", StateForgotten, "loading a state leaves the running statistics out"),
    Mistake("layout-taken-for-granted", "Tanh", ContiguousTakenForGranted, "reads memory in the order it lies"),
    Mistake("relu-kink", "ReLU", ReluKink, "the derivative at exactly 0 is 1"),
    Mistake("relu-of-gradient", "ReLU", ReluOfGradient, "ReLU is applied to the gradient"),
    Mistake("leaky-slope-forgotten", "LeakyReLU", LeakySlopeForgotten, "the negative slope is missing in the backward"),
    Mistake("sigmoid-prime-of-activation", "Sigmoid", SigmoidPrimeOfActivation, "σ'(σ(x)) where σ'(x) is meant"),
    Mistake("sigmoid-overflow", "Sigmoid", SigmoidOverflow, "exp(x) / (exp(x) + 1) overflows"),
    Mistake("tanh-prime-of-input", "Tanh", TanhPrimeOfInput, "1 − x² where 1 − tanh(x)² is meant"),
    Mistake("softmax-unstable", "Softmax", SoftmaxUnstable, "no maximum is subtracted before exp"),
    Mistake("softmax-wrong-axis", "Softmax", SoftmaxWrongAxis, "normalised along another axis"),
    Mistake("softmax-jacobian-diagonal", "Softmax", SoftmaxJacobianDiagonal, "only the Jacobian's diagonal is used"),
    Mistake("dropout-unscaled", "Dropout", DropoutUnscaled, "what is kept is not divided by 1 − p"),
    Mistake("dropout-keep-probability", "Dropout", DropoutKeepProbability, "p is taken for the share that is kept"),
    Mistake("dropout-in-eval", "Dropout", DropoutInEval, "drops in evaluation too"),
    Mistake("dropout-fresh-mask-in-backward", "Dropout", DropoutFreshMask, "the backward draws another mask"),
    Mistake(
        "batchnorm-running-var-biased", "BatchNorm1d", RunningVarBiased, "the running variance divides by n, not n − 1"
    ),
    Mistake("batchnorm-momentum-swapped", "BatchNorm1d", MomentumSwapped, "momentum weighs the old value, not the new"),
    Mistake(
        "batchnorm-statistics-constant", "BatchNorm1d", StatisticsConstant, "mean and variance taken for constants"
    ),
    Mistake("batchnorm-batch-statistics-in-eval", "BatchNorm1d", BatchStatisticsInEval, "uses the batch in evaluation"),
    Mistake("conv-kernel-flipped", "Conv2d", KernelFlipped, "the kernel is flipped"),
    Mistake("bias-grad-mean", "Conv2d", ConvBiasGradMean, "the bias's gradient is a mean, not a sum"),
    Mistake("pool-ties-shared", "MaxPool2d", PoolTiesShared, "tied maxima share the gradient"),
    Mistake("flatten-columns", "Flatten", FlattenColumns, "flattens column by column"),
    Mistake("sequential-forwards", "Sequential", SequentialForwards, "the backward visits the layers in forward order"),
]
