"""Transposed convolution: every place of the input lays a small kernel, weighted, over the output."""

from __future__ import annotations

from scratch.layers._convolution import ConvTranspose

__all__ = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]


class ConvTranspose1d(ConvTranspose):
    """A transposed one-dimensional convolution: every place of a sequence lays the kernel over the output.

    Math:
        forward:  output[n, o, y] = b[o] + Σ_{c, i} W[c, o, i] x[n, c, l] over the l with l·s + i·d = y + padding
        backward: grad_x[n, c, l] = Σ_{o, i} W[c, o, i] grad_output[n, o, l·s + i·d − padding]
                  grad_W[c, o, i] = Σ_{n, l} x[n, c, l] grad_output[n, o, l·s + i·d − padding]
                  grad_b[o]       = Σ_{n, y} grad_output[n, o, y]
        where s is the stride, d the dilation, and i counts the places of the kernel. This is Conv1d with the roles
        exchanged: its forward is the gradient of Conv1d's input, its gradient of the input is Conv1d's forward.
        With g groups, output channel o collects only from the input channels of its own group.
        Initially W and b are uniform in ±1/√(k · out_channels / g), where k is the kernel's length.

    Args:
        in_channels: channels of the input, a kernel for each.
        out_channels: channels of the output.
        kernel_size: length of the kernel.
        stride: the step from one place of the kernel on the output to the next.
        padding: places cut off on each side of the output: as many as Conv1d adds to its input.
        output_padding: places added on the right of the output, smaller than stride or dilation: with a stride, inputs
            of several lengths lead Conv1d to the same output, and this tells which is meant.
        groups: into how many groups the channels are divided.
        bias: whether b is added.
        dilation: the distance between neighbouring elements of the kernel.
        padding_mode: "zeros", since there is no other.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, C, L) or (C, L), where C is in_channels.
        - output_size, an optional second argument: the length of the output, in place of output_padding.
        - Output: (N, O, L') or (O, L'), where O is out_channels, and
          L' = (L − 1)·stride − 2·padding + dilation·(k − 1) + output_padding + 1.
        - weight: (C, O / groups, k); bias: (O,).

    Raises:
        ValueError: `groups` does not divide the channels, another padding_mode, an impossible output_size.
        RuntimeError: an input of another shape or dtype, too large a padding or output_padding, no channels.
        TypeError: padding is a word.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html

    Example:
        >>> import numpy as np
        >>> layer = ConvTranspose1d(1, 1, kernel_size=2, bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[1.0, 10.0]]])})
        >>> layer(np.array([[1.0, 2.0, 4.0]]))  # 1, 10 and 2, 20 and 4, 40, each a place further on
        array([[ 1., 12., 24., 40.]])
    """

    _dims = 1


class ConvTranspose2d(ConvTranspose):
    """A transposed two-dimensional convolution: every place of an image lays the kernel over the output.

    Math:
        forward:  output[n, o, y, z] = b[o] + Σ_{c, i, j} W[c, o, i, j] x[n, c, h, w]
                                       over the h, w with h·s + i·d = y + padding and w·s + j·d = z + padding
        backward: grad_x[n, c, h, w] = Σ_{o, i, j} W[c, o, i, j] grad_output[n, o, y, z]
                  grad_W[c, o, i, j] = Σ_{n, h, w} x[n, c, h, w] grad_output[n, o, y, z]
                                       with the same y = h·s + i·d − padding and z = w·s + j·d − padding
                  grad_b[o]          = Σ_{n, y, z} grad_output[n, o, y, z]
        where s is the stride, d the dilation, and i, j count the kernel's rows and columns. This is Conv2d with the
        roles exchanged: its forward is the gradient of Conv2d's input, its gradient of the input is Conv2d's forward.
        With g groups, output channel o collects only from the input channels of its own group.
        Initially W and b are uniform in ±1/√(kH · kW · out_channels / g).

    Args:
        in_channels: channels of the input, a kernel for each.
        out_channels: channels of the output.
        kernel_size: height and width of the kernel; here and below one number stands for both.
        stride: the step from one place of the kernel on the output to the next.
        padding: rows and columns cut off on each side of the output: as many as Conv2d adds to its input.
        output_padding: rows and columns added below and to the right of the output, smaller than stride or dilation:
            with a stride, inputs of several sizes lead Conv2d to the same output, and this tells which is meant.
        groups: into how many groups the channels are divided.
        bias: whether b is added.
        dilation: the distance between neighbouring elements of the kernel.
        padding_mode: "zeros", since there is no other.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, C, H, W) or (C, H, W), where C is in_channels.
        - output_size, an optional second argument: height and width of the output, in place of output_padding.
        - Output: (N, O, H', W') or (O, H', W'), where O is out_channels, and W' is as
          H' = (H − 1)·stride − 2·padding + dilation·(kH − 1) + output_padding + 1.
        - weight: (C, O / groups, kH, kW); bias: (O,).

    Raises:
        ValueError: `groups` does not divide the channels, another padding_mode, an impossible output_size.
        RuntimeError: an input of another shape or dtype, too large a padding or output_padding, no channels.
        TypeError: padding is a word.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
        Dumoulin and Visin (2016), A guide to convolution arithmetic for deep learning, https://arxiv.org/abs/1603.07285

    Example:
        >>> import numpy as np
        >>> layer = ConvTranspose2d(1, 1, kernel_size=2, stride=2, bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[[1.0, 2.0], [3.0, 4.0]]]])})
        >>> layer(np.array([[[1.0, 10.0]]]))  # the kernel, and beside it ten times the kernel
        array([[[ 1.,  2., 10., 20.],
                [ 3.,  4., 30., 40.]]])
    """

    _dims = 2


