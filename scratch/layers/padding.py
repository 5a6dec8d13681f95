"""Margins of a constant."""

from __future__ import annotations

from collections.abc import Iterable

from scratch.layers._padding import ConstantPad

__all__ = ["ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d"]


class ConstantPad1d(ConstantPad):
    """Surround a sequence by a constant.

    Math:
        forward:  output[…, w] = x[…, w − left] where x has such a place, else value
        backward: grad_x[…, w] = grad_output[…, w + left]; what was cropped has the gradient 0

    Args:
        padding: how much is added on each side, one number for all or two, (left, right). A negative number crops.
        value: the constant.

    Shape:
        - Input: (*, W), whatever comes before.
        - Output: (*, W'), where W' = W + left + right.

    Raises:
        RuntimeError: a padding of another length, too few axes, or more cropped than there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad1d.html

    Example:
        >>> import numpy as np
        >>> ConstantPad1d((2, 1), value=9.0)(np.array([[1.0, 2.0]]))
        array([[9., 9., 1., 2., 9.]])
    """

    _dims = 1


class ConstantPad2d(ConstantPad):
    """Surround an image by a constant.

    Math:
        forward:  output[…, h, w] = x[…, h − top, w − left] where x has such a place, else value
        backward: grad_x[…, h, w] = grad_output[…, h + top, w + left]; what was cropped has the gradient 0

    Args:
        padding: how much is added on each side, one number for all or four, (left, right, top, bottom): the last axis
            comes first. A negative number crops.
        value: the constant.

    Shape:
        - Input: (*, H, W), whatever comes before.
        - Output: (*, H', W'), where H' = H + top + bottom and W' = W + left + right.

    Raises:
        RuntimeError: a padding of another length, too few axes, or more cropped than there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad2d.html

    Example:
        >>> import numpy as np
        >>> ConstantPad2d((1, 0, 0, 1), value=9.0)(np.array([[1.0, 2.0], [3.0, 4.0]]))  # left and below
        array([[9., 1., 2.],
               [9., 3., 4.],
               [9., 9., 9.]])
    """

    _dims = 2


class ConstantPad3d(ConstantPad):
    """Surround a volume by a constant.

    Math:
        forward:  output[…, d, h, w] = x[…, d − front, h − top, w − left] where x has such a place, else value
        backward: grad_x[…, d, h, w] = grad_output[…, d + front, h + top, w + left]; what was cropped has the gradient 0

    Args:
        padding: how much is added on each side, one number for all or six, (left, right, top, bottom, front, back): the
            last axis comes first. A negative number crops.
        value: the constant.

    Shape:
        - Input: (*, D, H, W), whatever comes before.
        - Output: (*, D', H', W'), where D' = D + front + back, H' = H + top + bottom and W' = W + left + right.

    Raises:
        RuntimeError: a padding of another length, too few axes, or more cropped than there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad3d.html

    Example:
        >>> import numpy as np
        >>> ConstantPad3d((0, 1, 0, 0, 1, 0), value=9.0)(np.array([[[1.0, 2.0]]]))  # on the right and in front
        array([[[9., 9., 9.]],
        <BLANKLINE>
               [[1., 2., 9.]]])
    """

    _dims = 3


class ZeroPad1d(ConstantPad):
    """Surround a sequence by zeros.

    Math:
        forward:  output[…, w] = x[…, w − left] where x has such a place, else 0
        backward: grad_x[…, w] = grad_output[…, w + left]; what was cropped has the gradient 0

    Args:
        padding: how much is added on each side, one number for all or two, (left, right). A negative number crops.

    Shape:
        - Input: (*, W), whatever comes before.
        - Output: (*, W'), where W' = W + left + right.

    Raises:
        RuntimeError: a padding of another length, too few axes, or more cropped than there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad1d.html

    Example:
        >>> import numpy as np
        >>> ZeroPad1d((-1, 2))(np.array([[1.0, 2.0]]))  # crops on the left
        array([[2., 0., 0.]])
    """

    _dims = 1

    def __init__(self, padding: int | Iterable[int]) -> None:
        super().__init__(padding, 0.0)


class ZeroPad2d(ConstantPad):
    """Surround an image by zeros.

    Math:
        forward:  output[…, h, w] = x[…, h − top, w − left] where x has such a place, else 0
        backward: grad_x[…, h, w] = grad_output[…, h + top, w + left]; what was cropped has the gradient 0

    Args:
        padding: how much is added on each side, one number for all or four, (left, right, top, bottom): the last axis
            comes first. A negative number crops.

    Shape:
        - Input: (*, H, W), whatever comes before.
        - Output: (*, H', W'), where H' = H + top + bottom and W' = W + left + right.

    Raises:
        RuntimeError: a padding of another length, too few axes, or more cropped than there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html

    Example:
        >>> import numpy as np
        >>> ZeroPad2d((1, 0, 0, 1))(np.array([[1.0, 2.0], [3.0, 4.0]]))  # left and below
        array([[0., 1., 2.],
               [0., 3., 4.],
               [0., 0., 0.]])
    """

    _dims = 2

    def __init__(self, padding: int | Iterable[int]) -> None:
        super().__init__(padding, 0.0)


class ZeroPad3d(ConstantPad):
    """Surround a volume by zeros.

    Math:
        forward:  output[…, d, h, w] = x[…, d − front, h − top, w − left] where x has such a place, else 0
        backward: grad_x[…, d, h, w] = grad_output[…, d + front, h + top, w + left]; what was cropped has the gradient 0

    Args:
        padding: how much is added on each side, one number for all or six, (left, right, top, bottom, front, back): the
            last axis comes first. A negative number crops.

    Shape:
        - Input: (*, D, H, W), whatever comes before.
        - Output: (*, D', H', W'), where D' = D + front + back, H' = H + top + bottom and W' = W + left + right.

    Raises:
        RuntimeError: a padding of another length, too few axes, or more cropped than there is.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad3d.html

    Example:
        >>> import numpy as np
        >>> ZeroPad3d((0, 1, 0, 0, 1, 0))(np.array([[[1.0, 2.0]]]))  # on the right and in front
        array([[[0., 0., 0.]],
        <BLANKLINE>
               [[1., 2., 0.]]])
    """

    _dims = 3

    def __init__(self, padding: int | Iterable[int]) -> None:
        super().__init__(padding, 0.0)
