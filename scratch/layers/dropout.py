"""Layers that leave elements or channels out at random, in training only."""

from __future__ import annotations

import math
import warnings

import numpy as np

from scratch import random
from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]

SATURATION = 1.7580993408473766  # −SELU(−∞), rounded as in PyTorch


class _Dropout(Module):
    """Multiplies by a random mask in training. What the classes differ in is the shape of the mask."""

    _dims: tuple[int, ...] = ()  # how many axes the input may have; any number where none are listed

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: expected a probability p between 0 and 1, got {p}")
        self.p = float(p)

    @np.errstate(over="ignore", invalid="ignore")  # inf · 0 is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        self._check(input)
        mask = self._draw_mask(input) if self.training and self.p > 0 else None
        self.save(mask)
        return input if mask is None else input * mask

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        (mask,) = self.saved(grad_output)
        return grad_output if mask is None else grad_output * mask

    def _draw_mask(self, input: Array) -> Array:
        mask = self._draw_kept(input)
        if self.p < 1:
            mask /= 1 - self.p
        return mask

    def _draw_kept(self, input: Array) -> Array:
        """1 for what is kept, 0 for what is left out."""
        # PyTorch fills its mask in the order in which the input lies in memory, and its activations are contiguous.
        # Ours may be views of another layout, as Conv2d's output is, so the mask is not laid out like them but in rows.
        kept = np.zeros(self._mask_shape(input), input.dtype)
        if self.p < 1:  # at p = 1, too, PyTorch draws nothing
            random.bernoulli_(kept, 1 - self.p)
        return kept

    def _mask_shape(self, input: Array) -> tuple[int, ...]:
        return input.shape

    def _check(self, input: Array) -> None:
        check_floating(self, input)
        if self._dims and input.ndim not in self._dims:
            raise RuntimeError(
                f"{type(self).__name__}: expected an input of {' or '.join(map(str, self._dims))} axes,"
                f" got shape {input.shape}"
            )


class _AlphaDropout(_Dropout):
    """Sets to SELU's saturation instead of zero, then restores mean 0 and variance 1."""

    @np.errstate(over="ignore", invalid="ignore")  # inf · 0 is nan, as in PyTorch, without a warning
    def forward(self, input: Array) -> Array:
        self._check(input)
        if not self.training or self.p in (0, 1):  # at p = 1 PyTorch sets to zero
            return super().forward(input)
        a = 1 / math.sqrt((SATURATION**2 * self.p + 1) * (1 - self.p))
        kept = self._draw_kept(input)
        shift = (kept - 1) * (SATURATION * a) + SATURATION * a * self.p
        mask = kept * a
        self.save(mask)
        output: Array = input * mask + shift
        return output


def _per_channel(input: Array, lead: int) -> tuple[int, ...]:
    """The shape of a mask with one number for each entry of the first axes: (N, C, 1, ..., 1), or (C, 1, ..., 1)."""
    return (*input.shape[:lead], *(1,) * (input.ndim - lead))


class Dropout(_Dropout):
    """Sets each element to zero with probability p, and makes up for it by enlarging the others.

    Math:
        forward:  output_i = input_i m_i, where m_i = 1 / (1 − p) with probability 1 − p, else 0
        backward: grad_input_i = grad_output_i m_i, with the mask m of the forward
        The expected output is the input, so that evaluation, where output = input, needs no scale.

    Args:
        p: probability that an element is set to zero, from 0 to 1.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        ValueError: p is not between 0 and 1.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html

    Example:
        >>> from scratch import random
        >>> _ = random.manual_seed(3)
        >>> dropout = Dropout(p=0.5)
        >>> dropout(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))  # what is left is divided by 1 − 0.5
        array([2., 4., 0., 8., 0., 0.])
        >>> dropout.eval()(np.array([1.0, 2.0]))
        array([1., 2.])
    """


class Dropout1d(_Dropout):
    """Sets whole channels of a sequence to zero, each with probability p: neighbours in a channel tell too much of each
    other for `Dropout` to matter.

    Math:
        forward:  output[n, c, l] = input[n, c, l] m[n, c]
        backward: grad_input[n, c, l] = grad_output[n, c, l] m[n, c]
        where the mask m[n, c] is 1 / (1 − p) with probability 1 − p, else 0: one number for a whole channel.

    Args:
        p: probability that a channel is set to zero, from 0 to 1.

    Shape:
        - Input, output: (N, C, L) or (C, L).

    Raises:
        ValueError: p is not between 0 and 1.
        RuntimeError: an input of another number of axes, or that is not floating-point; backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html
        Efficient Object Localization Using Convolutional Networks (Tompson et al., 2015), https://arxiv.org/abs/1411.4280

    Example:
        >>> _ = random.manual_seed(3)
        >>> dropout = Dropout1d(p=0.5)
        >>> dropout(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))  # what is left is divided by 1 − 0.5
        array([[2., 4.],
               [6., 8.],
               [0., 0.]])
    """

    _dims = (2, 3)

    def _mask_shape(self, input: Array) -> tuple[int, ...]:
        return _per_channel(input, input.ndim - 1)


