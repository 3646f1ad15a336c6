"""Tiny data sets in the official layouts: 16x24 pixels unless a test needs something else."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from tiny_images import SIZE, picture, save, save_16, stripes


@pytest.fixture
def gta5(tmp_path):
    """12 frames, among them known defects: 20801 has a smaller label, 17705 is black; 11 lacks its label file."""
    root = tmp_path / "gta5"
    numbers = [1, 2, 3, 4, 5, 22, 23, 11, 12, 20801, 15188, 17705]
    for number in numbers:
        size = (8, 12) if number in (15188, 17705) else SIZE
        image = np.zeros((*size, 3), np.uint8) if number == 17705 else picture(number, size)
        save(root / f"images/{number:05d}.png", image)
        if number != 11:
            label_size = (12, 20) if number == 20801 else size
            save(root / f"labels/{number:05d}.png", stripes(list(range(35)), label_size), "P")
    save(root / "labels/00001_labelTrainIds.png", np.zeros(SIZE, np.uint8))
    splits = {"trainIds": [1, 2, 3, 4, 5, 15188], "valIds": [22, 23, 20801], "testIds": [11, 12, 17705]}
    savemat(root / "split.mat", {key: np.array(ids, np.uint16)[:, None] for key, ids in splits.items()})
    return root


@pytest.fixture
def cityscapes(tmp_path):
    """Two cities in train, one frame in val, a test frame with void ids only."""
    root = tmp_path / "cityscapes"
    frames = {
        "train": ["aachen_000000_000019", "ulm_000003_000019"],
        "val": ["frankfurt_000001_005184"],
        "test": ["bonn_000000_000019"],
    }
    for split, names in frames.items():
        for seed, name in enumerate(names):
            city = name.split("_")[0]
            ids = [1, 2, 3] if split == "test" else list(range(34))
            save(root / f"leftImg8bit/{split}/{city}/{name}_leftImg8bit.png", picture(seed))
            stem = root / f"gtFine/{split}/{city}/{name}_gtFine"
            save(Path(f"{stem}_labelIds.png"), stripes(ids, (16, 40))[:, : SIZE[1]])
            save(Path(f"{stem}_labelTrainIds.png"), np.zeros(SIZE, np.uint8))
            save(Path(f"{stem}_color.png"), np.zeros((*SIZE, 4), np.uint8))
            save(Path(f"{stem}_instanceIds.png"), stripes(ids).astype(np.uint16) * 1000)
    return root


@pytest.fixture
def facesynthetics(tmp_path):
    """12 faces with every id and 255."""
    root = tmp_path / "facesynthetics"
    for number in range(12):
        save(root / f"{number:06d}.png", picture(number, (24, 24)))
        save(root / f"{number:06d}_seg.png", stripes([*range(19), 255], (24, 24)))
        (root / f"{number:06d}_ldmks.txt").write_text("0.0 0.0\n" * 70)
    return root


# The CelebA numbers lie on both sides of each boundary of the partition.
CELEBA_NUMBERS = {0: 162770, 1: 162771, 2: 182637, 3: 182638, 2000: 5, 2001: 200000}


@pytest.fixture
def celebamask_hq(tmp_path):
    """Six faces, masks in two folders. Each: skin everywhere, hair on the upper half, necklace and neck overlapping."""
    root = tmp_path / "CelebAMask-HQ"
    for number in CELEBA_NUMBERS:
        (root / "CelebA-HQ-img").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(number, (32, 32))).save(root / f"CelebA-HQ-img/{number}.jpg")
        masks = {name: np.zeros((16, 16), np.uint8) for name in ("skin", "hair", "neck_l", "neck", "l_ear")}
        masks["skin"][:] = 255
        masks["skin"][:, 0] = 0
        masks["hair"][:8, 1:] = 255
        masks["neck_l"][12:14, 4:8] = 255
        masks["neck"][12:14, 6:8] = 255
        for name, mask in masks.items():
            # The official files mix single-channel and three-channel masks.
            pixels = np.repeat(mask[..., None], 3, axis=2) if name == "hair" else mask
            save(root / f"CelebAMask-HQ-mask-anno/{number // 2000}/{number:05d}_{name}.png", pixels)
    lines = ["idx      orig_idx  orig_file"]
    lines += [f"{i:<8d} {number - 1:<9d} {number:06d}.jpg" for i, number in CELEBA_NUMBERS.items()]
    (root / "CelebA-HQ-to-CelebA-mapping.txt").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture
def camvid(tmp_path):
    """Two frames in train, one in val and test."""
    root = tmp_path / "camvid"
    frames = {"train": ["0001TP_006690", "Seq05VD_f00030"], "val": ["0016E5_07959"], "test": ["0001TP_008550"]}
    for split, names in frames.items():
        for seed, name in enumerate(names):
            save(root / f"{split}/{name}.png", picture(seed))
            save(root / f"{split}annot/{name}.png", stripes(list(range(12))))
    return root


@pytest.fixture
def synthia(tmp_path):
    """12 frames with every id in the red channel and an instance number in the green one."""
    root = tmp_path / "RAND_CITYSCAPES"
    for number in range(12):
        save(root / f"RGB/{number:07d}.png", picture(number))
        label = np.zeros((*SIZE, 3), np.uint16)
        label[..., 0], label[..., 1] = stripes(list(range(23))), 700
        save_16(root / f"GT/LABELS/{number:07d}.png", label)
        save(root / f"GT/LABELS/{number:07d}_labelTrainIds.png", stripes([0]))
    return root


@pytest.fixture
def folder(tmp_path):
    """Somebody's own data set: two images in train, one in val, nested, PNG and JPEG; ids 0 and 255 are ignored."""
    root = tmp_path / "town"
    for seed, name in enumerate(("train/north/a", "train/south.01", "val/b")):
        save(root / f"images/{name}{'.jpg' if name == 'val/b' else '.png'}", picture(seed))
        save(root / f"labels/{name}.png", stripes([0, 3, 7, 20, 255]), "P")
    (root / "classes.yaml").write_text(CLASSES)
    return root


CLASSES = """\
name: town
classes:
  - {name: lane, id: 7, colour: [128, 64, 128]}
  - {name: car, id: 3}
  - {name: kiosk, id: 20}
ignore: [0]
"""


@pytest.fixture
def roots(gta5, cityscapes, facesynthetics, celebamask_hq, camvid, synthia, folder):
    """Name of the reader -> its root."""
    return {
        "gta5": gta5,
        "cityscapes": cityscapes,
        "facesynthetics": facesynthetics,
        "celebamask-hq": celebamask_hq,
        "camvid": camvid,
        "synthia": synthia,
        "folder": folder,
    }
