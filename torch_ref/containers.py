"""Containers, in PyTorch."""

from torch import nn

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class Sequential(nn.Sequential):
    """`nn.Sequential`: its state keys begin with the layer's index, "0.weight"."""


class ModuleList(nn.ModuleList):
    """`nn.ModuleList`: a plain list would hide the modules from `parameters()`."""


class ModuleDict(nn.ModuleDict):
    """`nn.ModuleDict`: the keys stand in the state's names, "relu.weight"."""


class ParameterList(nn.ParameterList):
    """`nn.ParameterList`: a plain list would hide the parameters from `parameters()`."""


class ParameterDict(nn.ParameterDict):
    """`nn.ParameterDict`: tensors that are put in become parameters."""
