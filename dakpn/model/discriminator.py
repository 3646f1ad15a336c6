"""The discriminator (paper 3.3): a PatchGAN with 3 layers and 64 features, one network for patches and whole images."""

from collections.abc import Callable

from torch import nn


class PatchDiscriminator(nn.Sequential):
    """(B,3,H,W) -> (B,1,h,w) logits, positive for real, one per overlapping 70x70 patch; 90x160 gives 9x18.

    Convolutions 4x4 with padding 1: three of stride 2 with widths w, 2w, 4w, then two of stride 1 to 8w and to 1; leaky
    ReLU of slope 0.2 between them and normalisation after all but the first and the last. The paper names none; batch
    normalisation is the released code's, with 2,765,633 parameters. CycleGAN's has nn.InstanceNorm2d without
    parameters and a bias in every convolution, 2,764,737 in all. CUT's is CycleGAN's with `down`: a layer without
    parameters, made for a number of channels, that halves after the activation in the place of stride 2.
    """

    def __init__(
        self, width: int = 64, norm: type[nn.Module] = nn.BatchNorm2d, down: Callable[[int], nn.Module] | None = None
    ) -> None:
        halving = 1 if down else 2
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, halving, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        for channels, stride in ((width, halving), (2 * width, halving), (4 * width, 1)):
            if down:
                layers.append(down(channels))
            # Batch normalisation brings its own shift, a bias before it would do nothing.
            bias = norm is not nn.BatchNorm2d
            convolution = nn.Conv2d(channels, 2 * channels, 4, stride, padding=1, bias=bias)
            layers += [convolution, norm(2 * channels), nn.LeakyReLU(0.2, inplace=True)]
        super().__init__(*layers, nn.Conv2d(8 * width, 1, 4, padding=1))
