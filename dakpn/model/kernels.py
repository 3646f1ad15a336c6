"""Theta of Eq. 1: the twelve per-pixel parameters of the translation function, as a named tuple."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

NAMES = tuple(
    f"{part}_{channel}"
    for part, channels in {
        "weight": ("hue", "saturation", "value"),
        "bias": ("hue", "saturation", "value"),
        "sigma": ("red", "green", "blue"),
        "noise": ("red", "green", "blue"),
    }.items()
    for channel in channels
)
"""What the channels of theta are, in their order."""
CHANNELS = len(NAMES)


class Kernels(NamedTuple):
    """Parameters of the translation function, four tensors (B,3,h,w) of any real value (paper, section 3.1 and Eq. 1).

    weight: factor of hue, saturation and value; 1 leaves them unchanged.
    bias: summand of hue (in turns), saturation and value; 0 leaves them unchanged.
    sigma: width of the blur of R, G and B in pixels of the full-resolution image, whatever h and w are.
    noise: scale of the fixed noise added to R, G and B; 0 adds nothing.
    """

    weight: Tensor
    bias: Tensor
    sigma: Tensor
    noise: Tensor

    @classmethod
    def from_channels(cls, theta: Tensor) -> "Kernels":
        """Split theta (B,12,h,w) into views of three channels each, in the paper's order (section 3.2, Fig. 6).

        Raises ValueError for any other shape.
        """
        if theta.ndim != 4 or theta.shape[1] != CHANNELS:
            raise ValueError(f"theta must have shape (B,{CHANNELS},h,w), not {tuple(theta.shape)}")
        return cls(*theta.split(3, dim=1))

    def resize(self, size: tuple[int, int]) -> "Kernels":
        """The parameters at size = (H,W), bilinear without aligned corners; sigma keeps its value and its unit.

        The paper only says that parameters are upsampled (decision theta-upsampling).
        """
        size = tuple(size)
        if self.weight.shape[-2:] == size:
            return self
        return Kernels.from_channels(F.interpolate(torch.cat(self, dim=1), size, mode="bilinear", align_corners=False))

    @classmethod
    def identity(cls, batch: int, height: int, width: int, **options: Any) -> "Kernels":
        """Parameters (batch,3,height,width) under which the translation function leaves an image unchanged.

        options: device and dtype as torch.zeros takes them. Sigma is 0, where its gradient vanishes: a network that has
        to learn starts a little above it (dakpn.model.kpn).
        """
        zeros = torch.zeros(batch, 3, height, width, **options)
        return cls(torch.ones_like(zeros), zeros, zeros.clone(), zeros.clone())
