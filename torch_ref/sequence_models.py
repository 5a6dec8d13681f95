"""Models that read a picture as a sequence, row by row, in PyTorch."""

import math

import torch
from torch import Tensor, nn

__all__ = ["PositionalEncoding", "RowLSTM", "RowTransformer"]


class PositionalEncoding(nn.Module):
    """A buffer, by `register_buffer`: it moves with the model and is saved with it, but has no gradient."""

    pe: Tensor

    def __init__(
        self, d_model: int, max_len: int = 5000, dropout: float = 0.1, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        pairs = torch.arange(0, d_model, 2, dtype=torch.float64)
        speeds = torch.exp(pairs * (-math.log(10000) / d_model))
        angles = torch.outer(torch.arange(max_len, dtype=torch.float64), speeds)
        pe = torch.empty(max_len, d_model, dtype=dtype)
        pe[:, 0::2] = torch.sin(angles)
        pe[:, 1::2] = torch.cos(angles[:, : d_model // 2])
        self.register_buffer("pe", pe)

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = self.dropout(input + self.pe[: input.shape[-2]])
        return output


class RowTransformer(nn.Module):
    """`nn.TransformerEncoder` with `batch_first=True`, between a layer into its features and one out of them."""

    def __init__(
        self,
        row_size: int = 28,
        d_model: int = 64,
        nhead: int = 4,
        num_layers: int = 2,
        dim_feedforward: int = 128,
        dropout: float = 0.1,
        num_classes: int = 10,
        max_len: int = 28,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(row_size, d_model, dtype=dtype)
        self.positions = PositionalEncoding(d_model, max_len, dropout, dtype)
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward, dropout, batch_first=True, dtype=dtype)
        self.encoder = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        self.classify = nn.Linear(d_model, num_classes, dtype=dtype)

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = self.classify(self.encoder(self.positions(self.embed(input))).mean(dim=1))
        return output


class RowLSTM(nn.Module):
    """A module of one's own: layers in `__init__`, what is done with them in `forward`."""

    def __init__(self, input_size: int = 28, hidden_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, num_classes)

    def forward(self, input: Tensor) -> Tensor:
        output, _ = self.lstm(input)
        logits: Tensor = self.linear(output[:, -1])
        return logits
