"""DA-KPN, the paper's method, behind the same contract as every baseline.

The encoder is frozen and sees every low-resolution image unaugmented, so its coarse logits are constants of the data
set: they are computed once and no training iteration runs the encoder. The 1x1 kernel predictor commutes with bilinear
upsampling (its weights do not vary in space and interpolation weights sum to one), so it runs on the coarse logits.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field, field_validator
from torch import Tensor, nn

from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.model.discriminator import PatchDiscriminator
from dakpn.model.kernels import Kernels
from dakpn.model.kpn import GlobalTheta, KernelPredictor, NullEncoder
from dakpn.model.losses import AdversarialLosses, observed
from dakpn.model.patches import PatchBatches, Patches
from dakpn.model.tiling import translate_tiled
from dakpn.model.transforms import COMPONENTS, fixed_noise, translate
from dakpn.training.sampling import as_tensor
from dakpn.translation.batch import Batch
from dakpn.translation.translator import SavedPixels, Translator

NOISE_SEED = 0
"""The noise is drawn once for all runs (paper 3.1), so that they differ in training only."""
LOGITS_LIMIT = 2 * 2**30
"""Bytes up to which logits of the encoder are kept in float32, above in float16 (decision encoder-logits)."""
DROPOUT_SEED = 0
"""Seed of the dropout of an encoder in training mode, see `DAKPN.Config.encoder_mode`."""


class DAKPN(Translator):
    """Domain Adversarial Kernel Prediction Network.

    DA-KPN-S, DA-KPN-T, the ablations of Table 6 and the control with one theta are settings of it, see
    baselines.METHODS.
    """

    class Config(SavedPixels):
        """Settings of DA-KPN; the defaults are the paper's, or those of paper/decisions.yaml where it is silent."""

        encoder: Literal["source", "target", "none"] = Field(
            "source",
            description="domain on whose labels the semantic encoder is trained (DA-KPN-S, DA-KPN-T; paper 3.3), or "
            "no encoder and one theta for every pixel of every image",
        )
        components: tuple[Literal["affine", "blur", "noise"], ...] = Field(
            COMPONENTS, min_length=1, description="parts of T that take part; Table 6 leaves one out"
        )
        iterations: int = Field(100_000, ge=1, description="training iterations (paper 3.3)")
        batch: int = Field(8, ge=2, description="images per iteration and domain (paper 3.3)")
        learning_rate: float = Field(1e-4, gt=0, description="Adam's rate for KPN and discriminator (paper 3.3)")
        betas: tuple[float, float] = Field((0.9, 0.999), description="Adam's averaging factors (decision adam-betas)")
        grid: int = Field(
            8, ge=1, description="cells per dimension, of which a patch is one (paper 3.3); must divide low_size"
        )
        cells: Literal["image", "batch"] = Field(
            "image", description="draw a cell of the grid for each source image (released code), or one for the batch"
        )
        real_patches: Literal["grid", "anywhere"] = Field(
            "grid", description="real patches are cells of the grid (released code), or lie anywhere"
        )
        discriminator_width: int = Field(64, ge=1, description="features of the discriminator (paper 3.3)")
        sigma_start: float = Field(0.25, description="blur sigma at the start; 1 in the released code")
        update: Literal["simultaneous", "alternating", "reversal"] = Field(
            "simultaneous",
            description="update KPN and discriminator on the same translations (decision update-rule), the "
            "discriminator on translations by the updated KPN (paper 3.3, read strictly), or both by one backward with "
            "gradient reversal (released code)",
        )
        real_low: bool = Field(
            True, description="show the discriminator real low-resolution images (Eq. 4); released code: no"
        )
        joint_batches: bool = Field(
            True,
            description="pass translated and real through the discriminator's batch norm as one batch, so that batch "
            "statistics give no domain away (decision discriminator-batches); released code: no",
        )
        precision: Literal["float32", "bfloat16"] = Field(
            "float32", description="arithmetic of the discriminator; T and the KPN always work in float32"
        )
        encoder_mode: Literal["evaluation", "training"] = Field(
            "evaluation",
            description="mode of the frozen encoder; training (released code): batch statistics and dropout are active",
        )
        encoder_normalised: bool = Field(
            True, description="give the encoder normalised images, as in its training; released code: no"
        )
        tiling: Literal["full", "tiles"] = Field(
            "full",
            description="apply T to the full image (paper 3.1), or to each cell alone with seams (released code)",
        )
        operator: Literal["paper", "released"] = Field(
            "paper", description="HSV arithmetic of T, see dakpn.model.transforms.translate"
        )

        @field_validator("components")
        @classmethod
        def _each_once(cls, components: tuple[str, ...]) -> tuple[str, ...]:
            if len(set(components)) < len(components):
                raise ValueError("a component is named twice")
            return components

    label = "DA-KPN"

    @classmethod
    def encoder_domain(cls, config: Config) -> Literal["source", "target"] | None:
        return None if config.encoder == "none" else config.encoder

    @classmethod
    def uses_low_res(cls, config: Config) -> bool:
        return config.encoder != "none"

    @classmethod
    def check_sizes(cls, config: Config, low_size: tuple[int, int]) -> None:
        height, width = low_size
        if height % config.grid or width % config.grid:
            raise InputError(
                f"low_size {height}x{width} does not divide into {config.grid}x{config.grid} cells, so parameters and "
                "pixels of a training patch would not belong together. Choose multiples of the method's grid."
            )

    def __init__(self, config: Config, *, num_classes: int, encoder: nn.Module | None = None, **task: Any) -> None:
        super().__init__(config, num_classes=num_classes, encoder=encoder, **task)
        if encoder is None:
            self.encoder, self.kpn = NullEncoder(), GlobalTheta(config.sigma_start)
        else:
            self.encoder = encoder.requires_grad_(False).train(config.encoder_mode == "training")
            self.kpn = KernelPredictor(num_classes, config.sigma_start)
        self.discriminator = PatchDiscriminator(config.discriminator_width)
        self._noises: dict[tuple[int, int, torch.device], Tensor] = {}

    def inference_networks(self) -> dict[str, nn.Module]:
        return {"kpn": self.kpn, "encoder": self.encoder}

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str):
        config = self.config
        self.check_sizes(config, self.low_size)
        drawn = config.model_dump(include={"batch", "grid", "cells", "real_patches"})
        constant = self._coarse_logits(source, device) if config.encoder_mode == "evaluation" else None
        batches = PatchBatches(source, target, seed=seed, device=device, low=config.real_low, logits=constant, **drawn)
        noise, low_noise = (self._noise(size, torch.device(device)) for size in (self.image_size, self.low_size))
        kpn, discriminator = self.kpn.train(), self.discriminator.train()
        optimisers = {
            f"{name}_optimiser": torch.optim.Adam(network.parameters(), config.learning_rate, config.betas)
            for name, network in (("kpn", kpn), ("discriminator", discriminator))
        }
        settings = config.model_dump(include={"update", "joint_batches", "precision"})
        losses = AdversarialLosses(kpn, discriminator, **settings)

        def translated(batch: Patches, coarse: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            theta = F.interpolate(self.kpn(coarse), self.low_size, mode="bilinear", align_corners=False)
            theta_cells = torch.stack([cell.cut_low(own) for cell, own in zip(batch.cells, theta, strict=True)])
            patch = self._apply(batch.patch, theta_cells, torch.stack([cell.cut(noise) for cell in batch.cells]))
            return patch, self._apply(batch.low, theta, low_noise), theta

        def step(_: int) -> Mapping[str, Tensor]:
            batch = batches.next()
            coarse = self._coarse(batch.low) if batch.logits is None else batch.logits
            patch, low, theta = translated(batch, coarse)
            watched = observed(patch.detach(), theta.detach())
            for optimiser in optimisers.values():
                optimiser.zero_grad(set_to_none=True)
            values = losses.gradients(patch, low, batch)
            optimisers["kpn_optimiser"].step()
            if config.update == "alternating":
                with torch.no_grad():
                    patch, low, _ = translated(batch, coarse)
                values |= losses.answer(patch, low, batch)
            optimisers["discriminator_optimiser"].step()
            return values | watched

        # In training mode the encoder's batch statistics move.
        moving = {"encoder": self.encoder} if constant is None else {}
        return step, {"kpn": kpn, "discriminator": discriminator, "batches": batches} | optimisers | moving

    def _apply(self, image: Tensor, theta: Tensor, noise: Tensor) -> Tensor:
        kernels = Kernels.from_channels(theta).resize(image.shape[-2:])
        return translate(image, kernels, noise, components=self.config.components, protocol=self.config.operator)

    def _noise(self, size: tuple[int, int], device: torch.device) -> Tensor:
        """The noise of Eq. 1, (3,*size) on `device`; drawn and moved once, since that takes longer than T on a GPU."""
        if (*size, device) not in self._noises:
            self._noises[*size, device] = fixed_noise(*size, seed=NOISE_SEED).to(device)
        return self._noises[*size, device]

    @torch.no_grad()
    def _coarse(self, low: Tensor) -> Tensor:
        """(B,3,h,w) low-resolution images -> the encoder's logits at its own resolution."""
        return self.encoder.coarse(low, normalised=self.config.encoder_normalised)

    def _coarse_logits(self, view: View, device: torch.device | str, batch: int = 16) -> Tensor:
        """(N,n,h,w) logits of the frozen encoder for every low-resolution image, in float32 up to LOGITS_LIMIT: 18 KB
        an image at the paper's sizes.
        """
        logits = torch.empty(0)
        for start in range(0, len(view), batch):
            coarse = self._coarse(as_tensor(view.low[start : start + batch], device))
            if start == 0:
                shape = (len(view), *coarse.shape[1:])
                fits = 4 * math.prod(shape) <= LOGITS_LIMIT
                logits = torch.empty(shape, dtype=torch.float32 if fits else torch.float16)
            logits[start : start + len(coarse)] = coarse
        return logits

    def _theta(self, low: Tensor) -> tuple[Tensor, Tensor]:
        """(B,3,h,w) low-resolution images -> theta (B,12,h,w) and logits (B,n,h,w)."""
        coarse = self._coarse(low) if self.config.encoder_mode == "evaluation" else self._drifting(low)
        logits = F.interpolate(coarse, self.low_size, mode="bilinear", align_corners=False)
        return self.kpn(logits), logits

    def _drifting(self, low: Tensor) -> Tensor:
        """Logits in training mode as the released code translates: image by image, each its own batch statistics.

        Dropout is drawn from a fixed seed per image, so that a translation can be repeated (decision encoder-dropout).
        """
        logits = []
        for image in low.split(1):
            with torch.random.fork_rng():
                torch.manual_seed(DROPOUT_SEED)
                logits.append(self._coarse(image))
        return torch.cat(logits)

    @torch.no_grad()
    def translate(self, batch: Batch) -> Tensor:
        _, image, low_res = batch
        if low_res is None:
            low_res = F.interpolate(image, self.low_size, mode="bilinear", align_corners=False, antialias=True)
        kernels = Kernels.from_channels(self._theta(low_res)[0])
        height, width = image.shape[-2:]
        noise = self._noise((height, width), image.device)
        options = {"components": self.config.components, "protocol": self.config.operator}
        if self.config.tiling == "tiles":
            return translate_tiled(image, kernels, noise, grid=(self.config.grid, self.config.grid), **options)
        return translate(image, kernels.resize((height, width)), noise, **options)

    @torch.no_grad()
    def explain(self, batch: Batch) -> dict[str, np.ndarray]:
        """theta (B,12,h,w) float32 and the encoder's map of train ids, semantic (B,h,w) uint8 (paper, Figure 6).

        Empty without an encoder.
        """
        if self.config.encoder == "none":
            return {}
        theta, logits = self._theta(batch.low_res)
        return {"theta": theta.cpu().numpy(), "semantic": logits.argmax(1).to(torch.uint8).cpu().numpy()}
