"""A softmax over very many classes, most of them rare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from scratch.containers import ModuleList, Sequential
from scratch.dtypes import Array
from scratch.layers.linear import Linear
from scratch.losses._reduction import upstream
from scratch.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

Labels = npt.NDArray[np.integer[Any]]


class _Output(NamedTuple):
    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """A softmax in two steps, for very many classes that are sorted from the most frequent to the rarest.

    The head chooses among the frequent classes and the clusters of rare ones; a cluster's tail chooses among its own
    classes, and is computed only for the rows whose target lies in it, from fewer features the rarer its classes are.

    Math:
        forward:  log p(c) = log h(c) for a frequent class c, log h(cluster k) + log q_k(c) for a class c of cluster k;
                  output_n = log p(target_n); loss = −Σ output_n / N
                  h = softmax(W x + b), q_k = softmax(V_k U_k x)
        backward: g_n = grad_output_n − grad_loss / N;
                  of the head's scores g_n (1[j = target or its cluster] − h(j)), of the scores of the target's own tail
                  g_n (1[j = target] − q_k(j)); from there on as in `Linear`
        where x is a row of the input, W and b belong to the head, U_k and V_k to the tail of cluster k = 1, 2, ....
        A tail that no target lies in has no gradient.

    Args:
        in_features: size of a row of the input.
        n_classes: how many classes there are.
        cutoffs: the class at which each cluster begins; below the first are the frequent ones.
        div_value: U_k maps to in_features // div_value ** k features.
        head_bias: whether b is added.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - input_: (N, in_features) or (in_features,).
        - target_: (N,) or (), int32 or int64, from 0 to n_classes − 1.
        - Output: a tuple (output, loss) of shapes (N,) or (), and ().
        - head.weight: (cutoffs[0] + clusters, in_features); head.bias; tail.k.0.weight: U; tail.k.1.weight: V.

    Raises:
        ValueError: cutoffs that are none, or not whole numbers that grow from 1 or more to n_classes − 1 or less.
        RuntimeError: another shape, or a target that is no class.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html and Grave et al. (2017),
        "Efficient softmax approximation for GPUs".

    Example:
        >>> loss = AdaptiveLogSoftmaxWithLoss(2, 5, cutoffs=[1], div_value=1.0, dtype=np.float64)
        >>> loss.load_state_dict({key: np.zeros_like(value) for key, value in loss.state_dict().items()})
        >>> output, mean = loss(np.ones((2, 2)), np.array([0, 4]))
        >>> np.exp(output)  # the head has two equal choices, the cluster behind one of them four
        array([0.5  , 0.125])
        >>> np.exp(loss.log_prob(np.ones((1, 2))))
        array([[0.5  , 0.125, 0.125, 0.125, 0.125]])
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.cutoffs = [*cutoffs, n_classes]
        grows = all(before < after for before, after in pairwise([0, *self.cutoffs]))
        if len(self.cutoffs) == 1 or not grows or any(int(cutoff) != cutoff for cutoff in cutoffs):
            raise ValueError(
                "AdaptiveLogSoftmaxWithLoss: expected cutoffs that are whole numbers, at least one, and grow from 1 or"
                f" more to n_classes − 1 = {n_classes - 1} or less, got {list(cutoffs)}"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, dtype=dtype)
        self.tail = ModuleList(self._make_tail(k, dtype) for k in range(self.n_clusters))

    def _make_tail(self, cluster: int, dtype: npt.DTypeLike | None) -> Sequential:
        features = int(self.in_features // self.div_value ** (cluster + 1))
        classes = self.cutoffs[cluster + 1] - self.cutoffs[cluster]
        return Sequential(
            Linear(self.in_features, features, bias=False, dtype=dtype),
            Linear(features, classes, bias=False, dtype=dtype),
        )

    def reset_parameters(self) -> None:
        """Draw the parameters anew, in PyTorch's order."""
        for _, module in self.named_modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input_: Array, target_: Labels) -> _Output:
        self._check(input_, target_)
        rows, target = np.atleast_2d(input_), np.atleast_1d(target_)  # (N, in_features), (N,)
        choice = target.copy()  # (N,): what the head is asked for, a frequent class or a cluster
        output = np.zeros(len(rows), rows.dtype)
        tails = []
        for k, members in self._clusters(target):
            choice[members] = self.shortlist_size + k
            place = target[members] - self.cutoffs[k]  # (n,)
            tail = _log_softmax(self.tail[k](rows[members]))  # (n, classes of the cluster)
            output[members] = _pick(tail, place)
            tails.append((k, members, tail, place))
        head = _log_softmax(self.head(rows))  # (N, head_size)
        output += _pick(head, choice)
        self.save(input_.ndim, head, choice, tails)
        loss = -output.sum() / rows.dtype.type(len(rows) or np.nan)  # nan for no rows, as in PyTorch
        return _Output(output.reshape(target_.shape), loss)

    def backward(self, grad_output: Array | float | None = None, grad_loss: Array | float | None = None) -> Any:
        """The gradient of the input, from those of `output` and of `loss`; without either, from the loss itself."""
        ndim, head, choice, tails = self.saved(grad_output)
        if grad_loss is None:
            grad_loss = 1.0 if grad_output is None else 0.0
        grad = np.full(len(head), -upstream(grad_loss, (), head.dtype) / max(len(head), 1))  # (N,)
        if grad_output is not None:
            grad += upstream(grad_output, (len(head),) if ndim == 2 else (), head.dtype)
        grad_input: Any = self.head.backward(_through(grad, head, choice))  # (N, in_features)
        for k, members, tail, place in tails:
            grad_input[members] += self.tail[k].backward(_through(grad[members], tail, place))
        return grad_input if ndim == 2 else grad_input[0]

    def log_prob(self, input: Array) -> Array:
        """The logarithm of every class's probability, (N, n_classes). A forward before it keeps its backward."""
        rows = self._rows(input)
        head = _log_softmax(_scores(rows, self.head))
        clusters = [
            head[:, [self.shortlist_size + k]] + _log_softmax(_scores(rows, *self.tail[k]))
            for k in range(self.n_clusters)
        ]
        return np.concatenate([head[:, : self.shortlist_size], *clusters], axis=1)

    def predict(self, input: Array) -> Labels:
        """The most likely class of each row, (N,). A tail is asked only where the head chooses a cluster."""
        rows = self._rows(input)
        best: Labels = _scores(rows, self.head).argmax(axis=1)
        rare = best >= self.shortlist_size
        if rare.any():
            best[rare] = self.log_prob(rows[rare]).argmax(axis=1)
        return best

    def _clusters(self, target: Labels) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
        """The clusters in which some target lies, and in which rows."""
        for k, (first, end) in enumerate(pairwise(self.cutoffs)):
            members = np.flatnonzero((target >= first) & (target < end))
            if members.size:
                yield k, members

    def _check(self, input: Array, target: Labels) -> None:
        if input.shape != (*target.shape, self.in_features) or target.ndim > 1:
            raise RuntimeError(
                f"AdaptiveLogSoftmaxWithLoss: expected an input of (N, {self.in_features}) with a target of (N,), or"
                f" ({self.in_features},) with (), got shapes {input.shape} and {target.shape}"
            )
        if target.dtype not in (np.int32, np.int64):
            raise RuntimeError(f"AdaptiveLogSoftmaxWithLoss: expected a target of int32 or int64, got {target.dtype}")
        if target.size and not (target.min() >= 0 and target.max() < self.n_classes):
            raise RuntimeError(
                f"AdaptiveLogSoftmaxWithLoss: expected targets from 0 to {self.n_classes - 1},"
                f" got {target.min()} to {target.max()}"
            )

    def _rows(self, input: Array) -> Array:
        expected = f"AdaptiveLogSoftmaxWithLoss: expected an input of (N, {self.in_features}), got shape {input.shape}"
        if input.ndim != 2:
            raise np.exceptions.AxisError(expected)
        if input.shape[1] != self.in_features:
            raise RuntimeError(expected)
        return input


def _scores(rows: Array, *layers: Any) -> Array:
    """What linear layers make of the rows, without a forward: the one that was run before keeps its backward."""
    for layer in layers:
        rows = rows @ layer.weight.data.T if layer.bias is None else rows @ layer.weight.data.T + layer.bias.data
    return rows


def _log_softmax(scores: Array) -> Array:
    """Along the last of two axes."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probs: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_probs


def _pick(log_probs: Array, places: Labels) -> Array:
    """One of each row."""
    return log_probs[np.arange(len(places)), places]


def _through(grad: Array, log_probs: Array, places: Labels) -> Array:
    """The gradient of the scores, from that of what `_pick` took from their log-softmax."""
    slopes = -np.exp(log_probs)
    slopes[np.arange(len(places)), places] += 1
    return grad[:, np.newaxis] * slopes