class ConvTranspose3d(ConvTranspose):
    """A transposed three-dimensional convolution: every place of a volume lays the kernel over the output.

    Math:
        forward:  output[n, o, y] = b[o] + Σ_{c, q} W[c, o, q] x[n, c, p] over the p with p·s + q·d = y + padding
        backward: grad_x[n, c, p] = Σ_{o, q} W[c, o, q] grad_output[n, o, p·s + q·d − padding]
                  grad_W[c, o, q] = Σ_{n, p} x[n, c, p] grad_output[n, o, p·s + q·d − padding]
                  grad_b[o]       = Σ_{n, y} grad_output[n, o, y]
        where p, q and y are places in the input, the kernel and the output, three numbers each (depth, height, width),
        s is the stride and d the dilation, and · multiplies axis by axis. This is Conv3d with the roles exchanged: its
        forward is the gradient of Conv3d's input, its gradient of the input is Conv3d's forward.
        With g groups, output channel o collects only from the input channels of its own group.
        Initially W and b are uniform in ±1/√(kD · kH · kW · out_channels / g).

    Args:
        in_channels: channels of the input, a kernel for each.
        out_channels: channels of the output.
        kernel_size: depth, height and width of the kernel; here and below one number stands for all three.
        stride: the step from one place of the kernel on the output to the next.
        padding: what is cut off on each side of the output: as much as Conv3d adds to its input.
        output_padding: what is added behind, below and to the right of the output, smaller than stride or dilation:
            with a stride, inputs of several sizes lead Conv3d to the same output, and this tells which is meant.
        groups: into how many groups the channels are divided.
        bias: whether b is added.
        dilation: the distance between neighbouring elements of the kernel.
        padding_mode: "zeros", since there is no other.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W), where C is in_channels.
        - output_size, an optional second argument: depth, height and width of the output, in place of output_padding.
        - Output: (N, O, D', H', W') or (O, D', H', W'), where O is out_channels, and H' and W' are as
          D' = (D − 1)·stride − 2·padding + dilation·(kD − 1) + output_padding + 1.
        - weight: (C, O / groups, kD, kH, kW); bias: (O,).

    Raises:
        ValueError: `groups` does not divide the channels, another padding_mode, an impossible output_size.
        RuntimeError: an input of another shape or dtype, too large a padding or output_padding, no channels.
        TypeError: padding is a word.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html

    Example:
        >>> import numpy as np
        >>> layer = ConvTranspose3d(1, 1, kernel_size=(2, 1, 1), bias=False, dtype=np.float64)
        >>> layer.load_state_dict({"weight": np.array([[[[[1.0]], [[10.0]]]]])})
        >>> layer(np.array([[[[1.0, 2.0]]]]))  # the numbers, and behind them ten times the numbers
        array([[[[ 1.,  2.]],
        <BLANKLINE>
                [[10., 20.]]]])
    """

    _dims = 3
