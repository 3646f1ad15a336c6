"""The networks of MCT: a generator of curves that a low-resolution image decides, and a coarse patch discriminator."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.resnet_generator import ResnetGenerator

KNOTS = 8
"""Values of a curve, at equal distances over [-1,1]."""


class CurveGenerator(nn.Module):
    """(B,3,H,W) in [-1,1] -> (B,3,H,W) in (-1,1): curves per low-resolution pixel map the colours of the full image.

    The low-resolution image is the full one where no side is longer than `size`; sides are multiples of 4. 11,493,579
    parameters at the defaults, 115,400 of them the curve head's.
    """

    def __init__(self, width: int = 64, blocks: int = 9, size: int = 256) -> None:
        super().__init__()
        self.size = size
        self.base = ResnetGenerator(width, blocks, "nearest")
        self.curves = nn.Sequential(
            _replicating(width, width),
            nn.ReLU(inplace=True),
            _replicating(width, width),
            nn.ReLU(inplace=True),
            _replicating(width, 9 * KNOTS),
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.both(image)[0]

    def both(self, image: Tensor, *, jitter: bool = False) -> tuple[Tensor, Tensor]:
        """The translation, and the low-resolution one of the base alone; jitter: see `read_curves`."""
        *body, head, tanh = self.base
        features = self.shrink(image)
        for layer in body:
            features = layer(features)
        base = head(features)
        # Constant curves that add up to the base over the three channels that are read.
        knots = self.curves(features) + base.repeat_interleave(3 * KNOTS, dim=1) / 3
        return read_curves(knots, image, jitter=jitter).tanh(), tanh(base)

    def shrink(self, image: Tensor) -> Tensor:
        """The low-resolution image, by nearest neighbours; the image itself where it is small enough."""
        size = [min(side, self.size) for side in image.shape[-2:]]
        return image if size == list(image.shape[-2:]) else F.interpolate(image, size)


def read_curves(knots: Tensor, image: Tensor, *, jitter: bool = False) -> Tensor:
    """(B,9*KNOTS,h,w) and (B,3,H,W) in [-1,1] -> (B,3,H,W): a curve per input channel is read and added up.

    Channels of `knots` are ordered by output channel, input channel, value. Curves are read at the pixel's value and,
    between the pixels of the map, at its place, all linearly; the corners of map and image coincide. jitter: moves each
    place by up to about a quarter of the image's pixel, drawn per pixel from torch's global generator.
    """
    batch, _, height, width = image.shape
    y, x = (torch.linspace(-1, 1, side, dtype=image.dtype, device=image.device) for side in (height, width))
    places = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).expand(batch, height, width, 2)
    if jitter:
        moves = torch.rand_like(places) - 0.5
        places = places + torch.stack([moves[..., 0] / width, moves[..., 1] / height], dim=-1)
    places = places.unsqueeze(1).expand(batch, 3, height, width, 2)
    grid = torch.cat([places, image.unsqueeze(-1)], dim=-1)
    # An entry per image and input channel, whose channels are the three outputs.
    volumes = knots.unflatten(1, (3, 3, KNOTS)).transpose(1, 2)
    read = F.grid_sample(
        volumes.flatten(0, 1), grid.flatten(0, 1).unsqueeze(1), padding_mode="border", align_corners=True
    )
    return read.view(batch, 3, 3, height, width).sum(1)


class CoarsePatchDiscriminator(nn.Sequential):
    """(B,3,H,W) -> (B,1,H/16,W/16) scores, one per overlapping 94x94 patch; sides are 32 or more.

    CycleGAN's with a stride of 2 in the fourth convolution too and, before the last, zeros at the left and the top;
    2,764,737 parameters at the default.
    """

    def __init__(self, width: int = 64) -> None:
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        for channels in (width, 2 * width, 4 * width):
            convolution = nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1)
            layers += [convolution, nn.InstanceNorm2d(2 * channels), nn.LeakyReLU(0.2, inplace=True)]
        super().__init__(*layers, nn.ZeroPad2d((1, 0, 1, 0)), nn.Conv2d(8 * width, 1, 4, padding=1))


def _replicating(channels: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 3, padding=1, padding_mode="replicate")
