"""The translation function tile by tile, as the released code applies it (`tiling: tiles`): seams and black borders."""

from collections.abc import Iterable

import torch
from torch import Tensor

from dakpn.model.kernels import Kernels
from dakpn.model.transforms import COMPONENTS, translate

GRID = (8, 8)


def _cut(tensor: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B,C,H,W) -> (B*rows*columns,C,H//rows,W//columns), row by row; what does not fill a tile is dropped."""
    height, width = (size // parts for size, parts in zip(tensor.shape[-2:], grid, strict=True))
    tiles = tensor.unfold(2, height, height).unfold(3, width, width)[:, :, : grid[0], : grid[1]]
    return tiles.permute(0, 2, 3, 1, 4, 5).reshape(-1, tensor.shape[1], height, width)


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
    batch, _, height, width = image.shape
    rows, columns = grid
    if any(size % parts for size, parts in zip(kernels_low.weight.shape[-2:], grid, strict=True)):
        low = tuple(kernels_low.weight.shape[-2:])
        raise ValueError(f"kernels of {low} do not divide into {rows} x {columns} cells")
    if height < rows or width < columns:
        raise ValueError(f"an image of {height} x {width} is too small for {rows} x {columns} tiles")
    tile = (height // rows, width // columns)
    cells = Kernels(*(_cut(part, grid) for part in kernels_low)).resize(tile)
    noise = _cut(noise.expand_as(image), grid)
    tiles = translate(_cut(image, grid), cells, noise, components, protocol)
    tiles = tiles.view(batch, rows, columns, -1, *tile).permute(0, 3, 1, 4, 2, 5)
    out = torch.zeros_like(image)
    out[..., : rows * tile[0], : columns * tile[1]] = tiles.reshape(batch, -1, rows * tile[0], columns * tile[1])
    return out


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
