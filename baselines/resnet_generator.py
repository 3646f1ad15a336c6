"""The ResNet image generator that CycleGAN, CUT, MCT and VSAIT share, with their four kinds of resampling.

Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", ICCV 2017; Park et al.,
"Contrastive Learning for Unpaired Image-to-Image Translation", ECCV 2020; Theiss et al., "Unpaired Image Translation
via Vector Symbolic Architectures", ECCV 2022; all as in the released implementations. Every convolution has a bias;
instance norm has neither affine parameters nor running statistics.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ResnetGenerator(nn.Sequential):
    """(B,3,H,W) in [-1,1] -> (B,3,H,W) in (-1,1); H and W are multiples of 4.

    resampling: "strided" halves by strided and doubles by transposed convolutions (CycleGAN); "nearest" doubles by
    repeating pixels before a convolution instead (MCT); the others have convolutions of stride 1 and fixed kernels,
    "gaussian" ones (VSAIT) or "binomial" ones (CUT). The learned parameters are equally many, 11,378,179 at
    the defaults.

    Tap t is the output of the first t layers, after the padding that the first one begins with: tap 0 is the padded
    image (B,3,H+6,W+6). The encoder ends at tap 11 + blocks.
    """

    def __init__(
        self,
        width: int = 64,
        blocks: int = 9,
        resampling: Literal["strided", "nearest", "gaussian", "binomial"] = "strided",
    ) -> None:
        down, up = {
            "strided": (_strided_down, _strided_up),
            "nearest": (_strided_down, _nearest_up),
            "gaussian": (_gaussian_down, _gaussian_up),
            "binomial": (_binomial_down, _binomial_up),
        }[resampling]
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

    def features(self, image: Tensor, taps: Sequence[int]) -> list[Tensor]:
        """(B,3,H,W) in [-1,1] -> the features at ascending `taps`; layers after the last one are not computed."""
        padded = F.pad(image, (3, 3, 3, 3), mode="reflect")
        maps = enumerate(chain([padded], self._after(padded, 0, taps[-1])))
        return [feature for tap, feature in maps if tap in taps]

    def resume(self, feature: Tensor, tap: int) -> Tensor:
        """The image (B,3,H,W) that the layers after `tap` make of its feature."""
        return deque(self._after(feature, tap, len(self)), maxlen=1).pop()

    def channels(self, tap: int) -> int:
        """Channels of the features at `tap`."""
        layers = nn.ModuleList(list(self)[:tap]).modules()
        return [3, *(layer.out_channels for layer in layers if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d))][-1]

    def _after(self, x: Tensor, tap: int, last: int) -> Iterator[Tensor]:
        """The outputs of the layers between two taps."""
        for place, layer in enumerate(list(self)[tap:last], tap):
            if place == 0:
                x = F.conv2d(x, layer.weight, layer.bias)  # Tap 0 is padded already.
            elif isinstance(layer, nn.ReLU):
                x = F.relu(x)  # In place it would overwrite the feature at the tap before it.
            else:
                x = layer(x)
            yield x


class ResidualBlock(nn.Module):
    """(B,C,H,W) -> same: two normalised convolutions around which the input is carried; no activation after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        second, norm, _ = _convolution(channels, channels)
        self.branch = nn.Sequential(*_convolution(channels, channels), second, norm)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


class _FixedKernel(nn.Module):
    """Resampling by two with one fixed kernel for every channel, the outer product of a row with itself."""

    def __init__(
        self, channels: int, row: Tensor, total: float, resample: Callable[..., Tensor], padding: int, border: str = ""
    ) -> None:
        """total: sum of the kernel; border: how a pixel is added on every side beforehand, "" adds none."""
        super().__init__()
        row = row / row.sum()
        kernel = total * torch.outer(row, row).expand(channels, 1, len(row), len(row)).contiguous()
        self.register_buffer("kernel", kernel, persistent=False)
        self.resample, self.padding, self.border = resample, padding, border

    def forward(self, x: Tensor) -> Tensor:
        if self.border:
            x = F.pad(x, (1, 1, 1, 1), mode=self.border)
        return self.resample(x, self.kernel, stride=2, padding=self.padding, groups=x.shape[1])


def _gaussian_row(taps: int) -> Tensor:
    """An isotropic Gaussian of sigma 1, sampled at integer steps around its middle."""
    return torch.exp(-(torch.arange(taps) - (taps - 1) / 2).square() / 2)


class GaussianDown(_FixedKernel):
    """Blur with a 3x3 Gaussian that sums to 1, keep every second sample: H, W -> ceil(H/2), ceil(W/2).

    It pads with zeros, as the released layers do, so a constant map comes out darker along its rim; so does GaussianUp.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, _gaussian_row(3), 1, F.conv2d, padding=1)


class GaussianUp(_FixedKernel):
    """Insert zeros between samples, blur with a 4x4 Gaussian: H, W -> 2H, 2W.

    The kernel sums to 4, because each output pixel meets a quarter of the taps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, _gaussian_row(4), 4, F.conv_transpose2d, padding=1)


class BinomialDown(_FixedKernel):
    """Blur with the row 1, 2, 1, keep every second sample: H, W -> ceil(H/2), ceil(W/2). A constant map stays so."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, torch.tensor([1.0, 2.0, 1.0]), 1, F.conv2d, padding=0, border="reflect")


class BinomialUp(_FixedKernel):
    """Insert zeros between samples, blur with the row 1, 3, 3, 1: H, W -> 2H, 2W. A constant map stays so."""

    def __init__(self, channels: int) -> None:
        row = torch.tensor([1.0, 3.0, 3.0, 1.0])
        # Padding 3 of a transposed convolution also cuts off what the border adds to the output.
        super().__init__(channels, row, 4, F.conv_transpose2d, padding=3, border="replicate")


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


def _nearest_up(channels: int, out: int) -> list[nn.Module]:
    return [nn.Upsample(scale_factor=2), *_normalised(nn.Conv2d(channels, out, 3, padding=1), out)]


def _normalised(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)]


def _gaussian_down(channels: int, out: int) -> list[nn.Module]:
    return [*_convolution(channels, out), GaussianDown(out)]


def _gaussian_up(channels: int, out: int) -> list[nn.Module]:
    return [GaussianUp(channels), *_convolution(channels, out)]


def _binomial_down(channels: int, out: int) -> list[nn.Module]:
    # Zero padding, as in the strided convolutions.
    return [*_normalised(nn.Conv2d(channels, out, 3, padding=1), out), BinomialDown(out)]


def _binomial_up(channels: int, out: int) -> list[nn.Module]:
    return [BinomialUp(channels), *_normalised(nn.Conv2d(channels, out, 3, padding=1), out)]
