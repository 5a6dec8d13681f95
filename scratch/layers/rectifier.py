"""Rectified linear units: straight lines that meet in a kink."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scratch import random
from scratch._choose import choose
from scratch.dtypes import Array, resolve_dtype
from scratch.layers._checks import check_floating
from scratch.layers._masks import keep
from scratch.module import Module, Parameter

__all__ = ["LeakyReLU", "PReLU", "RReLU", "ReLU", "Threshold"]


class ReLU(Module):
    """The rectified linear unit: what is negative becomes zero.

    Math:
        forward:  output_i = max(input_i, 0)
        backward: grad_input_i = grad_output_i if output_i > 0, else 0; at the kink, input_i = 0, the slope is 0

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html

    Example:
        >>> relu = ReLU()
        >>> relu(np.array([-1.0, 0.0, 2.0]))
        array([0., 0., 2.])
        >>> relu.backward(np.array([5.0, 5.0, 5.0]))
        array([0., 0., 5.])
    """

    def forward(self, input: Array) -> Array:
        output: Array = np.maximum(input, 0)
        self.save(output)
        return output

    def backward(self, grad_output: Array) -> Array:
        (output,) = self.saved(grad_output)
        return keep(grad_output, ~(output <= 0))  # nan passes, as in PyTorch


class LeakyReLU(Module):
    """A rectified linear unit that lets a little of what is negative through.

    Math:
        forward:  output_i = input_i if input_i > 0, else a input_i
        backward: grad_input_i = grad_output_i if input_i > 0, else a grad_output_i
        where a is the negative_slope, which is also the slope at the kink, input_i = 0.

    Args:
        negative_slope: the slope for what is not positive.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html

    Example:
        >>> leaky = LeakyReLU(negative_slope=0.5)
        >>> leaky(np.array([-4.0, 0.0, 2.0]))
        array([-2.,  0.,  2.])
        >>> leaky.backward(np.array([1.0, 1.0, 1.0]))
        array([0.5, 0.5, 1. ])
    """

    def __init__(self, negative_slope: float = 1e-2) -> None:
        super().__init__()
        self.negative_slope = float(negative_slope)

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        positive = input > 0
        self.save(positive)
        return choose(positive, input, input * self.negative_slope)

    def backward(self, grad_output: Array) -> Array:
        (positive,) = self.saved(grad_output)
        return choose(positive, grad_output, grad_output * self.negative_slope)


class PReLU(Module):
    """A rectified linear unit whose slope for what is negative is learned.

    Math:
        forward:  output_i = input_i if input_i > 0, else a_c input_i
        backward: grad_input_i = grad_output_i if input_i > 0, else a_c grad_output_i
                  grad_a_c = Σ_i grad_output_i input_i over the input_i <= 0 of channel c
        where a is the weight and c the channel of i, its place along axis 1; a single slope is shared by all.
        a_c is also the slope at the kink, input_i = 0.

    Args:
        num_parameters: how many slopes, 1 or the number of channels.
        init: the slopes' initial value.
        dtype: of the slopes; the default dtype when None.

    Shape:
        - Input, output: (*), any shape; (N, C, *) where num_parameters = C is not 1.
        - weight: (num_parameters,).

    Raises:
        RuntimeError: num_parameters below 0, or neither 1 nor the number of channels; an input whose dtype is not the
            weight's; or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html;
        He et al., "Delving deep into rectifiers", 2015

    Example:
        >>> prelu = PReLU(init=0.5, dtype=np.float64)
        >>> prelu(np.array([-4.0, -2.0, 3.0]))
        array([-2., -1.,  3.])
        >>> prelu.backward(np.array([1.0, 10.0, 1.0]))
        array([0.5, 5. , 1. ])
        >>> prelu.weight.grad  # 1·(−4) + 10·(−2)
        array([-24.])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: npt.DTypeLike | None = None) -> None:
        super().__init__()
        if num_parameters < 0:
            raise RuntimeError(f"PReLU: expected num_parameters of 0 or more, got {num_parameters}")
        self.num_parameters = num_parameters
        self.init = float(init)
        self.weight = Parameter(np.empty(num_parameters, resolve_dtype(dtype)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Give every slope its initial value."""
        self.weight.data[...] = self.init

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        self._check(input)
        self.save(input)
        return choose(input > 0, input, input * self._slopes(input.ndim))

    @np.errstate(invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        positive = input > 0
        axes = tuple(
            axis for axis in range(input.ndim) if axis != 1 or self.num_parameters == 1
        )  # all but the channels
        grad_slopes = keep(grad_output * input, ~positive).sum(axis=axes)
        self.weight.accumulate(grad_slopes.reshape(self.weight.shape))
        return choose(positive, grad_output, grad_output * self._slopes(input.ndim))

    def _slopes(self, ndim: int) -> Array:
        shape = () if self.num_parameters == 1 else (-1, *(1,) * (ndim - 2))  # (C, 1, …) broadcasts to (N, C, …)
        return self.weight.data.reshape(shape)

    def _check(self, input: Array) -> None:
        channels = input.shape[1] if input.ndim > 1 else 1
        if self.num_parameters not in (1, channels):
            raise RuntimeError(
                f"PReLU: expected num_parameters={self.num_parameters} channels in axis 1 of input,"
                f" got shape {input.shape}"
            )
        if input.dtype != self.weight.dtype:
            raise RuntimeError(f"PReLU: expected an input of the weight's dtype {self.weight.dtype}, got {input.dtype}")


class RReLU(Module):
    """A rectified linear unit whose slope for what is negative is random, in training; its mean in evaluation.

    Math:
        forward:  output_i = input_i if input_i > 0, else a_i input_i
        backward: grad_input_i = grad_output_i if input_i > 0, else a_i grad_output_i
        where a_i is uniform in [lower, upper), drawn for each element that is not positive; in evaluation every a_i is
        (lower + upper) / 2. It is also the slope at the kink, input_i = 0.

    Args:
        lower, upper: the bounds of the slopes.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: lower > upper, or one that is not finite; an input that is not floating-point; or backward without
            a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html;
        Xu et al., "Empirical evaluation of rectified activations in convolutional network", 2015

    Example:
        >>> from scratch import random
        >>> _ = random.manual_seed(0)
        >>> rrelu = RReLU(lower=0.0, upper=1.0)
        >>> output = rrelu(np.array([-1.0, -1.0, 2.0]))
        >>> _ = random.manual_seed(0)
        >>> bool(np.all(output == [*-random.rand(2, dtype=np.float64), 2.0]))
        True
        >>> rrelu.eval()(np.array([-1.0, -1.0, 2.0]))
        array([-0.5, -0.5,  2. ])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3) -> None:
        super().__init__()
        if not -np.inf < lower <= upper < np.inf:
            raise RuntimeError(f"RReLU: expected finite slopes lower <= upper, got {lower} and {upper}")
        self.lower = float(lower)
        self.upper = float(upper)

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        slopes = self._slopes(input)
        self.save(slopes)
        output: Array = input * slopes
        return output

    @np.errstate(invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        (slopes,) = self.saved(grad_output)
        grad: Array = grad_output * slopes
        return grad

    def _slopes(self, input: Array) -> Array:
        """1 for what is positive."""
        slopes = np.ones(input.shape, input.dtype)
        if self.training:
            # A float64 unit for each element that is not positive, in reading order, whatever the dtype and layout.
            drawn = input <= 0
            slopes[drawn] = random.uniform_(np.empty(np.count_nonzero(drawn)), self.lower, self.upper)
        else:
            slopes[~(input > 0)] = (self.lower + self.upper) / 2
        return slopes


class Threshold(Module):
    """Replaces what is not above a threshold by a value.

    Math:
        forward:  output_i = input_i if input_i > threshold, else value
        backward: grad_input_i = grad_output_i if input_i > threshold, else 0

    Args:
        threshold: what an element must be above to stay.
        value: what the others become.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html

    Example:
        >>> threshold = Threshold(threshold=1.0, value=7.0)
        >>> threshold(np.array([0.5, 1.0, 1.5]))
        array([7. , 7. , 1.5])
        >>> threshold.backward(np.array([1.0, 1.0, 1.0]))
        array([0., 0., 1.])
    """

    def __init__(self, threshold: float, value: float) -> None:
        super().__init__()
        self.threshold = float(threshold)
        self.value = float(value)

    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        above = ~(input <= self.threshold)  # nan stays, as in PyTorch
        self.save(above)
        return choose(above, input, input.dtype.type(self.value))

    def backward(self, grad_output: Array) -> Array:
        (above,) = self.saved(grad_output)
        return keep(grad_output, above)
