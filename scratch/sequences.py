"""Sequences of different lengths in one batch: padded to the longest, or packed without padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

AnyArray = npt.NDArray[Any]
Places = npt.NDArray[np.int64]


class PackedSequence(NamedTuple):
    """Sequences of different lengths without padding: all first elements, then all second ones, and so on.

    The sequences stand in order of length, the longest first, so that those that have ended are the last ones. The
    sequences `ab`, `c` and `def` are the data `dac eb f` (without the spaces) with the batch_sizes 3, 2, 1.

    Args:
        data: the elements, (Σ lengths, *).
        batch_sizes: how many sequences have a first element, a second one, …
        sorted_indices: the original places of the sequences, in their order here; None if it is the same.
        unsorted_indices: the place here of each original sequence.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html

    Example:
        >>> packed = pack_sequence([np.array([1.0, 2.0]), np.array([3.0])])
        >>> packed.data, packed.batch_sizes
        (array([1., 3., 2.]), array([2, 1]))
    """

    data: AnyArray
    batch_sizes: Places
    sorted_indices: Places | None = None
    unsorted_indices: Places | None = None


def invert_permutation(permutation: Places | None) -> Places | None:
    """The permutation that undoes this one; None for None.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.invert_permutation.html

    Example:
        >>> invert_permutation(np.array([2, 0, 1]))
        array([1, 2, 0])
    """
    if permutation is None:
        return None
    inverse = np.empty_like(permutation)
    inverse[permutation] = np.arange(len(permutation))
    return inverse


def pack_padded_sequence(
    input: AnyArray, lengths: Places | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Leave the padding out.

    The gradient of the input is `pad_packed_sequence` of the gradient: 0 where there was padding.

    Args:
        input: padded sequences, (T, N, *), or (N, T, *) if batch_first.
        lengths: the length of each, from 1 to T.
        batch_first: whether the first axis counts the sequences.
        enforce_sorted: whether the lengths must fall; otherwise the sequences are sorted, and sorted back by
            `pad_packed_sequence`.

    Raises:
        RuntimeError: lengths that do not fit the input, are below 1, or do not fall although they must.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html

    Example:
        >>> pack_padded_sequence(np.array([[1.0, 3.0], [2.0, 0.0]]), [2, 1]).data
        array([1., 3., 2.])
    """
    steps = input.swapaxes(0, 1) if batch_first else input  # (T, N, *)
    sizes = np.asarray(lengths, np.int64)
    if sizes.shape != (steps.shape[1],) or not sizes.size:
        raise RuntimeError(
            f"pack_padded_sequence: expected one length for each sequence, got {sizes.size} for {steps.shape[1]}"
        )
    order = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        steps, sizes = steps[:, order], sizes[order]
    elif (np.diff(sizes) > 0).any():
        raise RuntimeError(f"pack_padded_sequence: expected lengths that fall, got {sizes.tolist()}")
    if sizes.min() < 1 or sizes.max() > len(steps):
        raise RuntimeError(f"pack_padded_sequence: expected lengths from 1 to {len(steps)}, got {sizes.tolist()}")
    present = np.arange(sizes[0])[:, None] < sizes  # (longest, N)
    data = steps[: sizes[0]][present]  # step by step, which is the order of a packed sequence
    return PackedSequence(data, present.sum(axis=1), order, invert_permutation(order))


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[AnyArray, Places]:
    """Padded sequences in their original order, and their lengths: undoes `pack_padded_sequence`.

    The gradient of the data is `pack_padded_sequence` of the gradient.

    Args:
        sequence: what was packed.
        batch_first: whether the first axis of the output counts the sequences.
        padding_value: what is put after the end of a sequence.
        total_length: the length T of the output; that of the longest sequence when None.

    Raises:
        ValueError: a total_length shorter than the longest sequence.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html

    Example:
        >>> pad_packed_sequence(pack_sequence([np.array([1.0, 2.0]), np.array([3.0])]), batch_first=True)
        (array([[1., 2.],
               [3., 0.]]), array([2, 1]))
    """
    longest, count = len(sequence.batch_sizes), int(sequence.batch_sizes[0])
    total = longest if total_length is None else total_length
    if total < longest:
        raise ValueError(f"pad_packed_sequence: expected a total_length of {longest} or more, got {total}")
    present = np.arange(count) < sequence.batch_sizes[:, None]  # (longest, N)
    padded = np.full((total, count, *sequence.data.shape[1:]), padding_value, sequence.data.dtype)
    padded[:longest][present] = sequence.data
    lengths = present.sum(axis=0)
    if sequence.unsorted_indices is not None:
        padded, lengths = padded[:, sequence.unsorted_indices], lengths[sequence.unsorted_indices]
    return padded.swapaxes(0, 1) if batch_first else padded, lengths


