"""Stacks of transformer layers, and the two stacks of the transformer, in PyTorch."""

import warnings
from typing import Any

from torch import nn

__all__ = ["Transformer", "TransformerDecoder", "TransformerEncoder"]


class TransformerEncoder(nn.TransformerEncoder):
    """`nn.TransformerEncoder`: draw the layers' weights anew, since all begin as copies of one layer."""


class TransformerDecoder(nn.TransformerDecoder):
    """`nn.TransformerDecoder`: draw the layers' weights anew, since all begin as copies of one layer."""


class Transformer(nn.Transformer):
    """`nn.Transformer`: an `nn.Embedding` and a positional encoding go before it, an `nn.Linear` after it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        with warnings.catch_warnings():  # that there is no fast path: nobody asked for one
            warnings.filterwarnings("ignore", "enable_nested_tensor is True", UserWarning)
            super().__init__(*args, **options)
