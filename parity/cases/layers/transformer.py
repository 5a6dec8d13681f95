"""Cases of the transformer and its stacks."""

import warnings
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal
from parity.cases.layers._stacks import ACTIVATION, LOST_ACTIVATION, MASK_ORDER, PADDING, run, scatter
from parity.sides import Side

__all__ = ["CASES"]

ARGS: dict[str, Any] = {"d_model": 4, "nhead": 2, "num_encoder_layers": 1, "num_decoder_layers": 1,
                        "dim_feedforward": 3, "dropout": 0.0}  # fmt: skip
CAUSAL = np.triu(np.ones((3, 3), dtype=bool), 1)
LATER = np.triu(np.full((3, 3), -np.inf), 1)
PARTS = "its parts are checked by themselves"


def _encoder(side: Side, x: Any, upstream: Any) -> Any:
    """Layers and a norm, with a mask and padding."""
    layer = side.TransformerEncoderLayer(4, 2, 3, dropout=0.0)
    encoder = side.TransformerEncoder(layer, num_layers=2, norm=side.LayerNorm(4), enable_nested_tensor=False)
    return run(side, scatter(side, encoder), (x,), upstream, mask=CAUSAL, src_key_padding_mask=PADDING)


def _encoder_alone(side: Side, x: Any, upstream: Any) -> Any:
    """Neither norm nor mask; dropout in every layer."""
    layer = side.TransformerEncoderLayer(4, 2, 3, dropout=0.3, batch_first=True)
    encoder = side.TransformerEncoder(layer, 3, mask_check=False)
    return run(side, scatter(side, encoder), (x,), upstream)


def _causal_encoder(side: Side, x: Any) -> Any:
    """The mask is causal, and the hint says so, or not; or says so of another mask."""
    layer = side.TransformerEncoderLayer(4, 2, 3, dropout=0.0)
    encoder = side.TransformerEncoder(layer, 1, enable_nested_tensor=False)
    nothing = np.zeros((3, 3), dtype=bool)
    calls = ((CAUSAL, None), (CAUSAL, True), (CAUSAL, False), (nothing, None), (nothing, True))
    return [encoder(side.array(x), mask=side.array(mask), is_causal=hint) for mask, hint in calls]


def _copies(side: Side) -> Any:
    """All layers start as the given one, and are their own."""
    layer = side.TransformerEncoderLayer(4, 2, 3)
    encoder = side.TransformerEncoder(layer, 2, norm=side.LayerNorm(4), enable_nested_tensor=False)
    side.set_data(encoder.layers[0].linear1.bias, np.full(3, 7.0))
    return layer.state_dict(), encoder.state_dict(), encoder.num_layers, len(encoder.layers)


def _padded_inference(side: Side, x: Any) -> Any:
    """What stands where there is no padding; in the padding PyTorch's fast path gives zeros."""
    layer = side.TransformerEncoderLayer(4, 2, 3, batch_first=True)
    encoder = scatter(side, side.TransformerEncoder(layer, 2, enable_nested_tensor=True)).eval()
    with side.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The PyTorch API of nested tensors is in prototype stage")
        output = encoder(side.array(x), src_key_padding_mask=side.array(PADDING))
    return side.numpy(output)[~PADDING]


def _decoder(side: Side, tgt: Any, memory: Any, upstream: Any) -> Any:
    """Layers and a norm, with all masks."""
    layer = side.TransformerDecoderLayer(4, 2, 3, dropout=0.0)
    decoder = side.TransformerDecoder(layer, num_layers=2, norm=side.LayerNorm(4))
    masks = {"tgt_mask": CAUSAL, "memory_mask": np.eye(3, 5, dtype=bool), "tgt_key_padding_mask": PADDING}
    padding = np.array([[False, False, False, True, True], [True, False, False, False, False]])
    return run(side, scatter(side, decoder), (tgt, memory), upstream, **masks, memory_key_padding_mask=padding)


def _decoder_alone(side: Side, tgt: Any, memory: Any, upstream: Any) -> Any:
    layer = side.TransformerDecoderLayer(4, 2, 3, dropout=0.3)
    return run(side, scatter(side, side.TransformerDecoder(layer, 2)), (tgt, memory), upstream)