def pad_sequence(
    sequences: Iterable[AnyArray], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> AnyArray:
    """Sequences of different lengths in one array.

    Args:
        sequences: the sequences, each (L, *) with a length of its own.
        batch_first: whether the first axis of the output counts the sequences.
        padding_value: what stands where a sequence has nothing.
        padding_side: "right", after the sequences, or "left", before them.

    Raises:
        RuntimeError: no sequences, or another side.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html

    Example:
        >>> pad_sequence([np.array([1.0, 2.0]), np.array([3.0])], batch_first=True, padding_side="left")
        array([[1., 2.],
               [0., 3.]])
    """
    if padding_side not in ("left", "right"):
        raise RuntimeError(f'pad_sequence: expected padding_side "left" or "right", got {padding_side!r}')
    rows = list(sequences)
    if not rows:
        raise RuntimeError("pad_sequence: expected at least one sequence, got none")
    longest = max(len(row) for row in rows)
    padded = np.full((len(rows), longest, *rows[0].shape[1:]), padding_value, rows[0].dtype)
    for place, row in zip(padded, rows, strict=True):
        start = 0 if padding_side == "right" else longest - len(row)
        place[start : start + len(row)] = row
    return padded if batch_first else padded.swapaxes(0, 1)


def unpad_sequence(padded_sequences: AnyArray, lengths: Places, batch_first: bool = False) -> list[AnyArray]:
    """The sequences again, each with its own length: undoes `pad_sequence`.

    Args:
        padded_sequences: (T, N, *), or (N, T, *) if batch_first.
        lengths: the length of each.
        batch_first: whether the first axis counts the sequences.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpad_sequence.html

    Example:
        >>> unpad_sequence(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([2, 1]), batch_first=True)
        [array([1., 2.]), array([3.])]
    """
    rows = padded_sequences if batch_first else padded_sequences.swapaxes(0, 1)
    return [row[:length].copy() for row, length in zip(rows, lengths, strict=True)]


def pack_sequence(sequences: Sequence[AnyArray], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences of different lengths, packed.

    Args:
        sequences: the sequences, each (L, *) with a length of its own.
        enforce_sorted: whether the lengths must fall; otherwise the sequences are sorted.

    Raises:
        RuntimeError: no sequences, or lengths that do not fall although they must.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_sequence.html

    Example:
        >>> pack_sequence([np.array([3.0]), np.array([1.0, 2.0])], enforce_sorted=False).data
        array([1., 3., 2.])
    """
    lengths = [len(row) for row in sequences]
    if enforce_sorted and sorted(lengths, reverse=True) != lengths:
        raise RuntimeError(f"pack_sequence: expected lengths that fall, got {lengths}")
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[AnyArray]:
    """The sequences again, in their original order: undoes `pack_sequence`.

    Args:
        packed_sequences: what was packed.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.unpack_sequence.html

    Example:
        >>> unpack_sequence(pack_sequence([np.array([1.0, 2.0]), np.array([3.0])]))
        [array([1., 2.]), array([3.])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
