"""The control without semantics: DA-KPN's operator, losses and training, but one theta for every pixel of every image.

What it reaches, matched colour, blur and noise reach without knowing what an image shows. The encoder is replaced by
one that says the same of every pixel, so the kernel predictor's 240 parameters come down to twelve numbers. They are
not free parameters: Adam moves each parameter by about its rate at every step, so twelve of them would move twenty
times less than DA-KPN's theta, to which every class contributes, and stay next to the identity in a short training.
"""

from torch import Tensor, nn

from baselines.dakpn import DAKPN
from dakpn.discriminator import PatchDiscriminator
from dakpn.kpn import KernelPredictor
from dakpn.translator import Translator


class Unseeing(nn.Module):
    """Stands where the encoder stands and sees nothing: logit 1 for every class, everywhere (declared choice)."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes

    def coarse(self, image: Tensor) -> Tensor:
        """(B,3,h,w) -> (B,n,1,1) ones."""
        return image.new_ones(len(image), self.num_classes, 1, 1)


class DAKPNGlobal(DAKPN):
    """DA-KPN with one global theta: trained by the same step with the same budget; it needs no encoder."""

    name, label = "dakpn-global", "DA-KPN, one theta"
    uses_low = False

    def __init__(self, config, *, image_size, low_size, num_classes, encoder=None) -> None:
        Translator.__init__(
            self, config, image_size=image_size, low_size=low_size, num_classes=num_classes, encoder=encoder
        )
        self.frozen = Unseeing(num_classes)
        self.kpn = KernelPredictor(num_classes, config.sigma_start)
        self.discriminator = PatchDiscriminator(config.discriminator_width)

    def explain(self, image: Tensor, low: Tensor):
        return {}
