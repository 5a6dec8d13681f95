"""Margins taken from the image itself."""

from __future__ import annotations

from scratch.layers._padding import ImagePad

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
]


class CircularPad1d(ImagePad):
    """Surround a sequence by itself, as if it began anew where it ends.

    Math:
        forward:  output[…, w] = x[…, source(w)]
        backward: grad_x[…, w] = Σ grad_output over the places of the output that are copies of x[…, w]
        where source(w) = p mod size, with p = w − left and size = W.

    Args:
        padding: how much is added on each side, one number for all or two, (left, right). A negative number crops; what
            it cuts off does not come around.

    Shape:
        - Input: (N, C, W) or (C, W).
        - Output: (N, C, W') or (C, W'), where W' = W + left + right.

    Raises:
        ValueError: another number of axes.
        RuntimeError: a padding of another length, a padding of more than what is left of a side, or more cropped than
            there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad1d.html

    Example:
        >>> import numpy as np
        >>> CircularPad1d(2)(np.array([[1.0, 2.0, 3.0]]))
        array([[2., 3., 1., 2., 3., 1., 2.]])
    """

    _dims = 1
    _mode = "circular"
    _wrong_axes = ValueError


class CircularPad2d(ImagePad):
    """Surround an image by itself, as if it began anew where it ends.

    Math:
        forward:  output[…, h, w] = x[…, source(h), source(w)]
        backward: grad_x[…, h, w] = Σ grad_output over the places of the output that are copies of x[…, h, w]
        where source(w) = p mod size, with p = w − left and size = W, and likewise for the other axes.

    Args:
        padding: how much is added on each side, one number for all or four, (left, right, top, bottom): the last axis
            comes first. A negative number crops; what it cuts off does not come around.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W'), where H' = H + top + bottom and W' = W + left + right.

    Raises:
        ValueError: another number of axes.
        RuntimeError: a padding of another length, a padding of more than what is left of a side, or more cropped than
            there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad2d.html

    Example:
        >>> import numpy as np
        >>> CircularPad2d((1, 0, 0, 1))(np.array([[[1.0, 2.0], [3.0, 4.0]]]))  # left and below
        array([[[2., 1., 2.],
                [4., 3., 4.],
                [2., 1., 2.]]])
    """

    _dims = 2
    _mode = "circular"
    _wrong_axes = ValueError


class CircularPad3d(ImagePad):
    """Surround a volume by itself, as if it began anew where it ends.

    Math:
        forward:  output[…, d, h, w] = x[…, source(d), source(h), source(w)]
        backward: grad_x[…, d, h, w] = Σ grad_output over the places of the output that are copies of x[…, d, h, w]
        where source(w) = p mod size, with p = w − left and size = W, and likewise for the other axes.

    Args:
        padding: how much is added on each side, one number for all or six, (left, right, top, bottom, front, back): the
            last axis comes first. A negative number crops; what it cuts off does not come around.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W).
        - Output: (N, C, D', H', W') or (C, D', H', W'), where D' = D + front + back, H' = H + top + bottom and W' = W +
          left + right.

    Raises:
        ValueError: another number of axes.
        RuntimeError: a padding of another length, a padding of more than what is left of a side, or more cropped than
            there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad3d.html

    Example:
        >>> import numpy as np
        >>> CircularPad3d((0, 0, 0, 0, 1, 0))(np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]]))  # the back, in front
        array([[[[3., 4.]],
        <BLANKLINE>
                [[1., 2.]],
        <BLANKLINE>
                [[3., 4.]]]])
    """

    _dims = 3
    _mode = "circular"
    _wrong_axes = ValueError


class ReflectionPad1d(ImagePad):
    """Surround a sequence by its mirror image; the edge itself is not repeated.

    Math:
        forward:  output[…, w] = x[…, source(w)]
        backward: grad_x[…, w] = Σ grad_output over the places of the output that are copies of x[…, w]
        where source(w) = m − |m − |p||, where m = size − 1, with p = w − left and size = W.

    Args:
        padding: how much is added on each side, one number for all or two, (left, right). A negative number crops.

    Shape:
        - Input: (N, C, W) or (C, W).
        - Output: (N, C, W') or (C, W'), where W' = W + left + right.

    Raises:
        NotImplementedError: another number of axes.
        RuntimeError: a padding of another length, a padding as large as the side, more cropped than there is, or no
            place at all.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad1d.html

    Example:
        >>> import numpy as np
        >>> ReflectionPad1d(2)(np.array([[1.0, 2.0, 3.0]]))
        array([[3., 2., 1., 2., 3., 2., 1.]])
    """

    _dims = 1
    _mode = "reflect"


class ReflectionPad2d(ImagePad):
    """Surround an image by its mirror image; the edge itself is not repeated.

    Math:
        forward:  output[…, h, w] = x[…, source(h), source(w)]
        backward: grad_x[…, h, w] = Σ grad_output over the places of the output that are copies of x[…, h, w]
        where source(w) = m − |m − |p||, where m = size − 1, with p = w − left and size = W, and likewise for the other
        axes.

    Args:
        padding: how much is added on each side, one number for all or four, (left, right, top, bottom): the last axis
            comes first. A negative number crops.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W'), where H' = H + top + bottom and W' = W + left + right.

    Raises:
        NotImplementedError: another number of axes.
        RuntimeError: a padding of another length, a padding as large as the side, more cropped than there is, or no
            place at all.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad2d.html

    Example:
        >>> import numpy as np
        >>> ReflectionPad2d((1, 0, 0, 1))(np.array([[[1.0, 2.0], [3.0, 4.0]]]))  # left and below
        array([[[2., 1., 2.],
                [4., 3., 4.],
                [2., 1., 2.]]])
    """

    _dims = 2
    _mode = "reflect"


