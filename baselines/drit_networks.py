"""The networks of DRIT++: encoders of content and attribute, decoder, and the discriminators of images and contents.

Lee et al., "Diverse Image-to-Image Translation via Disentangled Representations", ECCV 2018, and "DRIT++", IJCV 2020,
in the released code's default variant, whose decoder concatenates the attribute to its features. Every convolution has
a bias and pads by reflection; instance norm has no parameters. Counts are those of width 64 and 8 attribute entries.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.resnet_generator import ResidualBlock

SCALE = 4
"""Sides of an image over sides of its content."""


class ContentEncoder(nn.Sequential):
    """(B,3,H,W) in [-1,1] -> (B,4w,H/4,W/4); H and W are multiples of 4. One domain's own 3,918,976 parameters."""

    def __init__(self, width: int = 64, blocks: int = 3) -> None:
        super().__init__(
            _reflecting(3, width, 7, padding=3),
            nn.LeakyReLU(0.01),
            *(layer for factor in (1, 2) for layer in _halving(factor * width)),
            *(ResidualBlock(4 * width) for _ in range(blocks)),
        )


class AttributeEncoder(nn.Module):
    """(B,3,H,W) in [-1,1] -> mean and log-variance of the attribute, (B,n) each; 1,344,080 parameters. Sides are 16 or
    more."""

    def __init__(self, width: int = 64, attributes: int = 8) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            _reflecting(3, width, 4, stride=2),
            *(_PooledBlock(factor * width, (factor + 1) * width) for factor in (1, 2, 3)),
            nn.LeakyReLU(0.2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.mean, self.log_variance = (nn.Linear(4 * width, attributes) for _ in range(2))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(image)
        return self.mean(features), self.log_variance(features)


class Decoder(nn.ModuleList):
    """Content (B,4w,h,w) that went through the shared block, and attribute (B,n) -> image (B,3,4h,4w) in (-1,1).

    The attribute is appended to the channels before each of four stages. One domain's own part, 4,192,275 parameters.
    """

    def __init__(self, width: int = 64, blocks: int = 3, attributes: int = 8) -> None:
        first = 4 * width + attributes
        second = (first + attributes) // 2
        third = (second + attributes) // 2
        super().__init__(
            [
                nn.Sequential(*(ResidualBlock(first) for _ in range(blocks))),
                _doubling(first + attributes, second),
                _doubling(second + attributes, third),
                nn.Sequential(nn.Conv2d(third + attributes, 3, 1), nn.Tanh()),
            ]
        )

    def forward(self, content: Tensor, attribute: Tensor) -> Tensor:
        x = content
        for stage in self:
            x = stage(torch.cat([x, attribute[..., None, None].expand(-1, -1, *x.shape[-2:])], 1))
        return x


class ScaledDiscriminator(nn.ModuleList):
    """(B,3,H,W) in [-1,1] -> logits (B,1,h,w) of every scale, positive for real; 8,271,171 parameters with 3 scales.

    Each scale is a network of its own without normalisation and sees the image at half the size of the one before it.
    """

    def __init__(self, width: int = 64, scales: int = 3) -> None:
        super().__init__(self._judge(width) for _ in range(scales))

    @staticmethod
    def _judge(width: int) -> nn.Sequential:
        channels = [3, width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = []
        for given, out in zip(channels, channels[1:], strict=False):
            layers += [_reflecting(given, out, 4, stride=2), nn.LeakyReLU(0.01)]
        return nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 1))

    def forward(self, image: Tensor) -> Iterator[Tensor]:
        for place, judge in enumerate(self):
            if place:
                image = F.avg_pool2d(image, 3, stride=2, padding=1, count_include_pad=False)
            yield judge(image)

    @staticmethod
    def smallest_image(scales: int) -> int:
        """The smallest side of an image: reflection needs two pixels, and the last scale halves its image thrice."""
        return 15 * 2 ** (scales - 1) + 1


class ContentDiscriminator(nn.Sequential):
    """Content (B,c,h,w) -> logits (B,1,h',w'), positive for the target; 10,683,649 parameters for c = 256, 3 layers.

    A content of 54x54 becomes one logit. The released code asks for normalisation and never gets it; there is none.
    """

    def __init__(self, channels: int = 256, layers: int = 3) -> None:
        strided = (_reflecting(channels, channels, 7, stride=2) for _ in range(layers))
        super().__init__(
            *(layer for convolution in strided for layer in (convolution, nn.LeakyReLU(0.01))),
            nn.Conv2d(channels, channels, 4),
            nn.LeakyReLU(0.01),
            nn.Conv2d(channels, 1, 1),
        )

    @staticmethod
    def smallest_content(layers: int) -> int:
        """The smallest side of a content: 4 before the last convolution, 2n + 3 before a layer that leaves n."""
        return 7 * 2**layers - 3


class _PooledBlock(nn.Module):
    """(B,C,H,W) -> (B,out,H//2,W//2): activations come before the convolutions; the shortcut is pooled first."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.LeakyReLU(0.2),
            _reflecting(channels, channels, 3),
            nn.LeakyReLU(0.2),
            _reflecting(channels, out, 3),
            nn.AvgPool2d(2),
        )
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(channels, out, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)


def _reflecting(channels: int, out: int, kernel: int, *, stride: int = 1, padding: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out, kernel, stride, padding, padding_mode="reflect")


def _halving(channels: int) -> list[nn.Module]:
    return [_reflecting(channels, 2 * channels, 3, stride=2), nn.InstanceNorm2d(2 * channels), nn.ReLU(inplace=True)]


def _doubling(channels: int, out: int) -> nn.Sequential:
    convolution = nn.ConvTranspose2d(channels, out, 3, stride=2, padding=1, output_padding=1)
    # One group normalises over channels and pixels together, with a scale and a shift per channel.
    return nn.Sequential(convolution, nn.GroupNorm(1, out), nn.ReLU(inplace=True))
