"""The discriminator (paper 3.3): a PatchGAN with 3 layers and 64 features, one network for patches and whole images."""

from torch import Tensor, nn


class PatchDiscriminator(nn.Sequential):
    """Judges overlapping patches of an image; 2,765,633 parameters with its defaults.

    Convolutions 4x4 with padding 1: `layers` of stride 2 with widths w, 2w, 4w, then two of stride 1 to 8w and to 1;
    leaky ReLU of slope 0.2 between them and batch normalisation after all but the first and the last. The normalisation
    is the released code's, the paper names none.
    """

    def __init__(self, width: int = 64, layers: int = 3) -> None:
        blocks: list[nn.Module] = [nn.Conv2d(3, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        channels = width
        for layer in range(1, layers + 1):
            wider = width * min(2**layer, 8)
            stride = 2 if layer < layers else 1
            # Batch normalisation brings its own shift, a bias before it would do nothing.
            blocks += [
                nn.Conv2d(channels, wider, 4, stride, padding=1, bias=False),
                nn.BatchNorm2d(wider),
                nn.LeakyReLU(0.2),
            ]
            channels = wider
        super().__init__(*blocks, nn.Conv2d(channels, 1, 4, padding=1))

    def forward(self, image: Tensor) -> Tensor:
        """(B,3,H,W) in [0,1] -> (B,1,h,w) logits, positive for real; 90x160 gives 9x18, 96x160 gives 10x18."""
        return super().forward(image)
