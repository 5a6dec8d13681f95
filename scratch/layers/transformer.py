"""Stacks of transformer layers, and the two stacks of the transformer."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch import init
from scratch.containers import ModuleList
from scratch.dtypes import Array, resolve_dtype
from scratch.layers._attention import Mask, causal_mask
from scratch.layers.layer_norm import LayerNorm
from scratch.layers.transformer_layers import TransformerDecoderLayer, TransformerEncoderLayer
from scratch.module import Module

__all__ = ["Transformer", "TransformerDecoder", "TransformerEncoder"]


class _Stack(Module):
    """Layers that begin as copies of one, and a normalisation after the last, if there is one."""

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def _run(self, x: Array, *memory: Array, **masks: Any) -> Any:
        if len(self.layers) == 0:
            raise IndexError(f"{type(self).__name__}: expected one layer or more, got none")
        for layer in self.layers:
            x = layer(x, *memory, **masks)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Layers such as `TransformerEncoderLayer` one after another.

    Math:
        forward:  output = norm(f_n(… f_2(f_1(src)))), where all f start as the same layer
        backward: grad_src = J_1ᵀ (J_2ᵀ (… J_nᵀ (J_normᵀ grad_output))), where J_i is the Jacobian of layer f_i

    Args:
        encoder_layer: the layer, of which copies are made.
        num_layers: how many.
        norm: a normalisation after the last, or None.
        enable_nested_tensor, mask_check: choose among PyTorch's implementations; without effect here.
        forward's mask: the layers' src_mask.
        forward's src_key_padding_mask: the layers' own.
        forward's is_causal: whether the mask is the causal one. PyTorch finds out by itself where it is None.

    Shape:
        - Input, output: (L, N, E), (N, L, E) or (L, E), as the layer's.
        - mask: (L, L) or (N · nhead, L, L); src_key_padding_mask: (N, L) or (L).

    Raises:
        IndexError: a call without layers.
        RuntimeError: backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html

    Example:
        >>> encoder = TransformerEncoder(TransformerEncoderLayer(4, 2, 8), num_layers=3)
        >>> encoder(np.ones((5, 2, 4), np.float32)).shape
        (5, 2, 4)
        >>> bool(np.all(encoder.layers[0].linear1.weight.data == encoder.layers[2].linear1.weight.data))
        True
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self,
        src: Array,
        mask: Mask | None = None,
        src_key_padding_mask: Mask | None = None,
        is_causal: bool | None = None,
    ) -> Array:
        masks = {"src_mask": mask, "src_key_padding_mask": src_key_padding_mask, "is_causal": bool(is_causal)}
        output: Array = self._run(src, **masks)
        return output

    def backward(self, grad_output: Array) -> Array:
        grad = grad_output if self.norm is None else self.norm.backward(grad_output)
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class TransformerDecoder(_Stack):
    """Layers such as `TransformerDecoderLayer` one after another, all of which look at the same memory.

    Math:
        forward:  output = norm(f_n(… f_2(f_1(tgt, memory), memory), memory)), where all f start as the same layer
        backward: grad_tgt is that of a chain; grad_memory is the sum over the layers

    Args:
        decoder_layer: the layer, of which copies are made.
        num_layers: how many.
        norm: a normalisation after the last, or None.
        forward's other arguments: the layers' own. PyTorch finds out by itself whether the tgt_mask is causal where
            tgt_is_causal is None.

    Shape:
        - tgt, output: (L, N, E), (N, L, E) or (L, E); memory: (S, N, E), (N, S, E) or (S, E), as the layer's.
        - tgt_mask: (L, L) or (N · nhead, L, L); tgt_key_padding_mask: (N, L) or (L).
        - memory_mask: (L, S) or (N · nhead, L, S); memory_key_padding_mask: (N, S) or (S).
        - backward returns the gradients of tgt and of memory.

    Raises:
        IndexError: a call without layers.
        RuntimeError: backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html

    Example:
        >>> decoder = TransformerDecoder(TransformerDecoderLayer(4, 2, 8), num_layers=2)
        >>> output = decoder(np.ones((5, 2, 4), np.float32), np.ones((3, 2, 4), np.float32))
        >>> grad_tgt, grad_memory = decoder.backward(output)
        >>> grad_tgt.shape, grad_memory.shape
        ((5, 2, 4), (3, 2, 4))
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Array,
        memory: Array,
        tgt_mask: Mask | None = None,
        memory_mask: Mask | None = None,
        tgt_key_padding_mask: Mask | None = None,
        memory_key_padding_mask: Mask | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Array:
        output: Array = self._run(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=bool(tgt_is_causal),
            memory_is_causal=memory_is_causal,
        )
        return output

    def backward(self, grad_output: Array) -> tuple[Array, Array]:
        grad = grad_output if self.norm is None else self.norm.backward(grad_output)
        grad_memory: Any = 0
        for layer in reversed(self.layers):
            grad, share = layer.backward(grad)
            grad_memory = grad_memory + share
        return grad, grad_memory


