"""CUT (Park et al., ECCV 2020): one generator, held to its source by a contrastive loss between patches.

Written from the facts of the released PyTorch implementation, whose settings are the defaults. Differences
(paper/decisions.yaml): crops come from the view's resolution without a resize, in the second half too; the learning
rate falls per iteration instead of per epoch; the heads exist from the start instead of the first batch; repeated
passes within a step are shared, which changes no number; sides that are no multiple of 4 are padded for translation.
FastCUT is a preset.
"""

from functools import partial
from typing import Literal, NamedTuple

import torch
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from baselines.adversarial import least_squares, linear_end
from baselines.patch_nce import PatchHead, draw_positions, patch_nce
from baselines.resnet_generator import BinomialDown, ResnetGenerator, init_convolutions
from baselines.unpaired_gan import UnpairedGAN
from dakpn.data.views import View
from dakpn.model.discriminator import PatchDiscriminator
from dakpn.translation.translator import SavedPixels


class Pass(NamedTuple):
    """What the generator makes of a step's crops: of B source crops and, with the identity term, B target crops after.

    outputs: (B or 2B,3,h,w) in [-1,1]; features: at every tap, of the crops as the generator was given them; keys: the
    same of the crops before a flip, the same tensors without one; flipped: whether crops and outputs are flipped.
    """

    outputs: Tensor
    features: list[Tensor]
    keys: list[Tensor]
    flipped: bool


