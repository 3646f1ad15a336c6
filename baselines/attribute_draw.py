"""Which attribute an image is translated with, where a method can translate it with any: fixed by seed and id."""

from collections.abc import Sequence
from hashlib import sha256

import torch
from torch import Tensor, nn

from dakpn.data.views import View


class AttributeDraw(nn.Module):
    """Draws that depend on nothing but the training's seed and the image's id, so that a translation can be repeated.

    Everything is a buffer: seed, and `count` uint8 crops of target images (count,side,side,3), which are exported with
    the weights. There are no parameters.
    """

    def __init__(self, count: int, side: int) -> None:
        super().__init__()
        self.register_buffer("seed", torch.zeros((), dtype=torch.long))
        self.register_buffer("references", torch.zeros(count, side, side, 3, dtype=torch.uint8))

    def prepare(self, target: View, seed: int) -> None:
        """Keep the seed and the middles of images that it draws from the view, with replacement."""
        self.seed.fill_(seed)
        count, side = self.references.shape[:2]
        height, width = target.images.shape[1:3]
        top, left = (height - side) // 2, (width - side) // 2
        indices = torch.randint(len(target), (count,), generator=torch.Generator().manual_seed(seed))
        for row, index in enumerate(indices.tolist()):
            middle = target.images[index, top : top + side, left : left + side]
            self.references[row] = torch.from_numpy(middle.copy())

    def normal(self, ids: Sequence[str], dimension: int) -> Tensor:
        """(B,dimension) from N(0,1), on the CPU."""
        return torch.stack([torch.randn(dimension, generator=generator) for generator in self._generators(ids)])

    def reference(self, ids: Sequence[str]) -> Tensor:
        """(B,3,side,side) in [-1,1]: one of the references per image."""
        count = len(self.references)
        rows = [int(torch.randint(count, (), generator=generator)) for generator in self._generators(ids)]
        return self.references[rows].permute(0, 3, 1, 2) / 127.5 - 1

    def _generators(self, ids: Sequence[str]) -> list[torch.Generator]:
        digests = (sha256(f"{int(self.seed)}/{name}".encode()).digest() for name in ids)
        return [torch.Generator().manual_seed(int.from_bytes(digest[:8], "big")) for digest in digests]
