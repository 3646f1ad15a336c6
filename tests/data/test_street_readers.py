"""GTA5, Cityscapes and CamVid: splits, label tables and the known traps."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from tiny_images import SIZE, picture, save, save_16, stripes

from dakpn.data import READERS
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError

ROAD, CAR = 0, 13


def test_gta5_labels_are_decoded_by_index_not_by_colour(gta5):
    reader = READERS["gta5"](gta5, "train")
    # The palette of the fixture is black all over, so colours carry no class at all.
    assert not np.array(Image.open(reader.label_paths(0)[0]).convert("RGB")).any()
    label = reader.label(0)[0]
    assert label[7] == ROAD and label[8] == 1 and label[23] == 10
    assert (label[:7] == 255).all()


def test_gta5_ids_map_like_the_official_table(gta5):
    path = gta5 / "labels/00001.png"
    save(path, stripes(list(range(35)), (16, 35)), "P")
    save(gta5 / "images/00001.png", picture(1, (16, 35)))
    official = pytest.importorskip("cityscapesscripts.helpers.labels").id2label
    expected = [255 if i == 34 or official[i].trainId == -1 else official[i].trainId for i in range(35)]
    assert READERS["gta5"](gta5, "train").label(0)[0].tolist() == expected


def test_gta5_license_plate_is_ignored_though_it_has_the_colour_of_a_car(gta5):
    save(gta5 / "labels/00001.png", np.full(SIZE, 34, np.uint8), "P")
    save(gta5 / "labels/00002.png", np.full(SIZE, 26, np.uint8), "P")
    reader = READERS["gta5"](gta5, "train")
    assert (reader.label(0) == 255).all()
    assert (reader.label(1) == CAR).all()


def test_gta5_splits_come_from_split_mat(gta5):
    assert READERS["gta5"](gta5, "train").ids == ["00001", "00002", "00003", "00004", "00005"]
    assert READERS["gta5"](gta5, "val").ids == ["00022", "00023"]
    assert READERS["gta5"](gta5, "test").ids == ["00012"]
    assert len(READERS["gta5"](gta5, "all")) == 8


def test_gta5_incomplete_download_uses_what_is_there_and_says_so(gta5):
    assert READERS["gta5"](gta5, "test").missing == ["00011"]
    (gta5 / "images/00012.png").unlink()
    with pytest.raises(InputError, match="test.*2 ids lack"):
        READERS["gta5"](gta5, "test")


def test_gta5_known_defects_are_dropped_or_kept(gta5):
    dropped = READERS["gta5"](gta5, "val")
    assert dropped.dropped == ["20801"] and "20801" not in dropped.missing
    kept = READERS["gta5"](gta5, "val", known_defects="keep")
    assert kept.ids == ["00022", "00023", "20801"]
    assert kept.label(2).shape == kept.image(2).shape[:2] == SIZE
    assert "15188" in READERS["gta5"](gta5, "train", known_defects="keep").ids


def test_gta5_another_mismatch_is_an_error_even_when_defects_are_kept(gta5):
    save(gta5 / "labels/00023.png", stripes([7], (12, 20)), "P")
    with pytest.raises(InputError, match="00023"):
        READERS["gta5"](gta5, "val", known_defects="keep").label(1)


@pytest.mark.parametrize("damage", ["empty", "text", "header", "half"])
def test_gta5_unreadable_split_mat_is_named(gta5, damage):
    path = gta5 / "split.mat"
    content = path.read_bytes()
    damaged = {"empty": b"", "text": b"not a mat file " * 20, "header": content[:100], "half": content[:200]}
    path.write_bytes(damaged[damage])
    with pytest.raises(InputError, match="split.mat.*read_mapping.zip"):
        READERS["gta5"](gta5, "train")


def test_gta5_split_mat_missing_or_without_the_split(gta5):
    savemat(gta5 / "split.mat", {"trainIds": np.array([[1]], np.uint16)})
    with pytest.raises(InputError, match="valIds"):
        READERS["gta5"](gta5, "val")
    (gta5 / "split.mat").unlink()
    with pytest.raises(InputError, match="split.mat"):
        READERS["gta5"](gta5, "train")
    assert len(READERS["gta5"](gta5, "all")) == 8


def test_cityscapes_finds_all_cities_and_frames_that_are_not_the_nineteenth(cityscapes):
    assert READERS["cityscapes"](cityscapes, "train").ids == ["aachen_000000_000019", "ulm_000003_000019"]
    assert READERS["cityscapes"](cityscapes, "val").ids == ["frankfurt_000001_005184"]


def test_cityscapes_train_ids_are_made_from_label_ids(cityscapes):
    label = READERS["cityscapes"](cityscapes, "val").label(0)
    label_space = LABEL_SPACES["cityscapes"]
    for column, train_id in enumerate(label[0]):
        assert train_id == (label_space.ids.index(column) if column in label_space.ids else 255)


def test_cityscapes_test_split_is_refused_with_the_reason(cityscapes):
    with pytest.raises(InputError, match="test.*withheld.*Use val"):
        READERS["cityscapes"](cityscapes, "test")


def test_cityscapes_names_the_missing_half(cityscapes):
    with pytest.raises(InputError, match="gtFine.*gtFine_trainvaltest.zip"):
        (cityscapes / "gtFine").rename(cityscapes / "elsewhere")
        READERS["cityscapes"](cityscapes, "train")


def test_synthia_reads_the_red_channel_of_16_bit_labels(synthia):
    label = READERS["synthia"](synthia, "all").label(0)[0, :23].tolist()
    # Facts of the data set: stored id -> train id, everything else ignored.
    table = {
        3: 0,
        4: 1,
        2: 2,
        21: 3,
        5: 4,
        7: 5,
        15: 6,
        9: 7,
        6: 8,
        16: 9,
        1: 10,
        10: 11,
        17: 12,
        8: 13,
        18: 14,
        19: 15,
    }
    table |= {20: 16, 12: 17, 11: 18}
    assert label == [table.get(i, 255) for i in range(23)]


def test_synthia_takes_the_parent_folder_and_skips_converted_labels(synthia):
    assert READERS["synthia"](synthia.parent, "val").ids == ["0000010", "0000011"]


def test_synthia_label_of_8_bits_is_refused(synthia):
    save(synthia / "GT/LABELS/0000000.png", picture(0))
    with pytest.raises(InputError, match="0000000.png.*16-bit"):
        READERS["synthia"](synthia, "train").label(0)


def test_synthia_foreign_id_is_named(synthia):
    label = np.zeros((*SIZE, 3), np.uint16)
    label[0, 0, 0] = 23
    save_16(synthia / "GT/LABELS/0000000.png", label)
    with pytest.raises(InputError, match=r"0000000.png.*\[23\]"):
        READERS["synthia"](synthia, "train").label(0)


def test_camvid_maps_to_cityscapes_classes(camvid):
    label = READERS["camvid"](camvid, "train").label(0)[0, :12].tolist()
    assert label == [10, 2, 5, 0, 1, 8, 7, 4, 13, 11, 18, 255]


def test_camvid_produces_only_classes_that_are_scored():
    assert READERS["camvid"].producible(READERS["camvid"]) == set(LABEL_SPACES["camvid"].scored)
