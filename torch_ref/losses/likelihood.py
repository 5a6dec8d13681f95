"""Losses of a distribution that is to be predicted, in PyTorch."""

import warnings

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["GaussianNLLLoss", "KLDivLoss", "PoissonNLLLoss"]


class PoissonNLLLoss(nn.PoissonNLLLoss):
    """`nn.PoissonNLLLoss`: let the network give the logarithm of the count, which may be any number."""

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(nn.GaussianNLLLoss):
    """`nn.GaussianNLLLoss`: the variance comes from the network, too, through `nn.Softplus` or an exponential."""

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class KLDivLoss(nn.KLDivLoss):
    """`nn.KLDivLoss(reduction="batchmean")`: PyTorch warns of the default, "mean", which is not the divergence."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "reduction: 'mean' divides the total loss by both")
            return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
