"""Views: round trip, determinism, refusal of what is incomplete."""

import csv
import hashlib
import json

import numpy as np
import pytest
from tiny_images import picture

from dakpn.data import READERS
from dakpn.data.images import resize_image, resize_label
from dakpn.data.passes import evenly_spread
from dakpn.data.views import View, write_image_view, write_view
from dakpn.errors import InputError
from dakpn.labels import LABEL_SPACES

SIZES = {"image_size": (8, 12), "low_size": (4, 6)}


@pytest.fixture
def reader(gta5):
    return READERS["gta5"](gta5, "train")


@pytest.fixture
def view(reader, tmp_path):
    write_view(reader, tmp_path / "view", **SIZES)
    return View.open(tmp_path / "view")


def test_a_view_holds_what_the_reader_gives(reader, view):
    assert view.ids == reader.ids and len(view) == len(reader)
    assert (view.image_size, view.low_size) == ((8, 12), (4, 6))
    assert view.label_space == "cityscapes"
    assert view.classes == LABEL_SPACES["cityscapes"].classes
    for i in range(len(reader)):
        assert (view.images[i] == resize_image(reader.image(i), (8, 12))).all()
        assert (view.low[i] == resize_image(reader.image(i), (4, 6))).all()
        assert (view.labels[i] == resize_label(reader.label(i), (8, 12))).all()
        assert (view.low_labels[i] == resize_label(reader.label(i), (4, 6))).all()


@pytest.mark.parametrize("name", READERS)
def test_every_data_set_becomes_a_view(name, roots, tmp_path):
    write_view(READERS[name](roots[name], "val"), tmp_path / "view", **SIZES)
    view = View.open(tmp_path / "view")
    assert view.images.shape == (len(view), 8, 12, 3) and view.low_labels.shape == (len(view), 4, 6)
    assert json.loads((tmp_path / "view/view.json").read_text())["count"] == len(view)


def test_the_index_points_to_the_files_and_their_hash(gta5, view):
    with open(view.directory / "index.csv", newline="") as stream:
        row = next(csv.DictReader(stream))
    assert row["image"] == "images/00001.png"
    assert row["image_sha256"] == hashlib.sha256((gta5 / row["image"]).read_bytes()).hexdigest()


def test_two_views_of_the_same_data_are_equal_byte_for_byte(reader, view, tmp_path):
    write_view(reader, tmp_path / "again", **SIZES)
    for path in view.directory.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_reduced_image_is_antialiased():
    board = np.repeat(np.indices((64, 64)).sum(0)[..., None] % 2 * 255, 3, axis=2).astype(np.uint8)
    assert abs(resize_image(board, (8, 8)).astype(int) - 127).max() <= 2


def test_a_resized_label_holds_no_new_ids():
    label = np.random.default_rng(0).choice(np.array([0, 7, 255], np.uint8), (32, 48))
    assert set(np.unique(resize_label(label, (9, 13)))) <= {0, 7, 255}


def test_a_limit_takes_items_from_the_whole_split(reader, tmp_path):
    write_view(reader, tmp_path / "few", **SIZES, limit=2)
    assert View.open(tmp_path / "few").ids == ["00001", "00003"]
    assert evenly_spread(3, 10) == evenly_spread(3, None) == [0, 1, 2]
    with pytest.raises(ValueError, match="limit"):
        evenly_spread(3, 0)


def test_a_bad_item_leaves_no_view_behind(reader, tmp_path):
    reader.image_path(3).write_bytes(b"")
    with pytest.raises(InputError, match="00004.png"):
        write_view(reader, tmp_path / "views/view", **SIZES)
    assert list((tmp_path / "views").iterdir()) == []


def test_missing_files_are_announced(gta5, tmp_path, capsys):
    write_view(READERS["gta5"](gta5, "test"), tmp_path / "view", **SIZES)
    assert "1 ids lack" in capsys.readouterr().err
    assert View.open(tmp_path / "view").facts["missing"] == 1


def test_the_arrays_cannot_be_written_to(view):
    with pytest.raises(ValueError, match="read-only"):
        view.images[0] = 0


@pytest.mark.parametrize("name", ["images.npy", "low.npy", "labels.npy", "low_labels.npy", "index.csv", "view.json"])
@pytest.mark.parametrize("damage", ["absent", "cut", "foreign"])
def test_an_incomplete_view_is_refused_naming_the_file(view, name, damage):
    path = view.directory / name
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    if damage == "foreign" and path.suffix == ".npy":
        np.save(path, np.zeros((5, 8, 12), np.float32))
    elif damage == "foreign":
        path.write_text("{}")
    with pytest.raises(InputError, match=name):
        View.open(view.directory)


def test_an_image_view_replaces_the_images_and_keeps_the_labels(view, tmp_path):
    images = [picture(100 + i, (8, 12)) for i in range(len(view))]
    write_image_view(tmp_path / "translated", view.ids, iter(images), like=view)
    translated = View.open(tmp_path / "translated")
    assert (translated.images == np.stack(images)).all()
    assert (translated.low[1] == resize_image(images[1], (4, 6))).all()
    assert (translated.labels == view.labels).all() and (translated.low_labels == view.low_labels).all()
    assert translated.ids == view.ids and translated.classes == view.classes


def test_an_image_view_survives_the_view_it_was_made_from(view, tmp_path):
    labels = np.array(view.labels)
    write_image_view(tmp_path / "translated", view.ids, view.images, like=view)
    for path in view.directory.iterdir():
        path.unlink()
    assert (View.open(tmp_path / "translated").labels == labels).all()


def test_an_image_view_needs_one_fitting_image_per_id(view, tmp_path):
    target = tmp_path / "translated"
    with pytest.raises(ValueError, match="ids"):
        write_image_view(target, view.ids[:-1], view.images[:-1], like=view)
    with pytest.raises(ValueError, match="shorter"):
        write_image_view(target, view.ids, view.images[:-1], like=view)
    with pytest.raises(ValueError, match="uint8"):
        write_image_view(target, view.ids, view.images / 255, like=view)
    with pytest.raises(ValueError, match="uint8"):
        write_image_view(target, view.ids, view.low, like=view)
    assert not target.exists()
