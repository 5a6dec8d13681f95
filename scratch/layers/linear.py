"""Layers that are a matrix product."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from scratch import init
from scratch.dtypes import Array, resolve_dtype
from scratch.module import Module, Parameter

__all__ = ["Bilinear", "Identity", "Linear"]


class Bilinear(Module):
    """A number for each pair of features of two inputs: output = input1ᵀ W input2 + b, linear in either of them.

    Math:
        forward:  output[n, o] = Σ_ij input1[n, i] W[o, i, j] input2[n, j] + b[o]
        backward: grad_input1[n, i] = Σ_oj grad_output[n, o] W[o, i, j] input2[n, j]
                  grad_input2[n, j] = Σ_oi grad_output[n, o] W[o, i, j] input1[n, i]
                  grad_W[o, i, j]   = Σ_n grad_output[n, o] input1[n, i] input2[n, j]
                  grad_b[o]         = Σ_n grad_output[n, o]
        where n counts all the leading axes together. It is a linear layer of the products input1[n, i] input2[n, j].
        Initially W and b are uniform in ±1/√in1_features.

    Args:
        in1_features, in2_features: sizes of the last axes of the inputs.
        out_features: size of the last axis of the output.
        bias: whether b is added.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input1: (*, in1_features); Input2: (*, in2_features), with the same leading axes.
        - Output: (*, out_features).
        - weight: (out_features, in1_features, in2_features); bias: (out_features,).

    Raises:
        ValueError: in1_features is 0.
        RuntimeError: a size below 0; inputs of other last axes, of unequal leading axes or of another dtype than the
            weight's.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html

    Example:
        >>> layer = Bilinear(2, 2, 1, bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[1.0, 2.0], [3.0, 4.0]]])})
        >>> layer(np.array([1.0, 10.0]), np.array([5.0, 0.0]))  # 1·1·5 + 10·3·5
        array([155.])
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        shape = out_features, in1_features, in2_features
        if min(shape) < 0:
            raise RuntimeError(f"Bilinear: expected sizes of 0 or more, got out, in1 and in2 = {shape}")
        if in1_features == 0:
            raise ValueError("Bilinear: expected in1_features of 1 or more, got 0")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(np.empty(shape, resolve_dtype(dtype)))
        self.bias = Parameter(np.empty(out_features, self.weight.dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew, in PyTorch's order."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight.data, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias.data, -bound, bound)

    def forward(self, input1: Array, input2: Array) -> Array:
        self._check(input1, input2)
        pairs = self._pair(input1, input2)  # (n, in1 · in2)
        output = pairs @ self.weight.data.reshape(self.out_features, pairs.shape[1]).T  # (n, out)
        if self.bias is not None:
            output += self.bias.data
        self.save(input1, input2)
        return output.reshape(*input1.shape[:-1], self.out_features)

    def backward(self, grad_output: Array) -> tuple[Array, Array] | None:
        input1, input2 = self.saved(grad_output)
        grad = grad_output.reshape(math.prod(grad_output.shape[:-1]), self.out_features)  # (n, out)
        self.weight.accumulate((grad.T @ self._pair(input1, input2)).reshape(self.weight.shape))
        if self.bias is not None:
            self.bias.accumulate(grad.sum(axis=0))
        if not self.needs_input_grad:
            return None
        grad_pairs = np.tensordot(grad_output, self.weight.data, 1)  # (*, in1, in2)
        grad_input1 = grad_pairs @ input2[..., None]  # (*, in1, 1)
        grad_input2 = input1[..., None, :] @ grad_pairs  # (*, 1, in2)
        return grad_input1[..., 0], grad_input2[..., 0, :]

    def _pair(self, input1: Array, input2: Array) -> Array:
        """The products of each feature of the one with each of the other."""
        products = input1[..., :, None] * input2[..., None, :]  # (*, in1, in2)
        return products.reshape(math.prod(input1.shape[:-1]), self.in1_features * self.in2_features)

    def _check(self, input1: Array, input2: Array) -> None:
        dtype = self.weight.dtype
        if input1.dtype != dtype or input2.dtype != dtype:
            raise RuntimeError(
                f"Bilinear: expected inputs of the weight's dtype {dtype}, got {input1.dtype} and {input2.dtype}"
            )
        features = input1.shape[-1:], input2.shape[-1:]
        if features != ((self.in1_features,), (self.in2_features,)) or input1.shape[:-1] != input2.shape[:-1]:
            raise RuntimeError(
                f"Bilinear: expected inputs of shape (*, {self.in1_features}) and (*, {self.in2_features}), alike"
                f" before the last axis, got {input1.shape} and {input2.shape}"
            )


class Identity(Module):
    """Returns its input: a place holder for a layer that is left out.

    Math:
        forward:  output = input
        backward: grad_input = grad_output

    Args:
        *args, **kwargs: any; they are ignored, so that it can stand in for any layer.

    Shape:
        - Input, output: (*), any shape.

    Raises:
        RuntimeError: backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html

    Example:
        >>> Identity(54, unused=True)(np.array([1.0, 2.0]))
        array([1., 2.])
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__()

    def forward(self, input: Array) -> Array:
        self.save()
        return input

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        return grad_output


class Linear(Module):
    """An affine map of the last axis: output = input Wᵀ + b.

    Math:
        forward:  output[n, o] = Σ_i input[n, i] W[o, i] + b[o]
        backward: grad_input[n, i] = Σ_o grad_output[n, o] W[o, i]
                  grad_W[o, i]     = Σ_n grad_output[n, o] input[n, i]
                  grad_b[o]        = Σ_n grad_output[n, o]
        where n counts all the leading axes together: the gradients are sums over the batch, never means.
        Initially W and b are uniform in ±1/√in_features.

    Args:
        in_features: size of the last axis of the input.
        out_features: size of the last axis of the output.
        bias: whether b is added.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (*, in_features), any number of leading axes, none included.
        - Output: (*, out_features).
        - weight: (out_features, in_features); bias: (out_features,).

    Raises:
        RuntimeError: a size below 0; the last axis of the input is not `in_features`, or its dtype is not the weight's.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html

    Example:
        >>> layer = Linear(2, 1, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[3.0, 6.0]]), "bias": np.array([-2.0])})
        >>> layer(np.array([2.0, 5.0]))  # 2·3 + 5·6 − 2
        array([34.])
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, dtype: npt.DTypeLike | None = None
    ) -> None:
        super().__init__()
        if in_features < 0 or out_features < 0:
            raise RuntimeError(f"Linear: expected sizes of 0 or more, got {in_features} and {out_features}")
        self.in_features = in_features
        self.out_features = out_features
        # Lies in memory as (in, out), which the product of a small batch likes; its shape is PyTorch's.
        self.weight = Parameter(np.empty((in_features, out_features), resolve_dtype(dtype)).T)  # (out, in)
        self.bias = Parameter(np.empty(out_features, self.weight.dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew, in PyTorch's order."""
        drawn = np.empty(self.weight.shape, self.weight.dtype)  # in the order of (out, in), as PyTorch draws
        self.weight.data[...] = init.kaiming_uniform_(drawn, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0.0
            init.uniform_(self.bias.data, -bound, bound)

    def forward(self, input: Array) -> Array:
        if input.ndim == 0 or input.shape[-1] != self.in_features:
            raise RuntimeError(
                f"Linear: expected in_features={self.in_features} in the last axis of input, got shape {input.shape}"
            )
        weight = self.weight.data
        if input.dtype != weight.dtype:
            raise RuntimeError(f"Linear: expected an input of the weight's dtype {weight.dtype}, got {input.dtype}")
        output: Array = input @ weight.T  # (*, out)
        if self.bias is not None:
            output += self.bias.data
        self.save(input)
        return output

    def backward(self, grad_output: Array) -> Array | None:
        (input,) = self.saved(grad_output)
        count = math.prod(input.shape[:-1])  # −1 would not do for a size of 0
        rows = input.reshape(count, self.in_features)  # (n, in)
        grad_rows = grad_output.reshape(count, self.out_features)  # (n, out)
        self.weight.accumulate((rows.T @ grad_rows).T)
        if self.bias is not None:
            self.bias.accumulate(grad_rows.sum(axis=0))
        return grad_output @ self.weight.data if self.needs_input_grad else None
