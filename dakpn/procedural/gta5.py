"""Writes street scenes in the layout of GTA5, with the defects that the real set is known for."""

from pathlib import Path

import numpy as np

from dakpn.data.gta5 import GTA5, KNOWN_DEFECTS
from dakpn.errors import InputError
from dakpn.procedural.label_maps import FILE_IDS
from dakpn.procedural.street_files import GTA5_PALETTE, save_png
from dakpn.procedural.worlds import Renderer, interleave

SPLITS = ("train", "val", "test")
WHITE, BLACK, MISMATCHED = 15188, 17705, 20806  # real ids: in train, test and val
_DEFECTS = {WHITE: "train", BLACK: "test", MISMATCHED: "val"}


def frame_sizes(size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two image sizes, each a little above `size`, with the remainders modulo 8 of 1052, 1046 and 1914."""
    height, width = size

    def above(value: int, remainder: int) -> int:
        return value + 1 + (remainder - value - 1) % 8

    return (above(height, 4), above(width, 2)), (above(height, 6), above(width, 2))


def write_gta5(
    root: Path, renderer: Renderer, counts: dict[str, int], size: tuple[int, int], *, defects: bool = True
) -> None:
    """images/NNNNN.png, labels/NNNNN.png (mode P, ids 0..34) and split.mat (uint16 columns).

    defects: every fifth image has the second height, and an all-white, an all-black and a mismatched frame come on top
    of the counts; without them every image has exactly `size`. Raises InputError for more images than there are ids.
    """
    from scipy.io import savemat

    usable = [number for number in range(1, GTA5.official["all"] + 1) if f"{number:05d}" not in KNOWN_DEFECTS]
    order = interleave(counts)
    if len(order) > len(usable):
        raise InputError(f"counts: {len(order)} images do not fit the ids of GTA5. Ask for at most {len(usable)}.")
    for folder in ("images", "labels"):
        (root / folder).mkdir(parents=True)
    common, other = frame_sizes(size) if defects else (size, size)
    ids: dict[str, list[int]] = {split: [] for split in SPLITS}
    for number, (split, index) in zip(usable, order, strict=False):
        scene, image = renderer.render(SPLITS.index(split), index, other if index % 5 == 4 else common)
        _write(root, number, image, FILE_IDS["gta5"][scene.labels()])
        ids[split].append(number)
    if defects:
        _write_defects(root, renderer, common)
        for number, split in _DEFECTS.items():
            ids[split].append(number)
    savemat(root / "split.mat", {f"{split}Ids": np.array(sorted(ids[split]), np.uint16)[:, None] for split in SPLITS})


def _write_defects(root: Path, renderer: Renderer, size: tuple[int, int]) -> None:
    # A split of their own: no usable image shares its scenes.
    scene, image = renderer.render(len(SPLITS), 0, size)
    label = FILE_IDS["gta5"][scene.labels()]
    _write(root, MISMATCHED, image, label[: size[0] - 6])
    half = (size[0] // 2, size[1] // 2)
    for number, value in ((WHITE, 255), (BLACK, 0)):
        _write(root, number, np.full((*half, 3), value, np.uint8), np.zeros(half, np.uint8))


def _write(root: Path, number: int, image: np.ndarray, label: np.ndarray) -> None:
    save_png(root / "images" / f"{number:05d}.png", image)
    save_png(root / "labels" / f"{number:05d}.png", label, GTA5_PALETTE)
