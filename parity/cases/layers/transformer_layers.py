"""Cases of the transformer's layers."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.cases.layers._stacks import ACTIVATION, MASK_ORDER, PADDING, run, scatter
from parity.sides import Side

__all__ = ["CASES"]

ARGS: dict[str, Any] = {"d_model": 4, "nhead": 2, "dim_feedforward": 3, "dropout": 0.0}
CAUSAL = np.triu(np.ones((3, 3), dtype=bool), 1)
TO_MEMORY = np.array([[True, False, False, True, False], [False] * 5, [False, True, False, False, True]])
MEMORY_PADDING = np.array([[False, False, False, True, True], [True, False, False, False, False]])
BY_HAND: dict[str, Any] = {"d_model": 2, "nhead": 1, "dim_feedforward": 3, "dropout": 0.0, "layer_norm_eps": 12.0}
NOTHING = {  # blocks that give 0
    "linear2.weight": np.zeros((2, 3)),
    "linear2.bias": np.zeros(2),
    "self_attn.out_proj.weight": np.zeros((2, 2)),
    "self_attn.out_proj.bias": np.zeros(2),
}


def _given_activation(name: str, *shapes: tuple[int, ...]) -> Any:
    """An activation that is a module, and one with a parameter of its own."""

    def script(side: Side, upstream: Any, *arrays: Any) -> Any:
        options = {"d_model": 4, "nhead": 2, "dim_feedforward": 3, "dropout": 0.0}
        layers = [side.find(name)(**options, activation=module) for module in (side.GELU(), side.PReLU())]
        return [run(side, scatter(side, layer), arrays, upstream) for layer in layers]

    return script


def _inference(side: Side, x: Any) -> Any:
    """In evaluation and without gradients PyTorch takes another way to the same numbers."""
    layer = scatter(side, side.TransformerEncoderLayer(4, 2, 3, activation="gelu", batch_first=True)).eval()
    with side.no_grad():
        return layer(side.array(x)), layer(side.array(x), src_mask=side.array(CAUSAL))


def _wrong_gradient(name: str, *shapes: tuple[int, ...]) -> ErrorSample:
    """A gradient with the axes of the output exchanged."""

    def script(side: Side) -> Any:
        layer = side.find(name)(4, 2, 3, norm_first=True)
        output = layer(*[side.array(np.ones(shape)) for shape in shapes])
        upstream = np.ones((2, 3, 4))
        return layer.backward(upstream) if side.name == "scratch" else output.backward(side.array(upstream))

    return ErrorSample("gradient of another shape", RuntimeError, script=script)


UNKNOWN = ErrorSample("unknown activation", RuntimeError, {**ARGS, "activation": "swoosh"})

CASES = [
    Case(
        "TransformerDecoderLayer",
        samples=(
            ModuleSample(
                "batch",
                "a gradient of the memory without the keys' or the values' part",
                ARGS,
                (normal(3, 2, 4), normal(5, 2, 4)),
                keywords={"memory_mask": TO_MEMORY, "memory_key_padding_mask": MEMORY_PADDING, "tgt_mask": CAUSAL},
            ),
            ModuleSample(
                "norm first, batch first",
                "a memory that is normalised as well, or norms that are exchanged",
                {**ARGS, "norm_first": True, "batch_first": True, "activation": "gelu", "layer_norm_eps": 0.1},
                (normal(2, 3, 4), normal(2, 5, 4)),
                keywords={"tgt_key_padding_mask": PADDING},
            ),
            ModuleSample(
                "dropout, batch first",
                "dropouts that draw in another order than PyTorch's",
                {**ARGS, "dropout": 0.3, "batch_first": True},
                (normal(2, 3, 4), normal(2, 5, 4)),
                kink="the same gradients as without dropout, which are checked above",
                layout=MASK_ORDER,
            ),
            ModuleSample(
                "unbatched, causal, no bias",
                "a batch axis taken for granted, or hints that are exchanged",
                {**ARGS, "bias": False},
                (normal(3, 4), normal(5, 4)),
                keywords={
                    "tgt_mask": np.zeros((3, 3), dtype=bool),
                    "tgt_is_causal": True,
                    "memory_mask": np.zeros((3, 5), dtype=bool),
                },
                kink="the same blocks as above",
            ),
            ModuleSample(
                "a hint for the memory",
                "a hint that is given to the wrong attention",
                ARGS,
                (normal(3, 2, 4), normal(5, 2, 4)),
                keywords={"memory_mask": np.zeros((3, 5), dtype=bool), "memory_is_causal": True},
                kink="the same blocks as above",
            ),
            ModuleSample(
                "worked by hand",
                "a way around a block that is missing: blocks that give 0 leave the norms, 4 · ±2 / √(4 + 12) = ±2",
                BY_HAND,
                (np.array([[1.0, 5.0]]), np.array([[3.0, 4.0]])),
                parameters={
                    **NOTHING,
                    "multihead_attn.out_proj.weight": np.zeros((2, 2)),
                    "multihead_attn.out_proj.bias": np.zeros(2),
                    **{f"norm{i}.weight": np.full(2, 4.0) for i in (1, 2, 3)},
                    **{f"norm{i}.bias": np.zeros(2) for i in (1, 2, 3)},
                },
                expected={"forward": [[-2.0, 2.0]]},
                kink="the same blocks as above",
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**ARGS, "dtype": "float64"},
                (normal(3, 4), normal(5, 4)),
                dtypes=("float64",),
                kink="the same blocks as above",
            ),
            ScriptSample(
                "an activation that is given",
                "an activation whose parameters are not found",
                inputs=(normal(3, 2, 4), normal(3, 2, 4), normal(5, 2, 4)),
                script=_given_activation("TransformerDecoderLayer"),
            ),
        ),
        errors=(
            UNKNOWN,
            _wrong_gradient("TransformerDecoderLayer", (3, 2, 4), (5, 2, 4)),
        ),
        differences=(ACTIVATION,),
    ),
    Case(
        "TransformerEncoderLayer",
        samples=(
            ModuleSample(
                "batch",
                "a gradient that goes through a block but not around it",
                ARGS,
                (normal(3, 2, 4),),
                keywords={"src_mask": normal(4, 3, 3), "src_key_padding_mask": normal(2, 3)},
            ),
            ModuleSample(
                "norm first, batch first",
                "a sum that is normalised where the block's input is meant",
                {**ARGS, "norm_first": True, "batch_first": True, "activation": "gelu", "layer_norm_eps": 0.1},
                (normal(2, 3, 4),),
                keywords={"src_key_padding_mask": PADDING},
            ),
            ModuleSample(
                "dropout",
                "one dropout that serves two places",
                {**ARGS, "dropout": 0.3},
                (normal(3, 2, 4),),
                kink="the same gradients as without dropout, which are checked above",
            ),
            ModuleSample(
                "dropout, batch first",
                "a mask drawn in another order than PyTorch's, whose attention gives (L, N, E) in memory",
                {**ARGS, "dropout": 0.3, "batch_first": True, "norm_first": True},
                (normal(2, 3, 4),),
                keywords={"src_mask": CAUSAL},
                layout=MASK_ORDER,
            ),
            ModuleSample(
                "unbatched, no bias",
                "axes of batch and sequence exchanged where there is no batch",
                {**ARGS, "bias": False, "batch_first": True, "dropout": 0.2},
                (normal(3, 4),),
                keywords={"src_mask": np.zeros((3, 3), dtype=bool), "is_causal": True},
                kink="the same blocks as above",
            ),
            ModuleSample(
                "worked by hand",
                "a way around a block that is missing: blocks that give 0 leave the norms, 4 · ±2 / √(4 + 12) = ±2",
                BY_HAND,
                (np.array([[1.0, 5.0]]),),
                parameters={
                    **NOTHING,
                    **{f"norm{i}.weight": np.full(2, 4.0) for i in (1, 2)},
                    **{f"norm{i}.bias": np.zeros(2) for i in (1, 2)},
                },
                expected={"forward": [[-2.0, 2.0]]},
                kink="the same blocks as above",
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**ARGS, "dtype": "float64"},
                (normal(3, 4),),
                dtypes=("float64",),
                kink="the same blocks as above",
            ),
            ScriptSample(
                "an activation that is given",
                "an activation whose parameters are not found",
                inputs=(normal(3, 2, 4), normal(3, 2, 4)),
                script=_given_activation("TransformerEncoderLayer"),
            ),
            ScriptSample(
                "inference",
                "numbers that differ from PyTorch's fast path",
                inputs=(normal(2, 3, 4),),
                script=_inference,
            ),
        ),
        errors=(
            UNKNOWN,
            _wrong_gradient("TransformerEncoderLayer", (3, 2, 4)),
        ),
        differences=(ACTIVATION,),
    ),
]
