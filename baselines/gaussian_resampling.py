"""Fixed Gaussian resampling by two, the anti-aliased steps of VSAIT's generator (released implementation, facts only).

Both layers pad with zeros, so a constant map comes out darker along its rim. That is what the released layers do.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GaussianDown(nn.Module):
    """Blur with a 3x3 Gaussian of sigma 1 that sums to 1, keep every second sample: H, W -> ceil(H/2), ceil(W/2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("kernel", _gaussian(3).repeat(channels, 1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.kernel, stride=2, padding=1, groups=x.shape[1])


class GaussianUp(nn.Module):
    """Insert zeros between samples, blur with a 4x4 Gaussian of sigma 1 that sums to 4: H, W -> 2H, 2W."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        # Each output pixel meets a quarter of the taps, hence the factor 4.
        self.register_buffer("kernel", 4 * _gaussian(4).repeat(channels, 1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv_transpose2d(x, self.kernel, stride=2, padding=1, groups=x.shape[1])


def _gaussian(size: int) -> Tensor:
    """(1,1,size,size) isotropic Gaussian of sigma 1, sampled at integer steps around the middle and summing to 1."""
    offsets = torch.arange(size) - (size - 1) / 2
    row = torch.exp(-offsets.square() / 2)
    row = row / row.sum()
    return torch.outer(row, row).reshape(1, 1, size, size)
