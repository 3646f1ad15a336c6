"""What one iteration of DA-KPN reads: a patch and the whole low-resolution image of every source and target image."""

from typing import Any, NamedTuple

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


class Patches(NamedTuple):
    """Images (B,3,H,W) in [0,1]: the source's in `cell` and at low resolution, and the target's likewise.

    indices: (B,) positions of the source images in their view. real_low: None where it was not asked for.
    """

    indices: Tensor
    cell: Cell
    patch: Tensor
    low: Tensor
    real_patch: Tensor
    real_low: Tensor | None


class PatchBatches:
    """Batches of patches from memory-mapped views: of an image, only the pixels of its patch are read.

    One random cell of the grid serves the whole source batch, because its parameters and its pixels belong together;
    real patches lie anywhere (paper 3.3 says only that patches are drawn). Its position is part of a checkpoint.
    """

    def __init__(
        self, source: View, target: View, *, batch: int, grid: int, seed: int, device: torch.device | str, low: bool
    ) -> None:
        self._source, self._target, self._grid, self._device, self._low = source, target, grid, device, low
        self._sources = IndexSampler(len(source), batch, seed)
        self._targets = IndexSampler(len(target), batch, seed + 1)

    def next(self) -> Patches:
        """The next batch, on the device."""
        index, other = self._sources.next(), self._targets.next()
        cell = self._cell(*(int(torch.randint(self._grid, ())) for _ in range(2)))
        return Patches(
            index,
            cell,
            as_tensor(self._source.images[index.numpy(), cell.rows, cell.columns], self._device),
            as_tensor(self._source.low[index.numpy()], self._device),
            as_tensor(crops(self._target.images, other, cell.size), self._device),
            as_tensor(self._target.low[other.numpy()], self._device) if self._low else None,
        )

    def _cell(self, row: int, column: int) -> Cell:
        height, width = (size // self._grid for size in self._source.images.shape[1:3])
        low_height, low_width = (size // self._grid for size in self._source.low.shape[1:3])
        return Cell(
            slice(row * height, (row + 1) * height),
            slice(column * width, (column + 1) * width),
            slice(row * low_height, (row + 1) * low_height),
            slice(column * low_width, (column + 1) * low_width),
        )

    def state_dict(self) -> dict[str, Any]:
        return {"sources": self._sources.state_dict(), "targets": self._targets.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._sources.load_state_dict(state["sources"])
        self._targets.load_state_dict(state["targets"])
