"""The adversarial losses of KPN and discriminator (paper 3.2 and 3.3), and the gradients that each of the two gets."""

from typing import Literal

import torch
from torch import Tensor, nn

from dakpn.model.losses import discriminator_loss, identity_loss, nonsaturating_loss, reverse_gradient
from dakpn.model.patches import Patches


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
        update: Literal["alternating", "reversal"],
        joint_batches: bool,
        precision: Literal["float32", "bfloat16"],
    ) -> None:
        self.kpn, self.discriminator = kpn, discriminator
        self.joint_batches, self.mixed = joint_batches, precision == "bfloat16"
        self.gradients = {"alternating": self._alternating, "reversal": self._reversal}[update]

    def _alternating(self, patch: Tensor, low: Tensor, batch: Patches) -> dict[str, Tensor]:
        """One update of the KPN and one of the discriminator, on the same translations (paper 3.3).

        The discriminator does not change between the two, so one forward pass through it serves both.
        """
        patches, lows = self._judge(patch, batch.real_patch), self._judge(low, batch.real_low)
        fool_patch, fool_low = nonsaturating_loss(patches[0]), nonsaturating_loss(lows[0])
        identity = identity_loss(patch, batch.patch)
        (fool_patch + fool_low + identity).backward(inputs=list(self.kpn.parameters()), retain_graph=True)
        patch_loss, low_loss = discriminator_loss(*patches), discriminator_loss(*lows)
        (patch_loss + low_loss).backward(inputs=list(self.discriminator.parameters()))
        return {
            "kpn_patch": fool_patch,
            "kpn_low": fool_low,
            "identity": identity,
            "d_patch": patch_loss,
            "d_low": low_loss,
        }

    def _reversal(self, patch: Tensor, low: Tensor, batch: Patches) -> dict[str, Tensor]:
        """Both sides from one backward pass through a gradient reversal (released code)."""
        patch_loss = discriminator_loss(*self._judge(reverse_gradient(patch), batch.real_patch))
        low_loss = discriminator_loss(*self._judge(reverse_gradient(low), batch.real_low))
        identity = identity_loss(patch, batch.patch)
        (patch_loss + low_loss + identity).backward()
        return {"d_patch": patch_loss, "d_low": low_loss, "identity": identity}

    def _judge(self, translated: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """The discriminator's logits on translated and real images."""
        with torch.autocast(translated.device.type, torch.bfloat16, enabled=self.mixed):
            if real is None:
                return self.discriminator(translated).float(), None
            if self.joint_batches:
                return self.discriminator(torch.cat([translated, real])).float().chunk(2)
            return self.discriminator(translated).float(), self.discriminator(real).float()
