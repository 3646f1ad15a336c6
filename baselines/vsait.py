"""VSAIT (Theiss et al., ECCV 2022): a generator whose translations keep their hypervectors once unbound.

Written from the facts of the released implementation, whose GTA5 -> Cityscapes configuration gives the defaults; these
are the code's numbers, not the paper's. Differences (paper/decisions.yaml): crops come from the view's resolution
without a resize, where the released code first resizes to 256x512; repeated passes within a step are shared, which
changes no number; the random directions are drawn from the seed; sides that are no multiple of 4 are padded for
translation.
"""

from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.optim.lr_scheduler import StepLR

from baselines.hypervectors import CELL, HypervectorDiscriminator, HypervectorMapping, LocalityHash
from baselines.resnet_generator import ResnetGenerator, init_convolutions
from baselines.unpaired_gan import CropPairs, UnpairedGAN
from baselines.vgg import VGG19Trunk
from dakpn.data.views import View
from dakpn.training.sampling import IndexSampler
from dakpn.translation.translator import SavedPixels


class VSAIT(UnpairedGAN):
    """Generator G and mapping M learn together, against a discriminator D of hypervectors; VGG and hash are fixed."""

    class Config(SavedPixels):
        """Defaults are the released settings.

        The released step limit is 200,000; a framework that counts the steps of both optimisers ends after 100,000
        iterations.
        """

        iterations: int = Field(200_000, ge=1, description="Optimisation steps.")
        batch: int = Field(1, ge=1, description="Crops per domain and step.")
        crop: int = Field(256, ge=CELL, multiple_of=4, description="Side of the training crops.")
        width: int = Field(64, ge=1, description="Channels of the first generator layer.")
        blocks: int = Field(9, ge=0, description="Residual blocks of the generator.")
        dimension: int = Field(4096, ge=1, description="Length of a hypervector; cost and memory grow with its square.")
        discriminator_width: int = Field(1024, ge=1, description="Channels inside the discriminator.")
        vgg_width: float = Field(1.0, gt=0, description="Factor on all channels of VGG19; 1.0 is the real network.")
        weights: str = Field(
            "imagenet", description='Of VGG19: "imagenet" (downloads), "none" (random), or the path of a state dict.'
        )
        learning_rate: float = Field(1e-4, gt=0, description="Adam's learning rate of generator and mapping.")
        discriminator_learning_rate: float = Field(4e-4, gt=0, description="Adam's learning rate of the discriminator.")
        betas: tuple[float, float] = Field((0.0, 0.9), description="Adam's two averaging factors.")
        weight_decay: float = Field(1e-4, ge=0, description="L2 term in all gradients, biases included; not decoupled.")
        lr_step: int = Field(100_000, ge=1, description="Iterations between halvings of both learning rates.")
        vsa_weight: float = Field(10.0, ge=0, description="Weight of the hypervector consistency loss.")
        adversarial_weight: float = Field(1.0, ge=0, description="Weight of the adversarial loss of G and M.")

    label = "VSAIT"

    @classmethod
    def files(cls, config: Config) -> tuple[str, ...]:
        return (config.weights,) if Path(config.weights).is_file() else ()

    def __init__(self, config: Config, **task) -> None:
        super().__init__(config, **task)
        self.generator = ResnetGenerator(config.width, config.blocks, "gaussian")
        self.mapping = HypervectorMapping(config.dimension)
        self.discriminator = HypervectorDiscriminator(config.dimension, config.discriminator_width)
        self.vgg = VGG19Trunk(config.vgg_width)
        for network in (self.generator, self.discriminator):
            init_convolutions(network, partial(nn.init.xavier_normal_, gain=0.2))

    def prepare(self, *, seed: int, device: torch.device | str) -> None:
        """Get what only training needs, VGG's weights and the directions drawn from `seed`; move all to `device`."""
        self.vgg.load_weights(self.config.weights, f"weights of {self.label}")
        self.hash = LocalityHash(self.vgg.channels, self.config.dimension, seed=seed).to(device)
        self.to(device)

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        config = self.config
        self.check_crop(source, target)
        self.prepare(seed=seed, device=device)
        learned = [*self.generator.parameters(), *self.mapping.parameters()]
        adam = partial(torch.optim.Adam, betas=config.betas, weight_decay=config.weight_decay)
        optimiser_g = adam(learned, config.learning_rate)
        optimiser_d = adam(self.discriminator.parameters(), config.discriminator_learning_rate)
        schedule_g, schedule_d = (StepLR(o, config.lr_step, 0.5) for o in (optimiser_g, optimiser_d))
        views = {"source": source, "target": target}
        # Equal seeds would pair the domains when both have equally many images.
        samplers = {name: IndexSampler(len(views[name]), config.batch, 2 * seed + i) for i, name in enumerate(views)}
        pairs = CropPairs(views, samplers, config.crop, seed=seed, device=device)

        def step(i: int) -> dict[str, Tensor]:
            x, y = pairs.next()
            with torch.no_grad():
                v_x, v_y = self.hypervectors(x), self.hypervectors(y)

            losses = self.generator_losses(x, v_x)
            optimiser_g.zero_grad()
            # Naming the inputs freezes the discriminator.
            losses["generator"].backward(inputs=learned)
            optimiser_g.step()

            losses["discriminator"] = self.discriminator_loss(x, v_x, v_y)
            optimiser_d.zero_grad()
            losses["discriminator"].backward()
            optimiser_d.step()

            schedule_g.step()
            schedule_d.step()
            return losses

        learning = dict(optimiser_g=optimiser_g, optimiser_d=optimiser_d, schedule_g=schedule_g, schedule_d=schedule_d)
        return step, self.networks() | learning | dict(pairs=pairs)

    def hypervectors(self, image: Tensor) -> Tensor:
        """(B,3,H,W) in [-1,1] -> (B,dimension,H//16,W//16)."""
        return self.hash(self.vgg(image))

    def generator_losses(self, x: Tensor, v_x: Tensor) -> dict[str, Tensor]:
        """Source crops x and their hypervectors -> named losses with their weighted sum "generator".

        The consistency loss teaches G only, the first adversarial term G, the second M: M never sees the consistency.
        """
        u = self.mapping(v_x)
        v_fake = self.hypervectors(self.generator(x))
        vsa = (1 - F.cosine_similarity(v_fake * u.detach(), v_x, dim=1)).mean()
        adversarial = -(self.discriminator(v_fake).mean() + self.discriminator(v_x * u).mean()) / 2
        total = self.config.vsa_weight * vsa + self.config.adversarial_weight * adversarial
        return {"vsa": vsa, "adversarial": adversarial, "generator": total}

    def discriminator_loss(self, x: Tensor, v_x: Tensor, v_y: Tensor) -> Tensor:
        """Hinge loss over two kinds of fake, translated and bound, and one of real; x is translated anew, detached."""
        with torch.no_grad():
            v_fake = self.hypervectors(self.generator(x))
            v_bound = v_x * self.mapping(v_x)
        d = self.discriminator
        return (F.relu(1 + d(v_fake)).mean() + F.relu(1 + d(v_bound)).mean() + F.relu(1 - d(v_y)).mean()) / 3
