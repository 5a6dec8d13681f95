"""Cases of the layers that look rows up in a table."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, integers, normal
from parity.sides import Side

__all__ = ["CASES"]

Array = npt.NDArray[Any]

TABLE = {"num_embeddings": 7, "embedding_dim": 3}
WORDS = (integers(5, 4, high=7),)
BAGS = (np.array([0, 1, 1, 6, 3, 1, 4, 0]), np.array([0, 3, 3, 4]))  # the second bag is empty
PADDED = np.array([[5, 0, 5, 1], [5, 5, 5, 5]])
ROWS = np.array([[1.0, 2.0], [3.0, 8.0], [5.0, 5.0]])
LONG_AND_SHORT = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.3, 0.4], [0.0, 0.0, -1.0], [0.0, 0.0, -2.0]])

FROZEN_ROW = "the row of the padding is not trained, although the output depends on it"
SCALED = "the gradient is scaled on purpose"
IN_PLACE = "the forward changes the weight itself"

SPARSE = Difference(
    "sparse",
    "chooses how PyTorch stores the gradient; the numbers are those of the dense one",
    argument="sparse",
)


def _pretrained(side: Side, table: Array, words: Array, upstream: Array) -> Any:
    """Frozen and trained; a row of padding that is given is not set to zero."""
    frozen = side.Embedding.from_pretrained(side.array(table), padding_idx=1)
    trained = side.Embedding.from_pretrained(side.array(table), freeze=False, scale_grad_by_freq=True)
    found = []
    for layer in (frozen, trained):
        output = layer(side.array(words))
        side.backward(layer, output, side.array(upstream), [])
        found += [output, side.grad(layer.weight)]
    return found


def _renormalized(side: Side, table: Array, words: Array) -> Any:
    """The weight, after rows of it were looked up."""
    found = {}
    for norm_type in (2.0, 1.0, float("inf"), -1.0):
        layer = side.Embedding.from_pretrained(side.array(table), max_norm=1.0, norm_type=norm_type)
        found[str(norm_type)] = layer(side.array(words)), layer.weight
    return found


def _pretrained_bags(side: Side, table: Array, words: Array, upstream: Array) -> Any:
    frozen = side.EmbeddingBag.from_pretrained(side.array(table), mode="max", padding_idx=1)
    trained = side.EmbeddingBag.from_pretrained(side.array(table), freeze=False, max_norm=1.0)
    found = []
    for layer in (frozen, trained):
        output = layer(side.array(words))
        side.backward(layer, output, side.array(upstream), [])
        found += [output, layer.weight, side.grad(layer.weight)]
    return found


def _by_frequency(side: Side, table: Array, words: Array, upstream: Array) -> Any:
    """PyTorch's bags divide by the count of another word, so its words are looked up one by one, and summed."""
    options = {"_weight": side.array(table), "scale_grad_by_freq": True}
    if side.name == "scratch":
        layer = side.EmbeddingBag(4, 3, mode="sum", **options)
        output = layer(side.array(words))
    else:
        layer = side.Embedding(4, 3, **options)
        output = layer(side.array(words)).sum(1)
    side.backward(layer, output, side.array(upstream), [])
    return side.grad(layer.weight)