class ReflectionPad3d(ImagePad):
    """Surround a volume by its mirror image; the edge itself is not repeated.

    Math:
        forward:  output[…, d, h, w] = x[…, source(d), source(h), source(w)]
        backward: grad_x[…, d, h, w] = Σ grad_output over the places of the output that are copies of x[…, d, h, w]
        where source(w) = m − |m − |p||, where m = size − 1, with p = w − left and size = W, and likewise for the other
        axes.

    Args:
        padding: how much is added on each side, one number for all or six, (left, right, top, bottom, front, back): the
            last axis comes first. A negative number crops.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W).
        - Output: (N, C, D', H', W') or (C, D', H', W'), where D' = D + front + back, H' = H + top + bottom and W' = W +
          left + right.

    Raises:
        NotImplementedError: another number of axes.
        RuntimeError: a padding of another length, a padding as large as the side, more cropped than there is, or no
            place at all.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad3d.html

    Example:
        >>> import numpy as np
        >>> ReflectionPad3d((0, 0, 0, 0, 1, 0))(np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]]))  # in front
        array([[[[3., 4.]],
        <BLANKLINE>
                [[1., 2.]],
        <BLANKLINE>
                [[3., 4.]]]])
    """

    _dims = 3
    _mode = "reflect"


class ReplicationPad1d(ImagePad):
    """Surround a sequence by copies of its edge.

    Math:
        forward:  output[…, w] = x[…, source(w)]
        backward: grad_x[…, w] = Σ grad_output over the places of the output that are copies of x[…, w]
        where source(w) = p, but at least 0 and at most size − 1, with p = w − left and size = W.

    Args:
        padding: how much is added on each side, one number for all or two, (left, right). A negative number crops.

    Shape:
        - Input: (N, C, W) or (C, W).
        - Output: (N, C, W') or (C, W'), where W' = W + left + right.

    Raises:
        NotImplementedError: another number of axes.
        RuntimeError: a padding of another length, more cropped than there is, or no place at all.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad1d.html

    Example:
        >>> import numpy as np
        >>> ReplicationPad1d(2)(np.array([[1.0, 2.0, 3.0]]))
        array([[1., 1., 1., 2., 3., 3., 3.]])
    """

    _dims = 1
    _mode = "replicate"


class ReplicationPad2d(ImagePad):
    """Surround an image by copies of its edge.

    Math:
        forward:  output[…, h, w] = x[…, source(h), source(w)]
        backward: grad_x[…, h, w] = Σ grad_output over the places of the output that are copies of x[…, h, w]
        where source(w) = p, but at least 0 and at most size − 1, with p = w − left and size = W, and likewise for the
        other axes.

    Args:
        padding: how much is added on each side, one number for all or four, (left, right, top, bottom): the last axis
            comes first. A negative number crops.

    Shape:
        - Input: (N, C, H, W) or (C, H, W).
        - Output: (N, C, H', W') or (C, H', W'), where H' = H + top + bottom and W' = W + left + right.

    Raises:
        NotImplementedError: another number of axes.
        RuntimeError: a padding of another length, more cropped than there is, or no place at all.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad2d.html

    Example:
        >>> import numpy as np
        >>> ReplicationPad2d((1, 0, 0, 1))(np.array([[[1.0, 2.0], [3.0, 4.0]]]))  # left and below
        array([[[1., 1., 2.],
                [3., 3., 4.],
                [3., 3., 4.]]])
    """

    _dims = 2
    _mode = "replicate"


class ReplicationPad3d(ImagePad):
    """Surround a volume by copies of its edge.

    Math:
        forward:  output[…, d, h, w] = x[…, source(d), source(h), source(w)]
        backward: grad_x[…, d, h, w] = Σ grad_output over the places of the output that are copies of x[…, d, h, w]
        where source(w) = p, but at least 0 and at most size − 1, with p = w − left and size = W, and likewise for the
        other axes.

    Args:
        padding: how much is added on each side, one number for all or six, (left, right, top, bottom, front, back): the
            last axis comes first. A negative number crops.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W).
        - Output: (N, C, D', H', W') or (C, D', H', W'), where D' = D + front + back, H' = H + top + bottom and W' = W +
          left + right.

    Raises:
        NotImplementedError: another number of axes.
        RuntimeError: a padding of another length, more cropped than there is, or no place at all.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad3d.html

    Example:
        >>> import numpy as np
        >>> ReplicationPad3d((0, 0, 0, 0, 1, 0))(np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]]))  # in front
        array([[[[1., 2.]],
        <BLANKLINE>
                [[1., 2.]],
        <BLANKLINE>
                [[3., 4.]]]])
    """

    _dims = 3
    _mode = "replicate"
