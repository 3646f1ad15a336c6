"""The losses of DA-KPN (paper 3.2, Eq. 3-5) and the gradients that its two sides get from them (paper 3.3).

The discriminator returns logits, D = sigmoid(logit).
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dakpn.model.kernels import NAMES
from dakpn.model.patches import Patches


def discriminator_loss(translated: Tensor, real: Tensor | None) -> Tensor:
    """-log(1 - D(translated)) - log D(real), each averaged over all patches (Eq. 3 and 4); logits -> scalar.

    Without `real` the second term is missing, as in the low-resolution loss of the released code.
    """
    loss = F.softplus(translated).mean()
    return loss if real is None else loss + F.softplus(-real).mean()


def nonsaturating_loss(translated: Tensor) -> Tensor:
    """-log D(translated), the KPN's side (decision adversarial-term); logits -> scalar."""
    return F.softplus(-translated).mean()


def identity_loss(translated: Tensor, source: Tensor) -> Tensor:
    """Mean squared error in RGB between a translated patch and its original (paper 3.2)."""
    return F.mse_loss(translated, source)


def reverse_gradient(x: Tensor) -> Tensor:
    """The identity whose gradient changes sign: lets one backward pass train both sides, as the released code does."""
    reversed_ = x.view_as(x)
    reversed_.register_hook(torch.neg)
    return reversed_


def observed(patch: Tensor, theta: Tensor) -> dict[str, Tensor]:
    """What is watched and no loss: the mean of every channel of theta (B,12,h,w), and `clipped`, the share of pixels of
    the translated patch (B,3,h,w) with a channel at an end of [0,1], where T clamps.
    """
    means = (f"theta_{name}" for name in NAMES)
    clipped = ((patch <= 0) | (patch >= 1)).any(1).float().mean()
    return {"clipped": clipped} | dict(zip(means, theta.mean((0, 2, 3)).unbind(), strict=True))


_Judged = tuple[tuple[Tensor, Tensor | None], tuple[Tensor, Tensor | None]]
"""Logits of (translated, real) patches and of (translated, real) low-resolution images."""


class AdversarialLosses:
    """Computes the gradients of both sides for one iteration; the caller steps the optimisers.

    joint_batches: translated and real images pass batch normalisation as one batch. precision: arithmetic of the
    discriminator's convolutions; losses are float32.
    """

    def __init__(
        self,
        kpn: nn.Module,
        discriminator: nn.Module,
        *,
        update: Literal["simultaneous", "alternating", "reversal"],
        joint_batches: bool,
        precision: Literal["float32", "bfloat16"],
    ) -> None:
        self.kpn, self.discriminator = kpn, discriminator
        self.joint_batches, self.mixed = joint_batches, precision == "bfloat16"
        updates = {"simultaneous": self._simultaneous, "alternating": self._kpn_alone, "reversal": self._reversal}
        self.gradients = updates[update]

    def _simultaneous(self, patch: Tensor, low: Tensor, batch: Patches) -> dict[str, Tensor]:
        """Both sides from the same translations and the same discriminator, so one forward pass serves both."""
        judged = self._judge_both(patch, low, batch)
        losses = self._kpn_gradients(judged, patch, batch)
        return losses | self._discriminator_gradients(judged)

    def _kpn_alone(self, patch: Tensor, low: Tensor, batch: Patches) -> dict[str, Tensor]:
        """The first half of an alternation (paper 3.3); `answer` is the second."""
        return self._kpn_gradients(self._judge_both(patch, low, batch), patch, batch)

    def answer(self, patch: Tensor, low: Tensor, batch: Patches) -> dict[str, Tensor]:
        """The discriminator's gradients on translations by the KPN that has just been updated."""
        return self._discriminator_gradients(self._judge_both(patch, low, batch))

    def _kpn_gradients(self, judged: _Judged, patch: Tensor, batch: Patches) -> dict[str, Tensor]:
        (fake_patch, _), (fake_low, _) = judged
        fool_patch, fool_low = nonsaturating_loss(fake_patch), nonsaturating_loss(fake_low)
        identity = identity_loss(patch, batch.patch)
        (fool_patch + fool_low + identity).backward(inputs=list(self.kpn.parameters()), retain_graph=True)
        return dict(kpn_patch=fool_patch, kpn_low=fool_low, identity=identity)

    def _discriminator_gradients(self, judged: _Judged) -> dict[str, Tensor]:
        d_patch, d_low = (discriminator_loss(*logits) for logits in judged)
        (d_patch + d_low).backward(inputs=list(self.discriminator.parameters()))
        return dict(d_patch=d_patch, d_low=d_low)

    def _reversal(self, patch: Tensor, low: Tensor, batch: Patches) -> dict[str, Tensor]:
        """Both sides from one backward pass through a gradient reversal (released code)."""
        d_patch = discriminator_loss(*self._judge(reverse_gradient(patch), batch.real_patch))
        d_low = discriminator_loss(*self._judge(reverse_gradient(low), batch.real_low))
        identity = identity_loss(patch, batch.patch)
        (d_patch + d_low + identity).backward()
        return dict(d_patch=d_patch, d_low=d_low, identity=identity)

    def _judge_both(self, patch: Tensor, low: Tensor, batch: Patches) -> _Judged:
        return self._judge(patch, batch.real_patch), self._judge(low, batch.real_low)

    def _judge(self, translated: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """The discriminator's logits on translated and real images."""
        with torch.autocast(translated.device.type, torch.bfloat16, enabled=self.mixed):
            if real is None:
                return self.discriminator(translated).float(), None
            if self.joint_batches:
                return self.discriminator(torch.cat([translated, real])).float().chunk(2)
            return self.discriminator(translated).float(), self.discriminator(real).float()
