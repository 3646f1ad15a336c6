"""DA-KPN, the paper's method, behind the same contract as every baseline.

The encoder is frozen and sees every low-resolution image unaugmented, so its coarse logits are constants of the data
set: they are computed once and no training iteration runs the encoder. The 1x1 kernel predictor commutes with bilinear
upsampling (its weights do not vary in space and interpolation weights sum to one), so it runs on the coarse logits.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from dakpn.config import Section
from dakpn.data.views import View
from dakpn.discriminator import PatchDiscriminator
from dakpn.kernels import Kernels
from dakpn.kpn import KernelPredictor
from dakpn.losses import discriminator_loss, identity_loss, nonsaturating_loss, reverse_gradient
from dakpn.sampling import IndexSampler, as_tensor, crops
from dakpn.tiling import translate_tiled
from dakpn.transforms import fixed_noise, translate
from dakpn.translator import Translator

NOISE_SEED = 0
"""The noise is drawn once and for all (paper 3.1); its seed is not a training seed, so that runs differ in training
only.
"""


class DAKPN(Translator):
    """Domain Adversarial Kernel Prediction Network; subclasses name the encoder's domain and the parts of T."""

    class Config(Section):
        """Settings of DA-KPN; the defaults are the paper's, or declared choices where it is silent."""

        iterations: int = Field(100_000, ge=1, description="training iterations (paper 3.3)")
        batch: int = Field(8, ge=2, description="images per iteration and domain (paper 3.3)")
        learning_rate: float = Field(1e-4, gt=0, description="Adam's rate for KPN and discriminator (paper 3.3)")
        betas: tuple[float, float] = Field(
            (0.5, 0.999),
            description="Adam's two averaging factors (declared choice: those of the PatchGAN the paper cites)",
        )
        grid: int = Field(8, ge=1, description="cells per dimension that a training patch is one of (paper 3.3)")
        discriminator_width: int = Field(64, ge=1, description="features of the discriminator (paper 3.3)")
        sigma_start: float = Field(0.25, description="blur sigma at the start; 1 in the released code")
        update: Literal["alternating", "reversal"] = Field(
            "alternating",
            description="alternating updates (paper 3.3), or one backward with gradient reversal (released code)",
        )
        real_low: bool = Field(
            True, description="show the discriminator real low-resolution images (Eq. 4); released code: no"
        )
        joint_batches: bool = Field(
            True,
            description="pass translated and real through the discriminator's batch norm as one batch, so that "
            "batch statistics "
            "give no domain away (declared choice); released code: no",
        )
        tiling: Literal["full", "tiles"] = Field(
            "full",
            description="apply T to the full image (paper 3.1), or to each cell alone with seams (released code)",
        )
        operator: Literal["paper", "released"] = Field(
            "paper", description="HSV arithmetic of T, see dakpn.transforms.translate"
        )

    components: tuple[str, ...] = ("affine", "blur", "noise")
    uses_low = True

    def __init__(self, config, *, image_size, low_size, num_classes, encoder=None) -> None:
        super().__init__(config, image_size=image_size, low_size=low_size, num_classes=num_classes, encoder=encoder)
        self.frozen = encoder.eval().requires_grad_(False)
        self.kpn = KernelPredictor(num_classes, config.sigma_start)
        self.discriminator = PatchDiscriminator(config.discriminator_width)

    def networks(self) -> dict[str, nn.Module]:
        return {"kpn": self.kpn, "discriminator": self.discriminator, "encoder": self.frozen}

    def inference_networks(self) -> dict[str, nn.Module]:
        return {"kpn": self.kpn, "encoder": self.frozen}

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        config = self.config
        cell = tuple(size // config.grid for size in self.image_size)
        low_cell = tuple(size // config.grid for size in self.low_size)
        logits = self._coarse_logits(source, device)
        noise = fixed_noise(*self.image_size, seed=NOISE_SEED).to(device)
        low_noise = fixed_noise(*self.low_size, seed=NOISE_SEED).to(device)
        sources = IndexSampler(len(source), config.batch, seed)
        targets = IndexSampler(len(target), config.batch, seed + 1)
        kpn_optimiser = torch.optim.Adam(self.kpn.parameters(), config.learning_rate, config.betas)
        discriminator_optimiser = torch.optim.Adam(self.discriminator.parameters(), config.learning_rate, config.betas)
        self.kpn.train()
        self.discriminator.train()

        def apply(image: Tensor, theta: Tensor, size: tuple[int, int], at: Tensor) -> Tensor:
            kernels = Kernels.from_channels(theta).resize(size)
            return translate(image, kernels, at, components=self.components, protocol=config.operator)

        def step(_: int) -> Mapping[str, Tensor]:
            index, other = sources.next(), targets.next()
            # One random cell of the grid, the same for the whole batch: its parameters and its pixels belong together.
            row, column = (int(torch.randint(config.grid, ())) for _ in range(2))
            pixels = np.s_[:, row * cell[0] : (row + 1) * cell[0], column * cell[1] : (column + 1) * cell[1]]
            patch = as_tensor(source.images[index.numpy()][pixels], device)
            low = as_tensor(source.low[index.numpy()], device)
            real_patch = as_tensor(crops(target.images, other, cell), device)
            real_low = as_tensor(target.low[other.numpy()], device) if config.real_low else None

            coarse = logits[index.to(logits.device)].to(device).float()
            theta = F.interpolate(self.kpn(coarse), self.low_size, mode="bilinear", align_corners=False)
            theta_cell = theta[
                ..., row * low_cell[0] : (row + 1) * low_cell[0], column * low_cell[1] : (column + 1) * low_cell[1]
            ]
            translated = apply(patch, theta_cell, cell, noise[pixels])
            translated_low = apply(low, theta, self.low_size, low_noise)
            identity = identity_loss(translated, patch)

            if config.update == "reversal":
                patch_loss = discriminator_loss(*self._judge(reverse_gradient(translated), real_patch))
                low_loss = discriminator_loss(*self._judge(reverse_gradient(translated_low), real_low))
                kpn_optimiser.zero_grad(set_to_none=True)
                discriminator_optimiser.zero_grad(set_to_none=True)
                (patch_loss + low_loss + identity).backward()
                kpn_optimiser.step()
                discriminator_optimiser.step()
                return {"d_patch": patch_loss, "d_low": low_loss, "identity": identity}

            self.discriminator.requires_grad_(False)
            fool_patch = nonsaturating_loss(self._judge(translated, real_patch)[0])
            fool_low = nonsaturating_loss(self._judge(translated_low, real_low)[0])
            kpn_optimiser.zero_grad(set_to_none=True)
            (fool_patch + fool_low + identity).backward()
            kpn_optimiser.step()

            self.discriminator.requires_grad_(True)
            patch_loss = discriminator_loss(*self._judge(translated.detach(), real_patch))
            low_loss = discriminator_loss(*self._judge(translated_low.detach(), real_low))
            discriminator_optimiser.zero_grad(set_to_none=True)
            (patch_loss + low_loss).backward()
            discriminator_optimiser.step()
            return {
                "kpn_patch": fool_patch,
                "kpn_low": fool_low,
                "identity": identity,
                "d_patch": patch_loss,
                "d_low": low_loss,
            }

        state = {
            "kpn": self.kpn,
            "discriminator": self.discriminator,
            "kpn_optimiser": kpn_optimiser,
            "discriminator_optimiser": discriminator_optimiser,
            "sources": sources,
            "targets": targets,
        }
        return step, state

    def _judge(self, translated: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """The discriminator's logits on translated and real images."""
        if real is None:
            return self.discriminator(translated), None
        if self.config.joint_batches:
            return self.discriminator(torch.cat([translated, real])).chunk(2)
        return self.discriminator(translated), self.discriminator(real)

    @torch.no_grad()
    def _coarse_logits(self, view: View, device: torch.device | str, batch: int = 16) -> Tensor:
        """(N,n,h,w) float16 logits of the frozen encoder for every low-resolution image: 9 KB an image at the paper's
        sizes.
        """
        self.frozen.eval()
        chunks = [
            self.frozen.coarse(as_tensor(view.low[start : start + batch], device)).half().cpu()
            for start in range(0, len(view), batch)
        ]
        return torch.cat(chunks)

    def _theta(self, low: Tensor) -> tuple[Tensor, Tensor]:
        """(B,3,h,w) low-resolution images -> theta (B,12,h,w) and logits (B,n,h,w)."""
        logits = F.interpolate(self.frozen.coarse(low), self.low_size, mode="bilinear", align_corners=False)
        return self.kpn(logits), logits

    @torch.no_grad()
    def translate(self, image: Tensor, *, low: Tensor | None = None) -> Tensor:
        if low is None:
            low = F.interpolate(image, self.low_size, mode="bilinear", align_corners=False, antialias=True)
        kernels = Kernels.from_channels(self._theta(low)[0])
        height, width = image.shape[-2:]
        noise = fixed_noise(height, width, seed=NOISE_SEED).to(image.device)
        options = {"components": self.components, "protocol": self.config.operator}
        if self.config.tiling == "tiles":
            return translate_tiled(image, kernels, noise, grid=(self.config.grid, self.config.grid), **options)
        return translate(image, kernels.resize((height, width)), noise, **options)

    @torch.no_grad()
    def explain(self, image: Tensor, low: Tensor) -> dict[str, np.ndarray]:
        """theta (B,12,h,w) float32 and the encoder's map of train ids, semantic (B,h,w) uint8 (paper, Figure 6)."""
        theta, logits = self._theta(low)
        return {"theta": theta.cpu().numpy(), "semantic": logits.argmax(1).to(torch.uint8).cpu().numpy()}


class DAKPNSource(DAKPN):
    """DA-KPN-S: the encoder was trained on labelled source images."""

    name, label, encoder = "dakpn-s", "DA-KPN-S", "source"


class DAKPNTarget(DAKPN):
    """DA-KPN-T: the encoder was trained on the labelled target training images."""

    name, label, encoder = "dakpn-t", "DA-KPN-T", "target"


class DAKPNWithoutAffine(DAKPNTarget):
    """DA-KPN-T without the colour transformation (Table 6)."""

    name, label, components = "dakpn-t-no-affine", "DA-KPN-T -affine", ("blur", "noise")


class DAKPNWithoutBlur(DAKPNTarget):
    """DA-KPN-T without the blur (Table 6)."""

    name, label, components = "dakpn-t-no-blur", "DA-KPN-T -blur", ("affine", "noise")


class DAKPNWithoutNoise(DAKPNTarget):
    """DA-KPN-T without the noise (Table 6)."""

    name, label, components = "dakpn-t-no-noise", "DA-KPN-T -noise", ("affine", "blur")
