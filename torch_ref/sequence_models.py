"""Small networks that read a digit row by row, in PyTorch."""

from torch import Tensor, nn

__all__ = ["RowLSTM"]


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
