"""Names and colours of all label ids of Cityscapes and GTA5, void ones included (cityscapesScripts labels.py; GTA5's
mapping.mat)."""

import numpy as np
from PIL import Image

from dakpn.labels import LABEL_SPACES

_VOID = {
    0: ("unlabeled", (0, 0, 0)),
    1: ("ego vehicle", (0, 0, 0)),
    2: ("rectification border", (0, 0, 0)),
    3: ("out of roi", (0, 0, 0)),
    4: ("static", (0, 0, 0)),
    5: ("dynamic", (111, 74, 0)),
    6: ("ground", (81, 0, 81)),
    9: ("parking", (250, 170, 160)),
    10: ("rail track", (230, 150, 140)),
    14: ("guard rail", (180, 165, 180)),
    15: ("bridge", (150, 100, 100)),
    16: ("tunnel", (150, 120, 90)),
    18: ("polegroup", (153, 153, 153)),
    29: ("caravan", (0, 0, 90)),
    30: ("trailer", (0, 0, 110)),
    34: ("license plate", (0, 0, 142)),
}
_SPACE = LABEL_SPACES["cityscapes"]
_SCORED = {
    i: (name, tuple(colour))
    for i, name, colour in zip(_SPACE.ids, _SPACE.classes, _SPACE.colours.tolist(), strict=True)
}

NAMES: dict[int, str] = {i: name for i, (name, _) in sorted({**_VOID, **_SCORED}.items())}
CITYSCAPES_COLOURS = np.array([colour for _, (_, colour) in sorted({**_VOID, **_SCORED}.items())], np.uint8)  # (35, 3)
GTA5_PALETTE = CITYSCAPES_COLOURS.copy()
GTA5_PALETTE[4] = 20  # `static` is the one colour in which the two data sets differ


def save_png(path, pixels: np.ndarray, palette: np.ndarray | None = None) -> None:
    """Write a PNG; palette: (n, 3) uint8 makes `pixels` the indices of a mode-P image. Fast rather than small."""
    image = Image.fromarray(pixels)
    if palette is not None:
        image.putpalette(palette.ravel().tolist())
    image.save(path, compress_level=1)