class Dropout2d(_Dropout):
    """Sets whole channels of an image to zero, each with probability p.

    Math:
        forward:  output[n, c, h, w] = input[n, c, h, w] m[n, c]
        backward: grad_input[n, c, h, w] = grad_output[n, c, h, w] m[n, c]
        where the mask m[n, c] is 1 / (1 − p) with probability 1 − p, else 0: one number for a whole channel.

    Args:
        p: probability that a channel is set to zero, from 0 to 1.

    Shape:
        - Input, output: (N, C, H, W). Three axes are taken for (N, C, L), with a warning, as in PyTorch: an image
          without a batch axis would lose rows, not channels.

    Raises:
        ValueError: p is not between 0 and 1.
        RuntimeError: an input of another number of axes, or that is not floating-point; backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html

    Example:
        >>> _ = random.manual_seed(3)
        >>> dropout = Dropout2d(p=0.5)
        >>> dropout(np.array([[[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]]]))  # what is left is divided by 1 − 0.5
        array([[[[2., 4.]],
        <BLANKLINE>
                [[6., 8.]],
        <BLANKLINE>
                [[0., 0.]]]])
    """

    _dims = (3, 4)

    def _mask_shape(self, input: Array) -> tuple[int, ...]:
        return _per_channel(input, 2)

    def _check(self, input: Array) -> None:
        super()._check(input)
        if input.ndim == 3:
            warnings.warn(
                "Dropout2d: takes three axes for (N, C, L); for (C, H, W), give it a batch axis of one", stacklevel=4
            )


class Dropout3d(_Dropout):
    """Sets whole channels of a volume to zero, each with probability p.

    Math:
        forward:  output[n, c, d, h, w] = input[n, c, d, h, w] m[n, c]
        backward: grad_input[n, c, d, h, w] = grad_output[n, c, d, h, w] m[n, c]
        where the mask m[n, c] is 1 / (1 − p) with probability 1 − p, else 0: one number for a whole channel.

    Args:
        p: probability that a channel is set to zero, from 0 to 1.

    Shape:
        - Input, output: (N, C, D, H, W) or (C, D, H, W).

    Raises:
        ValueError: p is not between 0 and 1.
        RuntimeError: an input of another number of axes, or that is not floating-point; backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html

    Example:
        >>> _ = random.manual_seed(3)
        >>> dropout = Dropout3d(p=0.5)
        >>> dropout(np.array([[[[1.0, 2.0]]], [[[3.0, 4.0]]], [[[5.0, 6.0]]]])).ravel()  # divided by 1 − 0.5
        array([2., 4., 6., 8., 0., 0.])
    """

    _dims = (4, 5)

    def _mask_shape(self, input: Array) -> tuple[int, ...]:
        return _per_channel(input, input.ndim - 3)


class AlphaDropout(_AlphaDropout):
    """Sets each element to the value at which SELU saturates, with probability p; mean 0 and variance 1 stay so.

    Math:
        forward:  output_i = a (m_i input_i − (1 − m_i) α') + b, where m_i = 1 with probability 1 − p, else 0
        backward: grad_input_i = grad_output_i a m_i, with the mask m of the forward
        where −α' = −1.758… is the limit of SELU(x) for x → −∞. Were the input of mean 0 and variance 1, then what the
        mask leaves would have the mean −p α' and the variance (1 − p)(1 + p α'²), so
        a = 1 / √((1 − p)(1 + p α'²)) and b = a p α' make them 0 and 1 again. At p = 1 the output is 0.

    Args:
        p: probability that an element is replaced, from 0 to 1.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        ValueError: p is not between 0 and 1.
        RuntimeError: an input that is not floating-point, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html
        Self-Normalizing Neural Networks (Klambauer et al., 2017), https://arxiv.org/abs/1706.02515

    Example:
        >>> _ = random.manual_seed(3)
        >>> AlphaDropout(p=0.5)(np.zeros(3)).round(4)  # kept, kept, replaced: a p α', and a p α' − a α'
        array([ 0.7792,  0.7792, -0.7792])
    """


class FeatureAlphaDropout(_AlphaDropout):
    """`AlphaDropout` of whole channels: each is set to the value at which SELU saturates, with probability p.

    Math:
        forward:  output[n, c, …] = a (m[n, c] input[n, c, …] − (1 − m[n, c]) α') + b
        backward: grad_input[n, c, …] = grad_output[n, c, …] a m[n, c]
        where m[n, c] = 1 with probability 1 − p, else 0, and α', a and b are those of AlphaDropout.

    Args:
        p: probability that a channel is replaced, from 0 to 1.

    Shape:
        - Input, output: (N, C, *).

    Raises:
        ValueError: p is not between 0 and 1.
        RuntimeError: an input without channels, where a mask is drawn; one that is not floating-point; backward without
            a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html

    Example:
        >>> _ = random.manual_seed(3)
        >>> FeatureAlphaDropout(p=0.5)(np.zeros((1, 3, 2))).round(4)  # kept, kept, replaced
        array([[[ 0.7792,  0.7792],
                [ 0.7792,  0.7792],
                [-0.7792, -0.7792]]])
    """

    def _mask_shape(self, input: Array) -> tuple[int, ...]:
        if input.ndim < 2 and self.p < 1:
            raise RuntimeError(f"FeatureAlphaDropout: expected an input of shape (N, C, *), got {input.shape}")
        return _per_channel(input, 2)
