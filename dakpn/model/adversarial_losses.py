"""The adversarial losses of KPN and discriminator (paper 3.2 and 3.3), and the gradients that each of the two gets."""

from typing import Literal

import torch
from torch import Tensor, nn

from dakpn.model.losses import discriminator_loss, identity_loss, nonsaturating_loss, reverse_gradient
from dakpn.model.patches import Patches

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
        self.gradients = {
            "simultaneous": self._simultaneous,
            "alternating": self._kpn_alone,
            "reversal": self._reversal,
        }[update]

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
        return {"kpn_patch": fool_patch, "kpn_low": fool_low, "identity": identity}

    def _discriminator_gradients(self, judged: _Judged) -> dict[str, Tensor]:
        patch_loss, low_loss = (discriminator_loss(*logits) for logits in judged)
        (patch_loss + low_loss).backward(inputs=list(self.discriminator.parameters()))
        return {"d_patch": patch_loss, "d_low": low_loss}

    def _reversal(self, patch: Tensor, low: Tensor, batch: Patches) -> dict[str, Tensor]:
        """Both sides from one backward pass through a gradient reversal (released code)."""
        patch_loss = discriminator_loss(*self._judge(reverse_gradient(patch), batch.real_patch))
        low_loss = discriminator_loss(*self._judge(reverse_gradient(low), batch.real_low))
        identity = identity_loss(patch, batch.patch)
        (patch_loss + low_loss + identity).backward()
        return {"d_patch": patch_loss, "d_low": low_loss, "identity": identity}

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