def _causal_decoder(side: Side, tgt: Any, memory: Any) -> Any:
    """Hints that are right, absent, and wrong."""
    decoder = side.TransformerDecoder(side.TransformerDecoderLayer(4, 2, 3, dropout=0.0), 1)
    none, none_of_memory = np.zeros((3, 3), dtype=bool), np.zeros((3, 5), dtype=bool)
    calls = (
        {"tgt_mask": side.array(CAUSAL)},
        {"tgt_mask": side.array(none), "tgt_is_causal": True},
        {"memory_mask": side.array(none_of_memory)},
        {"memory_mask": side.array(none_of_memory), "memory_is_causal": True},
    )
    return [decoder(side.array(tgt), side.array(memory), **call) for call in calls]


def _custom(side: Side, src: Any, tgt: Any, upstream: Any) -> Any:
    """Stacks of one's own, whose weights are drawn anew, too."""
    encoder = side.TransformerEncoder(side.TransformerEncoderLayer(4, 2, 3, dropout=0.0), 1, enable_nested_tensor=False)
    decoder = side.TransformerDecoder(side.TransformerDecoderLayer(4, 1, 5, dropout=0.0), 1)
    transformer = side.Transformer(4, 2, custom_encoder=encoder, custom_decoder=decoder)
    return transformer.state_dict(), run(side, transformer, (src, tgt), upstream)


def _hints(side: Side, src: Any, tgt: Any) -> Any:
    """Each hint, of a mask that hides nothing."""
    transformer = side.Transformer(4, 2, 1, 1, 3, dropout=0.0)
    given = side.array(src), side.array(tgt)
    masks = {"src": np.zeros((5, 5), bool), "tgt": np.zeros((3, 3), bool), "memory": np.zeros((3, 5), bool)}
    return [
        transformer(*given, **{f"{name}_mask": side.array(mask), f"{name}_is_causal": hint})
        for name, mask in masks.items()
        for hint in (True, False)
    ]


def _causal_masks(side: Side) -> Any:
    make = side.Transformer.generate_square_subsequent_mask
    return make(3), make(1), make(0), make(2, dtype=side.dtype("float64"))


def _activation_given(side: Side, src: Any, tgt: Any, upstream: Any) -> Any:
    transformer = side.Transformer(4, 2, 1, 2, 3, dropout=0.0, activation=side.GELU())
    if side.name == "torch":  # which has lost it
        for layer in transformer.decoder.layers:
            layer.activation = side.GELU()
    return run(side, transformer, (src, tgt), upstream)


