"""MCT, the multi-curve translator: CycleGAN at low resolution, whose generators then learn curves for full images.

Written from the facts of the released PyTorch implementation with CycleGAN as its base, whose settings are the
defaults; it has none for GTA5. Differences (paper/decisions.yaml, mct-*): both stages are one training; those of
CycleGAN in resizing, schedule and sides.
"""

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn

from baselines.adversarial import linear_end
from baselines.cyclegan import CycleGAN
from baselines.mct_networks import CoarsePatchDiscriminator, CurveGenerator
from dakpn.data.views import View


class MCT(CycleGAN):
    """Generators of both directions, first as CycleGAN at low resolution, then with curves; only G translates.

    A translation has curves before the second stage too: untrained ones, which start near zero.
    """

    class Config(CycleGAN.Config):
        """CycleGAN's settings and those of the second stage as released, but for the length (decision mct-length)."""

        iterations: int = Field(
            748_980,
            ge=1,
            description="Optimisation steps of both stages; 20 and 10 epochs of GTA5's 24,966 images (decision "
            "mct-length), 200 and 100 epochs in the code.",
        )
        crop: int = Field(256, ge=32, multiple_of=4, description="Side of training crops.")
        input_size: int = Field(
            256,
            ge=32,
            multiple_of=4,
            description="Longest sides of the image that decides the curves; longer ones are shrunk to it.",
        )
        base_share: float = Field(
            2 / 3,
            ge=0,
            lt=1,
            description="Share of the iterations that train the base, without curves; in either stage the rates fall "
            "in the second half.",
        )
        discriminator_steps: int = Field(
            200, ge=0, description="Iterations at the start of the second stage that update the discriminators only."
        )
        base_weight: float = Field(
            1.0, ge=0, description="Weight of each cycle consistency loss of the base in the second stage."
        )

        @property
        def start(self) -> int:
            """The first iteration of the second stage, from 0."""
            return int(self.base_share * self.iterations)

        @model_validator(mode="after")
        def _generators_learn_curves(self) -> "MCT.Config":
            tuning = self.iterations - self.start
            if self.discriminator_steps >= tuning:
                raise ValueError(
                    f"{self.discriminator_steps} discriminator_steps leave the generators none of the {tuning} "
                    f"iterations of the second stage. Set it to {tuning - 1} or less, or raise iterations"
                )
            return self

    label = "MCT"
    tuning = False
    """Whether the training is in its second stage."""

    def new_generator(self) -> nn.Module:
        return CurveGenerator(self.config.width, self.config.blocks, self.config.input_size)

    def new_discriminator(self) -> nn.Module:
        return CoarsePatchDiscriminator(self.config.discriminator_width)

    def weights(self) -> dict[str, float]:
        return super().weights() | {"base": self.config.base_weight}

    def rate(self, i: int) -> float:
        start, length = self.config.start, self.config.iterations
        first, last = (0, start) if i < start else (start, length)
        return linear_end((last - first) // 2, last - first, i - first)

    def generators_learn(self, i: int) -> bool:
        return not 0 <= i - self.config.start < self.config.discriminator_steps

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        step, state = super().training_step(source, target, seed=seed, device=device)

        def staged(i: int) -> dict[str, Tensor]:
            self.tuning = i >= self.config.start
            if i == self.config.start:
                # Released as a training of its own, which takes over weights only.
                for name in ("optimiser_g", "optimiser_d"):
                    state[name].state.clear()
                for name in ("pool_first", "pool_second"):
                    state[name].load_state_dict({"images": []})
            return step(i)

        return staged, state

    def seen(self, image: Tensor) -> Tensor:
        """What the networks learn from: low-resolution images in the first stage, full ones in the second."""
        return image if self.tuning else self.generator.shrink(image)

    def generator_losses(self, a: Tensor, b: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        return super().generator_losses(self.seen(a), self.seen(b))

    def discriminator_losses(self, a: Tensor, b: Tensor, fake_b: Tensor, fake_a: Tensor) -> dict[str, Tensor]:
        return super().discriminator_losses(self.seen(a), self.seen(b), fake_b, fake_a)

    def made(self, generator: nn.Module, image: Tensor) -> Tensor:
        return generator.both(image, jitter=True)[0] if self.tuning else generator.base(image)

    def cycle_losses(self, a: Tensor, b: Tensor, fake_b: Tensor, fake_a: Tensor) -> dict[str, Tensor]:
        """CycleGAN's, and in the second stage those of the base's low-resolution images from the same passes."""
        if not self.tuning:
            return super().cycle_losses(a, b, fake_b, fake_a) | dict.fromkeys(
                ("base_source", "base_target"), torch.zeros_like(a[0, 0, 0, 0])
            )
        (again_a, base_a), (again_b, base_b) = (
            generator.both(fake, jitter=True)
            for generator, fake in ((self.generator_back, fake_b), (self.generator, fake_a))
        )
        return {
            "cycle_source": F.l1_loss(again_a, a),
            "cycle_target": F.l1_loss(again_b, b),
            "base_source": F.l1_loss(base_a, self.generator.shrink(a)),
            "base_target": F.l1_loss(base_b, self.generator.shrink(b)),
        }
