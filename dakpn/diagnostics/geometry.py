"""The geometry certificate: whether a method moves what an image shows, in three numbers and the maps behind them.

Reach: how far from one changed source pixel the output changes. Edge shift: how far edges lie from the source's.
Semantic flips: share of pixels that the judge classifies differently on the true rendering of the same scene, which
only procedural data have.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dakpn.data.label_spaces import LabelSpace
from dakpn.segmentation.networks import SegmentationNetwork
from dakpn.training.sampling import as_tensor
from dakpn.translation.batch import Batch
from dakpn.translation.translator import Translator

UNITS = {"reach_fixed": "px", "reach": "px", "edge_shift": "px", "semantic_flip": "percent"}
THRESHOLD = 0.5 / 255
"""An output moves where a channel changes by more than half an 8-bit step, the least that a stored image can show
(decision certificate)."""
PROBED_IMAGES, PROBED_PIXELS, PROBE_SEED = 4, 8, 0
"""Evenly spread images, and random pixels of each; the same for every method (decision certificate)."""

TILE, FARTHEST = 32, 4
"""Side of the tiles whose shift is measured, and the largest shift looked for along each axis, in pixels."""


class Reach(NamedTuple):
    """distance: largest Chebyshev distance in pixels of a moved output pixel from the changed one; of the change that
    reached farthest: image (H,W,3) uint8, pixel (row, column) and response (H,W) float32, the largest change over the
    channels in 8-bit steps.
    """

    distance: int
    image: np.ndarray
    pixel: tuple[int, int]
    response: np.ndarray


@torch.no_grad()
def reach(
    translator: Translator,
    images: np.ndarray,
    low_res: np.ndarray | None,
    device: torch.device | str,
    *,
    pixels: int = PROBED_PIXELS,
) -> Reach:
    """Change single pixels of (N,H,W,3) uint8 images by half the range, one at a time, and measure how far the output
    changes.

    low_res: (N,h,w,3) uint8 low-resolution images that are held fixed while pixels change; None makes them anew from
    the changed image (end to end).
    """
    height, width = images.shape[1:3]
    random = np.random.default_rng(PROBE_SEED)
    reaches = []
    for index, image in enumerate(images):
        places = np.stack([random.integers(height, size=pixels), random.integers(width, size=pixels)], 1)
        changed = np.repeat(image[None], pixels, axis=0)
        changed[np.arange(pixels), places[:, 0], places[:, 1]] += 128  # bytes wrap: every channel moves by 128 steps
        fixed = None if low_res is None else as_tensor(low_res[index], device)
        repeated = None if fixed is None else fixed.expand(pixels, -1, -1, -1)
        before = translator.translate(Batch((str(index),), as_tensor(image, device), fixed))
        after = translator.translate(Batch((str(index),) * pixels, as_tensor(changed, device), repeated))
        moved = (after - before).abs().amax(1)
        for response, (y, x) in zip(moved.cpu().numpy(), places, strict=True):
            rows, columns = np.nonzero(response > THRESHOLD)
            distance = int(np.maximum(abs(rows - y), abs(columns - x)).max(initial=0))
            reaches.append(Reach(distance, image, (int(y), int(x)), 255 * response))
    return max(reaches, key=lambda one: one.distance)


@torch.no_grad()
def edge_shift(
    source: np.ndarray, other: np.ndarray, device: torch.device | str, *, batch: int = 8
) -> tuple[float, np.ndarray]:
    """Mean distance in pixels between the edges of (N,H,W,3) uint8 images, and (N,rows,columns) float32 of all tiles.

    Edges: the gradient's magnitude over all channels after a Gaussian of one pixel. A tile's shift is where its
    normalised cross-correlation with the other image's edges is largest, at most FARTHEST pixels along each axis,
    refined by a parabola and less the same estimate for the source against itself, so that equal images give zero;
    edges that are gone count as farthest. The mean is over the half of the tiles with the most edges in the source; the
    others are nan (decision certificate).
    """
    shifts, contrasts = [], []
    for start in range(0, len(source), batch):
        rows = slice(start, start + batch)
        ours, theirs = (_edges(as_tensor(images[rows], device)) for images in (source, other))
        shifts.append((_peaks(ours, theirs) - _peaks(ours, ours)).norm(dim=1))
        contrasts.append(_tiles(ours).std(-1))
    shift, contrast = torch.cat(shifts), torch.cat(contrasts)
    shift = shift.masked_fill(contrast < contrast.median(), float("nan")).float().cpu().numpy()
    return float(np.nanmean(shift)), shift


@torch.no_grad()
def predicted_classes(
    judge: SegmentationNetwork,
    images: np.ndarray,
    label_space: LabelSpace,
    resolution: tuple[int, int],
    device: torch.device | str,
    *,
    batch: int = 8,
) -> np.ndarray:
    """(N,H,W,3) uint8 -> (N,h,w) uint8 train ids that the judge names at `resolution`, merged as for scoring."""
    merged = label_space.for_scoring()[1]
    classes = []
    for start in range(0, len(images), batch):
        image = as_tensor(images[start : start + batch], device)
        if tuple(image.shape[-2:]) != tuple(resolution):
            image = F.interpolate(image, resolution, mode="bilinear", align_corners=False, antialias=True)
        classes.append(judge(image)["out"].argmax(1).cpu().numpy())
    return merged[np.concatenate(classes)]


def certify(
    translator: Translator,
    source: np.ndarray,
    low_res: np.ndarray,
    translated: np.ndarray,
    *,
    classify: Callable[[np.ndarray], np.ndarray],
    true_classes: np.ndarray,
    device: torch.device | str,
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The certificate of one method as {metric: value} and the maps of its worst images.

    source, translated: (N,H,W,3) uint8; low_res: (N,h,w,3) uint8; classify: (N,H,W,3) -> (N,h,w) train ids;
    true_classes: (N,h,w), its result for the true renderings. semantic_flip is the share (percent) of all pixels whose
    class differs. reach_fixed is given for methods that read parameters off the low-resolution image. Maps: of the
    image with the most flips its index and classes (h,w), of the widest reach the image, pixel and response.
    """
    probed = np.linspace(0, len(source) - 1, min(PROBED_IMAGES, len(source))).round().astype(int)
    widest = reach(translator, source[probed], None, device)
    metrics = {"reach": float(widest.distance)}
    if translator.uses_low_res(translator.config):
        fixed = reach(translator, source[probed], low_res[probed], device)
        metrics = {"reach_fixed": float(fixed.distance), **metrics}
    classes = classify(translated)
    flips = (classes != true_classes).mean((1, 2))
    metrics["edge_shift"], _ = edge_shift(source, translated, device)
    metrics["semantic_flip"] = 100 * float(flips.mean())
    worst = int(flips.argmax())
    maps = {
        "worst": np.array(worst),
        "translation": translated[worst],
        "classes": classes[worst],
        "probe": widest.image,
        "pixel": np.array(widest.pixel),
        "response": widest.response,
    }
    return metrics, maps


