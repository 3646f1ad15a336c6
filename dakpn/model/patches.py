"""What one iteration of DA-KPN reads: a patch and the whole low-resolution image of every source and target image."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dakpn.data.views import View
from dakpn.training.sampling import IndexSampler, as_tensor, crops


class Cell(NamedTuple):
    """One cell of the grid that divides an image, as slices of its high- and of its low-resolution pixels."""

    rows: slice
    columns: slice
    low_rows: slice
    low_columns: slice

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the patch."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    def cut(self, image: Tensor) -> Tensor:
        """The cell of an image (...,H,W) at high resolution."""
        return image[..., self.rows, self.columns]

    def cut_low(self, image: Tensor) -> Tensor:
        """The cell of an image (...,h,w) at low resolution."""
        return image[..., self.low_rows, self.low_columns]


class Patches(NamedTuple):
    """Images (B,3,H,W) in [0,1]: the source's in their `cells` and at low resolution, and the target's likewise.

    indices: (B,) positions of the source images in their view. cells: B of them, one per source image. real_low: None
    where it was not asked for.
    """

    indices: Tensor
    cells: tuple[Cell, ...]
    patch: Tensor
    low: Tensor
    real_patch: Tensor
    real_low: Tensor | None


class PatchBatches:
    """Batches of patches from memory-mapped views: of an image, only the pixels of its patch are read.

    cells: a random cell of the grid for each source image, or one for the whole batch (decision patch-cells).
    real_patches: cells of the same grid, one per image, or any position (decision real-patches). Its position is part
    of a checkpoint.
    """

    def __init__(
        self,
        source: View,
        target: View,
        *,
        batch: int,
        grid: int,
        seed: int,
        device: torch.device | str,
        low: bool,
        cells: Literal["image", "batch"] = "image",
        real_patches: Literal["grid", "anywhere"] = "grid",
    ) -> None:
        self._source, self._target, self._grid, self._device, self._low = source, target, grid, device, low
        self._shared, self._anywhere = cells == "batch", real_patches == "anywhere"
        self._samplers = {"sources": IndexSampler(len(source), batch, seed)}
        self._samplers["targets"] = IndexSampler(len(target), batch, seed + 1)

    def next(self) -> Patches:
        """The next batch, on the device."""
        indices, others = (sampler.next() for sampler in self._samplers.values())
        cells = self._cells(1) * len(indices) if self._shared else self._cells(len(indices))
        if self._anywhere:
            real = crops(self._target.images, others, cells[0].size)
        else:
            real = _patches(self._target, others, self._cells(len(others)))
        return Patches(
            indices,
            cells,
            as_tensor(_patches(self._source, indices, cells), self._device),
            as_tensor(self._source.low[indices.numpy()], self._device),
            as_tensor(real, self._device),
            as_tensor(self._target.low[others.numpy()], self._device) if self._low else None,
        )

    def _cells(self, count: int) -> tuple[Cell, ...]:
        """Random cells of the grid."""
        sides = [*self._source.images.shape[1:3], *self._source.low.shape[1:3]]
        lengths = [side // self._grid for side in sides]
        places = torch.randint(self._grid, (count, 2)).tolist()
        return tuple(
            Cell(*(slice(i * size, (i + 1) * size) for i, size in zip(place * 2, lengths, strict=True)))
            for place in places
        )

    def state_dict(self) -> dict[str, Any]:
        return {name: sampler.state_dict() for name, sampler in self._samplers.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name, sampler in self._samplers.items():
            sampler.load_state_dict(state[name])


def _patches(view: View, indices: Tensor, cells: Sequence[Cell]) -> np.ndarray:
    """(B,h,w,3) uint8: of every image its cell; only these pixels are read."""
    return np.stack([view.images[i, c.rows, c.columns] for i, c in zip(indices.tolist(), cells, strict=True)])
