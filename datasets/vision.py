"""Import torchvision, also where its wheel was built for another torch than the one beside it."""

import importlib
import sys
from types import ModuleType

import torch

__all__ = ["import_torchvision"]

_MISSING_OPERATORS = "operator torchvision::nms does not exist"

# Dropping a Library takes its operators away again, so the one that is made is kept as long as this module.
_libraries: list[torch.library.Library] = []


def import_torchvision() -> ModuleType:
    """Return the module `torchvision.datasets`.

    A torchvision wheel built for CUDA cannot load its compiled image operators beside a CPU build of torch. Its import
    then describes two of them to torch, `nms` and `qnms`, which torch has never heard of. Nothing here uses them, so
    their schemas are declared, without any code behind them, and the import is tried again. Every other failure is
    passed on as it is.

    Example:
        >>> import_torchvision().MNIST.__name__
        'MNIST'
    """
    try:
        return importlib.import_module("torchvision.datasets")
    except RuntimeError as error:
        if str(error) != _MISSING_OPERATORS:
            raise
    _forget_torchvision()
    _declare_operators()
    return importlib.import_module("torchvision.datasets")


def _forget_torchvision() -> None:
    # The failed import leaves some submodules behind, bound to a package that is gone.
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]


def _declare_operators() -> None:
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]  # torch annotates it in part
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]  # as above
    _libraries.append(library)
