"""The translation function tile by tile, as the released code applies it (`tiling: tiles`): seams and black borders."""

from collections.abc import Iterable
from itertools import product

import torch
from torch import Tensor

from dakpn.model.kernels import Kernels
from dakpn.model.transforms import COMPONENTS, translate

GRID = (8, 8)


def translate_tiled(
    image: Tensor,
    kernels_low: Kernels,
    noise: Tensor,
    grid: tuple[int, int] = GRID,
    components: Iterable[str] = COMPONENTS,
    protocol: str = "paper",
) -> Tensor:
    """Eq. 1 on each cell of a grid alone: the released code's way to translate a data set, (B,3,H,W) in [0,1].

    Each cell of the low-resolution parameters (B,3,h,w) is upsampled alone and each tile of the image is blurred alone
    with replicated borders, so colour and blur have seams. Where H or W is no multiple of the grid, the last rows or
    columns stay black.
    noise: (3,H,W) or (B,3,H,W). The paper's way is translate(image, kernels_low.resize((H, W)), noise).
    Raises ValueError where h or w is no multiple of the grid or the image has fewer pixels than the grid has cells.
    """
    (height, width), low = image.shape[-2:], kernels_low.weight.shape[-2:]
    rows, columns = grid
    if low[0] % rows or low[1] % columns:
        raise ValueError(f"kernels of {tuple(low)} do not divide into {rows} x {columns} cells")
    if height < rows or width < columns:
        raise ValueError(f"an image of {height} x {width} is too small for {rows} x {columns} tiles")
    tile, cell = (height // rows, width // columns), (low[0] // rows, low[1] // columns)
    out = torch.zeros_like(image)
    for place in product(range(rows), range(columns)):
        pixels, parameters = ((..., *_slices(place, size)) for size in (tile, cell))
        kernels = Kernels(*(part[parameters] for part in kernels_low)).resize(tile)
        out[pixels] = translate(image[pixels], kernels, noise[pixels], components, protocol)
    return out


def _slices(place: tuple[int, int], size: tuple[int, int]) -> tuple[slice, ...]:
    return tuple(slice(index * length, (index + 1) * length) for index, length in zip(place, size, strict=True))


def border_step(image: Tensor, grid: tuple[int, int] = GRID) -> float:
    """Mean absolute difference between the two pixels at the inner borders of the grid's tiles of an image (B,C,H,W).

    A seam shows as a larger step than in the same image translated at once (decision seam-size).
    """
    steps = []
    for axis, parts in zip((-2, -1), grid, strict=True):
        size = image.shape[axis] // parts
        before = torch.arange(size - 1, size * (parts - 1), size, device=image.device)
        steps.append((image.index_select(axis, before) - image.index_select(axis, before + 1)).abs().flatten())
    return torch.cat(steps).mean().item()
