"""What every segmenter has in common, whatever its network: normalisation, upsampling, and files of weights."""

from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dakpn.errors import InputError
from dakpn.segmentation.contract import SegmenterConfig
from dakpn.segmentation.registry import SEGMENTERS
from dakpn.training.weights import read_weights, write_weights

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class SegmentationNetwork(nn.Module):
    """A body that maps normalised images to coarse logits, wrapped for images in [0,1], which it normalises itself."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def coarse(self, image: Tensor, *, normalised: bool = True) -> Tensor:
        """(B,3,H,W) in [0,1] -> (B,n,h,w) logits at the body's own resolution. normalised: whether the body sees the
        image as in training; the released code's translations omit it."""
        return self._logits((image - self.mean) / self.std if normalised else image)["out"]

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(B,3,H,W) in [0,1] -> {"out": (B,n,H,W) logits}, and "aux" likewise where the body has an auxiliary head."""
        logits = self._logits((image - self.mean) / self.std)
        return {name: upsampled(coarse, image.shape[-2:]) for name, coarse in logits.items()}

    def _logits(self, image: Tensor) -> Mapping[str, Tensor]:
        logits = self.body(image)
        return logits if isinstance(logits, Mapping) else {"out": logits}


def upsampled(coarse: Tensor, size: tuple[int, int]) -> Tensor:
    """(B,n,h,w) -> (B,n,*size), bilinear as torch's `interpolate`, to rounding.

    Two matrix products, because a CPU trains faster with them; pixels are adjacent in memory, as a softmax wants them.
    """
    rows, columns = (
        F.interpolate(
            torch.eye(old, dtype=coarse.dtype, device=coarse.device)[None, None],
            (new, old),
            mode="bilinear",
            align_corners=False,
        )[0, 0]
        for old, new in zip(coarse.shape[-2:], size, strict=True)
    )
    return torch.matmul(rows, torch.matmul(coarse.contiguous(), columns.T))


def build_segmenter(config: SegmenterConfig, num_classes: int, *, training: bool = False) -> SegmentationNetwork:
    """The network that `config` describes; with `training`, pretrained weights and the auxiliary head come with it.
    Raises InputError if pretrained weights cannot be loaded."""
    return SegmentationNetwork(SEGMENTERS[config.network].build(config, num_classes, training=training))


def save_segmenter(network: SegmentationNetwork, path: str | Path) -> None:
    """Write the weights as safetensors, atomically; the auxiliary head, which only training needs, is left out."""
    write_weights(path, {name: value for name, value in network.state_dict().items() if ".aux_classifier." not in name})


def load_segmenter(
    config: SegmenterConfig, num_classes: int, path: str | Path, device: torch.device | str
) -> SegmentationNetwork:
    """The trained network in eval mode on `device`. Raises InputError when the file is damaged or does not fit the
    configuration.
    """
    network, weights = build_segmenter(config, num_classes), read_weights(path)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(
            f"{path}: weights do not fit the configured segmenter. Delete the file and train again."
        ) from error
    return network.to(device).eval()