CASES = [
    Case(
        "Embedding",
        samples=(
            ModuleSample("sequences", "a gradient in which a repeated word counts once", TABLE, WORDS),
            ModuleSample(
                "worked by hand",
                "columns looked up instead of rows",
                {"num_embeddings": 3, "embedding_dim": 2},
                (np.array([2, 0, 2]),),
                parameters={"weight": ROWS},
                expected={"forward": [[5.0, 5.0], [1.0, 2.0], [5.0, 5.0]]},
            ),
            ModuleSample("one word", "an axis of words taken for granted", TABLE, (np.array(4),)),
            ModuleSample(
                "no word", "a smallest index of nothing", {**TABLE, "num_embeddings": 0}, (np.zeros((0, 4), np.int64),)
            ),
            ModuleSample(
                "padding",
                "a row of padding that is trained, or drawn; counted from the end it is row 5",
                {**TABLE, "padding_idx": -2},
                (PADDED,),
                kink=FROZEN_ROW,
            ),
            ModuleSample(
                "scale_grad_by_freq",
                "frequencies that are ignored, or counted in each sequence",
                {**TABLE, "scale_grad_by_freq": True, "padding_idx": -7},
                WORDS,
                kink=SCALED,
            ),
            ModuleSample(
                "max_norm",
                "long rows left long, or short ones lengthened",
                {**TABLE, "max_norm": 0.8},
                WORDS,
                kink=IN_PLACE,
            ),
            ModuleSample(
                "norm_type",
                "lengths that are Euclidean whatever the order",
                {**TABLE, "max_norm": 0.8, "norm_type": 3.0},
                WORDS,
                kink=IN_PLACE,
            ),
            ModuleSample(
                "given and frozen",
                "a frozen weight that gets a gradient",
                {"num_embeddings": 3, "embedding_dim": 2, "_weight": ROWS, "_freeze": True},
                (np.array([[2, 0, 2]], np.int32),),
            ),
            ModuleSample(
                "dtype", "a dtype argument that is ignored", {**TABLE, "dtype": "float64"}, WORDS, dtypes=("float64",)
            ),
            ScriptSample(
                "from_pretrained",
                "a given row set to zero, or a weight that is trained unasked",
                inputs=(ROWS, np.array([1, 2, 1]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
                script=_pretrained,
            ),
            ScriptSample(
                "rows shortened for good",
                "a copy shortened instead of the weight, or rows that were not looked up",
                inputs=(LONG_AND_SHORT, np.array([0, 1, 0, 2, 3])),
                script=_renormalized,
            ),
        ),
        errors=(
            ErrorSample("index too large", IndexError, TABLE, (np.array([7]),)),
            ErrorSample("index below zero", IndexError, TABLE, (np.array([-1]),)),
            ErrorSample("floats", RuntimeError, TABLE, (np.ones(3),)),
            ErrorSample("short integers", RuntimeError, TABLE, (np.ones(3, np.int16),)),
            ErrorSample("negative size", RuntimeError, {"num_embeddings": -1, "embedding_dim": 3}),
            ErrorSample("padding beyond the table", AssertionError, {**TABLE, "padding_idx": 7}),
            ErrorSample("padding before the table", AssertionError, {**TABLE, "padding_idx": -8}),
            ErrorSample("weight of another shape", AssertionError, {**TABLE, "_weight": ROWS}),
            ErrorSample(
                "pretrained vector",
                AssertionError,
                script=lambda side: side.Embedding.from_pretrained(side.array(np.ones(3))),
            ),
        ),
        differences=(SPARSE,),
    ),
    Case(
        "EmbeddingBag",
        samples=(
            ModuleSample("mean", "an empty bag that divides by zero, or takes the next bag's first word", TABLE, BAGS),
            ModuleSample("sum", "a sum divided by the number of words", {**TABLE, "mode": "sum"}, BAGS),
            ModuleSample("max", "a gradient for words that are not the largest", {**TABLE, "mode": "max"}, BAGS),
            ModuleSample(
                "ties",
                "a gradient that is shared among equal words, or given to the last",
                {**TABLE, "mode": "max"},
                (np.array([[2, 1, 3, 0], [3, 3, 1, 2]]),),
                parameters={"weight": np.ones((7, 3))},
                kink="equal elements: the derivative differs from side to side",
            ),
            ModuleSample(
                "worked by hand",
                "a mean over all words: (1 + 3) / 2 and 3",
                {"num_embeddings": 3, "embedding_dim": 2},
                (np.array([0, 1, 1]), np.array([0, 2])),
                parameters={"weight": ROWS},
                expected={"forward": [[2.0, 5.0], [3.0, 8.0]]},
            ),
            ModuleSample("rows", "rows taken for columns of bags", TABLE, WORDS),
            ModuleSample("no bag", "a reduction of nothing", TABLE, (np.zeros((0, 4), np.int64),)),
            ModuleSample(
                "empty bags only",
                "a maximum of nothing",
                {**TABLE, "mode": "max"},
                (np.zeros(0, np.int64), np.array([0, 0])),
            ),
            ModuleSample(
                "include_last_offset",
                "a last offset that begins an empty bag",
                {**TABLE, "include_last_offset": True},
                (BAGS[0], np.array([0, 3, 3, 4, 8], np.int32)),
            ),
            ModuleSample(
                "per_sample_weights",
                "weights without a gradient, or that are not in the weight's gradient",
                {**TABLE, "mode": "sum"},
                (*BAGS, normal(8)),
            ),
            ModuleSample(
                "per_sample_weights of rows, with padding",
                "a gradient for the weights of padding",
                {**TABLE, "mode": "sum", "padding_idx": 5},
                (PADDED, None, normal(2, 4)),
                kink=FROZEN_ROW,
            ),
            ModuleSample(
                "padding, mean",
                "padding that is counted among the words of its bag",
                {**TABLE, "padding_idx": -2},
                (PADDED,),
                kink=FROZEN_ROW,
            ),
            ModuleSample(
                "padding, max",
                "padding that is the largest word",
                {**TABLE, "padding_idx": 5, "mode": "max"},
                (PADDED,),
                parameters={"weight": np.arange(21.0).reshape(7, 3) % 17},
                kink=FROZEN_ROW,
            ),
            ModuleSample(
                "max_norm and norm_type",
                "padding's row left long, or lengths that are Euclidean",
                {**TABLE, "max_norm": 0.8, "norm_type": 1.0, "padding_idx": 1},
                BAGS,
                kink=IN_PLACE,
            ),
            ModuleSample(
                "scale_grad_by_freq, equally often",
                "frequencies that are ignored in bags",
                {**TABLE, "scale_grad_by_freq": True},
                (np.array([[0, 4, 6], [6, 4, 0]]),),
                kink=SCALED,
            ),
            ScriptSample(
                "scale_grad_by_freq",
                "a division by another word's frequency, as PyTorch 2.13 has it",
                inputs=(
                    np.ones((4, 3)),
                    np.array([[1, 1, 3], [2, 0, 1]]),
                    np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
                ),
                expected={"result": [[4.0, 5.0, 6.0], [2.0, 3.0, 4.0], [4.0, 5.0, 6.0], [1.0, 2.0, 3.0]]},
                script=_by_frequency,
            ),
            ModuleSample(
                "given",
                "a dtype or a weight that is ignored",
                {"num_embeddings": 3, "embedding_dim": 2, "_weight": ROWS, "dtype": "float64"},
                (np.array([[2, 0, 2]]),),
                dtypes=("float64",),
            ),
            ScriptSample(
                "from_pretrained",
                "a weight that is trained unasked",
                inputs=(ROWS, np.array([[1, 2], [1, 1], [0, 1]]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
                script=_pretrained_bags,
            ),
        ),
        errors=(
            ErrorSample("index too large", RuntimeError, TABLE, (np.array([[7]]),)),
            ErrorSample("floats", RuntimeError, TABLE, (np.ones((2, 3)),)),
            ErrorSample("three axes", ValueError, TABLE, (np.ones((2, 3, 1), np.int64),)),
            ErrorSample("no offsets", ValueError, TABLE, (np.array([1, 2]),)),
            ErrorSample("offsets for rows", ValueError, TABLE, (np.array([[1, 2]]), np.array([0]))),
            ErrorSample("offsets of two axes", ValueError, TABLE, (np.array([1, 2]), np.array([[0]]))),
            ErrorSample("offsets from one", RuntimeError, TABLE, (np.array([1, 2]), np.array([1]))),
            ErrorSample("offsets beyond the end", RuntimeError, TABLE, (np.array([1, 2]), np.array([0, 3]))),
            ErrorSample(
                "falling offsets",
                RuntimeError,
                TABLE,
                (np.array([1, 2, 3]), np.array([0, 2, 1])),
                only_ours="PyTorch puts a word into two bags, and its gradient into one",
            ),
            ErrorSample(
                "words after the last offset",
                RuntimeError,
                {**TABLE, "include_last_offset": True},
                (np.array([1, 2, 3]), np.array([0, 2])),
                only_ours="PyTorch's answer depends on the dtype, and its gradient on what lies in memory",
            ),
            ErrorSample("bags of no length", RuntimeError, TABLE, (np.zeros((2, 0), np.int64),)),
            ErrorSample("unknown mode", ValueError, {**TABLE, "mode": "median"}, (np.array([[1]]),)),
            ErrorSample(
                "frequencies of a maximum",
                ValueError,
                {**TABLE, "mode": "max", "scale_grad_by_freq": True},
                (np.array([[1]]),),
            ),
            ErrorSample(
                "weights of another shape",
                ValueError,
                {**TABLE, "mode": "sum"},
                (np.array([1, 2]), np.array([0]), np.ones(3)),
            ),
            ErrorSample("weights of a mean", NotImplementedError, TABLE, (np.array([1, 2]), np.array([0]), np.ones(2))),
            ErrorSample(
                "weights of another dtype",
                RuntimeError,
                {**TABLE, "mode": "sum"},
                (np.array([1, 2]), np.array([0]), np.ones(2, np.int64)),
            ),
            ErrorSample("negative size", RuntimeError, {"num_embeddings": -1, "embedding_dim": 3}),
            ErrorSample("padding beyond the table", AssertionError, {**TABLE, "padding_idx": 7}),
            ErrorSample("weight of another shape", AssertionError, {**TABLE, "_weight": ROWS}),
            ErrorSample(
                "pretrained vector",
                AssertionError,
                script=lambda side: side.EmbeddingBag.from_pretrained(side.array(np.ones(3))),
            ),
        ),
        differences=(
            SPARSE,
            Difference(
                "scale_grad_by_freq",
                "divides by how often the word itself occurs; on the CPU PyTorch 2.13 divides by another word's count"
                " where they differ (issue 190063, repaired after 2.13)",
            ),
            Difference(
                "offsets that fall, or end before the input with include_last_offset",
                "they are refused; PyTorch's results differ between float32 and float64, and its gradient may hold"
                " whatever lay in memory",
            ),
            Difference("nan in a maximum", "it comes out; PyTorch drops it unless the bag begins with it"),
            Difference("bad mode", "it is refused at once, when the layer is built; PyTorch waits for an input"),
        ),
    ),
]
