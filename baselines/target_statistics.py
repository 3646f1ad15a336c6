"""Methods that a few statistics of the target's images define: one pass over the images, nothing is optimised."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from dakpn.data.views import View
from dakpn.training.loop import Run
from dakpn.training.sampling import as_tensor
from dakpn.translation.translator import Translator

BATCH = 8
"""Images measured at a time."""


class TargetStatistics(Translator):
    """`fit` keeps the mean over the target's images of what `measure` finds in each; source images play no part.

    A subclass names its statistics in `neutral` and `measure`. They are exported like weights, in double precision, so
    that `translate` needs nothing else. No random number is drawn: every seed gives the same translation.
    """

    optimised = False

    def __init__(self, config, *, image_size, low_size, num_classes, encoder=None) -> None:
        super().__init__(config, image_size=image_size, low_size=low_size, num_classes=num_classes, encoder=encoder)
        self.target = nn.ParameterDict(
            {name: nn.Parameter(value.double(), requires_grad=False) for name, value in self.neutral().items()}
        )

    @abstractmethod
    def neutral(self) -> dict[str, Tensor]:
        """The statistics by name before `fit`, in the shapes that they will keep."""

    @abstractmethod
    def measure(self, images: Tensor) -> dict[str, Tensor]:
        """(B,3,H,W) in [0,1] -> {name: (B, *shape) statistics of each image}."""

    def networks(self) -> dict[str, nn.Module]:
        return {"target": self.target}

    @torch.no_grad()
    def fit(self, source: View, target: View, *, seed: int, device: torch.device | str, run: Run):
        self.to(device)
        sums = {name: torch.zeros_like(value) for name, value in self.target.items()}
        for start in range(0, len(target), BATCH):
            images = as_tensor(target.images[start : start + BATCH], device)
            for name, value in self.measure(images).items():
                sums[name] += value.double().sum(0)
        for name, value in sums.items():
            self.target[name].copy_(value / len(target))
        return []
