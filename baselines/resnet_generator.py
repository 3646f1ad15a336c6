"""The ResNet image generator that CycleGAN and VSAIT share, with their two kinds of resampling.

Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", ICCV 2017, and Theiss et
al., "Unpaired Image Translation via Vector Symbolic Architectures", ECCV 2022, as in the released implementations.
Every convolution has a bias; instance norm has neither affine parameters nor running statistics.
"""

from collections.abc import Callable
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ResnetGenerator(nn.Sequential):
    """(B,3,H,W) in [-1,1] -> (B,3,H,W) in (-1,1); H and W are multiples of 4.

    resampling: "strided" halves by strided and doubles by transposed convolutions (CycleGAN); "gaussian" uses
    convolutions of stride 1 and fixed Gaussian kernels (VSAIT). The learned parameters are equally many, 11,378,179 at
    the defaults.
    """

    def __init__(
        self, width: int = 64, blocks: int = 9, resampling: Literal["strided", "gaussian"] = "strided"
    ) -> None:
        down, up = (_strided_down, _strided_up) if resampling == "strided" else (_gaussian_down, _gaussian_up)
        super().__init__(
            *_convolution(3, width, kernel=7),
            *down(width, 2 * width),
            *down(2 * width, 4 * width),
            *(ResidualBlock(4 * width) for _ in range(blocks)),
            *up(4 * width, 2 * width),
            *up(2 * width, width),
            nn.Conv2d(width, 3, 7, padding=3, padding_mode="reflect"),
            nn.Tanh(),
        )


class ResidualBlock(nn.Module):
    """(B,C,H,W) -> same: two normalised convolutions around which the input is carried; no activation after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        second, norm, _ = _convolution(channels, channels)
        self.branch = nn.Sequential(*_convolution(channels, channels), second, norm)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


class _Gaussian(nn.Module):
    """Resampling by two with an isotropic Gaussian of sigma 1, sampled at integer steps around its middle.

    It pads with zeros, as the released layers do, so a constant map comes out darker along its rim.
    """

    def __init__(self, channels: int, taps: int, total: float, resample: Callable[..., Tensor]) -> None:
        super().__init__()
        row = torch.exp(-(torch.arange(taps) - (taps - 1) / 2).square() / 2)
        row = row / row.sum()
        kernel = total * torch.outer(row, row).expand(channels, 1, taps, taps).contiguous()
        self.register_buffer("kernel", kernel, persistent=False)
        self.resample = resample

    def forward(self, x: Tensor) -> Tensor:
        return self.resample(x, self.kernel, stride=2, padding=1, groups=x.shape[1])


class GaussianDown(_Gaussian):
    """Blur with a 3x3 Gaussian that sums to 1, keep every second sample: H, W -> ceil(H/2), ceil(W/2)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 3, 1, F.conv2d)


class GaussianUp(_Gaussian):
    """Insert zeros between samples, blur with a 4x4 Gaussian: H, W -> 2H, 2W.

    The kernel sums to 4, because each output pixel meets a quarter of the taps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 4, 4, F.conv_transpose2d)


def init_convolutions(network: nn.Module, draw: Callable[[Tensor], Any]) -> None:
    """Draw the weights of all convolutions in place; biases become 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            draw(layer.weight)
            nn.init.zeros_(layer.bias)


def _convolution(channels: int, out: int, kernel: int = 3) -> list[nn.Module]:
    return _normalised(nn.Conv2d(channels, out, kernel, padding=kernel // 2, padding_mode="reflect"), out)


def _strided_down(channels: int, out: int) -> list[nn.Module]:
    # Zero padding, unlike the other convolutions.
    return _normalised(nn.Conv2d(channels, out, 3, stride=2, padding=1), out)


def _strided_up(channels: int, out: int) -> list[nn.Module]:
    return _normalised(nn.ConvTranspose2d(channels, out, 3, stride=2, padding=1, output_padding=1), out)


def _normalised(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)]


def _gaussian_down(channels: int, out: int) -> list[nn.Module]:
    return [*_convolution(channels, out), GaussianDown(out)]


def _gaussian_up(channels: int, out: int) -> list[nn.Module]:
    return [GaussianUp(channels), *_convolution(channels, out)]