def _edges(image: Tensor) -> Tensor:
    """(B,3,H,W) -> (B,H,W) float64 magnitude of the gradient after a Gaussian of one pixel, cut at 4."""
    offset = torch.arange(-4, 5, dtype=torch.float64, device=image.device)
    smooth = torch.exp(-(offset**2) / 2)
    smooth, slope = smooth / smooth.sum(), -offset * smooth / smooth.sum()
    padded = F.pad(image.double().flatten(0, 1)[:, None], (4,) * 4, mode="replicate")
    down, across = (
        F.conv2d(F.conv2d(padded, column.view(1, 1, -1, 1)), row.view(1, 1, 1, -1))
        for column, row in ((slope, smooth), (smooth, slope))
    )
    return (down**2 + across**2).view(image.shape).sum(1).sqrt()


def _tiles(edges: Tensor, down: int = 0, across: int = 0) -> Tensor:
    """(B,H,W) -> (B,rows,columns,TILE*TILE): tiles side by side, centred, all moved by (down, across) pixels."""
    height, width = edges.shape[-2:]
    margin = FARTHEST + 1
    side = min(TILE, height - 2 * margin, width - 2 * margin)
    rows, columns = (height - 2 * margin) // side, (width - 2 * margin) // side
    top, left = (height - rows * side) // 2 + down, (width - columns * side) // 2 + across
    part = edges[:, top : top + rows * side, left : left + columns * side]
    return part.unfold(1, side, side).unfold(2, side, side).flatten(-2)


def _peaks(ours: Tensor, theirs: Tensor) -> Tensor:
    """(B,2,rows,columns): by how many pixels down and across `theirs` matches each tile of `ours` best."""
    template = _centred(_tiles(ours))
    around = range(-FARTHEST - 1, FARTHEST + 2)
    maps = torch.stack(
        [torch.stack([(template * _centred(_tiles(theirs, y, x))).sum(-1) for x in around], -1) for y in around], -2
    )
    count = 2 * FARTHEST + 1
    best = maps[..., 1:-1, 1:-1].flatten(-2).argmax(-1)
    row, column = best // count + 1, best % count + 1
    flat = maps.flatten(-2)

    def at(down: int, across: int) -> Tensor:
        return flat.gather(-1, ((row + down) * (count + 2) + column + across)[..., None])[..., 0]

    centre = at(0, 0)
    shifts = (row - FARTHEST - 1, column - FARTHEST - 1)
    sides = ((at(-1, 0), at(1, 0)), (at(0, -1), at(0, 1)))
    refined = [shift + _vertex(before, centre, after) for shift, (before, after) in zip(shifts, sides, strict=True)]
    return torch.stack(refined, 1)


def _centred(tiles: Tensor) -> Tensor:
    """Each tile less its mean, of unit length; a flat tile becomes zero."""
    tiles = tiles - tiles.mean(-1, keepdim=True)
    return tiles / tiles.norm(dim=-1, keepdim=True).clamp(min=1e-9)


def _vertex(before: Tensor, centre: Tensor, after: Tensor) -> Tensor:
    """Where between -1/2 and 1/2 the parabola through three equidistant values has its vertex."""
    bend = (2 * centre - before - after).clamp(min=1e-12)
    return ((after - before) / (2 * bend)).clamp(-0.5, 0.5)
