"""From the scenes' label ids to those of the data sets, as (256,) uint8 look-up tables; names and colours of all ids of
Cityscapes and GTA5, void ones included (cityscapesScripts labels.py; GTA5's mapping.mat)."""

import numpy as np
from PIL import Image

from dakpn.data.label_spaces import CITYSCAPES_LABELS, IGNORE, LABEL_SPACES
from dakpn.procedural import face_parts as face
from dakpn.procedural import street_objects as things

LICENSE_PLATE = 34  # in GTA5; Cityscapes gives it -1 and does not draw it
_FACTS = {LICENSE_PLATE if label.id < 0 else label.id: label for label in CITYSCAPES_LABELS}

NAMES: dict[int, str] = {i: label.name for i, label in sorted(_FACTS.items())}
CITYSCAPES_COLOURS = np.array([label.color for _, label in sorted(_FACTS.items())], np.uint8)  # (35, 3)
GTA5_PALETTE = CITYSCAPES_COLOURS.copy()
GTA5_PALETTE[4] = 20  # `static` is the one colour in which the two data sets differ

# FaceSynthetics has no jewellery (none occurs in source scenes) and, by a fault of its release, writes facewear as
# background.
_FACESYNTHETICS = {face.FACEWEAR: 0, face.EARRING: face.SKIN, face.NECKLACE: face.NECK, face.IGNORED: IGNORE}

# CelebAMask-HQ names by scene id; its annotators leave beards as skin.
CELEBA_PARTS = {
    face.SKIN: "skin", face.NOSE: "nose", face.RIGHT_EYE: "r_eye", face.LEFT_EYE: "l_eye", face.RIGHT_BROW: "r_brow",
    face.LEFT_BROW: "l_brow", face.RIGHT_EAR: "r_ear", face.LEFT_EAR: "l_ear", face.MOUTH: "mouth",
    face.TOP_LIP: "u_lip", face.BOTTOM_LIP: "l_lip", face.NECK: "neck", face.HAIR: "hair", face.BEARD: "skin",
    face.CLOTHING: "cloth", face.GLASSES: "eye_g", face.HEADWEAR: "hat", face.EARRING: "ear_r", face.NECKLACE: "neck_l",
}  # fmt: skip


def _table(pairs: dict[int, int], *, default: int | None = None) -> np.ndarray:
    table = np.arange(256, dtype=np.uint8) if default is None else np.full(256, default, np.uint8)
    for old, new in pairs.items():
        table[old] = new
    return table


_CELEBA_IDS = {klass: LABEL_SPACES["celebamask-hq"].classes.index(part) for klass, part in CELEBA_PARTS.items()}

FILE_IDS: dict[str, np.ndarray] = {
    "gta5": _table({}),
    # Cityscapes does not draw licence plates: their pixels stay with the vehicle.
    "cityscapes": _table({things.PLATE: things.CAR}),
    "facesynthetics": _table(_FACESYNTHETICS),
    "celebamask-hq": _table(_CELEBA_IDS, default=0),
}

_STREET = {label_id: train_id for train_id, label_id in enumerate(LABEL_SPACES["cityscapes"].ids)}
_TRAIN_IDS = {
    ("street", "source"): _table(_STREET, default=IGNORE),
    ("street", "target"): _table({**_STREET, things.PLATE: _STREET[things.CAR]}, default=IGNORE),
    ("face", "source"): _table({**_CELEBA_IDS, face.BEARD: _CELEBA_IDS[face.HAIR]}, default=IGNORE),
    ("face", "target"): _table(_CELEBA_IDS, default=IGNORE),
}


def train_ids(task: str, domain: str) -> np.ndarray:
    """Scene label id -> train id of the task's label space, as the domain's reader gives it; 255 = ignored."""
    return _TRAIN_IDS[task, domain]


def save_png(path, pixels: np.ndarray, palette: np.ndarray | None = None) -> None:
    """Write a PNG; palette: (n, 3) uint8 makes `pixels` the indices of a mode-P image. Fast rather than small."""
    image = Image.fromarray(pixels)
    if palette is not None:
        image.putpalette(palette.ravel().tolist())
    image.save(path, compress_level=1)
