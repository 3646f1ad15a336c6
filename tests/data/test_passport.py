"""Passports and manifests: what they say, that they do not depend on place or order, and that nothing slips by them."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_images import SIZE, picture, save

from dakpn.data import READERS
from dakpn.data.manifest import Entry, content_hash, differences, read_manifest, write_manifest
from dakpn.data.passport import first_error, issue_passport, partial_notes, passport_hash
from dakpn.data.survey import SAMPLE
from dakpn.errors import InputError
from dakpn.report.passports import passports_fragment

NAMES = list(READERS)


def passport_of(name, root, split="train", *, full=True, **options):
    options = {"release": False, **options}
    return issue_passport(READERS[name](root, split), full=full, **options)


def row(passport, check):
    return next(row for row in passport["checks"] if row["check"] == check)


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_passport_is_json_and_counts_what_is_there(name, full, roots):
    passport, files = passport_of(name, roots[name], full=full)
    reader = READERS[name](roots[name], "train")
    assert json.loads(json.dumps(passport)) == passport
    assert passport["counts"]["usable"] == len(reader) and passport["verdict"] in ("ok", "warning")
    expected = {path.relative_to(reader.root).as_posix() for path in reader.lists}
    for i in range(len(reader)):
        expected |= {
            path.relative_to(reader.root).as_posix() for path in (reader.image_path(i), *reader.label_paths(i))
        }
    assert set(files) == expected
    assert passport["content"]["bytes"] == sum((reader.root / name).stat().st_size for name in files)
    assert sum(passport["sizes"].values()) == len(reader)
    assert sum(passport["ids"].values()) == sum(passport["classes"].values()) > 0


def test_the_census_is_of_stored_ids_and_of_classes(gta5):
    save(
        gta5 / "labels/00001.png",
        np.where(np.arange(SIZE[1]) < 6, 34, 7).astype(np.uint8)[None].repeat(SIZE[0], 0),
        "P",
    )
    for number in (2, 3, 4, 5):
        (gta5 / f"images/{number:05d}.png").unlink()
    passport, _ = passport_of("gta5", gta5)
    quarter = SIZE[0] * SIZE[1] // 4
    assert passport["ids"] == {"7": 3 * quarter, "34": quarter}
    assert passport["classes"]["road"] == 3 * quarter and passport["classes"]["ignored"] == quarter
    assert passport["sizes"] == {f"{SIZE[1]}x{SIZE[0]}": 1}
    assert "7 75 %, 34 25 %" in row(passport, "label ids")["detail"]


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_another_place_and_another_order_give_the_same_passport(name, full, roots, tmp_path, monkeypatch):
    here = passport_of(name, roots[name], full=full)
    there = tmp_path / "other place" / roots[name].name
    shutil.copytree(roots[name], there)
    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: iter(sorted(iterdir(path), reverse=True)))
    monkeypatch.chdir(there.parent)
    assert passport_of(name, there, full=full) == here
    moved, _ = passport_of(name, Path(there.name), full=full)
    assert passport_hash(moved) == passport_hash(here[0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("victim", ["image", "label"])
def test_one_flipped_byte_is_found_and_named(name, victim, roots):
    before, manifest = passport_of(name, roots[name])
    reader = READERS[name](roots[name], "train")
    path = reader.image_path(0) if victim == "image" else reader.label_paths(0)[-1]
    content, stat = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after, _ = passport_of(name, roots[name], manifest=manifest)
    assert after["content"]["hash"] != before["content"]["hash"] and passport_hash(after) != passport_hash(before)
    assert row(after, "manifest")["detail"] == f"changed: 1 ({path.relative_to(reader.root).as_posix()})"
    assert after["verdict"] == "error"


def test_a_manifest_names_absent_and_new_files(camvid):
    _, manifest = passport_of("camvid", camvid)
    names = sorted(path.name for path in (camvid / "train").iterdir())
    for folder in ("train", "trainannot"):
        (camvid / folder / names[0]).rename(camvid / folder / "new.png")
    passport, _ = passport_of("camvid", camvid, manifest=manifest)
    details = [row["detail"] for row in passport["checks"] if row["check"] == "manifest"]
    assert details == [
        f"absent: 2 (train/{names[0]}, trainannot/{names[0]})",
        "new: 2 (train/new.png, trainannot/new.png)",
    ]


def test_a_quick_passport_notices_a_file_of_another_size(camvid):
    _, manifest = passport_of("camvid", camvid)
    path = READERS["camvid"](camvid, "train").image_path(0)
    save(path, np.zeros((*SIZE, 3), np.uint8))
    passport, _ = passport_of("camvid", camvid, full=False, manifest=manifest)
    assert path.name in row(passport, "manifest")["detail"]


def test_an_equal_manifest_is_ok_and_survives_its_file(camvid, tmp_path):
    passport, manifest = passport_of("camvid", camvid)
    write_manifest(tmp_path / "manifest.csv", manifest)
    assert read_manifest(tmp_path / "manifest.csv") == manifest
    again, _ = passport_of("camvid", camvid, manifest=read_manifest(tmp_path / "manifest.csv"))
    assert row(again, "manifest")["status"] == "ok" and again["content"] == passport["content"]


@pytest.mark.parametrize("content", [None, "", "a,b\n", "file,bytes,sha256\nimage.png,many,0\n"])
def test_what_is_not_a_manifest_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.csv").write_text(content)
    with pytest.raises(InputError, match="manifest.csv"):
        read_manifest(tmp_path / "manifest.csv")


def test_the_content_hash_has_no_order_and_misses_nothing():
    entries = {"a": Entry(1, "x"), "b": Entry(2, "y")}
    assert content_hash(entries) == content_hash(dict(reversed(entries.items())))
    others = [{"a": Entry(1, "x")}, {**entries, "b": Entry(3, "y")}, {**entries, "b": Entry(2, "z")}]
    others.append({"a": Entry(1, "x"), "c": Entry(2, "y")})
    assert len({content_hash(other) for other in [entries, *others]}) == 5
    assert differences(entries, {**entries, "b": Entry(2)}) == {"changed": [], "absent": [], "new": []}


def test_a_copy_that_lacks_pairs_is_an_error_unless_it_may_be_partial(cityscapes):
    passport, _ = passport_of("cityscapes", cityscapes, release=True)
    found = row(passport, "release")
    assert found["status"] == passport["verdict"] == "error"
    assert found["detail"] == "2 of the 2975 pairs of the release" and "allow_partial: true" in found["cure"]
    assert "cityscapes: 2 of the 2975 pairs" in first_error(passport, cityscapes)
    allowed, _ = passport_of("cityscapes", cityscapes, release=True, allow_partial=True)
    assert allowed["verdict"] == "warning" and first_error(allowed, cityscapes) == ""
    assert partial_notes([allowed, allowed]) == [
        "Partial data: cityscapes train has 2 of the 2,975 pairs of the release."
    ]


def test_pairs_that_many_copies_lack_are_no_error(gta5, monkeypatch):
    reader = READERS["gta5"](gta5, "test")
    monkeypatch.setattr("dakpn.data.gta5.KNOWN_GAPS", frozenset({"00011"}))
    monkeypatch.setattr(type(reader), "official", {**reader.official, "test": 3})
    assert reader.known_missing() == ["00011"]
    passport, _ = issue_passport(reader, full=False)
    assert row(passport, "release")["status"] == "warning" and "2 of the 3" in row(passport, "release")["detail"]
    assert partial_notes([passport]) == ["Partial data: gta5 test has 2 of the 3 pairs of the release."]


def test_own_data_have_no_release_but_every_image_needs_its_label(folder):
    passport, files = passport_of("folder", folder, release=True)
    assert passport["dataset"] == "town" and passport["counts"]["release"] is None and "classes.yaml" in files
    assert row(passport, "release")["status"] == "ok" and partial_notes([passport]) == []
    for number in range(12):
        save(folder / f"images/train/new{number:02d}.png", picture(number))
    passport, _ = passport_of("folder", folder, release=True)
    message = first_error(passport, folder)
    assert message.startswith(f"{folder}: without image or without label: 12 (train/new00, train/new01, ")
    assert "Copy images to images/, their labels" in message and "allow_partial: true" in message
    allowed, _ = passport_of("folder", folder, release=True, allow_partial=True)
    assert row(allowed, "release")["status"] == "warning" and first_error(allowed, folder) == ""
    assert partial_notes([allowed]) == [
        "Partial data: town train has 2 images with labels; 12 lack image or label and are left out."
    ]


def test_a_whole_release_is_ok_with_its_known_defects(gta5, monkeypatch):
    monkeypatch.setattr(READERS["gta5"], "official", {"train": 6, "val": 3, "test": 3, "all": 11})
    for split in ("train", "val", "all"):
        passport, _ = passport_of("gta5", gta5, split, release=True, full=False)
        assert row(passport, "release")["status"] == "ok"
        assert partial_notes([passport]) == []
    monkeypatch.setattr(READERS["gta5"], "official", {"train": 5})
    passport, _ = passport_of("gta5", gta5, release=True, full=False)
    assert row(passport, "release")["status"] == "warning"


def test_a_limit_is_stated_under_tables(camvid):
    passport, _ = passport_of("camvid", camvid, limit=1)
    assert partial_notes([passport]) == ["Partial data: 1 of 2 usable images of camvid train are used."]
    assert len(passport_of("camvid", camvid, limit=1)[1]) == 4


DAMAGES = {
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-20]), "cut off"),
    "smaller": (lambda path: Image.open(path).resize((8, 12)).save(path), "8x12|12x8"),
}


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bad_file_is_found_without_decoding_and_named(damage, full, cityscapes):
    reader = READERS["cityscapes"](cityscapes, "train")
    path = reader.image_path(1)
    DAMAGES[damage][0](path)
    passport, _ = issue_passport(reader, full=full, release=False)
    (reason,) = passport["unreadable"].values()
    assert list(passport["unreadable"]) == [reader.ids[1]] and str(cityscapes) not in reason
    assert passport["verdict"] == "error"
    assert first_error(passport, cityscapes).startswith(f"{cityscapes}/leftImg8bit" if damage != "smaller" else "")


def test_a_quick_look_decodes_a_sample_only(facesynthetics, monkeypatch):
    monkeypatch.setattr("dakpn.data.survey.SAMPLE", 3)
    passport, files = passport_of("facesynthetics", facesynthetics, "all", full=False)
    assert passport["decoded"] == 3 < SAMPLE and "3 of them decoded" in row(passport, "items")["detail"]
    assert sum(passport["sizes"].values()) == 12 and all(entry.sha256 == "" for entry in files.values())


def test_several_errors_are_counted(camvid):
    reader = READERS["camvid"](camvid, "train")
    for i in range(2):
        reader.image_path(i).write_bytes(b"")
    passport, _ = issue_passport(reader, full=False, release=False)
    assert "1 more errors" in first_error(passport, camvid)


def test_the_section_shows_every_passport_and_escapes_it(camvid, tmp_path):
    save(READERS["camvid"](camvid, "train").image_path(0), picture(5))
    passport, _ = passport_of("camvid", camvid, release=True)
    passport["checks"].append({"check": "x", "status": "warning", "detail": "<b>", "cure": "c"})
    page = passports_fragment({"street/target-train": passport, "street/target-validation": passport})
    assert page.count("<details") == 2 and "street/target-validation" in page
    assert "&lt;b&gt;" in page and "<b>" not in page
    assert passport_hash(passport)[:12] in page and "367" in page
