"""The ResNet image generator that CycleGAN and VSAIT share, with their two kinds of resampling.

Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", ICCV 2017, and Theiss et
al., "Unpaired Image Translation via Vector Symbolic Architectures", ECCV 2022, as in the released implementations.
Every convolution has a bias; instance norm has neither affine parameters nor running statistics.
"""

from typing import Literal

from torch import Tensor, nn

from baselines.gaussian_resampling import GaussianDown, GaussianUp


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


def _convolution(channels: int, out: int, kernel: int = 3) -> list[nn.Module]:
    return [
        nn.Conv2d(channels, out, kernel, padding=kernel // 2, padding_mode="reflect"),
        nn.InstanceNorm2d(out),
        nn.ReLU(inplace=True),
    ]


def _strided_down(channels: int, out: int) -> list[nn.Module]:
    # Zero padding, unlike the other convolutions.
    return [nn.Conv2d(channels, out, 3, stride=2, padding=1), nn.InstanceNorm2d(out), nn.ReLU(inplace=True)]


def _strided_up(channels: int, out: int) -> list[nn.Module]:
    resize = nn.ConvTranspose2d(channels, out, 3, stride=2, padding=1, output_padding=1)
    return [resize, nn.InstanceNorm2d(out), nn.ReLU(inplace=True)]


def _gaussian_down(channels: int, out: int) -> list[nn.Module]:
    return [*_convolution(channels, out), GaussianDown(out)]


def _gaussian_up(channels: int, out: int) -> list[nn.Module]:
    return [GaussianUp(channels), *_convolution(channels, out)]
