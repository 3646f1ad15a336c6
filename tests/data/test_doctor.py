"""The doctor names what is wrong and goes on."""

import numpy as np
import pytest
from scipy.io import savemat
from tiny_images import SIZE, save

from dakpn.data import READERS
from dakpn.data.doctor import diagnose, survey


def examine(reader):
    return diagnose(reader, survey(reader, full=True))


def rows_of(reader, check):
    return [row for row in examine(reader) if row["check"] == check]


@pytest.mark.parametrize("name", READERS)
def test_a_sound_data_set_has_no_errors(name, roots):
    rows = examine(READERS[name](roots[name], "train"))
    assert all(set(row) == {"check", "status", "detail", "cure"} for row in rows)
    assert {row["status"] for row in rows} <= {"ok", "warning"}
    assert all(row["cure"] for row in rows if row["status"] != "ok")


def test_it_goes_on_after_a_bad_item_and_names_it(camvid):
    reader = READERS["camvid"](camvid, "train")
    reader.image_path(0).write_bytes(b"broken")
    good, bad = rows_of(reader, "items")
    assert good["detail"].startswith("1 images")
    assert bad["status"] == "error" and reader.image_path(0).name in bad["detail"] and "Copy" in bad["cure"]
    assert rows_of(reader, "sizes")[0]["detail"].endswith("24x16: 1")


def test_it_survives_a_data_set_without_a_good_item(cityscapes):
    reader = READERS["cityscapes"](cityscapes, "val")
    reader.label_paths(0)[0].write_bytes(b"")
    assert [row["status"] for row in rows_of(reader, "items")] == ["error"]


def test_it_reports_missing_pairs_and_left_out_frames(gta5):
    (missing,) = rows_of(READERS["gta5"](gta5, "test"), "missing")
    assert missing["status"] == "warning" and "00011" in missing["detail"]
    (dropped,) = rows_of(READERS["gta5"](gta5, "val"), "known defects")
    assert "20801" in dropped["detail"]


def test_it_lists_what_users_have_found_wrong(gta5):
    reader = READERS["gta5"](gta5, "train")
    assert rows_of(reader, "known oddities") == []
    for folder in ("images", "labels"):
        (gta5 / folder / "00023.png").rename(gta5 / folder / "15617.png")
    savemat(gta5 / "split.mat", {"valIds": np.array([[22], [15617]], np.uint16)})
    (odd,) = rows_of(READERS["gta5"](gta5, "val"), "known oddities")
    assert odd["status"] == "ok" and "15617 one class" in odd["detail"]


def test_known_oddities_of_faces_are_ids_of_the_release():
    odd = READERS["celebamask-hq"].oddities
    assert len(odd) == 29 and {"00234", "00235", "24647", "02110"} <= set(odd)
    assert all(len(name) == 5 and int(name) < 30000 for name in odd)


def test_it_takes_the_census_of_labels(camvid):
    reader = READERS["camvid"](camvid, "val")
    road_or_void = np.tile(np.where(np.arange(SIZE[1]) < 6, 3, 11).astype(np.uint8), (SIZE[0], 1))
    save(reader.label_paths(0)[0], road_or_void)
    (census,) = rows_of(reader, "label census")
    assert "road 25 %" in census["detail"] and "ignored 75 %" in census["detail"]
    (classes,) = rows_of(reader, "classes")
    assert classes["status"] == "warning" and "sky" in classes["detail"] and "wall" not in classes["detail"]


def test_it_says_when_nothing_can_be_scored(camvid):
    reader = READERS["camvid"](camvid, "val")
    save(reader.label_paths(0)[0], np.full(SIZE, 11, np.uint8))
    (classes,) = rows_of(reader, "classes")
    assert classes["status"] == "warning" and "every pixel is ignored" in classes["detail"]


def test_it_finds_blank_and_duplicate_images(camvid):
    reader = READERS["camvid"](camvid, "train")
    for i in range(2):
        save(reader.image_path(i), np.zeros((*SIZE, 3), np.uint8))
    assert all(name in rows_of(reader, "blank images")[0]["detail"] for name in reader.ids)
    assert " = ".join(reader.ids) in rows_of(reader, "duplicates")[0]["detail"]
