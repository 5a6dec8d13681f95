"""Averages of a model's weights over the training: stochastic weight averaging and exponential moving averages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import get_default_dtype
from scratch.layers.batch_norm import _BatchNorm
from scratch.module import Module, no_grad

__all__ = [
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Values = npt.NDArray[Any]  # weights, or a buffer that may hold whole numbers
AvgFn = Callable[[Values, Values, int], Values]
MultiAvgFn = Callable[[Sequence[Values], Sequence[Values], int], None]


def get_ema_avg_fn(decay: float = 0.999) -> AvgFn:
    """A function for AveragedModel: the exponential moving average, in which the newest model counts 1 − decay.

    Math:
        ema ← decay · ema + (1 − decay) · current

    Args:
        decay: the share of the average that is kept, in [0, 1].

    Shape:
        - ema, current, output: (*), any shape.

    Raises:
        ValueError: decay outside [0, 1].

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.get_ema_avg_fn.html

    Example:
        >>> get_ema_avg_fn(0.75)(np.array([4.0]), np.array([8.0]), 1)
        array([5.])
    """
    _check_decay("get_ema_avg_fn", decay)
    return lambda ema, current, num_averaged: decay * _floating(ema) + (1 - decay) * _floating(current)


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAvgFn:
    """`get_ema_avg_fn` for all the arrays of a model at once, in place.

    Math:
        ema ← ema + (1 − decay) · (current − ema), the same number, without a copy of ema

    Args:
        decay: the share of the average that is kept, in [0, 1].

    Shape:
        - ema, current: as many arrays, pairwise of one shape.

    Raises:
        ValueError: decay outside [0, 1].

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.get_ema_multi_avg_fn.html

    Example:
        >>> ema = [np.array([4.0]), np.array([2.0])]
        >>> get_ema_multi_avg_fn(0.75)(ema, [np.array([8.0]), np.array([2.0])], 1)
        >>> ema
        [array([5.]), array([2.])]
    """
    _check_decay("get_ema_multi_avg_fn", decay)

    def ema_update(ema: Sequence[Values], current: Sequence[Values], num_averaged: int) -> None:
        _move(ema, current, 1 - decay)

    return ema_update


def get_swa_avg_fn() -> AvgFn:
    """A function for AveragedModel, and its default: the plain mean, in which each model counts alike.

    Math:
        mean ← mean + (current − mean) / (n + 1), where n models are in the mean already

    Shape:
        - mean, current, output: (*), any shape.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.get_swa_avg_fn.html

    Example:
        >>> get_swa_avg_fn()(np.array([4.0]), np.array([7.0]), 2)  # of 4, 4 and 7
        array([5.])
    """

    def swa_update(mean: Values, current: Values, num_averaged: int) -> Values:
        mean, current = _floating(mean), _floating(current)
        return mean + (current - mean) / (num_averaged + 1)

    return swa_update


def get_swa_multi_avg_fn() -> MultiAvgFn:
    """`get_swa_avg_fn` for all the arrays of a model at once, in place.

    Math:
        mean ← mean + (current − mean) / (n + 1), where n models are in the mean already

    Shape:
        - mean, current: as many arrays, pairwise of one shape.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.get_swa_multi_avg_fn.html

    Example:
        >>> mean = [np.array([4.0]), np.array([2.0])]
        >>> get_swa_multi_avg_fn()(mean, [np.array([7.0]), np.array([2.0])], 2)
        >>> mean
        [array([5.]), array([2.])]
    """

    def swa_update(mean: Sequence[Values], current: Sequence[Values], num_averaged: int) -> None:
        _move(mean, current, 1 / (num_averaged + 1))

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose weights are an average of that model's over the training.

    Math:
        forward:  output = module(input), with the averaged weights
        backward: the module's
        update_parameters: the first time a ← w; then a ← avg_fn(a, w, n), the mean of all unless another is given,
        where a is a weight of the copy, w the model's and n, `n_averaged`, counts the updates before.

    Args:
        model: the model to be averaged. It is copied, with no gradients.
        avg_fn: a function of the average, the model's value and n that gives the new average.
        multi_avg_fn: the same for lists of arrays of one dtype, in place.
        use_buffers: average the buffers, too. Otherwise they are copied at each update.

    Shape:
        - Input, output: the model's.
        - n_averaged: ().

    Raises:
        AssertionError: both functions.
        RuntimeError: update_parameters with a model of other shapes.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html
        Izmailov and others, "Averaging Weights Leads to Wider Optima and Better Generalization".

    Example:
        >>> from scratch.layers import Linear
        >>> model = Linear(1, 1, bias=False)
        >>> averaged = AveragedModel(model)
        >>> for weight in (1.0, 2.0, 6.0):
        ...     model.weight.data[...] = weight
        ...     averaged.update_parameters(model)
        >>> averaged(np.array([[1.0]], np.float32))
        array([[3.]], dtype=float32)
    """

    n_averaged: Any  # ()

    def __init__(
        self,
        model: Module,
        avg_fn: AvgFn | None = None,
        multi_avg_fn: MultiAvgFn | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("AveragedModel: expected avg_fn or multi_avg_fn, got both")
        self.module = deepcopy(model)
        self.module.zero_grad()
        self.register_buffer("n_averaged", np.array(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def backward(self, *args: Any) -> Any:
        return self.module.backward(*args)

    def update_parameters(self, model: Module) -> None:
        """Take the model's present weights into the average."""
        pairs = list(zip(self._values(self.module), self._values(model), strict=False))
        for mine, theirs in pairs:
            if mine.shape != theirs.shape:
                raise RuntimeError(f"AveragedModel: expected weights of shape {mine.shape}, got {theirs.shape}")
        count = int(self.n_averaged)
        if count == 0:
            _copy(pairs)
        elif self.multi_avg_fn is not None:
            for dtype in {mine.dtype: None for mine, _ in pairs}:
                alike = [pair for pair in pairs if pair[0].dtype == dtype]
                self.multi_avg_fn([mine for mine, _ in alike], [theirs for _, theirs in alike], count)
        else:
            avg_fn = self.avg_fn or get_swa_avg_fn()
            _copy((mine, avg_fn(mine, theirs, count)) for mine, theirs in pairs)
        if not self.use_buffers:
            _copy(zip(_buffers(self.module), _buffers(model), strict=True))
        self.n_averaged += 1

    def _values(self, model: Module) -> list[Values]:
        """What is averaged."""
        return [parameter.data for parameter in model.parameters()] + (_buffers(model) if self.use_buffers else [])


@no_grad()
def update_bn(loader: Iterable[Any], model: Module) -> None:
    """Measure the running statistics of batch normalisation anew: those of averaged weights are no average.

    Math:
        running_mean ← the plain mean over all batches of their means, and so running_var of their variances

    Args:
        loader: batches; of a tuple or a list the first array is taken as the input.
        model: is called with each of them in training mode, and afterwards put back in the mode it was in.

    Shape:
        - Batches: what the model takes.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.update_bn.html

    Example:
        >>> from scratch.layers import BatchNorm1d
        >>> model = BatchNorm1d(1)
        >>> update_bn([np.array([[0.0], [2.0]], np.float32), np.array([[4.0], [6.0]], np.float32)], model)
        >>> model.running_mean, model.running_var  # of 1 and 5; of 2 and 2
        (array([3.], dtype=float32), array([2.], dtype=float32))
    """
    norms = [module for _, module in model.named_modules() if isinstance(module, _BatchNorm)]
    if not norms:
        return
    momenta, training = [norm.momentum for norm in norms], model.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    for batch in loader:
        model(batch[0] if isinstance(batch, list | tuple) else batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(training)


def _check_decay(name: str, decay: float) -> None:
    if decay < 0 or decay > 1:
        raise ValueError(f"{name}: expected decay in [0, 1], got {decay}")


def _floating(values: Values) -> Values:
    """Whole numbers, such as the count of batches of a norm, are averaged in the default dtype, as in PyTorch."""
    return values if values.dtype.kind == "f" else values.astype(get_default_dtype())


def _move(averages: Sequence[Values], current: Sequence[Values], share: float) -> None:
    """Move each average a share of the way to the present value."""
    for mine, theirs in zip(averages, current, strict=True):
        if mine.dtype.kind == "f":
            mine += share * (theirs - mine)
        else:  # cut down to whole numbers, in PyTorch's order of operations
            mine[...] = _floating(mine) * (1 - share) + _floating(theirs) * share


def _buffers(model: Module) -> list[Values]:
    return [buffer for _, buffer in model.named_buffers()]


def _copy(pairs: Iterable[tuple[Values, Values]]) -> None:
    for to, source in pairs:
        to[...] = source
