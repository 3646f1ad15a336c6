"""Histogram matching: every channel of an image gets the distribution of values that the target's images have.

The textbook's method (Gonzalez and Woods, Digital Image Processing, "histogram specification"): a value v becomes the
smallest value t of the target with F_target(t) >= F_image(v), where F is the share of values that are not larger.
"""

import torch
from torch import Tensor

from baselines.target_statistics import TargetStatistics
from dakpn.translation.batch import Batch

LEVELS = 256
ROUNDING = 1e-9
"""Shares that differ by less are the same: rounding must not cost a level, and one pixel is a larger share."""


class HistogramMatching(TargetStatistics):
    """R, G and B apart, in 8-bit steps, each image against the pooled histogram of the target's training images."""

    label = "Histogram matching"

    def neutral(self) -> dict[str, Tensor]:
        return {"histogram": torch.full((3, LEVELS), 1 / LEVELS)}

    def measure(self, images: Tensor) -> dict[str, Tensor]:
        return {"histogram": _histogram(_levels(images))}

    @torch.no_grad()
    def translate(self, batch: Batch) -> Tensor:
        levels = _levels(batch.image)
        own = _histogram(levels).cumsum(-1)
        wanted = self.target["histogram"].cumsum(-1).expand_as(own).contiguous()
        mapping = torch.searchsorted(wanted, own - ROUNDING).clamp_(max=LEVELS - 1)
        return mapping.gather(-1, levels).view_as(batch.image).to(batch.image.dtype) / (LEVELS - 1)


def _levels(image: Tensor) -> Tensor:
    """(B,3,H,W) in [0,1] -> (B,3,H*W) int64 8-bit steps."""
    return (image.clamp(0, 1) * (LEVELS - 1)).round().long().flatten(2)


def _histogram(levels: Tensor) -> Tensor:
    """(B,3,N) int64 -> (B,3,256) float64 shares."""
    counts = torch.zeros(*levels.shape[:2], LEVELS, dtype=torch.float64, device=levels.device)
    return counts.scatter_add_(-1, levels, torch.ones_like(levels, dtype=torch.float64)) / levels.shape[-1]
