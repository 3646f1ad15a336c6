"""Views: round trip, determinism, refusal of what is incomplete."""

import csv
import hashlib
import json
import multiprocessing
import os
import shutil
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tiny_images import picture, save, stripes

from dakpn.data import READERS, views
from dakpn.data.images import resize_image, resize_label
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.passes import evenly_spread, in_threads, progress_line
from dakpn.data.views import View, check_views, write_image_view, write_view
from dakpn.errors import InputError

SIZES = {"image_size": (8, 12), "low_size": (4, 6)}


def contents(directory):
    """Name -> bytes of every file of a view."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


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
    assert view.label_space == LABEL_SPACES["cityscapes"]
    assert (view.label_space.colours == LABEL_SPACES["cityscapes"].colours).all()
    assert view.classes == LABEL_SPACES["cityscapes"].classes
    for i in range(len(reader)):
        assert (view.images[i] == resize_image(reader.image(i), (8, 12))).all()
        assert (view.low[i] == resize_image(reader.image(i), (4, 6))).all()
        assert (view.labels[i] == resize_label(reader.label(i), (8, 12))).all()
        assert (view.low_labels[i] == resize_label(reader.label(i), (4, 6))).all()


@pytest.mark.parametrize("name", READERS)
def test_every_data_set_becomes_a_view(name, roots, tmp_path):
    write_view(reader := READERS[name](roots[name], "val"), tmp_path / "view", **SIZES)
    view = View.open(tmp_path / "view")
    assert view.label_space == reader.space
    assert view.images.shape == (len(view), 8, 12, 3) and view.low_labels.shape == (len(view), 4, 6)
    assert json.loads((tmp_path / "view/view.json").read_text())["count"] == len(view)


def test_the_index_points_to_the_files_and_their_hash(gta5, view):
    with open(view.directory / "index.csv", newline="") as stream:
        row = next(csv.DictReader(stream))
    assert row["image"] == "images/00001.png"
    assert row["image_sha256"] == hashlib.sha256((gta5 / row["image"]).read_bytes()).hexdigest()


def test_two_views_of_the_same_data_are_equal_byte_for_byte(reader, view, tmp_path):
    write_view(reader, tmp_path / "again", **SIZES)
    assert contents(tmp_path / "again") == contents(view.directory)


@pytest.mark.parametrize("shards, limit", [(2, None), (3, 4), (7, None)])
def test_shards_divide_the_reading_and_join_to_the_same_files(reader, tmp_path, shards, limit):
    """With seven shards some of them have no item."""
    write_view(reader, tmp_path / "whole", **SIZES, limit=limit)
    for shard in range(shards):
        write_view(reader, tmp_path / f"{shard}", **SIZES, limit=limit, shard=shard, shards=shards)
    shares = [View.open(tmp_path / f"{shard}") for shard in range(shards)]
    for item in range(len(reader)):
        reader.image_path(item).write_bytes(b"read by shards alone")
    write_view(reader, tmp_path / "joined", **SIZES, limit=limit, shares=shares)
    assert contents(tmp_path / "joined") == contents(tmp_path / "whole")


def test_shares_that_are_damaged_or_in_disorder_are_refused(reader, tmp_path):
    for shard in range(2):
        write_view(reader, tmp_path / f"{shard}", **SIZES, shard=shard, shards=2)
    shares = [View.open(tmp_path / f"{shard}") for shard in range(2)]
    with pytest.raises(InputError, match="not share 0"):
        write_view(reader, tmp_path / "view", **SIZES, shares=shares[::-1])
    content = bytearray((tmp_path / "1/low.npy").read_bytes())
    content[-1] ^= 1
    (tmp_path / "1/low.npy").write_bytes(content)
    with pytest.raises(InputError, match="1/low.npy"):
        write_view(reader, tmp_path / "view", **SIZES, shares=shares)
    assert not (tmp_path / "view").exists()


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


def test_a_bad_item_leaves_no_view_and_a_repaired_one_completes_it(reader, view, tmp_path):
    good = reader.image_path(3).read_bytes()
    reader.image_path(3).write_bytes(b"")
    with pytest.raises(InputError, match="00004.png"):
        write_view(reader, tmp_path / "views/view", **SIZES, workers=1)
    assert not (tmp_path / "views/view").exists()
    reader.image_path(3).write_bytes(good)
    write_view(reader, tmp_path / "views/view", **SIZES)
    assert contents(tmp_path / "views/view") == contents(view.directory)
    assert [path.name for path in (tmp_path / "views").iterdir()] == ["view"]


def test_a_preparation_that_did_nothing_leaves_nothing(reader, tmp_path):
    reader.image_path(0).write_bytes(b"")
    with pytest.raises(InputError, match="00001.png"):
        write_view(reader, tmp_path / "views/view", **SIZES, workers=1)
    assert list((tmp_path / "views").iterdir()) == []


def prepare_until_killed(root, target):
    """Prepare with a sync after every two images, and die in the fourth when the first two are synced."""
    views._BLOCK = 2
    reader = READERS["gta5"](root, "train")
    decode, journal = reader.image, target.with_name(".view.partial") / "done.csv"

    def image(item):
        while item == 3:
            time.sleep(0.01)
            if journal.exists() and journal.read_text().count("\n") == 2:
                os._exit(9)
        return decode(item)

    reader.image = image
    write_view(reader, target, **SIZES, workers=1)


@pytest.fixture
def killed(gta5, tmp_path):
    """Where a preparation of five images was killed."""
    target = tmp_path / "killed/view"
    process = multiprocessing.get_context("fork").Process(target=prepare_until_killed, args=(gta5, target))
    process.start()
    process.join(60)
    assert process.exitcode == 9 and not target.exists()
    return target


def counted(reader):
    """The items whose images are decoded from now on."""
    decoded, decode = [], reader.image
    reader.image = lambda item: decoded.append(item) or decode(item)
    return decoded


def test_a_killed_preparation_goes_on_to_the_same_view(killed, reader, view, capsys):
    decoded = counted(reader)
    write_view(reader, killed, **SIZES)
    assert sorted(decoded) == [2, 3, 4]
    assert contents(killed) == contents(view.directory)
    assert "goes on after 2 of 5 images" in capsys.readouterr().err
    assert [path.name for path in killed.parent.iterdir()] == ["view"]


def test_an_item_that_changed_after_the_kill_is_read_again(killed, reader):
    picture_of_another = picture(99)
    Image.fromarray(picture_of_another).save(reader.image_path(0))
    decoded = counted(reader)
    write_view(reader, killed, **SIZES)
    assert sorted(decoded) == [0, 2, 3, 4]
    assert (View.open(killed).images[0] == resize_image(picture_of_another, (8, 12))).all()


def test_a_line_cut_by_the_kill_does_not_count(killed, reader, view):
    journal = killed.with_name(".view.partial") / "done.csv"
    journal.write_text(journal.read_text()[:-2])
    decoded = counted(reader)
    write_view(reader, killed, **SIZES)
    assert sorted(decoded) == [1, 2, 3, 4]
    assert contents(killed) == contents(view.directory)


@pytest.mark.parametrize("change", ["sizes", "limit", "options", "array"])
def test_another_plan_or_a_damaged_array_starts_anew(killed, gta5, change):
    options = {"known_defects": "keep"} if change == "options" else {}
    sizes = {**SIZES, "image_size": (16, 24)} if change == "sizes" else SIZES
    if change == "array":
        (killed.with_name(".view.partial") / "low.npy").write_bytes(b"")
    reader = READERS["gta5"](gta5, "train", **options)
    decoded = counted(reader)
    write_view(reader, killed, **sizes, limit=4 if change == "limit" else None)
    assert len(decoded) == len(View.open(killed))


def test_too_little_disk_is_an_error_before_the_first_byte(reader, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(InputError, match=r"0\.0 MB are needed but 0\.0 MB are free.*Free disk space"):
        write_view(reader, tmp_path / "views/view", **SIZES)
    assert list((tmp_path / "views").iterdir()) == []


def test_needed_and_free_space_are_said(reader, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=5_000_000_000))
    write_view(reader, tmp_path / "view", image_size=(512, 512), low_size=(4, 6))
    needed = 5 * (512 * 512 * 4 + 4 * 6 * 4) / 1e6
    assert f"{needed:.1f} MB needed, 5.0 GB free" in capsys.readouterr().err


def test_an_index_that_was_changed_is_refused(view):
    path = view.directory / "index.csv"
    path.write_text(path.read_text().replace("00001", "00009"))
    with pytest.raises(InputError, match="index.csv: not the index"):
        View.open(view.directory)


@pytest.mark.parametrize("name", ["images", "low", "labels", "low_labels"])
def test_a_changed_byte_of_an_array_is_found_by_the_check_of_its_view(view, tmp_path, name):
    assert check_views(tmp_path) == 1
    path = view.directory / f"{name}.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    View.open(view.directory)
    with pytest.raises(InputError, match=rf"{name}\.npy: not the array .* Delete the directory"):
        check_views(tmp_path)


def test_a_label_changed_under_the_same_image_changes_the_views_facts(gta5, view, tmp_path):
    """Jobs tell a view by view.json."""
    before = (view.directory / "view.json").read_text()
    save(gta5 / "labels/00001.png", stripes([7, 8], (16, 24)), "P")
    write_view(READERS["gta5"](gta5, "train"), tmp_path / "view", **SIZES)
    after = (tmp_path / "view/view.json").read_text()
    assert before != after
    assert json.loads(before)["index_sha256"] == json.loads(after)["index_sha256"]


def test_a_view_does_not_depend_on_the_number_of_workers(reader, view, tmp_path):
    write_view(reader, tmp_path / "one", **SIZES, workers=1)
    assert contents(tmp_path / "one") == contents(view.directory)


def test_progress_gives_rate_and_time_left(capsys):
    assert progress_line("gta5 all", 1200, 24904, 60) == "gta5 all: 1200/24904, 20.0 per second, 20 min left"
    assert list(in_threads(lambda item: item, range(3), "gta5 all", every=0)) == [0, 1, 2]
    assert "gta5 all: 3/3" in capsys.readouterr().err


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


def test_an_image_view_knows_its_hashes(view, tmp_path):
    write_image_view(tmp_path / "translated", view.ids, 255 - view.images, like=view)
    translated = View.open(tmp_path / "translated")
    translated.check()
    same = {name for name, one in translated.facts["arrays_sha256"].items() if one == view.facts["arrays_sha256"][name]}
    assert same == {"labels", "low_labels"}


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
