"""Names and colours of all label ids of Cityscapes and GTA5, void ones included (cityscapesScripts labels.py; GTA5's
mapping.mat)."""

import numpy as np
from PIL import Image

from dakpn.data.label_spaces import CITYSCAPES_LABELS

LICENSE_PLATE = 34  # in GTA5; Cityscapes gives it -1 and does not draw it
_FACTS = {LICENSE_PLATE if label.id < 0 else label.id: label for label in CITYSCAPES_LABELS}

NAMES: dict[int, str] = {i: label.name for i, label in sorted(_FACTS.items())}
CITYSCAPES_COLOURS = np.array([label.color for _, label in sorted(_FACTS.items())], np.uint8)  # (35, 3)
GTA5_PALETTE = CITYSCAPES_COLOURS.copy()
GTA5_PALETTE[4] = 20  # `static` is the one colour in which the two data sets differ


def save_png(path, pixels: np.ndarray, palette: np.ndarray | None = None) -> None:
    """Write a PNG; palette: (n, 3) uint8 makes `pixels` the indices of a mode-P image. Fast rather than small."""
    image = Image.fromarray(pixels)
    if palette is not None:
        image.putpalette(palette.ravel().tolist())
    image.save(path, compress_level=1)
