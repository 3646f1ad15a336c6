"""CycleGAN (Zhu et al., ICCV 2017): two generators tied by cycle consistency, two patch discriminators, least squares.

Written from the facts of the released PyTorch implementation, whose settings are the defaults. Differences
(paper/decisions.yaml): crops come from the view's resolution without a resize (`unpaired_gan`); the learning rate
falls per iteration instead of per epoch; sides that are no multiple of 4 are padded for translation instead of rounded.
"""

from functools import partial

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from baselines.adversarial import least_squares
from baselines.pooled_gan import PooledGAN
from baselines.resnet_generator import ResnetGenerator, init_convolutions
from dakpn.model.discriminator import PatchDiscriminator


class CycleGAN(PooledGAN):
    """G: source -> target and F: target -> source, trained together; only G translates."""

    class Config(PooledGAN.Config):
        """Defaults are the released settings, but for length and crop (decision cyclegan-length)."""

        iterations: int = Field(
            499_320,
            ge=1,
            description="Optimisation steps; 20 epochs of GTA5's 24,966 images, as a user reports (decision "
            "cyclegan-length); the code's default is 100 + 100 epochs.",
        )
        crop: int = Field(
            360,
            ge=24,
            multiple_of=4,
            description="Side of training crops: 360 for images about 1024 wide, 256 for smaller ones.",
        )
        cycle_weight: float = Field(10.0, ge=0, description="Weight of each cycle consistency loss.")
        identity_weight: float = Field(
            0.5, ge=0, description="Weight of each identity loss, as a fraction of cycle_weight; 0 computes none."
        )

    label = "CycleGAN"

    def __init__(self, config: Config, **task) -> None:
        super().__init__(config, **task)
        self.generator, self.generator_back = (self.new_generator() for _ in range(2))
        self.discriminator_target, self.discriminator_source = (self.new_discriminator() for _ in range(2))
        for network in self.networks().values():
            init_convolutions(network, partial(nn.init.normal_, std=0.02))

    def new_generator(self) -> nn.Module:
        return ResnetGenerator(self.config.width, self.config.blocks)

    def new_discriminator(self) -> nn.Module:
        return PatchDiscriminator(self.config.discriminator_width, nn.InstanceNorm2d)

    def weights(self) -> dict[str, float]:
        """Of losses, by the first word of their names."""
        config = self.config
        return {
            "adversarial": 1.0,
            "cycle": config.cycle_weight,
            "identity": config.cycle_weight * config.identity_weight,
        }

    def made(self, generator: nn.Module, image: Tensor) -> Tensor:
        """What a generator makes of (B,3,h,w) images in training."""
        return generator(image)

    def generator_losses(self, a: Tensor, b: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """The streams of fakes are G(a) and F(b)."""
        fake_b, fake_a = self.made(self.generator, a), self.made(self.generator_back, b)
        losses = {
            "adversarial_target": least_squares(self.discriminator_target(fake_b), 1.0),
            "adversarial_source": least_squares(self.discriminator_source(fake_a), 1.0),
            **self.cycle_losses(a, b, fake_b, fake_a),
        }
        if self.config.identity_weight:
            losses["identity_target"] = F.l1_loss(self.made(self.generator, b), b)
            losses["identity_source"] = F.l1_loss(self.made(self.generator_back, a), a)
        weights = self.weights()
        total = sum(weights[name.split("_")[0]] * loss for name, loss in losses.items())
        return losses | {"generator": total}, fake_b, fake_a

    def cycle_losses(self, a: Tensor, b: Tensor, fake_b: Tensor, fake_a: Tensor) -> dict[str, Tensor]:
        """Distances of the images from what both generators in turn make of them, given what the first one made."""
        return {
            "cycle_source": F.l1_loss(self.made(self.generator_back, fake_b), a),
            "cycle_target": F.l1_loss(self.made(self.generator, fake_a), b),
        }

    def discriminator_losses(self, a: Tensor, b: Tensor, fake_b: Tensor, fake_a: Tensor) -> dict[str, Tensor]:
        target, source = self.discriminator_target, self.discriminator_source
        return {
            "discriminator_target": (least_squares(target(b), 1.0) + least_squares(target(fake_b), 0.0)) / 2,
            "discriminator_source": (least_squares(source(a), 1.0) + least_squares(source(fake_a), 0.0)) / 2,
        }
