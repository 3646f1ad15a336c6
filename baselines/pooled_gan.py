"""What CycleGAN, MCT and GcGAN share: discriminators of patches that see old fakes too, generators first."""

from abc import abstractmethod

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from baselines.adversarial import linear_end
from baselines.image_pool import ImagePool
from baselines.unpaired_gan import UnpairedGAN
from dakpn.data.views import View
from dakpn.translation.translator import SavedPixels


class PooledGAN(UnpairedGAN):
    """Two streams of fakes, each with a discriminator and a pool of its own.

    A subclass builds its networks and gives `generator_losses` and `discriminator_losses`. One Adam steps all
    generators, then another all discriminators, at a rate that falls linearly from the middle on.
    """

    class Config(SavedPixels):
        """What both have; lengths, batches and crops differ."""

        iterations: int = Field(ge=1, description="Optimisation steps.")
        batch: int = Field(1, ge=1, description="Crops per domain and step.")
        crop: int = Field(ge=24, multiple_of=4, description="Side of training crops.")
        width: int = Field(64, ge=1, description="Channels of the first generator layer.")
        blocks: int = Field(9, ge=0, description="Residual blocks of a generator.")
        discriminator_width: int = Field(64, ge=1, description="Channels of the first discriminator layer.")
        learning_rate: float = Field(
            2e-4, gt=0, description="Adam's rate of all generators; from the middle on it falls linearly to about 0."
        )
        discriminator_learning_rate: float = Field(2e-4, gt=0, description="The same for both discriminators.")
        betas: tuple[float, float] = Field((0.5, 0.999), description="Adam's two averaging factors.")
        pool: int = Field(50, ge=0, description="Old translations kept for each discriminator; 0 keeps none.")

    @abstractmethod
    def generator_losses(self, a: Tensor, b: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Source a and target b, (B,3,h,w) in [-1,1] -> (named losses, two streams of fakes).

        Losses are unweighted; "generator" is their weighted sum, which the optimiser of the generators descends.
        """

    @abstractmethod
    def discriminator_losses(self, a: Tensor, b: Tensor, first: Tensor, second: Tensor) -> dict[str, Tensor]:
        """Real a, b and detached fakes of both streams, (B,3,h,w) in [-1,1] -> the loss of each discriminator."""

    def rate(self, i: int) -> float:
        """Factor of all learning rates at iteration `i` from 0."""
        return linear_end(self.config.iterations // 2, self.config.iterations, i)

    def generators_learn(self, i: int) -> bool:
        """Whether the generators are updated at iteration `i`."""
        return True

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        config = self.config
        pairs = self.pairs(source, target, seed=seed, device=device)
        self.to(device)
        judges = nn.ModuleDict({name: net for name, net in self.networks().items() if name.startswith("discriminator")})
        generators = [p for name, net in self.networks().items() if name not in judges for p in net.parameters()]
        discriminators = list(judges.parameters())
        optimiser_g = torch.optim.Adam(generators, config.learning_rate, config.betas)
        optimiser_d = torch.optim.Adam(discriminators, config.discriminator_learning_rate, config.betas)
        schedule_g, schedule_d = (LambdaLR(o, self.rate) for o in (optimiser_g, optimiser_d))
        pool_first, pool_second = ImagePool(config.pool), ImagePool(config.pool)

        def step(i: int) -> dict[str, Tensor]:
            a, b = pairs.next()
            # Frozen before their forward pass, they keep nothing for gradients of their own.
            judges.requires_grad_(False)
            losses, first, second = self.generator_losses(a, b)
            optimiser_g.zero_grad()
            if self.generators_learn(i):
                losses["generator"].backward()
            judges.requires_grad_(True)
            # Without gradients it changes nothing.
            optimiser_g.step()

            judged = self.discriminator_losses(a, b, pool_first.query(first), pool_second.query(second))
            optimiser_d.zero_grad()
            sum(judged.values()).backward()
            optimiser_d.step()

            schedule_g.step()
            schedule_d.step()
            return losses | judged

        learning = dict(optimiser_g=optimiser_g, optimiser_d=optimiser_d, schedule_g=schedule_g, schedule_d=schedule_d)
        drawing = dict(pool_first=pool_first, pool_second=pool_second, pairs=pairs)
        return step, self.networks() | learning | drawing
