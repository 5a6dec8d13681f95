"""Convolution: a small kernel is laid over every place of a sequence, an image or a volume."""

from __future__ import annotations

from scratch.layers._convolution import Conv

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


class Conv1d(Conv):
    """A one-dimensional convolution: the same small kernel is laid over every place of a sequence.

    Math:
        forward:  output[n, o, l] = b[o] + Σ_{c, i} W[o, c, i] x[n, c, l·s + i·d]
        backward: grad_x[n, c, y] = Σ_{o, i} W[o, c, i] grad_output[n, o, l] over the l with l·s + i·d = y
                  grad_W[o, c, i] = Σ_{n, l} grad_output[n, o, l] x[n, c, l·s + i·d]
                  grad_b[o]       = Σ_{n, l} grad_output[n, o, l]
        where x is the input with its padding, s the stride, d the dilation; i counts the places of the kernel.
        With g groups, output channel o sees only the input channels of its own group, in_channels / g of them.
        Initially W and b are uniform in ±1/√(k · in_channels / g), where k is the kernel's length.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output, a kernel for each.
        kernel_size: length of the kernel.
        stride: the step from one place to the next.
        padding: places added on each side, or "valid" (none), or "same" (the output keeps the input's length; where
            the sides cannot be equal, one more on the right).
        dilation: the distance between neighbouring elements of the kernel.
        groups: into how many groups the channels are divided.
        bias: whether b is added.
        padding_mode: what the padding is filled with: "zeros", or the sequence itself: "reflect" (mirrored, the edge
            not repeated), "replicate" (the edge repeated) or "circular" (the opposite side).
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, C, L) or (C, L), where C is in_channels.
        - Output: (N, O, L') or (O, L'), where O is out_channels, and
          L' = ⌊(L + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1.
        - weight: (O, C / groups, k); bias: (O,).

    Raises:
        ValueError: `groups` does not divide the channels, "same" with a stride, an unknown padding or padding_mode.
        RuntimeError: an input of another shape or dtype, or shorter, padding included, than the kernel.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html

    Example:
        >>> import numpy as np
        >>> layer = Conv1d(1, 1, kernel_size=2, bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[1.0, 10.0]]])})
        >>> layer(np.array([[1.0, 2.0, 4.0]]))  # 1·1 + 10·2, 1·2 + 10·4
        array([[21., 42.]])
    """

    _dims = 1


class Conv2d(Conv):
    """A two-dimensional convolution: the same small kernel is laid over every place of an image.

    Math:
        forward:  output[n, o, h, w] = b[o] + Σ_{c, i, j} W[o, c, i, j] x[n, c, h·s + i·d, w·s + j·d]
        backward: grad_x[n, c, y, x] = Σ_{o, i, j} W[o, c, i, j] grad_output[n, o, h, w]
                                       over the h, w with h·s + i·d = y and w·s + j·d = x
                  grad_W[o, c, i, j] = Σ_{n, h, w} grad_output[n, o, h, w] x[n, c, h·s + i·d, w·s + j·d]
                  grad_b[o]          = Σ_{n, h, w} grad_output[n, o, h, w]
        where x is the input with its padding, s the stride, d the dilation; i, j count the kernel's rows and columns.
        What is called a convolution here is, in mathematics, a cross-correlation: the kernel is not turned over.
        With g groups, output channel o sees only the input channels of its own group, in_channels / g of them.
        Initially W and b are uniform in ±1/√(kH · kW · in_channels / g).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output, a kernel for each.
        kernel_size: height and width of the kernel; here and below one number stands for both.
        stride: the step from one place to the next.
        padding: rows and columns added on each side, or "valid" (none), or "same" (the output keeps the input's size;
            where the sides cannot be equal, one more below and to the right).
        dilation: the distance between neighbouring elements of the kernel.
        groups: into how many groups the channels are divided.
        bias: whether b is added.
        padding_mode: what the padding is filled with: "zeros", or the image itself: "reflect" (mirrored, the edge not
            repeated), "replicate" (the edge repeated) or "circular" (the opposite side).
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, C, H, W) or (C, H, W), where C is in_channels.
        - Output: (N, O, H', W') or (O, H', W'), where O is out_channels, and W' is as
          H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1.
        - weight: (O, C / groups, kH, kW); bias: (O,).

    Raises:
        ValueError: `groups` does not divide the channels, "same" with a stride, an unknown padding or padding_mode.
        RuntimeError: an input of another shape or dtype, or smaller, padding included, than the kernel.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    Example:
        >>> import numpy as np
        >>> layer = Conv2d(1, 1, kernel_size=2, bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[[1.0, 0.0], [0.0, 10.0]]]])})
        >>> layer(np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]))  # 1·1 + 10·5, 1·2 + 10·6
        array([[[51., 62.]]])
    """

    _dims = 2


class Conv3d(Conv):
    """A three-dimensional convolution: the same small kernel is laid over every place of a volume.

    Math:
        forward:  output[n, o, p] = b[o] + Σ_{c, q} W[o, c, q] x[n, c, p·s + q·d]
        backward: grad_x[n, c, y] = Σ_{o, q} W[o, c, q] grad_output[n, o, p] over the p with p·s + q·d = y
                  grad_W[o, c, q] = Σ_{n, p} grad_output[n, o, p] x[n, c, p·s + q·d]
                  grad_b[o]       = Σ_{n, p} grad_output[n, o, p]
        where x is the input with its padding, p, q and y are places in the output, the kernel and x, three numbers each
        (depth, height, width), s is the stride and d the dilation, and · multiplies axis by axis.
        With g groups, output channel o sees only the input channels of its own group, in_channels / g of them.
        Initially W and b are uniform in ±1/√(kD · kH · kW · in_channels / g).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output, a kernel for each.
        kernel_size: depth, height and width of the kernel; here and below one number stands for all three.
        stride: the step from one place to the next.
        padding: what is added on each side, or "valid" (nothing), or "same" (the output keeps the input's size; where
            the sides cannot be equal, one more behind, below and to the right).
        dilation: the distance between neighbouring elements of the kernel.
        groups: into how many groups the channels are divided.
        bias: whether b is added.
        padding_mode: what the padding is filled with: "zeros", or the volume itself: "reflect" (mirrored, the edge not
            repeated), "replicate" (the edge repeated) or "circular" (the opposite side).
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W), where C is in_channels.
        - Output: (N, O, D', H', W') or (O, D', H', W'), where O is out_channels, and H' and W' are as
          D' = ⌊(D + 2·padding − dilation·(kD − 1) − 1) / stride⌋ + 1.
        - weight: (O, C / groups, kD, kH, kW); bias: (O,).

    Raises:
        ValueError: `groups` does not divide the channels, "same" with a stride, an unknown padding or padding_mode.
        RuntimeError: an input of another shape or dtype, or smaller, padding included, than the kernel.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv3d.html

    Example:
        >>> import numpy as np
        >>> layer = Conv3d(1, 1, kernel_size=(2, 1, 1), bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[[[1.0]], [[10.0]]]]])})
        >>> layer(np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]]))  # each number, and ten times the one behind it
        array([[[[31., 42.]]]])
    """

    _dims = 3
