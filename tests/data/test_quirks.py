"""Readers, doctor and views over procedural data with every quirk that the real sets are known for."""

import numpy as np
import pytest
from PIL import Image
from quirks import FACEWEAR_FRAME, IGNORED_FRAME, generate_quirky

from dakpn.data import READERS
from dakpn.data.images import resize_image, resize_label
from dakpn.data.passport import issue_passport
from dakpn.data.views import View, write_view
from dakpn.errors import InputError

SIZE = (32, 48)
COUNTS = {
    "gta5": {"train": 6, "val": 2, "test": 2},
    "cityscapes": {"train": 4, "val": 3, "test": 2},
    "facesynthetics": {"all": 12},
    "celebamask-hq": {"train": 3, "val": 3, "test": 2},
}
PARTS = [(name, split) for name, counts in COUNTS.items() for split in READERS[name].splits]


@pytest.fixture(scope="module")
def quirky(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quirky")
    for name, counts in COUNTS.items():
        generate_quirky(name, folder / name, counts=counts, size=SIZE, seed=5)
    return folder


def pixels(path):
    with Image.open(path) as image:
        return np.array(image)


@pytest.mark.parametrize(("name", "split"), PARTS)
def test_every_split_is_read(quirky, name, split):
    reader = READERS[name](quirky / name, split)
    assert len(reader) > 0 and reader.ids == sorted(set(reader.ids))
    for i in range(len(reader)):
        image, label = reader.image(i), reader.label(i)
        assert image.dtype == label.dtype == np.uint8 and image.shape == (*label.shape, 3)
        assert set(np.unique(label).tolist()) <= reader.producible() | {255}


@pytest.mark.parametrize(("name", "split"), PARTS)
@pytest.mark.parametrize("full", [True, False])
def test_the_doctor_finds_no_error_and_looks_at_everything(quirky, name, split, full):
    reader = READERS[name](quirky / name, split)
    passport, files = issue_passport(reader, full=full, release=False)
    errors = [row for row in passport["checks"] if row["status"] == "error"]
    assert errors == [] and sum(passport["sizes"].values()) == len(reader)
    assert len(files) >= 2 * len(reader)


@pytest.mark.parametrize(("name", "split"), PARTS)
def test_a_view_holds_what_the_reader_gives(quirky, name, split, tmp_path):
    reader = READERS[name](quirky / name, split)
    write_view(reader, tmp_path / "view", image_size=(16, 24), low_size=(8, 12))
    view = View.open(tmp_path / "view")
    assert view.ids == reader.ids
    for i in range(len(view)):
        assert (view.images[i] == resize_image(reader.image(i), (16, 24))).all()
        assert (view.labels[i] == resize_label(reader.label(i), (16, 24))).all()


def test_gta5_holds_its_quirks_and_the_reader_sees_through_them(quirky):
    root = quirky / "gta5"
    everything = READERS["gta5"](root, "all")
    with Image.open(root / "labels/00001.png") as label:
        assert label.mode == "P" and label.getpalette()[12:15] == [20, 20, 20]
    stored = everything.stored(0)
    assert (stored[:2] == 4).all() and (stored[2:4] == 34).all()
    assert (everything.label(0)[:4] == 255).all()
    heights = {everything.image(i).shape[0] for i in range(len(everything))}
    assert len(heights) == 2 and not any(height % 8 == 0 for height in heights)
    assert everything.dropped == ["15188", "17705", "20806"]
    (torn,) = everything.missing
    assert (root / f"images/{torn}.png").exists() and not (root / f"labels/{torn}.png").exists()
    assert (root / "labels/00001_labelTrainIds.png").exists()
    kept = READERS["gta5"](root, "all", known_defects="keep")
    sizes = {name: kept.image(kept.ids.index(name)).shape[:2] for name in everything.dropped}
    assert sizes["15188"] == sizes["17705"] < sizes["20806"]
    mismatched = kept.ids.index("20806")
    assert pixels(kept.label_paths(mismatched)[0]).shape != kept.label(mismatched).shape == sizes["20806"]


def test_cityscapes_holds_its_quirks_and_the_reader_sees_through_them(quirky):
    root = quirky / "cityscapes"
    assert any(not name.endswith("_000019") for name in READERS["cityscapes"](root, "val").ids)
    assert list(root.rglob("*_labelTrainIds.png"))
    reader = READERS["cityscapes"](root, "train")
    assert all((reader.label(i) != 255).any() for i in range(len(reader)))
    withheld = [pixels(path) for path in root.glob("gtFine/test/*/*_labelIds.png")]
    assert withheld and all(set(np.unique(label)) <= {0, 1, 2, 3} for label in withheld)
    with pytest.raises(InputError, match="withheld"):
        READERS["cityscapes"](root, "test")


def test_facesynthetics_holds_its_quirks_and_the_reader_sees_through_them(quirky):
    reader = READERS["facesynthetics"](quirky / "facesynthetics", "all")
    stored = [reader.stored(i) for i in range(len(reader))]
    assert not any((label == 18).any() for label in stored)
    covered = stored[FACEWEAR_FRAME]
    skin = np.flatnonzero((covered == 1).any(1))
    assert len(skin) and not (covered[skin.max() + 1 :] == 1).any()
    assert (covered[skin.max() + 1 :] == 0).any()
    assert (stored[IGNORED_FRAME][:, :2] == 255).all() and (reader.label(IGNORED_FRAME)[:, :2] == 255).all()
    for name in ("mapped", "identity"):
        label = READERS["facesynthetics"](quirky / "facesynthetics", "all", label_map=name).label(FACEWEAR_FRAME)
        assert (label[covered == 0] == 255).all()


def test_celebamask_hq_holds_its_quirks_and_the_reader_sees_through_them(quirky):
    root = quirky / "celebamask-hq"
    folder = root / "CelebAMaskHQ-mask-anno"
    assert {path.name for path in folder.iterdir()} == {"0", "1"}
    masks = {path: pixels(path) for path in sorted(folder.rglob("*.png"))}
    assert {mask.ndim for mask in masks.values()} == {2, 3}
    assert sum(not mask.any() for mask in masks.values()) == 1
    parts = {name: {path.stem[6:] for path in masks if path.stem.startswith(name)} for name in
             {path.name[:5] for path in masks}}  # fmt: skip
    assert len(parts) == 8 and all(len(found) < 18 for found in parts.values())
    assert parts[max(parts)] <= {"skin", "hair"}
    overlap = 0
    for name in parts:
        layers = [mask if mask.ndim == 2 else mask[..., 0] for path, mask in masks.items() if path.name[:5] == name]
        overlap += (np.sum([layer != 0 for layer in layers], axis=0) > 1).sum()
    assert overlap > 0
    assert (root / "CelebA-HQ-to-CelebA-mapping.txt").read_text().split()[0].isdigit()
    reader = READERS["celebamask-hq"](root, "train")
    with Image.open(reader.image_path(0)) as image:
        assert image.size == (2 * SIZE[1], 2 * SIZE[0]) and reader.label(0).shape == SIZE


def test_the_released_partition_of_a_quirky_set_loses_the_last_image(quirky):
    root = quirky / "celebamask-hq"
    counts = {}
    for partition in ("official", "released"):
        readers = [READERS["celebamask-hq"](root, split, partition=partition) for split in ("train", "val", "test")]
        counts[partition] = sorted(name for reader in readers for name in reader.ids)
    assert counts["released"] == counts["official"][:-1]


def test_quirks_are_the_same_every_time(quirky, tmp_path):
    for name, counts in COUNTS.items():
        generate_quirky(name, tmp_path / name, counts=counts, size=SIZE, seed=5)
        for path in sorted((quirky / name).rglob("*.png")):
            assert path.read_bytes() == (tmp_path / path.relative_to(quirky)).read_bytes()