class Transformer(Module):
    """An encoder reads one sequence, and a decoder turns another one into the output, while it looks at what was read.

    Math:
        forward:  memory = encoder(src); output = decoder(tgt, memory)
        backward: grad_tgt, grad_memory = the decoder's; grad_src = the encoder's of grad_memory
        Initially all weights are uniform in ±√(6 / (rows + columns)), those of a given encoder or decoder, too.

    Args:
        d_model: features of the elements.
        nhead: heads of the attentions.
        num_encoder_layers, num_decoder_layers: layers of the two stacks.
        dim_feedforward: features between the linear layers of a layer.
        dropout: probability of all dropouts.
        activation: "relu", "gelu" or a module.
        custom_encoder, custom_decoder: modules that are called as TransformerEncoder and TransformerDecoder, in place
            of the stacks of layers; a stack has a LayerNorm after its last layer.
        layer_norm_eps: eps of the normalisations.
        batch_first: whether inputs are (N, L, E) instead of (L, N, E).
        norm_first: whether the input of a block is normalised instead of the sum after it.
        bias: whether the layers inside have biases.
        dtype: of the parameters; the default dtype when None.
        forward's src_mask, tgt_mask, memory_mask: who may not look at whom in the encoder, in the decoder, and from
            the decoder at the memory.
        forward's src_key_padding_mask, tgt_key_padding_mask, memory_key_padding_mask: at what nobody may look.
        forward's src_is_causal, tgt_is_causal, memory_is_causal: whether the masks are causal.

    Shape:
        - src: (S, N, E), (N, S, E) or (S, E), where E = d_model; tgt, output: (T, N, E), (N, T, E) or (T, E).
        - src_mask: (S, S); tgt_mask: (T, T); memory_mask: (T, S); each also with N · nhead before.
        - src_key_padding_mask, memory_key_padding_mask: (N, S) or (S); tgt_key_padding_mask: (N, T) or (T).
        - backward returns the gradients of src and of tgt.

    Raises:
        RuntimeError: batches of two sizes; features other than d_model; an unknown activation.
        ValueError, AssertionError: what MultiheadAttention and Dropout raise.
        IndexError: a call without layers.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html
        Attention Is All You Need (Vaswani et al., 2017), https://arxiv.org/abs/1706.03762, which has embeddings before
        it and a linear layer after it, and no normalisation after the last layers.

    Example:
        >>> transformer = Transformer(4, 2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=8)
        >>> src, tgt = np.ones((3, 2, 4), np.float32), np.ones((5, 2, 4), np.float32)
        >>> transformer(src, tgt, tgt_mask=Transformer.generate_square_subsequent_mask(5)).shape
        (5, 2, 4)
        >>> Transformer.generate_square_subsequent_mask(2)
        array([[  0., -inf],
               [  0.,   0.]], dtype=float32)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Module = "relu",
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first
        same = (dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, dtype)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(d_model, nhead, *same)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm())
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(d_model, nhead, *same)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm())
        self.decoder = custom_decoder
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.data.ndim > 1:
                drawn = np.empty(parameter.shape, parameter.dtype)  # a weight may lie in memory transposed
                parameter.data[...] = init.xavier_uniform_(drawn)

    def forward(
        self,
        src: Array,
        tgt: Array,
        src_mask: Mask | None = None,
        tgt_mask: Mask | None = None,
        memory_mask: Mask | None = None,
        src_key_padding_mask: Mask | None = None,
        tgt_key_padding_mask: Mask | None = None,
        memory_key_padding_mask: Mask | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        self._check(src, tgt)
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    def backward(self, grad_output: Array) -> tuple[Any, Any]:
        grad_tgt, grad_memory = self.decoder.backward(grad_output)
        return self.encoder.backward(grad_memory), grad_tgt

    @staticmethod
    def generate_square_subsequent_mask(sz: int, dtype: npt.DTypeLike | None = None) -> Array:
        """A causal mask: −inf where the key comes after the query, else 0; (sz, sz)."""
        if sz < 0:
            raise RuntimeError(f"Transformer: expected a mask of size 0 or more, got {sz}")
        return causal_mask(sz, sz, resolve_dtype(dtype))

    def _check(self, src: Array, tgt: Array) -> None:
        batch = 0 if self.batch_first else 1
        features = src.shape[-1:], tgt.shape[-1:]
        if features != ((self.d_model,), (self.d_model,)):
            raise RuntimeError(
                f"Transformer: expected src and tgt of {self.d_model} features, got {src.shape} and {tgt.shape}"
            )
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(f"Transformer: expected batches of one size, got src {src.shape} and tgt {tgt.shape}")
