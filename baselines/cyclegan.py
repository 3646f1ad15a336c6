"""CycleGAN (Zhu et al., ICCV 2017): two generators tied by cycle consistency, two patch discriminators, least squares.

Written from the facts of the released PyTorch implementation, whose settings are the defaults. Differences
(paper/decisions.yaml): crops come from the view's resolution without a resize (`unpaired_gan`); the learning rate
falls per iteration instead of per epoch; sides that are no multiple of 4 are padded for translation instead of rounded.
"""

from functools import partial

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from baselines.adversarial import least_squares, linear_end
from baselines.image_pool import ImagePool
from baselines.resnet_generator import ResnetGenerator, init_convolutions
from baselines.unpaired_gan import UnpairedGAN
from dakpn.data.views import View
from dakpn.model.discriminator import PatchDiscriminator
from dakpn.training.sampling import IndexSampler
from dakpn.translation.translator import SavedPixels


class CycleGAN(UnpairedGAN):
    """G: source -> target and F: target -> source, trained together; only G translates."""

    class Config(SavedPixels):
        """Defaults are the released settings, but for length and crop (decision cyclegan-length)."""

        iterations: int = Field(
            499_320,
            ge=1,
            description="Optimisation steps; 20 epochs of GTA5's 24,966 images, as a user reports (decision "
            "cyclegan-length); the code's default is 100 + 100 epochs.",
        )
        batch: int = Field(1, ge=1, description="Crops per domain and step.")
        crop: int = Field(
            360,
            ge=24,
            multiple_of=4,
            description="Side of training crops: 360 for images about 1024 wide, 256 for smaller ones.",
        )
        width: int = Field(64, ge=1, description="Channels of the first generator layer.")
        blocks: int = Field(9, ge=0, description="Residual blocks of a generator.")
        discriminator_width: int = Field(64, ge=1, description="Channels of the first discriminator layer.")
        learning_rate: float = Field(
            2e-4, gt=0, description="Adam's rate of both generators; from the middle on it falls linearly to about 0."
        )
        discriminator_learning_rate: float = Field(2e-4, gt=0, description="The same for both discriminators.")
        betas: tuple[float, float] = Field((0.5, 0.999), description="Adam's two averaging factors.")
        cycle_weight: float = Field(10.0, ge=0, description="Weight of each cycle consistency loss.")
        identity_weight: float = Field(
            0.5, ge=0, description="Weight of each identity loss, as a fraction of cycle_weight; 0 computes none."
        )
        pool: int = Field(50, ge=0, description="Old translations kept per domain; 0 keeps none.")

    label = "CycleGAN"

    def __init__(self, config: Config, **task) -> None:
        super().__init__(config, **task)
        self.generator = ResnetGenerator(config.width, config.blocks)
        self.generator_back = ResnetGenerator(config.width, config.blocks)
        self.discriminator_target = PatchDiscriminator(config.discriminator_width, nn.InstanceNorm2d)
        self.discriminator_source = PatchDiscriminator(config.discriminator_width, nn.InstanceNorm2d)
        for network in self.networks().values():
            init_convolutions(network, partial(nn.init.normal_, std=0.02))

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        config = self.config
        self.check_crop(source, target)
        self.to(device)
        generators = [*self.generator.parameters(), *self.generator_back.parameters()]
        discriminators = [*self.discriminator_target.parameters(), *self.discriminator_source.parameters()]
        optimiser_g = torch.optim.Adam(generators, config.learning_rate, config.betas)
        optimiser_d = torch.optim.Adam(discriminators, config.discriminator_learning_rate, config.betas)
        factor = partial(linear_end, config.iterations // 2, config.iterations)
        schedule_g, schedule_d = (LambdaLR(o, factor) for o in (optimiser_g, optimiser_d))
        pool_target, pool_source = ImagePool(config.pool), ImagePool(config.pool)
        sampler = IndexSampler(len(source), config.batch, seed)

        def step(i: int) -> dict[str, Tensor]:
            a = self.crops(source, sampler.next(), device)
            # Source images are walked in epochs, target images are drawn with replacement, as released.
            b = self.crops(target, torch.randint(len(target), (config.batch,)), device)

            losses, fake_b, fake_a = self.generator_losses(a, b)
            optimiser_g.zero_grad()
            # Naming the inputs freezes the discriminators.
            losses["generator"].backward(inputs=generators)
            optimiser_g.step()

            judged = self.discriminator_losses(a, b, pool_target.query(fake_b), pool_source.query(fake_a))
            optimiser_d.zero_grad()
            sum(judged.values()).backward()
            optimiser_d.step()

            schedule_g.step()
            schedule_d.step()
            return losses | judged

        learning = dict(optimiser_g=optimiser_g, optimiser_d=optimiser_d, schedule_g=schedule_g, schedule_d=schedule_d)
        drawing = dict(pool_target=pool_target, pool_source=pool_source, sampler=sampler)
        return step, self.networks() | learning | drawing

    def generator_losses(self, a: Tensor, b: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Source a and target b, (B,3,h,w) in [-1,1] -> (named losses, G(a), F(b)).

        Losses are unweighted; "generator" is their weighted sum, which the optimiser of both generators descends.
        """
        config = self.config
        fake_b, fake_a = self.generator(a), self.generator_back(b)
        losses = {
            "adversarial_target": least_squares(self.discriminator_target(fake_b), 1.0),
            "adversarial_source": least_squares(self.discriminator_source(fake_a), 1.0),
            "cycle_source": F.l1_loss(self.generator_back(fake_b), a),
            "cycle_target": F.l1_loss(self.generator(fake_a), b),
        }
        total = (
            losses["adversarial_target"]
            + losses["adversarial_source"]
            + config.cycle_weight * (losses["cycle_source"] + losses["cycle_target"])
        )
        if config.identity_weight:
            losses["identity_target"] = F.l1_loss(self.generator(b), b)
            losses["identity_source"] = F.l1_loss(self.generator_back(a), a)
            weight = config.cycle_weight * config.identity_weight
            total = total + weight * (losses["identity_target"] + losses["identity_source"])
        return losses | {"generator": total}, fake_b, fake_a

    def discriminator_losses(self, a: Tensor, b: Tensor, fake_b: Tensor, fake_a: Tensor) -> dict[str, Tensor]:
        """Real a, b and detached fakes, (B,3,h,w) in [-1,1] -> the loss of each discriminator."""
        target, source = self.discriminator_target, self.discriminator_source
        return {
            "discriminator_target": (least_squares(target(b), 1.0) + least_squares(target(fake_b), 0.0)) / 2,
            "discriminator_source": (least_squares(source(a), 1.0) + least_squares(source(fake_a), 0.0)) / 2,
        }
