"""Cases of padding and packing sequences."""

from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

ROWS = (normal(1, 3), normal(5, 3), normal(4, 3))  # three sequences, not in order of length


def _lengths(side: Side, *lengths: int) -> Any:
    return side.array(np.array(lengths))


def _pack(side: Side, *rows: Any) -> Any:
    return side.pack_sequence([side.array(row) for row in rows], enforce_sorted=False)


def _packed_sequence(side: Side, *rows: Any) -> Any:
    packed = _pack(side, *rows)
    again = side.PackedSequence(
        packed.data,
        packed.batch_sizes,
        sorted_indices=packed.sorted_indices,
        unsorted_indices=packed.unsorted_indices,
    )
    return [packed, again.data, again.batch_sizes, len(again)]


def _made(side: Side, data: Any) -> Any:
    made = side.PackedSequence(side.array(data), batch_sizes=_lengths(side, 2, 1))
    return [made.data, made.batch_sizes, made.sorted_indices, made.unsorted_indices]


def _pack_padded(side: Side, x: Any, batch_first: bool, enforce_sorted: bool, lengths: list[int]) -> Any:
    packed = side.pack_padded_sequence(side.array(x), lengths, batch_first=batch_first, enforce_sorted=enforce_sorted)
    return [*packed]


def _pad_packed(side: Side, *rows: Any, **options: Any) -> Any:
    return side.pad_packed_sequence(_pack(side, *rows), **options)


def _pad(side: Side, *rows: Any, **options: Any) -> Any:
    return side.pad_sequence([side.array(row) for row in rows], **options)


def _unpad(side: Side, x: Any, batch_first: bool) -> Any:
    return side.unpad_sequence(side.array(x), _lengths(side, 2, 4, 1), batch_first=batch_first)


def _too_short(side: Side) -> None:
    side.pad_packed_sequence(_pack(side, np.ones((3, 2))), total_length=2)


CASES = [
    Case(
        "PackedSequence",
        samples=(
            ScriptSample("made", "indices that are not inverse to each other", inputs=ROWS, script=_packed_sequence),
            ScriptSample("without indices", "indices where nothing was sorted", inputs=(normal(3, 2),), script=_made),
        ),
        differences=(
            Difference("batch_sizes must be given", "PyTorch also takes a pair as data", argument="batch_sizes"),
        ),
    ),
    Case(
        "invert_permutation",
        samples=(
            ScriptSample(
                "three",
                "the permutation itself",
                expected={"result": np.array([1, 2, 0])},
                script=lambda side: side.invert_permutation(_lengths(side, 2, 0, 1)),
            ),
            ScriptSample("none", "nothing that is inverted", script=lambda side: [side.invert_permutation(None)]),
        ),
    ),
    Case(
        "pack_padded_sequence",
        samples=(
            ScriptSample(
                "sorted",
                "elements in the order of the sequences instead of that of time",
                {"batch_first": False, "enforce_sorted": True, "lengths": [5, 3, 3]},
                (normal(5, 3, 2),),
                script=_pack_padded,
            ),
            ScriptSample(
                "unsorted, batch first, longer than needed",
                "lengths that are sorted and sequences that are not",
                {"batch_first": True, "enforce_sorted": False, "lengths": [2, 4, 1]},
                (normal(3, 5, 2),),
                script=_pack_padded,
            ),
        ),
        errors=(
            ErrorSample(
                "rising lengths",
                RuntimeError,
                script=lambda side: side.pack_padded_sequence(side.array(np.ones((5, 2, 3))), [3, 4]),
            ),
            ErrorSample(
                "length of none",
                RuntimeError,
                script=lambda side: side.pack_padded_sequence(side.array(np.ones((5, 2, 3))), [4, 0]),
            ),
            ErrorSample(
                "too many lengths",
                RuntimeError,
                script=lambda side: side.pack_padded_sequence(side.array(np.ones((5, 2, 3))), [4, 3, 2]),
            ),
            ErrorSample(
                "no sequences",
                RuntimeError,
                script=lambda side: side.pack_padded_sequence(side.array(np.ones((5, 0, 3))), []),
            ),
            ErrorSample(
                "too long",
                RuntimeError,
                script=lambda side: side.pack_padded_sequence(side.array(np.ones((5, 2, 3))), [6, 3]),
                only_ours="PyTorch makes a packed sequence of fewer elements than its batch sizes say",
            ),
        ),
    ),
    Case(
        "pad_packed_sequence",
        samples=(
            ScriptSample("padded", "sequences that stay sorted", inputs=ROWS, script=_pad_packed),
            ScriptSample(
                "options",
                "padding of zeros whatever was asked for",
                {"batch_first": True, "padding_value": 7.0, "total_length": 6},
                ROWS,
                script=_pad_packed,
            ),
        ),
        errors=(ErrorSample("too short a length", ValueError, script=_too_short),),
    ),
    Case(
        "pad_sequence",
        samples=(
            ScriptSample("padded", "sequences cut to the shortest", inputs=ROWS, script=_pad),
            ScriptSample(
                "options",
                "padding on the right whatever was asked for",
                {"batch_first": True, "padding_value": 7.0, "padding_side": "left"},
                ROWS,
                script=_pad,
            ),
        ),
        errors=(
            ErrorSample(
                "unknown side",
                RuntimeError,
                script=lambda side: side.pad_sequence([side.array(np.ones(2))], padding_side="top"),
            ),
            ErrorSample("no sequences", RuntimeError, script=lambda side: side.pad_sequence([])),
        ),
    ),
    Case(
        "unpad_sequence",
        samples=(
            ScriptSample(
                "time first", "padding that is kept", {"batch_first": False}, (normal(5, 3, 2),), script=_unpad
            ),
            ScriptSample(
                "batch first", "axes that are exchanged", {"batch_first": True}, (normal(3, 5, 2),), script=_unpad
            ),
        ),
    ),
    Case(
        "pack_sequence",
        samples=(
            ScriptSample("unsorted", "sequences in the order given", inputs=ROWS, script=lambda s, *r: [*_pack(s, *r)]),
        ),
        errors=(
            ErrorSample(
                "rising lengths",
                RuntimeError,
                script=lambda side: side.pack_sequence([side.array(np.ones(n)) for n in (1, 2)]),
            ),
        ),
    ),
    Case(
        "unpack_sequence",
        samples=(
            ScriptSample(
                "there and back",
                "sequences in sorted order, or with their padding",
                inputs=ROWS,
                script=lambda side, *rows: side.unpack_sequence(_pack(side, *rows)),
            ),
        ),
    ),
]
