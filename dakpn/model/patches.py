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
        self._samplers = {"sources": IndexSampler(len(source), batch, seed)}
        self._samplers["targets"] = IndexSampler(len(target), batch, seed + 1)

    def next(self) -> Patches:
        """The next batch, on the device."""
        indices, others = (sampler.next() for sampler in self._samplers.values())
        place = [int(torch.randint(self._grid, ())) for _ in range(2)]
        sides = [*self._source.images.shape[1:3], *self._source.low.shape[1:3]]
        lengths = [side // self._grid for side in sides]
        cell = Cell(*(slice(i * size, (i + 1) * size) for i, size in zip(place * 2, lengths, strict=True)))
        return Patches(
            indices,
            cell,
            as_tensor(self._source.images[indices.numpy(), cell.rows, cell.columns], self._device),
            as_tensor(self._source.low[indices.numpy()], self._device),
            as_tensor(crops(self._target.images, others, cell.size), self._device),
            as_tensor(self._target.low[others.numpy()], self._device) if self._low else None,
        )

    def state_dict(self) -> dict[str, Any]:
        return {name: sampler.state_dict() for name, sampler in self._samplers.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name, sampler in self._samplers.items():
            sampler.load_state_dict(state[name])
