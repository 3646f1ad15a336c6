"""SRUNIT (Jia et al., ICCV 2021): CUT, whose translations change little when features of the source are disturbed.

Written from the facts of the released PyTorch implementation. Its loss is the default, its warm-up is not (decisions
srunit-loss and srunit-warm-up).
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from baselines.cut import CUT, Pass
from baselines.patch_nce import draw_positions

LEAST = 1e-7
"""The smallest magnitude that is drawn."""


class SRUNIT(CUT):
    """The networks and losses of CUT, and a loss of semantic robustness after a warm-up."""

    class Config(CUT.Config):
        """CUT's settings and those of the robustness loss as released."""

        flip_equivariance: Literal[False] = Field(False, description="Always false: not defined for SRUNIT.")
        robustness_weight: float = Field(
            1e-3, ge=0, description="Weight of the robustness loss, which is divided by the number of taps; 0 is CUT."
        )
        noise: float = Field(1e-3, gt=LEAST, description="Largest magnitude of the disturbance of a feature vector.")
        noise_added: Literal["largest", "drawn"] = Field(
            "largest",
            description="Magnitude of the disturbance: always the largest (code), or the one drawn that the loss "
            "divides by (paper).",
        )
        warm_up: float = Field(0.25, ge=0, le=1, description="Share of the iterations without the robustness loss.")
        warm_up_updates: Literal["all", "discriminator"] = Field(
            "all",
            description="What learns in the warm-up: all networks as in CUT (paper), or the discriminator alone (code)",
        )

    label = "SRUNIT"

    def warming_up(self, i: int) -> bool:
        return bool(self.config.robustness_weight) and i < self.config.warm_up * self.config.iterations

    def generator_learns(self, i: int) -> bool:
        return self.config.warm_up_updates == "all" or not self.warming_up(i)

    def generator_losses(self, passed: Pass, i: int) -> dict[str, Tensor]:
        losses, weight = super().generator_losses(passed, i), self.config.robustness_weight
        if not weight:
            return losses
        robustness = torch.zeros_like(losses["generator"]) if self.warming_up(i) else self.robustness(passed)
        return losses | {"robustness": robustness, "generator": losses["generator"] + weight * robustness}

    def robustness(self, passed: Pass) -> Tensor:
        """Distance between the heads' vectors of the source and of its disturbed translation, per magnitude drawn.

        One tap is drawn per iteration, its features are disturbed, and the rest of the generator translates them.
        Both sides of the distance get a gradient, and so do the heads.
        """
        config = self.config
        place = int(torch.randint(len(config.taps), ()))
        tap, head, feature = config.taps[place], self.heads[place], passed.features[place][: config.batch]
        direction = F.normalize(torch.randn_like(feature), dim=1)
        drawn = LEAST + (config.noise - LEAST) * torch.rand_like(feature[:, :1])
        disturbed = feature + direction * (config.noise if config.noise_added == "largest" else drawn)
        (again,) = self.generator.features(self.generator.resume(disturbed, tap), [tap])
        positions = draw_positions(feature, config.patches)
        squares = (head(again, positions) - head(feature, positions)).square().sum(-1)
        distance = (squares + 1e-12).sqrt()
        return (distance / drawn.flatten(1)[:, positions]).mean() / len(config.taps)