CASES = [
    Case(
        "Transformer",
        samples=(
            ModuleSample(
                "source and target",
                "masks that reach the wrong attention, or a memory whose gradient never reaches the encoder",
                {**ARGS, "activation": "gelu"},
                (normal(5, 2, 4), normal(3, 2, 4)),
                keywords={
                    "src_mask": np.eye(5, k=2, dtype=bool),
                    "tgt_mask": CAUSAL,
                    "memory_mask": np.eye(3, 5, dtype=bool),
                    "src_key_padding_mask": np.array([[False] * 5, [True, False, False, False, True]]),
                    "tgt_key_padding_mask": PADDING,
                    "memory_key_padding_mask": np.array([[False] * 4 + [True], [False] * 5]),
                },
            ),
            ModuleSample(
                "dropout, batch first, norm first",
                "options that do not reach the layers",
                {
                    **ARGS,
                    "dropout": 0.3,
                    "batch_first": True,
                    "norm_first": True,
                    "num_encoder_layers": 2,
                    "num_decoder_layers": 3,
                    "layer_norm_eps": 0.1,
                },
                (normal(2, 5, 4), normal(2, 3, 4)),
                kink=PARTS,
                layout=MASK_ORDER,
            ),
            ModuleSample(
                "unbatched, no bias",
                "norms after the last layers that have a bias",
                {**ARGS, "bias": False},
                (normal(5, 4), normal(3, 4)),
                keywords={"tgt_mask": LATER},
                kink=PARTS,
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**ARGS, "dtype": "float64"},
                (normal(5, 4), normal(3, 4)),
                dtypes=("float64",),
                kink=PARTS,
            ),
            ScriptSample(
                "stacks of one's own",
                "weights of given stacks that are not drawn anew",
                inputs=(normal(5, 2, 4), normal(3, 2, 4), normal(3, 2, 4)),
                script=_custom,
            ),
            ScriptSample(
                "an activation that is given",
                "an activation that serves several layers at once",
                inputs=(normal(5, 2, 4), normal(3, 2, 4), normal(3, 2, 4)),
                script=_activation_given,
            ),
            ScriptSample("hints", "hints that are exchanged", inputs=(normal(5, 2, 4), normal(3, 2, 4)), script=_hints),
            ScriptSample("causal masks", "an element that may not look at itself", script=_causal_masks),
        ),
        errors=(
            ErrorSample("two batch sizes", RuntimeError, ARGS, (np.ones((5, 2, 4)), np.ones((3, 1, 4)))),
            ErrorSample(
                "two batch sizes, batch first",
                RuntimeError,
                {**ARGS, "batch_first": True},
                (np.ones((2, 5, 4)), np.ones((1, 3, 4))),
            ),
            ErrorSample("wrong features of src", RuntimeError, ARGS, (np.ones((5, 2, 3)), np.ones((3, 2, 4)))),
            ErrorSample("wrong features of tgt", RuntimeError, ARGS, (np.ones((5, 2, 4)), np.ones((3, 2, 5)))),
            ErrorSample("unknown activation", RuntimeError, {**ARGS, "activation": "swoosh"}),
            ErrorSample(
                "mask of a negative size",
                RuntimeError,
                script=lambda side: side.Transformer.generate_square_subsequent_mask(-1),
            ),
        ),
        differences=(ACTIVATION, LOST_ACTIVATION),
    ),
    Case(
        "TransformerDecoder",
        samples=(
            ScriptSample(
                "two layers and a norm",
                "a gradient of the memory from the last layer only",
                inputs=(normal(3, 2, 4), normal(5, 2, 4), normal(3, 2, 4)),
                script=_decoder,
            ),
            ScriptSample(
                "no norm, dropout",
                "a norm that cannot be left out",
                inputs=(normal(3, 2, 4), normal(5, 2, 4), normal(3, 2, 4)),
                script=_decoder_alone,
            ),
            ScriptSample(
                "causal", "hints that are exchanged", inputs=(normal(3, 2, 4), normal(5, 2, 4)), script=_causal_decoder
            ),
        ),
        errors=(
            ErrorSample(
                "no layers",
                IndexError,
                script=lambda side: side.TransformerDecoder(side.TransformerDecoderLayer(4, 2, 3), 0)(
                    *[side.array(np.ones((3, 2, 4), np.float32))] * 2
                ),
            ),
        ),
        differences=(LOST_ACTIVATION,),
    ),
    Case(
        "TransformerEncoder",
        samples=(
            ScriptSample(
                "two layers and a norm",
                "a mask that only the first layer sees",
                inputs=(normal(3, 2, 4), normal(3, 2, 4)),
                script=_encoder,
            ),
            ScriptSample(
                "no norm, dropout",
                "a norm that cannot be left out",
                inputs=(normal(2, 3, 4), normal(2, 3, 4)),
                script=_encoder_alone,
            ),
            ScriptSample(
                "causal",
                "a hint that is not handed on",
                inputs=(normal(3, 2, 4),),
                script=_causal_encoder,
            ),
            ScriptSample("copies", "layers that share their weights, or are drawn one by one", script=_copies),
            ScriptSample(
                "padding in inference",
                "padding that changes what is no padding",
                inputs=(normal(2, 3, 4),),
                script=_padded_inference,
            ),
        ),
        errors=(
            ErrorSample(
                "no layers",
                IndexError,
                script=lambda side: side.TransformerEncoder(
                    side.TransformerEncoderLayer(4, 2, 3), 0, enable_nested_tensor=False
                )(side.array(np.ones((3, 2, 4), np.float32))),
            ),
        ),
        differences=(
            Difference(
                "enable_nested_tensor and mask_check have no effect",
                "in evaluation, without gradients, with padding at the ends only, PyTorch leaves the padded places out"
                " and writes zeros there; elsewhere the numbers are the same",
            ),
        ),
    ),
]
