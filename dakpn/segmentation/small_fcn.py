"""A small fully convolutional network."""

import torch.nn.functional as F
from torch import Tensor, nn


class _ConvNorm(nn.Sequential):
    def __init__(self, channels_in: int, channels_out: int, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_out, 3, stride, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(channels_out),
        )


class _Residual(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.first = _ConvNorm(channels, channels, dilation=dilation)
        self.second = _ConvNorm(channels, channels, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class SmallFCN(nn.Module):
    """A fully convolutional network for small images (decision small-network).

    It has 266,070 parameters for 19 classes at width 16. Strides 2, 4 and 8 with widths w, 2w and 4w; one residual
    block at stride 4, three with dilations 1, 2 and 4 at stride 8; the scores of both are summed at stride 4.
    """

    def __init__(self, num_classes: int, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(_ConvNorm(3, width, stride=2), nn.ReLU())
        self.quarter = nn.Sequential(_ConvNorm(width, 2 * width, stride=2), nn.ReLU(), _Residual(2 * width, 1))
        self.eighth = nn.Sequential(
            _ConvNorm(2 * width, 4 * width, stride=2),
            nn.ReLU(),
            *(_Residual(4 * width, dilation) for dilation in (1, 2, 4)),
        )
        self.score_quarter = nn.Conv2d(2 * width, num_classes, 1)
        self.score_eighth = nn.Conv2d(4 * width, num_classes, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """(B,3,H,W) normalised -> {"out": (B,n,ceil(H/4),ceil(W/4))}."""
        quarter = self.quarter(self.stem(x))
        eighth = self.score_eighth(self.eighth(quarter))
        upsampled = F.interpolate(eighth, quarter.shape[-2:], mode="bilinear", align_corners=False)
        return {"out": self.score_quarter(quarter) + upsampled}
