"""The losses of DA-KPN (paper 3.2, Eq. 3-5). The discriminator returns logits, D = sigmoid(logit)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def discriminator_loss(translated: Tensor, real: Tensor | None) -> Tensor:
    """-log(1 - D(translated)) - log D(real), each averaged over all patches (Eq. 3 and 4); logits of any shape ->
    scalar.

    Without `real` the second term is missing, as in the low-resolution loss of the released code.
    """
    loss = F.softplus(translated).mean()
    return loss if real is None else loss + F.softplus(-real).mean()


def nonsaturating_loss(translated: Tensor) -> Tensor:
    """-log D(translated), the KPN's side (decision adversarial-term)."""
    return F.softplus(-translated).mean()


def identity_loss(translated: Tensor, source: Tensor) -> Tensor:
    """Mean squared error in RGB between a translated patch and its original (paper 3.2)."""
    return F.mse_loss(translated, source)


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return -gradient


def reverse_gradient(x: Tensor) -> Tensor:
    """The identity whose gradient changes sign: lets one backward pass train both sides, as the released code does."""
    return _Reverse.apply(x)
