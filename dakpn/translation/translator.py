"""The contract of every translation method, the paper's own as well as the baselines."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from dakpn.config.models import Section
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.training.loop import Run, train
from dakpn.training.weights import read_weights, write_weights
from dakpn.translation.batch import Batch


class SavedPixels(Section):
    """The setting of methods whose official code truncates what it saves."""

    rounding: Literal["nearest", "down"] = Field(
        "nearest",
        description="8-bit step that a translated pixel is saved as; the official codes round down "
        "(decision saved-pixels)",
    )


class Translator(ABC):
    """A method that makes source images look like target images.

    A subclass gives a label, its configuration model and `translate`. A method that learns builds its networks in the
    constructor (weights are drawn from torch's global generator: seed it first) and gives `networks` and
    `training_step`. Facts that depend on the settings are class methods of the configuration, so that the workflow
    knows them without building anything.
    """

    class Config(Section):
        """The method's section of the run configuration."""

    label: ClassVar[str]
    """How tables and figures print the method."""
    trained: ClassVar[bool] = True
    """Whether `fit` has to run before `translate`; what it learns is exported and loaded."""
    optimised: ClassVar[bool] = True
    """Whether `fit` iterates. Otherwise there is no history, no budget, and every seed gives the same translation."""
    images_only: ClassVar[bool] = False
    """Whether it has translations of the source's training images only: nothing else can be translated or timed."""

    @classmethod
    def encoder_domain(cls, config: Any) -> Literal["source", "target"] | None:
        """Domain on whose labels the frozen semantic encoder for the constructor is trained; None without encoder."""
        return None

    @classmethod
    def uses_low_res(cls, config: Any) -> bool:
        """Whether `translate` reads `low_res`; while that is fixed, the parameters of the translation are fixed."""
        return False

    @classmethod  # noqa: B027 (nothing to check by default)
    def check_sizes(cls, config: Any, low_size: tuple[int, int]) -> None:
        """Raises InputError where the method cannot train on low-resolution images of this (height, width)."""

    @classmethod
    def files(cls, config: Any) -> tuple[str, ...]:
        """Existing files outside the run that a translation depends on."""
        return ()

    def __init__(
        self,
        config: Any,
        *,
        image_size: tuple[int, int],
        low_size: tuple[int, int],
        num_classes: int,
        encoder: nn.Module | None = None,
    ) -> None:
        """config: an instance of `Config`; sizes are (height, width); encoder: see `encoder_domain`, in eval mode."""
        if (encoder is None) != (self.encoder_domain(config) is None):
            raise ValueError(f"{self.label}: an encoder is {'needed' if encoder is None else 'not used'}")
        self.config = config
        self.image_size, self.low_size, self.num_classes = image_size, low_size, num_classes

    def networks(self) -> dict[str, nn.Module]:
        """Every network that training instantiates, by the name of its attribute, frozen ones included."""
        return {name: part for name, part in vars(self).items() if isinstance(part, nn.Module)}

    def inference_networks(self) -> dict[str, nn.Module]:
        """The networks that `translate` needs; these are exported."""
        return self.networks()

    def fit(
        self, source: View, target: View, *, seed: int, device: torch.device | str, run: Run
    ) -> list[dict[str, float]]:
        """Train on unpaired views, without their labels; return the history. Leaves networks on `device`."""
        self.to(device)
        step, state = self.training_step(source, target, seed=seed, device=device)
        return train(step, state, iterations=self.config.iterations, seed=seed, run=run)

    def training_step(self, source: View, target: View, *, seed: int, device: torch.device | str) -> Any:
        """(step, state) as `dakpn.training.loop.train` takes them; `fit` and the timing both run exactly this."""
        raise ValueError(f"{self.label} is not optimised: it has no training step")

    def check(self, source: View) -> None:  # noqa: B027 (nothing to check by default)
        """Called before the view is translated and anything is written. Raises InputError where that cannot succeed."""

    @abstractmethod
    def translate(self, batch: Batch) -> Tensor:
        """The translations of `batch.image`, (B,3,H,W) in [0,1]."""

    def explain(self, batch: Batch) -> dict[str, np.ndarray]:
        """Arrays that show what the method did to a batch, by name, first axis B; empty where nothing is shown."""
        return {}

    def to(self, device: torch.device | str) -> "Translator":
        """Move every network to `device`."""
        nn.ModuleDict(self.networks()).to(device)
        return self

    def parameter_counts(self) -> dict[str, int]:
        """trainable: what an optimiser updates; training: all networks in memory while training; inference: what
        `translate` needs.
        """
        trained = list(nn.ModuleDict(self.networks()).parameters())
        needed = nn.ModuleDict(self.inference_networks()).parameters()
        groups = {"trainable": (p for p in trained if p.requires_grad), "training": trained, "inference": needed}
        return {name: sum(parameter.numel() for parameter in group) for name, group in groups.items()}

    def export(self, path: str | Path) -> None:
        """Write the networks that `translate` needs as one safetensors file, atomically."""
        write_weights(path, nn.ModuleDict(self.inference_networks()).state_dict())

    def load(self, path: str | Path, snapshot: int | None = None) -> "Translator":
        """Read what `export` wrote, or what `Snapshots.export` wrote of one iteration. Raises InputError when the file
        is damaged or does not fit this method and configuration.
        """
        prefix = f"{snapshot}/" if snapshot else ""
        stored = read_weights(path).items()
        tensors = {name.removeprefix(prefix): value for name, value in stored if name.startswith(prefix)}
        try:
            nn.ModuleDict(self.inference_networks()).load_state_dict(tensors)
        except RuntimeError as error:
            raise InputError(f"{path}: weights do not fit {self.label}. Delete the file and train again.") from error
        return self
