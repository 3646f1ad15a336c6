"""What one iteration of DA-KPN reads: a patch and the whole low-resolution image of every source and target image."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dakpn.data.views import View
from dakpn.training import ranks
from dakpn.training.feed import Feed
from dakpn.training.sampling import IndexSampler, as_images, crops, pixels


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

    logits: (B,n,h,w) of the source images, None where they were not given. cells: B of them, one per source image.
    real_low: None where it was not asked for.
    """

    logits: Tensor | None
    cells: tuple[Cell, ...]
    patch: Tensor
    low: Tensor
    real_patch: Tensor
    real_low: Tensor | None


class PatchBatches(Feed):
    """Patches from memory-mapped views: of an image, only the pixels of its patch are read.

    logits: (N,n,h,w) of every source image, on the CPU, where they are constants. cells: a random cell of the grid for
    each source image, or one for the whole batch (decision patch-cells). real_patches: cells of the same grid, one per
    image, or any position (decision real-patches).
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
        logits: Tensor | None = None,
        cells: Literal["image", "batch"] = "image",
        real_patches: Literal["grid", "anywhere"] = "grid",
    ) -> None:
        self._source, self._target, self._grid, self._low, self._logits = source, target, grid, low, logits
        self._shared, self._anywhere = cells == "batch", real_patches == "anywhere"
        samplers = {"sources": IndexSampler(len(source), batch, seed)}
        samplers["targets"] = IndexSampler(len(target), batch, seed + 1)
        super().__init__(samplers, seed=seed, device=device)

    def read(self, generator: torch.Generator) -> Patches:
        indices, others = (sampler.next() for sampler in self._samplers.values())
        count = len(indices)
        cells = self._cells(1, generator) * count if self._shared else self._cells(count, generator)
        if self._anywhere:
            real = crops(self._target.images, others, cells[0].size, generator=generator)
        else:
            real = _patches(self._target, others, self._cells(count, generator))
        return Patches(
            None if self._logits is None else self._logits[indices],
            cells,
            pixels(_patches(self._source, indices, cells)),
            pixels(self._source.low[indices.numpy()]),
            pixels(real),
            pixels(self._target.low[others.numpy()]) if self._low else None,
        )

    def share(self, batch: Patches) -> Patches:
        return super().share(batch)._replace(cells=ranks.rows(batch.cells))

    def finish(self, batch: Patches) -> Patches:
        logits, cells, *images = batch
        # Many logits are kept in half precision.
        images = (one if one is None else as_images(one) for one in images)
        return Patches(logits if logits is None else logits.float(), cells, *images)

    def _cells(self, count: int, generator: torch.Generator) -> tuple[Cell, ...]:
        """Random cells of the grid."""
        sides = [*self._source.images.shape[1:3], *self._source.low.shape[1:3]]
        lengths = [side // self._grid for side in sides]
        places = torch.randint(self._grid, (count, 2), generator=generator).tolist()
        return tuple(
            Cell(*(slice(i * size, (i + 1) * size) for i, size in zip(place * 2, lengths, strict=True)))
            for place in places
        )


def _patches(view: View, indices: Tensor, cells: Sequence[Cell]) -> np.ndarray:
    """(B,h,w,3) uint8: of every image its cell; only these pixels are read."""
    return np.stack([view.images[i, c.rows, c.columns] for i, c in zip(indices.tolist(), cells, strict=True)])
