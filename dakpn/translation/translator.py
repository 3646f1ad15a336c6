"""The contract behind which every translation method stands, the paper's own like any baseline."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from dakpn.config.models import Section
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.files import atomic_path
from dakpn.training.loop import Run, train


class Translator(ABC):
    """A method that makes source images look like target images.

    A subclass names its configuration model, builds its networks in the constructor (weights are drawn from torch's
    global generator: seed it first), and implements `fit`, `translate` and `networks`. The workflow asks classes, never
    names: which pretrained segmenter a method needs (`encoder`), whether it trains (`trained`) and how (`optimised`).
    """

    class Config(Section):
        """The method's section of the run configuration."""

    name: ClassVar[str]
    """Key in METHODS and in every path."""
    label: ClassVar[str]
    """How tables and figures print the method."""
    encoder: ClassVar[Literal["source", "target"] | None] = None
    """Domain on whose labels the frozen semantic encoder handed to the constructor was trained."""
    trained: ClassVar[bool] = True
    """Whether `fit` has to run before `translate` means anything; what it finds is exported and loaded."""
    optimised: ClassVar[bool] = True
    """Whether `fit` iterates. A method that computes statistics of the data instead has no history and no budget."""
    uses_low: ClassVar[bool] = False
    """Whether `translate` looks at `low`: with it held fixed, what is done to an image's pixels is held fixed too."""

    def __init__(
        self,
        config: Any,
        *,
        image_size: tuple[int, int],
        low_size: tuple[int, int],
        num_classes: int,
        encoder: nn.Module | None = None,
    ) -> None:
        """config: an instance of `Config`; sizes are (height, width); encoder: see the class attribute, ready in eval
        mode.
        """
        if (encoder is None) != (self.encoder is None):
            raise ValueError(f"{self.name}: an encoder is {'needed' if encoder is None else 'not used'}")
        self.config = config
        self.image_size, self.low_size, self.num_classes = image_size, low_size, num_classes

    @abstractmethod
    def networks(self) -> dict[str, nn.Module]:
        """Every network that training instantiates, by name, frozen ones included."""

    def inference_networks(self) -> dict[str, nn.Module]:
        """The networks that `translate` needs; these are exported."""
        return self.networks()

    def fit(
        self, source: View, target: View, *, seed: int, device: torch.device | str, run: Run
    ) -> list[dict[str, float]]:
        """Train on unpaired views and return the history; labels of the views are off limits. Leaves networks on
        `device`.
        """
        self.to(device)
        step, state = self.training_step(source, target, seed=seed, device=device)
        return train(step, state, iterations=self.config.iterations, seed=seed, run=run)

    @abstractmethod
    def translate(self, image: Tensor, *, low: Tensor | None = None) -> Tensor:
        """(B,3,H,W) in [0,1] -> same; `low` is the (B,3,h,w) low-resolution image where the caller has it."""

    def explain(self, image: Tensor, low: Tensor) -> dict[str, np.ndarray]:
        """Arrays that show what the method did to a batch, by name, first axis B; empty where nothing is shown."""
        return {}

    @abstractmethod
    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str) -> Any:
        """(step, state) as `dakpn.training.loop.train` takes them; `fit` and the timing both run exactly this."""

    def to(self, device: torch.device | str) -> "Translator":
        """Move every network to `device`."""
        for network in self.networks().values():
            network.to(device)
        return self

    def parameter_counts(self) -> dict[str, int]:
        """trainable: what an optimiser updates; training: all networks in memory while training; inference: what
        `translate` needs.
        """
        return {
            "trainable": _count(p for net in self.networks().values() for p in net.parameters() if p.requires_grad),
            "training": _count(p for net in self.networks().values() for p in net.parameters()),
            "inference": _count(p for net in self.inference_networks().values() for p in net.parameters()),
        }

    def export(self, path: str | Path) -> None:
        """Write the networks that `translate` needs as one safetensors file, atomically."""
        tensors = {
            f"{name}.{key}": value.detach().cpu().contiguous()
            for name, network in self.inference_networks().items()
            for key, value in network.state_dict().items()
        }
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, metadata={"method": self.name})

    def load(self, path: str | Path) -> "Translator":
        """Read what `export` wrote. Raises InputError when the file does not fit this method and configuration."""
        tensors = load_file(path)
        try:
            for name, network in self.inference_networks().items():
                prefix = f"{name}."
                own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
                network.load_state_dict(own)
        except RuntimeError as error:
            raise InputError(f"{path}: weights do not fit {self.name}. Delete the file and train again.") from error
        return self


def _count(parameters: Any) -> int:
    return sum(parameter.numel() for parameter in parameters)