class CUT(UnpairedGAN):
    """Generator and heads learn together, against a discriminator of the target; only the generator translates."""

    class Config(SavedPixels):
        """Defaults are the released settings, with the author's for GTA5 (decision cut-length)."""

        iterations: int = Field(
            499_320,
            ge=1,
            description="Optimisation steps; 20 epochs of GTA5's 24,966 images, enough by the author (decision "
            "cut-length); the code's default is 200 + 200 epochs.",
        )
        batch: int = Field(1, ge=1, description="Crops per domain and step.")
        crop: int = Field(
            512,
            ge=24,
            multiple_of=4,
            description="Side of training crops: 512 for images 1024 wide (decision cut-length), 256 in the code.",
        )
        width: int = Field(64, ge=1, description="Channels of the first generator layer.")
        blocks: int = Field(9, ge=0, description="Residual blocks of the generator.")
        discriminator_width: int = Field(64, ge=1, description="Channels of the first discriminator layer.")
        head_width: int = Field(256, ge=1, description="Length of the vectors that are contrasted.")
        taps: tuple[int, ...] = Field(
            (0, 4, 8, 12, 16),
            min_length=1,
            validate_default=True,
            description="Places in the generator whose features are contrasted, ascending: 0 is the padded image, 4 "
            "and 8 are convolutions before their norm, 11 + n is the n-th residual block.",
        )
        patches: int = Field(256, ge=2, description="Positions drawn per tap and image, or all where there are fewer.")
        temperature: float = Field(0.07, gt=0, description="Divisor of similarities in the contrastive loss.")
        learning_rate: float = Field(2e-4, gt=0, description="Adam's rate of generator and heads at the start.")
        discriminator_learning_rate: float = Field(2e-4, gt=0, description="The same for the discriminator.")
        betas: tuple[float, float] = Field((0.5, 0.999), description="Adam's two averaging factors.")
        constant_share: float = Field(
            0.5, ge=0, le=1, description="Share of the iterations after which the rates fall linearly to about 0."
        )
        adversarial_weight: float = Field(1.0, ge=0, description="Weight of the generator's adversarial loss.")
        nce_weight: float = Field(1.0, ge=0, description="Weight of the contrastive loss.")
        identity_nce: Literal["averaged", "added", "none"] = Field(
            "averaged",
            description="Contrastive loss of target crops and what the generator makes of them: averaged with that of "
            "source crops (code), added to it (paper), or none (FastCUT).",
        )
        flip_equivariance: bool = Field(
            False,
            description="Flip the generator's input with probability one half, contrast with the unflipped (FastCUT).",
        )

        @field_validator("taps")
        @classmethod
        def _inside_the_encoder(cls, taps: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
            last = 11 + info.data.get("blocks", 9)
            if list(taps) != sorted(set(taps)) or taps[0] < 0 or taps[-1] > last:
                raise ValueError(f"give different places in ascending order, from 0 to 11 + blocks = {last}")
            return taps

    label = "CUT"

    def __init__(self, config: Config, **task) -> None:
        super().__init__(config, **task)
        self.generator = ResnetGenerator(config.width, config.blocks, "binomial")
        self.discriminator = PatchDiscriminator(config.discriminator_width, nn.InstanceNorm2d, BinomialDown)
        self.heads = nn.ModuleList(PatchHead(self.generator.channels(tap), config.head_width) for tap in config.taps)
        for network in (self.generator, self.discriminator):
            init_convolutions(network, partial(nn.init.xavier_normal_, gain=0.02))

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        config = self.config
        pairs = self.pairs(source, target, seed=seed, device=device)
        self.to(device)
        learned = [*self.generator.parameters(), *self.heads.parameters()]
        optimiser_g = torch.optim.Adam(learned, config.learning_rate, config.betas)
        optimiser_d = torch.optim.Adam(
            self.discriminator.parameters(), config.discriminator_learning_rate, config.betas
        )
        factor = partial(linear_end, int(config.constant_share * config.iterations), config.iterations)
        schedule_g, schedule_d = (LambdaLR(o, factor) for o in (optimiser_g, optimiser_d))

        def step(i: int) -> dict[str, Tensor]:
            a, b = pairs.next()
            passed = self.passes(a, b)

            judged = self.discriminator_loss(b, passed.outputs[: len(a)].detach())
            optimiser_d.zero_grad()
            judged.backward()
            optimiser_d.step()

            losses = self.generator_losses(passed, i)
            optimiser_g.zero_grad()
            if self.generator_learns(i):
                # Naming the inputs freezes the discriminator.
                losses["generator"].backward(inputs=learned)
            # Without gradients it changes nothing.
            optimiser_g.step()

            schedule_g.step()
            schedule_d.step()
            return losses | {"discriminator": judged}

        learning = dict(optimiser_g=optimiser_g, optimiser_d=optimiser_d, schedule_g=schedule_g, schedule_d=schedule_d)
        return step, self.networks() | learning | dict(pairs=pairs)

    def generator_learns(self, i: int) -> bool:
        """Whether generator and heads are updated at iteration `i`, counted from 0."""
        return True

    def passes(self, a: Tensor, b: Tensor) -> Pass:
        """Translate source crops a and, with the identity term, target crops b; (B,3,h,w) in [-1,1]."""
        taps = self.config.taps
        images = a if self.config.identity_nce == "none" else torch.cat([a, b])
        flipped = self.config.flip_equivariance and bool(torch.rand(()) < 0.5)
        features = keys = self.generator.features(images.flip(-1) if flipped else images, taps)
        if flipped:
            with torch.no_grad():
                keys = self.generator.features(images, taps)
        return Pass(self.generator.resume(features[-1], taps[-1]), features, keys, flipped)

    def generator_losses(self, passed: Pass, i: int) -> dict[str, Tensor]:
        """Named losses of iteration `i`, unweighted, and "generator", their weighted sum, which generator and heads
        descend.
        """
        config, batch = self.config, self.config.batch
        losses = {"adversarial": least_squares(self.discriminator(passed.outputs[:batch]), 1.0)}
        queries = self.generator.features(passed.outputs, config.taps)
        if passed.flipped:
            queries = [query.flip(-1) for query in queries]
        # One pair of keys and queries per domain, each with all taps.
        pairs = (zip(*(x.split(batch) for x in maps), strict=True) for maps in (passed.keys, queries))
        contrasts = [self.contrast(*pair) for pair in zip(*pairs, strict=True)]
        losses |= dict(zip(("nce", "nce_identity"), contrasts, strict=False))
        contrast = sum(contrasts)
        if config.identity_nce == "averaged":
            contrast = contrast / 2
        total = config.adversarial_weight * losses["adversarial"] + config.nce_weight * contrast
        return losses | {"generator": total}

    def contrast(self, keys: tuple[Tensor, ...], queries: tuple[Tensor, ...]) -> Tensor:
        """Mean over taps of PatchNCE; both are (B,C,H,W) per tap. No gradient goes through keys."""
        losses = []
        for head, key, query in zip(self.heads, keys, queries, strict=True):
            positions = draw_positions(key, self.config.patches)
            with torch.no_grad():
                goal = head(key, positions)
            losses.append(patch_nce(head(query, positions), goal, self.config.temperature))
        return torch.stack(losses).mean()

    def discriminator_loss(self, b: Tensor, fake: Tensor) -> Tensor:
        """Real b and detached fakes, (B,3,h,w) in [-1,1]; no pool of old fakes."""
        return (least_squares(self.discriminator(b), 1.0) + least_squares(self.discriminator(fake), 0.0)) / 2
