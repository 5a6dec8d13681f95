"""Cases of attention."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

ARGS: dict[str, Any] = {"embed_dim": 4, "num_heads": 2}
QUERY, KEY, VALUE = normal(3, 2, 4), normal(5, 2, 4), normal(5, 2, 4)
INPUTS = (QUERY, KEY, VALUE)
UNBATCHED = (normal(3, 4), normal(5, 4), normal(5, 4))
PADDING = np.array([[False, False, False, True, True], [True, False, False, False, False]])
CAUSAL = np.triu(np.ones((3, 5), dtype=bool), 1)
NO_SLOPE = "not a number has no difference quotient"
MASK_ORDER = "PyTorch's attention weights lie in memory as (N · heads, L, S) whatever the input, but not its output"

ONES = tuple(np.ones(shape) for shape in ((3, 2, 4), (5, 2, 4), (5, 2, 4)))


def _hide_a_query(rows: int) -> npt.NDArray[Any]:
    """A mask that hides all keys from one query."""
    mask = np.zeros((rows, 5), dtype=bool)
    mask[1] = True
    return mask


def _self_attention(side: Side, x: Any, upstream: Any) -> Any:
    """One array three times: its gradient is the sum of three."""
    attention = side.MultiheadAttention(4, 2)
    (given,) = side.inputs([x], [True])
    output, weights = attention(given, given, given)
    if side.name == "scratch":
        grad = sum(attention.backward(upstream))
    else:
        output.backward(side.array(upstream))
        grad = given.grad
    return output, weights, grad, [side.grad(parameter) for parameter in attention.parameters()]


def _parameters_alone(side: Side, query: Any, key: Any, value: Any, upstream: Any) -> Any:
    attention = side.MultiheadAttention(4, 2, kdim=3)
    output, _ = attention(*side.inputs([query, key, value], [False] * 3))
    if side.name == "scratch":
        attention.input_requires_grad_(False)
        attention.backward(upstream)
    else:
        output.backward(side.array(upstream))
    return [side.grad(parameter) for parameter in attention.parameters()]


def _misleading_hint(side: Side, query: Any, key: Any, value: Any) -> Any:
    """is_causal with a mask that is not causal: it counts only where neither weights nor padding are in play."""
    attention = side.MultiheadAttention(4, 2, add_bias_kv=True)
    arrays = [side.array(array) for array in (query, key, value)]
    mask, padding = side.array(np.zeros((3, 5), dtype=bool)), side.array(PADDING)
    hint = {"attn_mask": mask, "is_causal": True}
    return (
        attention(*arrays, **hint, need_weights=False)[0],
        attention(*arrays, **hint)[0],
        attention(*arrays, **hint, need_weights=False, key_padding_mask=padding)[0],
    )


def _wrong(name: str, raises: type[Exception], only_ours: str = "", **options: Any) -> ErrorSample:
    """A call with inputs that fit, but for these."""

    def script(side: Side) -> Any:
        arrays = {"query": np.ones((3, 2, 4)), "key": np.ones((5, 2, 4)), "value": np.ones((5, 2, 4)), **options}
        args = arrays.pop("args", ARGS)
        call = {key: side.array(value) if isinstance(value, np.ndarray) else value for key, value in arrays.items()}
        return side.MultiheadAttention(**args, dtype=side.dtype("float64"))(**call)

    return ErrorSample(name, raises, script=script, only_ours=only_ours)


CASES = [
    Case(
        "MultiheadAttention",
        samples=(
            ModuleSample("batch", "heads that are cut across the batch, or a softmax over the queries", ARGS, INPUTS),
            ModuleSample(
                "worked by hand",
                "scores without 1 / √d, here 1/2: exp(ln 3) to 1 makes the weights 3/4 and 1/4",
                {"embed_dim": 4, "num_heads": 1, "bias": False},
                (
                    np.array([[2 * math.log(3), 0.0, 0.0, 0.0]]),
                    np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 7.0, 0.0, 0.0]]),
                    np.array([[4.0, 0.0, 0.0, 8.0], [0.0, 4.0, 0.0, 8.0]]),
                ),
                parameters={"in_proj_weight": np.tile(np.eye(4), (3, 1)), "out_proj.weight": np.eye(4)},
                expected={"forward.0": [[3.0, 1.0, 0.0, 8.0]], "forward.1": [[0.75, 0.25]]},
            ),
            ModuleSample(
                "padding, weights of each head",
                "padding that is kept while the rest is hidden, or a mask added after the softmax",
                ARGS,
                INPUTS,
                keywords={"key_padding_mask": PADDING, "average_attn_weights": False},
            ),
            ModuleSample(
                "a mask of bools, batch first",
                "axes of batch and sequence exchanged, or True taken for what may be seen",
                {**ARGS, "batch_first": True},
                (normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 4)),
                keywords={"attn_mask": CAUSAL, "key_padding_mask": PADDING},
            ),
            ModuleSample(
                "a mask of numbers for each head, and padding of numbers",
                "heads that come before the batch in the mask's first axis",
                ARGS,
                INPUTS,
                keywords={"attn_mask": normal(4, 3, 5), "key_padding_mask": normal(2, 5)},
            ),
            ModuleSample(
                "features of three sizes",
                "weights of the keys and the values exchanged",
                {**ARGS, "kdim": 3, "vdim": 6},
                (QUERY, normal(5, 2, 3), normal(5, 2, 6)),
            ),
            ModuleSample(
                "features of the keys alone",
                "one array for all weights where the sizes differ",
                {**ARGS, "kdim": 3, "bias": False},
                (QUERY, normal(5, 2, 3), VALUE),
            ),
            ModuleSample(
                "one feature, and none of the keys and values",
                "an axis of size one squeezed away, or sizes that −1 stands for",
                {"embed_dim": 1, "num_heads": 1, "kdim": 0, "vdim": 0},
                (normal(3, 2, 1), normal(5, 2, 0), normal(5, 2, 0)),
            ),
            ModuleSample(
                "more keys",
                "a learnt key and a zero key that a mask hides, or that come in the other order",
                {**ARGS, "add_bias_kv": True, "add_zero_attn": True},
                INPUTS,
                keywords={"attn_mask": CAUSAL, "key_padding_mask": PADDING},
            ),
            ModuleSample(
                "a learnt key, batch first",
                "keys that are lengthened along the batch",
                {**ARGS, "add_bias_kv": True, "batch_first": True},
                (normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 4)),
                keywords={"need_weights": False},
            ),
            ModuleSample(
                "a zero key, unbatched",
                "a zero that is projected, and so becomes the bias",
                {**ARGS, "add_zero_attn": True, "batch_first": True},
                UNBATCHED,
                keywords={"attn_mask": normal(2, 3, 5), "key_padding_mask": normal(5)},
            ),
            ModuleSample(
                "unbatched, weights of each head",
                "a batch axis that is left in the weights",
                ARGS,
                UNBATCHED,
                keywords={"average_attn_weights": False, "attn_mask": CAUSAL, "key_padding_mask": PADDING[1]},
            ),
            ModuleSample(
                "dropout",
                "weights dropped before the softmax, or a mask drawn for all heads at once",
                {**ARGS, "dropout": 0.4},
                INPUTS,
            ),
            ModuleSample(
                "dropout without weights",
                "a mask drawn anew in backward",
                {**ARGS, "dropout": 0.4},
                INPUTS,
                keywords={"need_weights": False, "attn_mask": CAUSAL},
            ),
            ModuleSample("all dropped", "0 / 0 at a probability of 1", {**ARGS, "dropout": 1.0}, INPUTS),
            ModuleSample(
                "a query that may see nothing",
                "0 / 0 that is mended",
                ARGS,
                INPUTS,
                keywords={"attn_mask": _hide_a_query(3)},
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "a query that may see nothing, without weights",
                "0 / 0 where PyTorch's attention without weights gives 0",
                ARGS,
                INPUTS,
                keywords={"attn_mask": _hide_a_query(3), "need_weights": False},
            ),
            ModuleSample(
                "scores far apart",
                "an exponential that overflows",
                {"embed_dim": 2, "num_heads": 1},
                (np.array([[30.0, 0.0]]), np.array([[60.0, 1.0], [59.0, 2.0]]), normal(2, 2)),
                parameters={"in_proj_weight": np.tile(np.eye(2), (3, 1))},
            ),
            ModuleSample(
                "empty batch", "a maximum of nothing", ARGS, (normal(3, 0, 4), normal(5, 0, 4), normal(5, 0, 4))
            ),
            ModuleSample("no keys", "a mean of nothing", ARGS, (normal(3, 2, 4), normal(0, 2, 4), normal(0, 2, 4))),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**ARGS, "add_bias_kv": True, "dtype": "float64"},
                INPUTS,
                dtypes=("float64",),
            ),
            ScriptSample(
                "self-attention",
                "gradients that overwrite one another where the array is one",
                inputs=(normal(3, 2, 4), normal(3, 2, 4)),
                script=_self_attention,
            ),
            ScriptSample(
                "parameters alone",
                "parameters that learn nothing where the inputs need no gradient",
                inputs=(QUERY, normal(5, 2, 3), VALUE, normal(3, 2, 4)),
                script=_parameters_alone,
            ),
            ScriptSample(
                "a hint that is wrong",
                "is_causal taken for a wish where it is a promise",
                inputs=INPUTS,
                script=_misleading_hint,
            ),
        ),
        errors=(
            ErrorSample("no features", ValueError, {"embed_dim": 0, "num_heads": 1}),
            ErrorSample("no heads", ValueError, {"embed_dim": 4, "num_heads": 0}),
            ErrorSample("negative heads", ValueError, {"embed_dim": 4, "num_heads": -2}),
            ErrorSample("heads do not divide", AssertionError, {"embed_dim": 4, "num_heads": 3}),
            ErrorSample("negative features", RuntimeError, {**ARGS, "kdim": -1}),
            ErrorSample("dropout above one", ValueError, {**ARGS, "dropout": 1.5}, ONES),
            ErrorSample(
                "dropout below zero",
                ValueError,
                {**ARGS, "dropout": -0.5},
                only_ours="PyTorch drops nothing, or says that its kernel does not support dropout",
            ),
            _wrong("one axis", AssertionError, query=np.ones(4), key=np.ones(4), value=np.ones(4)),
            _wrong("query alone unbatched", AssertionError, query=np.ones((3, 4))),
            _wrong("wrong features of the query", AssertionError, query=np.ones((3, 2, 5))),
            _wrong(
                "wrong features of the keys and values", RuntimeError, key=np.ones((5, 2, 3)), value=np.ones((5, 2, 3))
            ),
            _wrong("wrong features of the values", AssertionError, value=np.ones((5, 2, 3))),
            _wrong("fewer values than keys", AssertionError, value=np.ones((4, 2, 4))),
            _wrong("wrong kdim", AssertionError, args={**ARGS, "kdim": 3}),
            _wrong("another batch size", RuntimeError, query=np.ones((3, 1, 4))),
            _wrong(
                "another batch size, batch first",
                RuntimeError,
                args={**ARGS, "batch_first": True},
                query=np.ones((1, 3, 4)),
                key=np.ones((2, 5, 4)),
                value=np.ones((2, 5, 4)),
            ),
            _wrong("query of another dtype", RuntimeError, query=np.ones((3, 2, 4), np.float32)),
            _wrong("integers", RuntimeError, value=np.ones((5, 2, 4), np.int64)),
            _wrong("mask of integers", AssertionError, attn_mask=np.zeros((3, 5), np.int64)),
            _wrong("mask transposed", RuntimeError, attn_mask=np.zeros((5, 3), bool)),
            _wrong("mask of each sequence", RuntimeError, attn_mask=np.zeros((2, 3, 5), bool)),
            _wrong("mask of one axis", AssertionError, attn_mask=np.zeros(5, bool)),
            _wrong("mask of another dtype", RuntimeError, attn_mask=np.zeros((3, 5), np.float32)),
            _wrong(
                "mask of several heads, unbatched",
                AssertionError,
                query=np.ones((3, 4)),
                key=np.ones((5, 4)),
                value=np.ones((5, 4)),
                attn_mask=np.zeros((3, 3, 5), bool),
            ),
            _wrong("padding of integers", AssertionError, key_padding_mask=np.zeros((2, 5), np.int64)),
            _wrong("padding without a batch", AssertionError, key_padding_mask=np.zeros(5, bool)),
            _wrong("padding transposed", AssertionError, key_padding_mask=np.zeros((5, 2), bool)),
            _wrong("causal without a mask", RuntimeError, is_causal=True),
        ),
        differences=(
            Difference(
                "masks of bools and of numbers may stand beside each other",
                "PyTorch warns that it will not allow it any more; the numbers are the same",
            ),
        ),
    ),
]
