"""What every segmenter has in common, whatever its network.

It takes RGB images in [0,1] and normalises them itself, so that no caller can forget it; it gives coarse logits, which
are upsampled bilinearly to the input size.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dakpn.segmentation.contract import SegmenterConfig
from dakpn.segmentation.registry import SEGMENTERS

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class SegmentationNetwork(nn.Module):
    """A body that maps normalised images to coarse logits, wrapped for images in [0,1]."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def coarse(self, image: Tensor, *, normalised: bool = True) -> Tensor:
        """(B,3,H,W) in [0,1] -> (B,n,h,w) logits at the body's own resolution.

        normalised: whether the body sees the image as in training; the released code's translations omit it.
        """
        return self._logits((image - self.mean) / self.std if normalised else image)["out"]

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(B,3,H,W) in [0,1] -> {"out": (B,n,H,W) logits}, and "aux" likewise where the body has an auxiliary head."""
        logits = self._logits((image - self.mean) / self.std)
        return {
            name: F.interpolate(coarse, image.shape[-2:], mode="bilinear", align_corners=False)
            for name, coarse in logits.items()
        }

    def _logits(self, image: Tensor) -> Mapping[str, Tensor]:
        logits = self.body(image)
        return logits if isinstance(logits, Mapping) else {"out": logits}


def build_segmenter(config: SegmenterConfig, num_classes: int, *, training: bool = False) -> SegmentationNetwork:
    """The network that `config` describes; with `training`, pretrained weights and the auxiliary head come with it.

    Raises InputError if pretrained weights cannot be loaded.
    """
    return SegmentationNetwork(SEGMENTERS[config.network].build(config, num_classes, training=training))
