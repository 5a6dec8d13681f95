"""The loss of a sequence whose alignment with its target is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.losses._reduction import check_reduction, upstream
from scratch.module import Module

__all__ = ["CTCLoss"]

Indices: TypeAlias = npt.NDArray[np.integer[Any]]
Lengths: TypeAlias = npt.NDArray[np.integer[Any]] | Sequence[int]


class CTCLoss(Module):
    """Connectionist temporal classification: the negative log-likelihood of a target whose place in time is not known.

    A class is chosen at each of T times; merging equal neighbours and then taking the blanks away leaves a target:
    "a a − a b", with "−" for the blank, is "aab". The loss sums over all these alignments, by dynamic programming.

    Math:
        states:   z = (−, y_1, −, y_2, ..., y_S, −), the S labels of the target with a blank around each
        forward:  α_t(s) = p_t(z_s) (α_{t−1}(s) + α_{t−1}(s−1) + α_{t−1}(s−2)), the last only where z_s is a label other
                  than z_{s−2}: between equal labels the blank must be said; α_0 is 1 for the first blank, else 0
                  l_n = −log(α_T(last blank) + α_T(last label)); output = l, Σ l_n ("sum") or
                  Σ l_n / max(S_n, 1) / N ("mean")
        backward: γ_t(c) = Σ_{s: z_s = c} α_t(s) β_t(s) / exp(−l_n), the share of the alignments that say c at time t
                  grad_log_probs[t, n, c] = (p_t(c) − γ_t(c)) · grad_output_n; "/ max(S_n, 1) / N" for "mean"
        where p = exp(log_probs), T is the sequence's input length, S its target length, and β_t(s) what the alignments
        that stand in s at t say afterwards. All of it is computed as logarithms, since the products underflow.
        With respect to log_probs alone the derivative of l is −γ, and difference quotients say so. PyTorch returns
        p − γ, and so does this class: the derivative with respect to the logits of the log-softmax before it. Sent
        back through `LogSoftmax` both become p − γ, since γ sums to one: what a network learns from is the same.

    Args:
        blank: the class that says nothing.
        reduction: "mean", "sum" or "none".
        zero_infinity: a target that no alignment gives, because it is too long, costs 0 instead of ∞, and has no
            gradient.

    Shape:
        - log_probs: (T, N, C) or (T, C), of a log-softmax over the classes.
        - targets: (N, S), padded with anything, or the targets one after another in one axis.
        - input_lengths, target_lengths: (N,), arrays or tuples of ints; () where there is no batch.
        - Output: (); when the reduction is "none", (N,), or () where there is no batch.

    Raises:
        ValueError: unknown reduction.
        IndexError: a label that is no class.
        RuntimeError: a blank that is no class, another shape, nothing at all, or lengths that do not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html and Graves et al. (2006), "Connectionist
        Temporal Classification". The paper's β contains p_t as its α does, and divides by it; here β leaves it out.

    Example:
        >>> loss = CTCLoss()
        >>> log_probs = np.log(np.full((2, 1, 2), 0.5))  # two times, one sequence, the blank and one label
        >>> float(np.exp(-loss(log_probs, np.array([[1]]), (2,), (1,))))  # "1 1", "1 −" and "− 1", of four
        0.75
        >>> np.round(loss.backward() * 6, 9)[:, 0]  # 1/2 − 2/3 for the label, at each time
        array([[ 1., -1.],
               [ 1., -1.]])
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__()
        self.blank = blank
        self.reduction = check_reduction(self, reduction)
        self.zero_infinity = zero_infinity

    @np.errstate(invalid="ignore")  # what is nan stays nan, as in PyTorch, without a warning
    def forward(self, log_probs: Array, targets: Indices, input_lengths: Lengths, target_lengths: Lengths) -> Any:
        frames = self._frames(log_probs)  # (T, N, C)
        times = self._lengths("input_lengths", input_lengths, frames.shape[1], len(frames))  # (N,)
        sizes = self._lengths("target_lengths", target_lengths, frames.shape[1], np.inf)  # (N,)
        states = self._states(frames, np.asarray(targets), sizes)  # (N, 2S + 1)
        skips = self.skips(states)
        alpha = _alpha(_spoken(frames, states), skips)  # (T + 1, N, 2 + 2S + 1)
        last = alpha[times, np.arange(len(sizes))]  # (N, 2 + 2S + 1)
        ends = 2 * sizes[:, np.newaxis] + np.array([1, 2])  # (N, 2): the last label, and the blank behind it
        losses = -np.logaddexp.reduce(np.take_along_axis(last, ends, axis=1), axis=1)  # (N,)
        self.save(log_probs.ndim, frames, times, sizes, states, skips, alpha, losses)
        if self.zero_infinity:
            losses = np.where(losses == np.inf, 0, losses)
        if self.reduction == "none":
            return losses if log_probs.ndim == 3 else losses[0]
        return (losses / self.divisors(sizes, losses.dtype)).sum()

    @np.errstate(over="ignore", invalid="ignore")  # where no alignment gives the target: nan, as in PyTorch
    def backward(self, grad_output: Array | float = 1.0) -> Array:
        ndim, frames, times, sizes, states, skips, alpha, losses = self.saved(grad_output)
        shape = (len(sizes),) if self.reduction == "none" and ndim == 3 else ()
        scale = upstream(grad_output, shape, frames.dtype) / self.divisors(sizes, frames.dtype)  # (N,)
        beta = _beta(_spoken(frames, states), skips, times, sizes)  # (T, N, 2S + 1)
        shares = np.exp(alpha[1:, :, 2:] + beta + losses[:, np.newaxis])  # (T, N, 2S + 1)
        is_class = (states[:, :, np.newaxis] == np.arange(frames.shape[2])).astype(frames.dtype)  # (N, 2S + 1, C)
        grad: Array = np.exp(frames) - (shares.swapaxes(0, 1) @ is_class).swapaxes(0, 1)  # (T, N, C)
        grad *= scale[:, np.newaxis]
        grad[frames == -np.inf] = np.nan  # PyTorch divides by p
        unheard = np.arange(len(frames))[:, np.newaxis] >= times  # (T, N)
        grad[unheard | (losses == np.inf) if self.zero_infinity else unheard] = 0
        return grad if ndim == 3 else grad[:, 0]

    def skips(self, states: Indices) -> npt.NDArray[np.bool_]:
        """Whether a state may follow the one before the last: a label may that is not that label again."""
        may = np.zeros(states.shape, bool)
        may[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
        return may

    def divisors(self, sizes: Indices, dtype: npt.DTypeLike) -> Array:
        """What each sequence's loss is divided by: in the mean by the length of its target, and by N."""
        mean = self.reduction == "mean"
        return (np.maximum(sizes, 1) * len(sizes) if mean else np.ones_like(sizes)).astype(dtype)

    def _states(self, frames: Array, targets: Indices, sizes: Indices) -> Indices:
        """The labels of each target with blanks around them, (N, 2S + 1); blanks behind the end of a shorter one."""
        count, classes = frames.shape[1:]
        padded = targets.ndim == 2 and len(targets) == count and targets.shape[1] >= sizes.max()
        if not (padded or targets.shape == (sizes.sum(),)):
            raise RuntimeError(
                f"CTCLoss: expected targets of shape ({count}, {sizes.max()}) or more, or ({sizes.sum()},),"
                f" for target lengths of {sizes.tolist()}, got shape {targets.shape}"
            )
        counts = np.arange(sizes.max()) < sizes[:, np.newaxis]  # (N, S)
        labels = targets[:, : counts.shape[1]][counts] if padded else targets
        if labels.size and not (labels.min() >= 0 and labels.max() < classes):
            raise IndexError(f"CTCLoss: expected labels from 0 to {classes - 1}, got {labels.min()} to {labels.max()}")
        states = np.full((count, 2 * counts.shape[1] + 1), self.blank)
        states[:, 1::2][counts] = labels
        return states

    def _frames(self, log_probs: Array) -> Array:
        """With a batch axis, if there is none."""
        frames = log_probs[:, np.newaxis] if log_probs.ndim == 2 else log_probs
        if frames.ndim != 3 or frames.size == 0 or frames.dtype.kind != "f":
            raise RuntimeError(
                "CTCLoss: expected log_probs of shape (T, N, C) or (T, C), floating-point and not empty,"
                f" got shape {log_probs.shape} and dtype {log_probs.dtype}"
            )
        if not 0 <= self.blank < frames.shape[2]:
            raise RuntimeError(f"CTCLoss: expected a blank from 0 to {frames.shape[2] - 1}, got {self.blank}")
        return frames

    def _lengths(self, name: str, lengths: Lengths, count: int, most: float) -> Indices:
        read = np.asarray(lengths)
        if read.dtype.kind not in "iu" or read.size != count:
            raise RuntimeError(f"CTCLoss: expected {count} whole numbers as {name}, got {read.tolist()}")
        if not 0 <= read.min() <= read.max() <= most:
            raise RuntimeError(f"CTCLoss: expected {name} from 0 to {most}, got {read.tolist()}")
        return read.reshape(-1).astype(np.intp)


def _spoken(frames: Array, states: Indices) -> Array:
    """log p_t(z_s), (T, N, 2S + 1)."""
    return np.take_along_axis(frames, states[np.newaxis], axis=2)


def _alpha(spoken: Array, skips: npt.NDArray[np.bool_]) -> Array:
    """log α, (T + 1, N, 2 + 2S + 1), from before the first time. Before the first state stand two that none reaches."""
    times, count, length = spoken.shape
    alpha = np.full((times + 1, count, length + 2), -np.inf, spoken.dtype)
    alpha[0, :, 2] = 0
    for t in range(times):
        stay, step, skip = alpha[t, :, 2:], alpha[t, :, 1:-1], alpha[t, :, :-2]
        alpha[t + 1, :, 2:] = spoken[t] + _log_sum_exp(stay, step, np.where(skips, skip, -np.inf))
    return alpha


def _beta(spoken: Array, skips: npt.NDArray[np.bool_], times: Indices, sizes: Indices) -> Array:
    """log β, (T, N, 2S + 1). At its own last time each sequence ends, in its last label or in the blank behind it."""
    length = spoken.shape[2]
    to_end = 2 * sizes[:, np.newaxis] - np.arange(length)  # (N, 2S + 1)
    end = np.where((to_end == 0) | (to_end == 1), 0, -np.inf).astype(spoken.dtype)
    beta = np.empty_like(spoken)
    after = np.full((len(sizes), length + 2), -np.inf, spoken.dtype)  # two states behind the last, as before the first
    may_skip = np.zeros_like(skips)  # from this state to the one after the next
    may_skip[:, :-2] = skips[:, 2:]
    for t in reversed(range(len(spoken))):
        stay, step, skip = after[:, :-2], after[:, 1:-1], after[:, 2:]
        going_on = _log_sum_exp(stay, step, np.where(may_skip, skip, -np.inf))
        beta[t] = np.where((times == t + 1)[:, np.newaxis], end, going_on)
        after[:, :-2] = spoken[t] + beta[t]
    return beta


@np.errstate(divide="ignore")  # the logarithm of what cannot happen is −∞
def _log_sum_exp(a: Array, b: Array, c: Array) -> Array:
    lowest = np.finfo(c.dtype).min  # finite, since −∞ − (−∞) would be nan
    largest = np.maximum(np.maximum(a, b), np.maximum(c, lowest))
    sums: Array = np.log(np.exp(a - largest) + np.exp(b - largest) + np.exp(c - largest)) + largest
    return sums
