"""Methods that a few statistics of the target's images define: one pass over the images, nothing is optimised."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from dakpn.data.views import View
from dakpn.training.loop import Run
from dakpn.training.sampling import as_tensor
from dakpn.translation.translator import Translator

BATCH = 8
"""Images measured at a time."""


class TargetStatistics(Translator):
    """`fit` keeps the mean over the target's images of what `measure` gives for each; source images play no part.

    A subclass names its statistics in `neutral` and `measure`. They are exported like weights, in double precision, so
    that `translate` needs nothing else. No random number is drawn: every seed gives the same translation.
    """

    optimised = False

    def __init__(self, config: Any, **task: Any) -> None:
        super().__init__(config, **task)
        self.target = nn.ParameterDict(self.neutral()).double().requires_grad_(False)

    @abstractmethod
    def neutral(self) -> dict[str, Tensor]:
        """The statistics by name before `fit`, in the shapes that they will keep."""

    @abstractmethod
    def measure(self, images: Tensor) -> dict[str, Tensor]:
        """(B,3,H,W) in [0,1] -> {name: (B, *shape) statistics of each image}."""

    @torch.no_grad()
    def fit(self, source: View, target: View, *, seed: int, device: torch.device | str, run: Run):
        self.to(device)
        self.target.load_state_dict({name: torch.zeros_like(value) for name, value in self.target.items()})
        for start in range(0, len(target), BATCH):
            for name, value in self.measure(as_tensor(target.images[start : start + BATCH], device)).items():
                self.target[name] += value.double().sum(0)
        for value in self.target.values():
            value /= len(target)
        return []
