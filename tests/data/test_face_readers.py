"""FaceSynthetics and CelebAMask-HQ: label map, merge order, partitions."""

import numpy as np
import pytest
from PIL import Image
from tiny_images import save, stripes

from dakpn.data import READERS
from dakpn.data.celebamask_hq import PARTS
from dakpn.data.facesynthetics import CLASSES
from dakpn.errors import InputError

SKIN, HAIR, NECKLACE, NECK = (PARTS.index(name) for name in ("skin", "hair", "neck_l", "neck"))


def test_facesynthetics_map_is_the_table_of_the_released_code(facesynthetics):
    label = READERS["facesynthetics"](facesynthetics, "all").label(0)[0, :20].tolist()
    assert label == [255, 1, 2, 5, 4, 7, 6, 9, 8, 10, 11, 12, 17, 13, 13, 18, 3, 14, 255, 255]


def test_facesynthetics_never_produces_earring_or_necklace(facesynthetics):
    reader = READERS["facesynthetics"](facesynthetics, "all")
    assert set(range(1, 19)) - reader.producible() == {PARTS.index("ear_r"), NECKLACE}


def test_facesynthetics_left_stays_left():
    for entry in CLASSES:
        side, _, what = entry["name"].partition("_")
        if side in ("left", "right"):
            assert entry["celebamask-hq"] == f"{side[0]}_{what}"


def test_facesynthetics_identity_map_ignores_background_only(facesynthetics):
    label = READERS["facesynthetics"](facesynthetics, "all", label_map="identity").label(0)[0, :20].tolist()
    assert label == [255, *range(1, 19), 255]
    with pytest.raises(InputError, match="label_map"):
        READERS["facesynthetics"](facesynthetics, "all", label_map="other")


def test_facesynthetics_last_tenth_is_val(facesynthetics):
    everything = READERS["facesynthetics"](facesynthetics, "all").ids
    assert everything == [f"{i:06d}" for i in range(12)]
    assert READERS["facesynthetics"](facesynthetics, "train").ids == everything[:10]
    assert READERS["facesynthetics"](facesynthetics, "val").ids == everything[10:]


def test_celebamask_later_parts_cover_earlier_ones(celebamask_hq):
    label = READERS["celebamask-hq"](celebamask_hq, "train").label(0)
    assert (label[:8, 1:] == HAIR).all()  # over skin
    assert (label[12:14, 4:6] == NECKLACE).all()
    assert (label[12:14, 6:8] == NECK).all()  # over necklace
    assert (label[9, 1:] == SKIN).all()
    assert (label[:, 0] == 255).all()  # background


def test_celebamask_every_part_has_its_id(celebamask_hq):
    for part in range(1, 19):
        mask = np.zeros((16, 16), np.uint8)
        mask[15, part - 1 : part] = 255
        if part < 17:
            save(celebamask_hq / f"CelebAMask-HQ-mask-anno/0/00000_{PARTS[part]}.png", mask)
    label = READERS["celebamask-hq"](celebamask_hq, "train").label(0)
    assert label[15, :16].tolist() == list(range(1, 17))


def test_celebamask_empty_and_missing_parts_are_alike(celebamask_hq):
    reader = READERS["celebamask-hq"](celebamask_hq, "train")
    with_empty = reader.label(0)
    (celebamask_hq / "CelebAMask-HQ-mask-anno/0/00000_l_ear.png").unlink()  # all zero in the fixture
    assert (READERS["celebamask-hq"](celebamask_hq, "train").label(0) == with_empty).all()


def test_celebamask_official_partition_is_celebas(celebamask_hq):
    assert READERS["celebamask-hq"](celebamask_hq, "train").ids == ["00000", "02000"]
    assert READERS["celebamask-hq"](celebamask_hq, "val").ids == ["00001", "00002"]
    assert READERS["celebamask-hq"](celebamask_hq, "test").ids == ["00003", "02001"]


def test_celebamask_released_partition_is_that_of_the_next_row(celebamask_hq):
    released = {
        split: READERS["celebamask-hq"](celebamask_hq, split, partition="released").ids
        for split in ("train", "val", "test")
    }
    assert released == {"train": ["00003"], "val": ["00000", "00001"], "test": ["00002", "02000"]}


def test_celebamask_mapping_without_its_header_reads_the_same(celebamask_hq):
    path = celebamask_hq / "CelebA-HQ-to-CelebA-mapping.txt"
    with_header = READERS["celebamask-hq"](celebamask_hq, "train").ids
    path.write_text(path.read_text().split("\n", 1)[1])
    assert READERS["celebamask-hq"](celebamask_hq, "train").ids == with_header


def test_celebamask_bad_mapping_line_is_named(celebamask_hq):
    path = celebamask_hq / "CelebA-HQ-to-CelebA-mapping.txt"
    path.write_text(path.read_text() + "7 quota exceeded\n")
    with pytest.raises(InputError, match="mapping.txt: line 8"):
        READERS["celebamask-hq"](celebamask_hq, "train")


def test_celebamask_takes_either_spelling_and_the_parent_folder(celebamask_hq):
    ids = READERS["celebamask-hq"](celebamask_hq, "train").ids
    assert READERS["celebamask-hq"](celebamask_hq.parent, "train").ids == ids
    (celebamask_hq / "CelebAMask-HQ-mask-anno").rename(celebamask_hq / "CelebAMaskHQ-mask-anno")
    assert READERS["celebamask-hq"](celebamask_hq, "train").ids == ids


def test_celebamask_image_is_reduced_to_the_masks(celebamask_hq):
    reader = READERS["celebamask-hq"](celebamask_hq, "train")
    assert Image.open(reader.image_path(0)).size == (32, 32)
    assert reader.image(0).shape == (16, 16, 3)


def test_celebamask_masks_of_different_size_are_refused(celebamask_hq):
    save(celebamask_hq / "CelebAMask-HQ-mask-anno/0/00000_neck.png", stripes([0], (8, 8)))
    with pytest.raises(InputError, match="00000_neck.png"):
        READERS["celebamask-hq"](celebamask_hq, "train").label(0)
