"""Writes face scenes in the layout of CelebAMask-HQ: images of twice the masks' size, one mask per part, CelebA's
numbering."""

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import find_objects

from dakpn.data.celebamask_hq import LAST_TRAIN, LAST_VAL, PARTS, CelebAMaskHQ
from dakpn.errors import InputError
from dakpn.procedural.label_maps import FILE_IDS
from dakpn.procedural.street_files import save_png
from dakpn.procedural.worlds import Renderer, interleave

SPLITS = CelebAMaskHQ.splits
FOLDER_SIZE = 2000
# The last and first file numbers of CelebA's partition come first, so that both sides of each boundary occur.
_CELEBA_LAST = 202599
_ATTRIBUTES = {"Eyeglasses": "eye_g", "Wearing_Earrings": "ear_r", "Wearing_Hat": "hat", "Wearing_Necklace": "neck_l"}
_README = """Procedural portraits in the layout of CelebAMask-HQ. No photograph was used.
The attribute file holds the four attributes that follow from the masks; poses are not annotated and stand as 0.
"""


def original_number(split: str, index: int) -> int:
    """The CelebA file number of image `index` of a split: distinct, inside the split's range, its boundaries first."""
    if split == "train":
        return LAST_TRAIN - 6 * index
    if split == "val":
        return LAST_VAL - 6 * (index // 2) if index % 2 else LAST_TRAIN + 1 + 6 * (index // 2)
    return _CELEBA_LAST - 6 * (index - 1) if index else LAST_VAL + 1


def write_celebamask_hq(root: Path, renderer: Renderer, counts: dict[str, int], size: tuple[int, int]) -> None:
    """CelebA-HQ-img/<i>.jpg of twice `size`, CelebAMask-HQ-mask-anno/<i//2000>/<i:05d>_<part>.png of `size`, and the
    text files.

    Ids lie on both sides of 2000. Parts without a pixel have no file, except that the first image has one all-zero
    mask. Raises InputError for more images than CelebAMask-HQ has in a split.
    """
    for split, count in counts.items():
        if count > (most := CelebAMaskHQ.official[split]):
            raise InputError(f"counts.{split}: CelebAMask-HQ has {most} images there. Ask for at most as many.")
    order = interleave(counts)
    first = max(0, FOLDER_SIZE - len(order) // 2)
    (root / "CelebA-HQ-img").mkdir(parents=True)
    mapping, attributes, poses = [], [], []
    for position, (split, index) in enumerate(order):
        number = first + position
        scene, image = renderer.render(SPLITS.index(split), index, size, full=True)
        # The camera's own compression is in the pixels already: the file adds as little as JPEG can.
        Image.fromarray(image).save(root / "CelebA-HQ-img" / f"{number}.jpg", quality=97, subsampling=0)
        masks = part_masks(FILE_IDS["celebamask-hq"][scene.labels()], renderer.world.extras(SPLITS.index(split), index))
        _write_masks(root, number, masks, empty=position == 0)
        original = original_number(split, index)
        mapping.append(f"{number:<12}{original - 1:<12}{original:06d}.jpg")
        flags = ("1" if masks[part].any() else "-1" for part in _ATTRIBUTES.values())
        attributes.append(f"{number}.jpg  {' '.join(flags)}")
        poses.append(f"{number}.jpg 0.00 0.00 0.00")
    _write_lines(root / "CelebA-HQ-to-CelebA-mapping.txt", ["idx         orig_idx    orig_file", *mapping])
    _write_lines(root / "CelebAMask-HQ-attribute-anno.txt", [str(len(order)), " ".join(_ATTRIBUTES), *attributes])
    _write_lines(root / "CelebAMask-HQ-pose-anno.txt", [str(len(order)), "Yaw Pitch Raw", *poses])
    (root / "README.txt").write_text(_README, encoding="utf-8")


def part_masks(label: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """(H, W) ids 0..18 -> (H, W) bool per part, overlapping as annotators draw them.

    Skin runs on under the features and under the hair, hair under the hat. Merged in id order that gives `label` back,
    except that every second necklace is covered by the neck, as the official order does to it.
    """
    masks = {part: label == number for number, part in enumerate(PARTS) if number}
    skin = masks["skin"]
    for part in ("nose", "l_eye", "r_eye", "l_brow", "r_brow", "mouth", "u_lip", "l_lip", "eye_g"):
        skin = skin | masks[part]
    if skin.any():
        inside = np.zeros_like(skin)
        inside[find_objects(skin.astype(np.uint8))[0]] = True  # the box around the skin
        masks["skin"] = skin | inside & (masks["hair"] | masks["hat"])
        if masks["hair"].any():
            masks["hair"] = masks["hair"] | inside & masks["hat"]
    if rng.random() < 0.5:
        masks["neck"] = masks["neck"] | masks["neck_l"]
    return masks


def _write_masks(root: Path, number: int, masks: dict[str, np.ndarray], *, empty: bool) -> None:
    folder = root / "CelebAMask-HQ-mask-anno" / str(number // FOLDER_SIZE)
    folder.mkdir(parents=True, exist_ok=True)
    blank = next((part for part, mask in masks.items() if not mask.any()), None) if empty else None
    for part, mask in masks.items():
        if mask.any() or part == blank:
            save_png(folder / f"{number:05d}_{part}.png", mask.astype(np.uint8) * 255)


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
