"""GcGAN (Fu et al., CVPR 2019): one generator in one direction, whose translation of a turned image is the turned one.

Written from the facts of the released PyTorch implementation, whose settings are the defaults: it has none for GTA5.
Differences (paper/decisions.yaml): those of CycleGAN in resizing, schedule and sides; no variant with both transforms.
"""

from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from baselines.adversarial import least_squares
from baselines.pooled_gan import PooledGAN
from baselines.resnet_generator import ResnetGenerator
from dakpn.model.discriminator import PatchDiscriminator

TRANSFORMS = {
    "rotation": (partial(torch.rot90, k=-1, dims=(-2, -1)), partial(torch.rot90, k=1, dims=(-2, -1))),
    "vertical_flip": (partial(torch.flip, dims=(-2,)), partial(torch.flip, dims=(-2,))),
}
"""Transform of square (...,h,h) images and its inverse: a quarter turn clockwise, or upside down."""


class GcGAN(PooledGAN):
    """G: source -> target for upright and transformed images, each with a discriminator; G alone translates."""

    class Config(PooledGAN.Config):
        """Defaults are the code's (decision gcgan-length)."""

        iterations: int = Field(
            624_150,
            ge=1,
            description="Optimisation steps; the code's 100 + 100 epochs of GTA5's 24,966 images in batches of 8.",
        )
        batch: int = Field(8, ge=1, description="Crops per domain and step; the code's default, for four GPUs.")
        crop: int = Field(256, ge=24, multiple_of=4, description="Side of training crops.")
        transform: Literal["rotation", "vertical_flip"] = Field(
            "rotation", description="Transform of the whole run: a quarter turn clockwise, or upside down."
        )
        shared: bool = Field(
            True, description="One generator for upright and transformed images; otherwise one for each."
        )
        geometry_weight: float = Field(20.0, ge=0, description="Weight of each geometry consistency loss.")
        identity_weight: float = Field(5.0, ge=0, description="Weight of each identity loss; 0 computes none.")

    label = "GcGAN"

    def __init__(self, config: Config, **task) -> None:
        super().__init__(config, **task)
        self.transform, self.inverse = TRANSFORMS[config.transform]
        self.generator = ResnetGenerator(config.width, config.blocks)
        if not config.shared:
            self.generator_transformed = ResnetGenerator(config.width, config.blocks)
        self.discriminator = PatchDiscriminator(config.discriminator_width, nn.InstanceNorm2d)
        self.discriminator_transformed = PatchDiscriminator(config.discriminator_width, nn.InstanceNorm2d)
        for network in self.networks().values():
            for parameter in network.parameters():
                # Biases keep torch's start, unlike CycleGAN's (decision gcgan-start).
                if parameter.ndim > 1:
                    nn.init.xavier_normal_(parameter, gain=0.02)

    def generator_losses(self, a: Tensor, b: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """The streams of fakes are G(a) and G(f(a)), where f is the transform.

        Each consistency loss teaches one of them, its target is the other one, detached (decision gcgan-consistency).
        """
        config = self.config
        turned = self.generator if config.shared else self.generator_transformed
        fake, fake_turned = self.generator(a), turned(self.transform(a))
        losses = {
            "adversarial": least_squares(self.discriminator(fake), 1.0),
            "adversarial_transformed": least_squares(self.discriminator_transformed(fake_turned), 1.0),
            "geometry": F.l1_loss(fake, self.inverse(fake_turned.detach())),
            "geometry_transformed": F.l1_loss(fake_turned, self.transform(fake.detach())),
        }
        total = (
            losses["adversarial"]
            + losses["adversarial_transformed"]
            + config.geometry_weight * (losses["geometry"] + losses["geometry_transformed"])
        )
        if config.identity_weight:
            b_turned = self.transform(b)
            losses["identity"] = F.l1_loss(self.generator(b), b)
            losses["identity_transformed"] = F.l1_loss(turned(b_turned), b_turned)
            total = total + config.identity_weight * (losses["identity"] + losses["identity_transformed"])
        return losses | {"generator": total}, fake, fake_turned

    def discriminator_losses(self, a: Tensor, b: Tensor, fake: Tensor, fake_turned: Tensor) -> dict[str, Tensor]:
        """Real are b and f(b); a is not judged."""
        upright, turned = self.discriminator, self.discriminator_transformed
        real = least_squares(turned(self.transform(b)), 1.0)
        return {
            "discriminator": (least_squares(upright(b), 1.0) + least_squares(upright(fake), 0.0)) / 2,
            "discriminator_transformed": (real + least_squares(turned(fake_turned), 0.0)) / 2,
        }
