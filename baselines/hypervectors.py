"""Hypervectors of image features, and the two networks of VSAIT that work on them.

Theiss et al., "Unpaired Image Translation via Vector Symbolic Architectures", ECCV 2022, as in the released
implementation. Binding is the element-wise product and unbinding the same product; hypervectors are real, never
binarised.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CELL = 16
"""Side in pixels of the image cell that one hypervector describes."""


class LocalityHash(nn.Module):
    """Five feature maps of strides 1, 2, 4, 8, 16 -> (B,dimension,H//16,W//16), each element a cosine in [-1,1].

    The five patches at a cell are one long vector, and element k is its cosine with the k-th of `dimension` random
    directions: one joint normalisation, so that maps with much energy dominate. Directions are standard normal, drawn
    from `seed`, and buffers: the module has no parameters.
    """

    def __init__(self, channels: Sequence[int], dimension: int = 4096, *, seed: int) -> None:
        super().__init__()
        generator = torch.Generator("cpu").manual_seed(seed)
        self.sides = [CELL >> level for level in range(len(channels))]
        norm = torch.zeros(dimension)
        for level, (side, count) in enumerate(zip(self.sides, channels, strict=True)):
            directions = torch.empty(dimension, count, side, side).normal_(generator=generator)
            self.register_buffer(f"directions{level}", directions)
            norm += directions.square().sum((1, 2, 3))
        self.register_buffer("norm", norm.sqrt().reshape(1, -1, 1, 1))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        product, energy = 0.0, 0.0
        for level, (side, feature) in enumerate(zip(self.sides, features, strict=True)):
            product = product + F.conv2d(feature, self.get_buffer(f"directions{level}"), stride=side)
            energy = energy + F.avg_pool2d(feature.square().sum(1, keepdim=True), side) * side**2
        # The floor keeps the gradient of the root finite where a cell has no features at all.
        return product / (energy.clamp_min(1e-12).sqrt() * self.norm + 1e-5)


class HypervectorMapping(nn.Sequential):
    """Source hypervectors (B,D,h,w) -> binding vectors in (-1,1), one per cell; tanh(1) everywhere at the start."""

    def __init__(self, dimension: int = 4096) -> None:
        super().__init__(
            nn.Conv2d(dimension, dimension, 1), nn.ReLU(inplace=True), nn.Conv2d(dimension, dimension, 1), nn.Tanh()
        )
        nn.init.zeros_(self[2].weight)
        nn.init.ones_(self[2].bias)


class HypervectorDiscriminator(nn.Sequential):
    """Hypervectors (B,D,h,w) -> (B,1,h,w) unbounded scores, one per cell; convolutions 1x1, no normalisation."""

    def __init__(self, dimension: int = 4096, width: int = 1024) -> None:
        super().__init__(
            nn.Conv2d(dimension, width, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, width, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, 1, 1),
        )
