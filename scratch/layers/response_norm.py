"""Normalisation across neighbouring channels."""

from __future__ import annotations

import numpy as np

from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.module import Module

__all__ = ["LocalResponseNorm"]


class LocalResponseNorm(Module):
    """Makes a channel smaller where its neighbours, at the same place, are large.

    Math:
        forward:  d[c] = k + alpha / size · Σ_{j ∈ W(c)} x[j]²;  output[c] = x[c] / d[c]^beta
        backward: grad_x[c] = grad_output[c] / d[c]^beta
                              − 2 alpha beta / size · x[c] Σ_{j: c ∈ W(j)} grad_output[j] x[j] / d[j]^(beta + 1)
        at each place of each sample, where x[c] is channel c and W(c) the channels from c − ⌊size / 2⌋ to
        c + ⌊(size − 1) / 2⌋ that there are: an even window reaches one further down than up. The sum is divided by
        `size` also at the edges, where fewer are summed.

    Args:
        size: how many channels a window counts, the channel itself included.
        alpha: the weight of the mean square of the window.
        beta: the exponent.
        k: added to it.

    Shape:
        - Input, output: (N, C, *), with one axis or more after the channels.

    Raises:
        ValueError: an input of fewer than 3 axes.
        RuntimeError: a size below 1; an input that is not floating-point; backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
        ImageNet Classification with Deep Convolutional Neural Networks (Krizhevsky et al., 2012), where alpha is not
        divided by the size.

    Example:
        >>> layer = LocalResponseNorm(2, alpha=2.0, beta=1.0)
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).ravel().round(4)  # 1/(1 + 1), 2/(1 + 1 + 4), 3/(1 + 4 + 9)
        array([0.5   , 0.3333, 0.2143])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        if size < 1:
            raise RuntimeError(f"LocalResponseNorm: expected a size of 1 or more, got {size}")
        self.size = size
        self.alpha = float(alpha)
        self.beta = float(beta)
        self.k = float(k)

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")  # inf and nan stay in their windows, as in PyTorch
    def forward(self, input: Array) -> Array:
        check_floating(self, input)
        if input.ndim < 3:
            raise ValueError(f"LocalResponseNorm: expected an input of 3 axes or more, got shape {input.shape}")
        base = _window_sums(input * input, self.size // 2, (self.size - 1) // 2)  # (N, C, *)
        base *= self.alpha / self.size
        base += self.k
        self.save(input, base)
        output: Array = input / base**self.beta
        return output

    @np.errstate(over="ignore", divide="ignore", invalid="ignore")
    def backward(self, grad_output: Array) -> Array:
        input, base = self.saved(grad_output)
        grad: Array = grad_output / base**self.beta
        through = _window_sums(grad * input / base, (self.size - 1) // 2, self.size // 2)  # by the windows that saw c
        through *= input
        through *= 2 * self.alpha * self.beta / self.size
        grad -= through
        return grad


def _window_sums(values: Array, before: int, after: int) -> Array:
    """Of each channel, the sum of those from `before` below it to `after` above it."""
    padded = np.pad(values, [(0, 0), (before, after), *[(0, 0)] * (values.ndim - 2)])
    channels = values.shape[1]
    sums = padded[:, :channels].copy()
    for offset in range(1, before + after + 1):
        sums += padded[:, offset : offset + channels]
    return sums
