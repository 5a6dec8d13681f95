"""Muon: momentum, orthogonalized, in PyTorch."""

from torch import optim

__all__ = ["Muon"]


class Muon(optim.Muon):
    """`torch.optim.Muon`: for the matrices of hidden layers, beside an AdamW for all else."""
