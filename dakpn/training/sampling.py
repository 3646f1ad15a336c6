"""What a training step reads from a view: shuffled indices, and patches as float tensors."""

from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor


class IndexSampler:
    """Batches of indices that walk shuffled epochs; its position is part of a checkpoint.

    Every index occurs once per epoch; a batch may span two epochs. Batches larger than the set repeat indices.
    """

    def __init__(self, count: int, batch: int, seed: int) -> None:
        if count < 1:
            raise ValueError("an index sampler needs at least one item")
        self.count, self.batch = count, batch
        self._generator = torch.Generator().manual_seed(seed)
        self._order = torch.empty(0, dtype=torch.long)

    def next(self) -> Tensor:
        """The next (batch,) int64 indices."""
        while len(self._order) < self.batch:
            self._order = torch.cat([self._order, torch.randperm(self.count, generator=self._generator)])
        indices, self._order = self._order[: self.batch], self._order[self.batch :]
        return indices

    def state_dict(self) -> dict[str, Any]:
        return {"order": self._order.clone(), "generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._order = state["order"]
        self._generator.set_state(state["generator"])


def pixels(array: np.ndarray) -> Tensor:
    """The array as a tensor on the CPU; views are read-only and tensors are not, so a slice of a view is copied."""
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def as_images(batch: Tensor) -> Tensor:
    """(B,H,W,3) uint8 -> (B,3,H,W) float32 in [0,1], on the same device."""
    return batch.permute(0, 3, 1, 2).float().div_(255)


def as_tensor(images: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """(B,H,W,3) or (H,W,3) uint8 -> (B,3,H,W) float32 in [0,1] on `device`; a single image becomes a batch of one."""
    batch = pixels(images).to(device, non_blocking=True)
    return as_images(batch if batch.ndim == 4 else batch.unsqueeze(0))


def as_bytes(images: Tensor, rounding: Literal["nearest", "down"] = "nearest") -> np.ndarray:
    """(B,3,H,W) float in [0,1] -> (B,H,W,3) uint8, rounded to the nearest step or the next lower one."""
    steps = images.clamp(0, 1).mul(255)
    steps = steps.round() if rounding == "nearest" else steps.floor()
    return steps.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()


def crops(
    images: np.ndarray,
    indices: Tensor,
    size: tuple[int, int],
    *,
    flip: bool = False,
    generator: torch.Generator | None = None,
) -> np.ndarray:
    """Random crops of `size` from the images at `indices`: (N,H,W,3) uint8 -> (B,h,w,3) uint8.

    Positions, and flips with probability one half where asked for, are drawn from `generator` or torch's global one,
    one per item.
    """
    height, width = size
    draw = {"generator": generator}
    patches = np.empty((len(indices), height, width, images.shape[-1]), images.dtype)
    for row, index in enumerate(indices.tolist()):
        top = int(torch.randint(images.shape[1] - height + 1, (), **draw))
        left = int(torch.randint(images.shape[2] - width + 1, (), **draw))
        patch = images[index, top : top + height, left : left + width]
        patches[row] = patch[:, ::-1] if flip and torch.rand((), **draw) < 0.5 else patch
    return patches
