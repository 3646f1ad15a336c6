"""Tiny images and labels that the tests of the readers write."""

from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (16, 24)


def save(path: Path, pixels: np.ndarray, mode: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    if mode == "P":
        image = Image.fromarray(pixels, "L").convert("P")
        image.putdata(pixels.ravel().tolist())
        # Every colour is black, so whoever decodes by colour gets nothing.
        image.putpalette([0] * 768)
    image.save(path)


def picture(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def stripes(ids: list[int], size: tuple[int, int] = SIZE) -> np.ndarray:
    """Label of vertical stripes, one pixel wide, that cycle through `ids`."""
    return np.tile(np.resize(np.array(ids, np.uint8), size[1]), (size[0], 1))
