"""DRIT++ (Lee et al., IJCV 2020; DRIT, ECCV 2018): a content that the domains share, and an attribute that they do not.

Written from the facts of the released implementation's default variant; length, crop and mode seeking are those of its
high-resolution variant, which was made for GTA5 -> Cityscapes. Differences (paper/decisions.yaml, drit-*): an iteration
is one full update with the updates of the content discriminator alone that precede it; both gradients of the generator
are taken before its first step; crops come from the view's resolution without a resize; sides that are no multiple of 4
are padded for translation.
"""

import math
from collections.abc import Iterable
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from baselines.adversarial import linear_end
from baselines.attribute_draw import AttributeDraw
from baselines.disentanglement import OTHER, Disentanglement, Images, Translations
from baselines.drit_networks import SCALE, ContentDiscriminator, ScaledDiscriminator
from baselines.unpaired_gan import UnpairedGAN
from dakpn.config.models import Section
from dakpn.data.views import View

REFERENCES = 64
"""Target images whose attributes translate, where they do (decision drit-attribute)."""


class DRIT(UnpairedGAN):
    """Encoders E and decoders G of both domains against four image discriminators and one of contents."""

    class Config(Section):
        """Defaults are the released settings, those for GTA5 -> Cityscapes where there are any."""

        iterations: int = Field(
            374_490,
            ge=1,
            description="Full updates; a third of 90 epochs of GTA5's 24,966 images in batches of two (decision "
            "drit-length).",
        )
        batch: int = Field(
            1,
            ge=1,
            description="Crops per domain that are encoded; as many more are real samples for the discriminators of "
            "random attributes.",
        )
        crop: int = Field(340, multiple_of=SCALE, description="Side of the training crops.")
        width: int = Field(64, ge=1, description="Channels of the first layer of an encoder.")
        blocks: int = Field(3, ge=0, description="Residual blocks of each content encoder and decoder.")
        attribute_size: int = Field(8, ge=1, description="Entries of an attribute.")
        discriminator_width: int = Field(64, ge=1, description="Channels of an image discriminator's first layer.")
        scales: int = Field(3, ge=1, description="Scales of an image discriminator.")
        content_layers: int = Field(
            3, ge=0, description="Strided layers of the content discriminator; 3 need crops of 212 or more."
        )
        content_updates: int = Field(
            3, ge=1, description="Updates of the content discriminator per iteration, the full update's included."
        )
        learning_rate: float = Field(
            1e-4,
            gt=0,
            description="Adam's rate of all other networks; from the middle on it falls linearly to about 0.",
        )
        content_learning_rate: float = Field(4e-5, gt=0, description="The same for the content discriminator.")
        betas: tuple[float, float] = Field((0.5, 0.999), description="Adam's two averaging factors.")
        weight_decay: float = Field(1e-4, ge=0, description="L2 term in all gradients, biases included; not decoupled.")
        content_clip: float = Field(
            5.0, gt=0, description="Largest norm of the content discriminator's gradient; longer ones are shortened."
        )
        content_weight: float = Field(1.0, ge=0, description="Weight of the encoders' content adversarial loss.")
        cycle_weight: float = Field(10.0, ge=0, description="Weight of the cross-cycle consistency loss.")
        reconstruction_weight: float = Field(10.0, ge=0, description="Weight of the self-reconstruction loss.")
        kl_weight: float = Field(0.01, ge=0, description="Weight of the attributes' divergence from N(0,1).")
        content_norm_weight: float = Field(0.01, ge=0, description="Weight of the mean square of contents.")
        latent_weight: float = Field(10.0, ge=0, description="Weight of the regression of random attributes.")
        mode_seeking_weight: float = Field(
            0.0,
            ge=0,
            description="Weight of mode seeking, which needs a second random attribute; DRIT++ has 1, DRIT and the "
            "variant for GTA5 have none (decision drit-mode-seeking).",
        )
        attribute: Literal["prior", "target"] = Field(
            "prior",
            description="Attribute that an image is translated with: drawn from N(0,1), or that of a random target "
            "image; fixed by the image's id and the training seed.",
        )

        @model_validator(mode="after")
        def _crop_is_large_enough(self) -> "DRIT.Config":
            smallest = SCALE * max(
                ContentDiscriminator.smallest_content(self.content_layers),
                math.ceil(ScaledDiscriminator.smallest_image(self.scales) / SCALE),
            )
            if self.crop < smallest:
                raise ValueError(
                    f"a crop of {self.crop} is too small for {self.content_layers} content_layers and {self.scales} "
                    f"scales. Set crop to {smallest} or more, or lower these"
                )
            return self

    label = "DRIT"

    def __init__(self, config: Config, **task) -> None:
        super().__init__(config, **task)
        self.disentangled = Disentanglement(config.width, config.blocks, config.attribute_size)
        self.discriminator, self.random_discriminator = (
            nn.ModuleDict({d: ScaledDiscriminator(config.discriminator_width, config.scales) for d in OTHER})
            for _ in range(2)
        )
        self.content_discriminator = ContentDiscriminator(4 * config.width, config.content_layers)
        self.draw = AttributeDraw(REFERENCES if config.attribute == "target" else 0, config.crop)
        for network in self.networks().values():
            for parameter in network.parameters():
                # Convolutions only: linear layers and all biases keep torch's own start.
                if parameter.ndim == 4:
                    nn.init.normal_(parameter, std=0.02)

    def inference_networks(self) -> dict[str, nn.Module]:
        content, decoder = self.disentangled.content, self.disentangled.decoder
        needed: dict[str, nn.Module] = {
            "draw": self.draw,
            "content": nn.ModuleDict({part: content[part] for part in ("source", "shared")}),
            "decoder": nn.ModuleDict({part: decoder[part] for part in ("shared", "target")}),
        }
        if self.config.attribute == "target":
            needed["attribute"] = self.disentangled.attribute["target"]
        return needed

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        config = self.config
        pairs = self.pairs(source, target, seed=seed, device=device)
        self.draw.prepare(target, seed)
        self.to(device)
        networks = self.disentangled
        common = [*networks.content.parameters(), *networks.decoder.parameters()]
        attribute = [*networks.attribute.parameters()]
        judges = [*self.discriminator.parameters(), *self.random_discriminator.parameters()]
        adam = partial(torch.optim.Adam, lr=config.learning_rate, betas=config.betas, weight_decay=config.weight_decay)
        optimisers = {
            "optimiser_g": adam(common),
            "optimiser_a": adam(attribute),
            "optimiser_d": adam(judges),
            "optimiser_c": adam(self.content_discriminator.parameters(), lr=config.content_learning_rate),
        }
        optimiser_g, optimiser_a, optimiser_d, optimiser_c = optimisers.values()
        factor = partial(linear_end, config.iterations // 2, config.iterations)
        schedules = {f"schedule_{name[-1]}": LambdaLR(optimiser, factor) for name, optimiser in optimisers.items()}

        def images() -> Images:
            return dict(zip(OTHER, pairs.next(), strict=True))

        def update_content(content: Images) -> Tensor:
            loss = self.content_loss(content)
            optimiser_c.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.content_discriminator.parameters(), config.content_clip)
            optimiser_c.step()
            return loss

        def step(i: int) -> dict[str, Tensor]:
            for _ in range(config.content_updates - 1):
                with torch.no_grad():
                    content = networks.contents(images())
                update_content(content)

            real, more = images(), images()
            made = networks.translations(real, 2 if config.mode_seeking_weight else 1)
            judged = self.discriminator_losses(real, more, made)
            optimiser_d.zero_grad()
            sum(judged.values()).backward()
            optimiser_d.step()
            judged["content_discriminator"] = update_content({d: code.detach() for d, code in made.content.items()})

            losses = self.generator_losses(real, made)
            # The graph cannot be used again after a step (decision drit-second-update). The attribute encoders do not
            # learn from the second gradient, and naming the inputs freezes the discriminators.
            second = torch.autograd.grad(losses["random_generator"], common, retain_graph=True)
            optimiser_g.zero_grad()
            optimiser_a.zero_grad()
            losses["generator"].backward(inputs=[*common, *attribute])
            optimiser_g.step()
            optimiser_a.step()
            for parameter, gradient in zip(common, second, strict=True):
                parameter.grad = gradient
            optimiser_g.step()

            for schedule in schedules.values():
                schedule.step()
            return losses | judged

        return step, self.networks() | optimisers | schedules | {"pairs": pairs}

    def generator_losses(self, real: Images, made: Translations) -> dict[str, Tensor]:
        """Named losses, each the unweighted sum over both domains, and two weighted sums of them.

        "generator" teaches encoders and decoders; "random_generator", of random attributes, all but attribute encoders.
        """
        return self.encoded_losses(real, made) | self.random_losses(made)

    def encoded_losses(self, real: Images, made: Translations) -> dict[str, Tensor]:
        """Those of encoded attributes and their sum "generator"."""
        config, judge = self.config, self.content_discriminator
        losses = {
            "adversarial": sum(cross_entropy(self.discriminator[d](made.swapped[d]), 1.0) for d in OTHER),
            "content": sum(cross_entropy([judge(made.content[d])], 0.5) for d in OTHER),
            "cycle": sum(F.l1_loss(made.cycle[d], real[d]) for d in OTHER),
            "reconstruction": sum(F.l1_loss(made.own[d], real[d]) for d in OTHER),
            "kl": sum(kl_divergence(*made.posterior[d]) for d in OTHER),
            "content_norm": sum(made.content[d].square().mean() for d in OTHER),
        }
        weights = {name: getattr(config, f"{name}_weight") for name in losses if name != "adversarial"}
        total = losses["adversarial"] + sum(weight * losses[name] for name, weight in weights.items())
        return losses | {"generator": total}

    def random_losses(self, made: Translations) -> dict[str, Tensor]:
        """Those of random attributes and their sum "random_generator"."""
        random = {
            "random_adversarial": sum(
                cross_entropy(self.random_discriminator[d](fake), 1.0) for d in OTHER for fake in made.random[d]
            ),
            "latent": sum(F.l1_loss(self.disentangled.attribute[d](made.random[d][0])[0], made.z[0]) for d in OTHER),
        }
        total = random["random_adversarial"] + self.config.latent_weight * random["latent"]
        if self.config.mode_seeking_weight:
            apart = F.l1_loss(*made.z)
            random["mode_seeking"] = sum(1 / (F.l1_loss(*made.random[d]) / apart + 1e-5) for d in OTHER)
            total = total + self.config.mode_seeking_weight * random["mode_seeking"]
        return random | {"random_generator": total}

    def discriminator_losses(self, real: Images, more: Images, made: Translations) -> dict[str, Tensor]:
        """Of the discriminators of encoded attributes, whose real images were encoded, and of random ones, whose real
        images `more` were not and count once per random attribute."""
        return {
            "discriminator": sum(_judgement(self.discriminator[d], real[d], made.swapped[d]) for d in OTHER),
            "random_discriminator": sum(
                _judgement(self.random_discriminator[d], more[d], fake) for d in OTHER for fake in made.random[d]
            ),
        }

    def content_loss(self, content: Images) -> Tensor:
        """The content discriminator's loss: 0 for the source's codes, 1 for the target's."""
        judge = self.content_discriminator
        return cross_entropy([judge(content["source"])], 0.0) + cross_entropy([judge(content["target"])], 1.0)

    def generate(self, image: Tensor, ids: tuple[str, ...]) -> Tensor:
        """See UnpairedGAN; without the noise of training, and in mode "target" with the mean of the attribute."""
        if self.config.attribute == "prior":
            attribute = self.draw.normal(ids, self.config.attribute_size).to(image)
        else:
            attribute = self.disentangled.attribute["target"](self.draw.reference(ids))[0]
        return self.disentangled.decode("target", self.disentangled.encode("source", image), attribute)


def cross_entropy(scales: Iterable[Tensor], goal: float) -> Tensor:
    """Binary cross-entropy of logits with one goal in [0,1], averaged within each scale and summed over scales."""
    return sum(F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, goal)) for logits in scales)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """From N(mean, variance) to N(0,1): (B,n) each -> scalar, summed over entries and averaged over the batch."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()


def _judgement(judge: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    return cross_entropy(judge(real), 1.0) + cross_entropy(judge(fake.detach()), 0.0)
