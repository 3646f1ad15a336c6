"""The quirky variant: a procedural data set with every trap that copies of the real one are known for.

Ordinary procedural data hold the quirks of every sound copy: GTA5's two image heights (from five images of a split on),
palette, white, black and mismatched frame; Cityscapes' frame numbers and withheld test labels; CelebAMask-HQ's images
larger than their masks, folders, overlapping, missing and empty parts. Here the rare ones are added, at known places,
so that tests do not depend on chance.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from dakpn.data.label_spaces import IGNORE
from dakpn.procedural import generate
from dakpn.procedural.label_maps import GTA5_PALETTE, LICENSE_PLATE, save_png

STATIC = 4
FACEWEAR_FRAME, IGNORED_FRAME = 0, 1  # FaceSynthetics


def generate_quirky(dataset: str, root: Path, **options) -> None:
    """`dakpn.procedural.generate`, and what the real data set is known for.

    gta5: static and license plate in a label whatever the scene; labels converted by another tool beside the labels; a
    pair of which only the image was downloaded.
    cityscapes: converted labels beside the labels.
    facesynthetics: a face whose skin is covered by facewear, written as background; a label with 255 pixels.
    celebamask-hq: masks of three channels; a mask folder spelt without its second hyphen; a mapping without its header;
    a face that lacks most of its parts.
    """
    generate(dataset, root, **options)
    _WRITERS[dataset](root)


def _gta5(root: Path) -> None:
    label = root / "labels" / "00001.png"
    pixels = np.array(Image.open(label))
    pixels[:2], pixels[2:4] = STATIC, LICENSE_PLATE
    save_png(label, pixels, GTA5_PALETTE)
    for path in sorted((root / "labels").glob("?????.png"))[:2]:
        save_png(path.with_name(f"{path.stem}_labelTrainIds.png"), np.zeros_like(pixels))
    # A download that ended early leaves an image without its label.
    (root / "labels" / "00002.png").unlink(missing_ok=True)


def _cityscapes(root: Path) -> None:
    for path in sorted(root.rglob("*_gtFine_labelIds.png")):
        pixels = np.array(Image.open(path))
        save_png(path.with_name(path.name.replace("labelIds", "labelTrainIds")), np.full_like(pixels, IGNORE))


def _facesynthetics(root: Path) -> None:
    worn = root / f"{FACEWEAR_FRAME:06d}_seg.png"
    pixels = np.array(Image.open(worn))
    rows = np.flatnonzero((pixels == 1).any(1))
    covered = np.zeros_like(pixels, bool)
    covered[rows[len(rows) // 2] :] = True
    save_png(worn, np.where(covered & (pixels == 1), 0, pixels).astype(np.uint8))
    doubted = root / f"{IGNORED_FRAME:06d}_seg.png"
    pixels = np.array(Image.open(doubted))
    pixels[:, :2] = IGNORE
    save_png(doubted, pixels)


def _celebamask_hq(root: Path) -> None:
    masks = root / "CelebAMask-HQ-mask-anno"
    first, *_, last = sorted({path.name[:5] for path in masks.rglob("*.png")})
    for path in masks.rglob(f"{first}_*.png"):
        save_png(path, np.repeat(np.array(Image.open(path))[..., None], 3, axis=2))
    for path in masks.rglob(f"{last}_*.png"):
        if not path.stem.endswith(("_skin", "_hair")):
            path.unlink()
    masks.rename(root / "CelebAMaskHQ-mask-anno")
    mapping = root / "CelebA-HQ-to-CelebA-mapping.txt"
    mapping.write_text(mapping.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")


_WRITERS: dict[str, Callable[[Path], None]] = {
    "gta5": _gta5,
    "cityscapes": _cityscapes,
    "facesynthetics": _facesynthetics,
    "celebamask-hq": _celebamask_hq,
}
