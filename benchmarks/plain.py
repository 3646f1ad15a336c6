"""Iterations as the methods' own codes have them, where no pass serves twice. What the benchmark compares with.

Each function takes the place of one of the method that its first argument is.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.cut import CUT, Pass
from baselines.disentanglement import Images, Translations
from baselines.drit import DRIT
from baselines.image_pool import ImagePool
from baselines.pooled_gan import PooledGAN
from baselines.vsait import VSAIT
from dakpn.data.views import View


def cut_passes(self: CUT, a: Tensor, b: Tensor) -> Pass:
    """CUT.passes; keys come from a pass of their own, which keeps what a gradient would need."""
    taps = self.config.taps
    images = a if self.config.identity_nce == "none" else torch.cat([a, b])
    flipped = self.config.flip_equivariance and bool(torch.rand(()) < 0.5)
    features = self.generator.features(images.flip(-1) if flipped else images, taps)
    outputs = self.generator.resume(features[-1], taps[-1])
    return Pass(outputs, features, self.generator.features(images, taps), flipped)


def vsait_losses(self: VSAIT, x: Tensor, v_x: Tensor) -> dict[str, Tensor]:
    """VSAIT.generator_losses; either loss runs VGG and the mapping on its own, as does the discriminator's, which has
    v_x.
    """
    fake, again = self.generator(x), self.hypervectors(x)
    unbound = self.hypervectors(fake) * self.mapping(again).detach()
    vsa = (1 - F.cosine_similarity(unbound, again, dim=1)).mean()
    again = self.hypervectors(x)
    judged = self.discriminator(self.hypervectors(fake)), self.discriminator(again * self.mapping(again))
    adversarial = -sum(scores.mean() for scores in judged) / 2
    total = self.config.vsa_weight * vsa + self.config.adversarial_weight * adversarial
    return {"vsa": vsa, "adversarial": adversarial, "generator": total}


def drit_losses(self: DRIT, real: Images, made: Translations) -> dict[str, Tensor]:
    """DRIT.generator_losses; the second update's come from a forward pass of their own, without which torch refuses it
    after the first.
    """
    again = self.disentangled.translations(real, len(made.z))
    return self.encoded_losses(real, made) | self.random_losses(again)


def pooled_training_step(self: PooledGAN, *views: View, seed: int, device: torch.device | str) -> Any:
    """PooledGAN.training_step on images that are never read anew; flags freeze the discriminators, and each of their
    losses goes backward on its own.

    The passes of CycleGAN, GcGAN and MCT are equally many: none of them occurs twice in their codes.
    """
    config = self.config
    self.to(device)
    judges = nn.ModuleList(net for name, net in self.networks().items() if name.startswith("discriminator"))
    makers = nn.ModuleList(net for name, net in self.networks().items() if not name.startswith("discriminator"))
    optimiser_g = torch.optim.Adam(makers.parameters(), config.learning_rate, config.betas)
    optimiser_d = torch.optim.Adam(judges.parameters(), config.discriminator_learning_rate, config.betas)
    pools = ImagePool(config.pool), ImagePool(config.pool)
    a, b = torch.rand(2, config.batch, 3, config.crop, config.crop, device=device) * 2 - 1

    def step(i: int) -> None:
        judges.requires_grad_(False)
        losses, *fakes = self.generator_losses(a, b)
        optimiser_g.zero_grad()
        losses["generator"].backward()
        optimiser_g.step()
        judges.requires_grad_(True)
        optimiser_d.zero_grad()
        old = (pool.query(fake) for pool, fake in zip(pools, fakes, strict=True))
        for loss in self.discriminator_losses(a, b, *old).values():
            loss.backward()
        optimiser_d.step()

    return step, {}
