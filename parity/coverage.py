"""How much of PyTorch is here: its public names, those that are here, and those that are left out with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch.nn.utils.rnn
import torch.optim.swa_utils
from torch import nn, optim
from torch.optim import lr_scheduler, swa_utils

from parity.registry import components

__all__ = ["LEFT_OUT", "Coverage", "LeftOut", "coverage", "torch_names"]


@dataclass(frozen=True)
class LeftOut:
    """Names that are left out for one reason. `in_scope`: they count against the coverage."""

    reason: str
    names: tuple[str, ...]
    in_scope: bool = False


LAZY = (
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d",
    "ConvTranspose3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "Linear",
)  # fmt: skip
ALIASES = (
    "constant", "dirac", "eye", "kaiming_normal", "kaiming_uniform", "normal", "orthogonal", "sparse", "uniform",
    "xavier_normal", "xavier_uniform",
)  # fmt: skip

LEFT_OUT = (
    LeftOut(
        "lazy: finds its sizes at the first call; the layer of that name without Lazy is here",
        (*(f"nn.Lazy{name}" for name in LAZY), "nn.UninitializedParameter", "nn.UninitializedBuffer"),
    ),
    LeftOut("parallel: for several devices or processes", ("nn.DataParallel", "nn.SyncBatchNorm")),
    LeftOut(
        "deprecated: a former name of what is here",
        ("nn.NLLLoss2d", "nn.Container", *(f"nn.init.{name}" for name in ALIASES)),
    ),
    LeftOut(
        "plumbing: no numbers of its own",
        (
            "nn.RNNBase",
            "nn.RNNCellBase",
            "nn.Buffer",
            "nn.LinearCrossEntropyOptions",
            "optim.swap_in_optimizer_params_and_state",
        ),
        in_scope=True,
    ),
    LeftOut(
        "not well defined: PyTorch's gradient is not the derivative of its forward (gradcheck fails)",
        ("nn.CrossMapLRN2d",),
        in_scope=True,
    ),
)


@dataclass(frozen=True)
class Coverage:
    """Names of PyTorch: those that are here, those that are left out, and those that nobody has accounted for."""

    here: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[str, ...]

    @property
    def in_scope(self) -> int:
        return len(self.here) + len(self.missing) + sum(len(part.names) for part in self.left_out if part.in_scope)

    @property
    def share(self) -> float:
        return len(self.here) / self.in_scope

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "in_scope": self.in_scope, "share": self.share}

    def __str__(self) -> str:
        return f"{len(self.here)} of PyTorch's {self.in_scope} names in scope are here ({self.share:.1%})"


def torch_names() -> Iterator[str]:
    """The public names of torch.nn, torch.nn.init, torch.nn.utils.rnn, torch.optim and its two companions."""
    classes = {name for name in dir(nn) if name[0].isupper()}
    yield from (f"nn.{name}" for name in sorted(classes))
    for name in sorted(vars(nn.init)):
        if getattr(getattr(nn.init, name), "__module__", "") == "torch.nn.init" and not name.startswith("_"):
            yield f"nn.init.{name}"
    yield from (f"nn.utils.rnn.{name}" for name in torch.nn.utils.rnn.__all__)
    modules = ("lr_scheduler", "swa_utils")
    yield from (f"optim.{name}" for name in sorted(optim.__all__) if name not in modules)
    yield from (f"optim.lr_scheduler.{name}" for name in sorted(lr_scheduler.__all__))
    yield from (f"optim.swa_utils.{name}" for name in sorted(swa_utils.__all__))


def coverage() -> Coverage:
    """What is here of PyTorch. A component has PyTorch's name; those of `init` are said with their module's."""
    known = set(components())
    accounted = {name for part in LEFT_OUT for name in part.names}
    here, missing = [], []
    for name in torch_names():
        short = name.rsplit(".", 1)[-1]
        if (f"init.{short}" if name.startswith("nn.init.") else short) in known:
            here.append(name)
        elif name not in accounted:
            missing.append(name)
    return Coverage(tuple(here), LEFT_OUT, tuple(missing))
