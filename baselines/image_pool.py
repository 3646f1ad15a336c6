"""A history of translated images, from which a discriminator is shown old fakes along with new ones."""

from typing import Any

import torch
from torch import Tensor


class ImagePool:
    """Stores up to `size` images; random choices come from torch's global generator. Size 0 passes everything through.

    Shrivastava et al., CVPR 2017, in CycleGAN's form: until the pool is full each image is stored and returned.
    Afterwards, with probability one half, a random stored image is returned and replaced by the new one; otherwise the
    new image is returned and not stored.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._images: list[Tensor] = []

    def query(self, images: Tensor) -> Tensor:
        """(B,3,H,W) new fakes -> (B,3,H,W) new and old ones, detached."""
        images = images.detach()
        return torch.stack([self._exchange(image) for image in images]) if self.size else images

    def _exchange(self, image: Tensor) -> Tensor:
        if len(self._images) < self.size:
            self._images.append(image.clone())
            return image
        if torch.rand(()) < 0.5:
            return image
        place = int(torch.randint(self.size, ()))
        # A pool from a checkpoint lies on the CPU.
        old = self._images[place].to(image.device)
        self._images[place] = image.clone()
        return old

    def state_dict(self) -> dict[str, Any]:
        return {"images": list(self._images)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._images = list(state["images"])
