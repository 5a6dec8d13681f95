"""Exponential linear units: a straight line that bends into an exponential below 0."""

from __future__ import annotations

import numpy as np

from scratch._choose import choose
from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.module import Module

__all__ = ["CELU", "ELU", "SELU"]

# To all the digits that a float64 holds; the paper derives them in its appendix.
_ALPHA = 1.6732632423543772
_SCALE = 1.0507009873554805


class _Exponential(Module):
    """scale · x for what is positive, else scale · alpha · (exp(x / width) − 1)."""

    def __init__(self, alpha: float, scale: float, width: float) -> None:
        super().__init__()
        self.alpha = alpha
        self._scale = scale
        self._width = width

    @np.errstate(over="ignore")  # of a negative width, where inf is the right result
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        self.save(input)
        below = np.expm1(np.minimum(input, 0) / self._width)
        return choose(input > 0, input * self._scale, below * (self.alpha * self._scale))

    @np.errstate(over="ignore", invalid="ignore")  # and a gradient of 0 times that inf is nan
    def backward(self, grad_output: Array) -> Array:
        (input,) = self.saved(grad_output)
        below = np.exp(np.minimum(input, 0) / self._width) * (self.alpha * self._scale / self._width)
        return grad_output * choose(input > 0, np.full_like(below, self._scale), below)


class ELU(_Exponential):
    """The exponential linear unit: the identity, which bends smoothly toward −alpha for what is negative.

    Math:
        forward:  output_i = input_i if input_i > 0, else alpha (exp(input_i) − 1)
        backward: grad_input_i = grad_output_i if input_i > 0, else grad_output_i alpha exp(input_i); at 0, where there
                  is a kink unless alpha = 1, the slope is alpha

    Args:
        alpha: how far below 0 the output goes.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html;
        Clevert et al., "Fast and accurate deep network learning by exponential linear units", 2015

    Example:
        >>> elu = ELU(alpha=2.0)
        >>> elu(np.array([-1000.0, 0.0, 3.0]))
        array([-2.,  0.,  3.])
        >>> elu.backward(np.array([1.0, 1.0, 1.0]))
        array([0., 2., 1.])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__(float(alpha), 1.0, 1.0)


class CELU(_Exponential):
    """An exponential linear unit that has no kink, whatever its alpha.

    Math:
        forward:  output_i = input_i if input_i > 0, else alpha (exp(input_i / alpha) − 1)
        backward: grad_input_i = grad_output_i if input_i > 0, else grad_output_i exp(input_i / alpha)

    Args:
        alpha: how far below 0 the output goes, and how slowly.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: alpha = 0; an input that is not floating-point; or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html;
        Barron, "Continuously differentiable exponential linear units", 2017. PyTorch's gradient rounds alpha to
        float32, in float64 too; this one does not.

    Example:
        >>> celu = CELU(alpha=2.0)
        >>> celu(np.array([-2000.0, 0.0, 3.0]))
        array([-2.,  0.,  3.])
        >>> celu.backward(np.array([1.0, 1.0, 1.0]))
        array([0., 1., 1.])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        if alpha == 0:
            raise RuntimeError("CELU: expected an alpha other than 0, got 0")
        super().__init__(float(alpha), 1.0, float(alpha))


class SELU(_Exponential):
    """An exponential linear unit that keeps mean 0 and variance 1 from layer to layer, if the weights do.

    Math:
        forward:  output_i = s input_i if input_i > 0, else s α (exp(input_i) − 1)
        backward: grad_input_i = s grad_output_i if input_i > 0, else s α exp(input_i) grad_output_i; at the kink,
                  input_i = 0, the slope is s α
        where s = 1.0507… and α = 1.6732… are the constants for which a normal input of mean 0 and variance 1 gives an
        output of mean 0 and variance 1.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.SELU.html;
        Klambauer et al., "Self-normalizing neural networks", 2017

    Example:
        >>> selu = SELU()
        >>> selu(np.array([-1000.0, 0.0, 1.0])).round(4)
        array([-1.7581,  0.    ,  1.0507])
        >>> selu.backward(np.array([1.0, 1.0, 1.0])).round(4)
        array([0.    , 1.7581, 1.0507])
    """

    def __init__(self) -> None:
        super().__init__(_ALPHA, _SCALE, 1.0)
