"""The control without semantics: DA-KPN's operator, losses and training, but one theta for every pixel of every image.

What it reaches, matched colour, blur and noise reach without knowing what an image shows. Theta is twelve free numbers.
Adam moves each by about its rate at every step, while every class's weight moves DA-KPN's theta: in a short training
this control stays closer to the identity (declared choice: DA-KPN's own rate all the same).
"""

import torch
from torch import Tensor, nn

from dakpn.model.dakpn import DAKPN
from dakpn.model.discriminator import PatchDiscriminator
from dakpn.translation.translator import Translator


class Unseeing(nn.Module):
    """Stands where the encoder stands and sees nothing: one zero per image."""

    def coarse(self, image: Tensor, *, normalised: bool = True) -> Tensor:
        """(B,3,h,w) -> (B,1,1,1) zeros."""
        return image.new_zeros(len(image), 1, 1, 1)


class GlobalTheta(nn.Module):
    """Twelve learned numbers in place of the kernel predictor; they start where its own start (dakpn.model.kpn)."""

    def __init__(self, sigma_start: float = 0.25) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor([1.0] * 3 + [0.0] * 3 + [sigma_start] * 3 + [0.0] * 3))

    def forward(self, logits: Tensor) -> Tensor:
        """(B,n,h,w), of which only the size counts -> (B,12,h,w)."""
        return self.theta.view(1, -1, 1, 1).expand(len(logits), -1, *logits.shape[-2:])


class DAKPNGlobal(DAKPN):
    """DA-KPN with one global theta: trained by the same step with the same budget; it needs no encoder."""

    name, label = "dakpn-global", "DA-KPN, one theta"
    uses_low = False

    def __init__(self, config, *, image_size, low_size, num_classes, encoder=None) -> None:
        Translator.__init__(
            self, config, image_size=image_size, low_size=low_size, num_classes=num_classes, encoder=encoder
        )
        self.frozen = Unseeing()
        self.kpn = GlobalTheta(config.sigma_start)
        self.discriminator = PatchDiscriminator(config.discriminator_width)

    def explain(self, image: Tensor, low: Tensor):
        return {}
