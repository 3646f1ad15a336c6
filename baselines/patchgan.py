"""CycleGAN's patch discriminator: instance norm and biases throughout, 2,764,737 parameters at its default width.

It is not the discriminator of DA-KPN (`dakpn.model.discriminator`), which has batch norm and 2,765,633 parameters.
"""

from torch import nn


class InstanceNormPatchGAN(nn.Sequential):
    """(B,3,H,W) in [-1,1] -> (B,1,h,w) unbounded scores, one per overlapping 70x70 patch.

    A side of 256 gives 30 scores, 360 gives 43, 512 gives 62.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__(
            nn.Conv2d(3, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            *_normalised(width, 2 * width, stride=2),
            *_normalised(2 * width, 4 * width, stride=2),
            *_normalised(4 * width, 8 * width, stride=1),
            nn.Conv2d(8 * width, 1, 4, padding=1),
        )


def _normalised(channels: int, out: int, *, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels, out, 4, stride=stride, padding=1),
        nn.InstanceNorm2d(out),
        nn.LeakyReLU(0.2, inplace=True),
    ]
