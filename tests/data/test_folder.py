"""Somebody's own data: its own label space or a mapped one, and the example of docs/data.md."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from tiny_images import picture, save, stripes

from dakpn.config.models import DataSet
from dakpn.data import READERS
from dakpn.data.label_spaces import LABEL_SPACES, check_same_space
from dakpn.data.passport import issue_passport
from dakpn.data.sections import check_data_set, label_space_of
from dakpn.data.views import View, write_image_view, write_view
from dakpn.errors import InputError

STREET = LABEL_SPACES["cityscapes"]
SIZES = {"image_size": (8, 12), "low_size": (4, 6)}
MAP = "label_space: cityscapes\nmap: {lane: road, 20: null}\n"


@pytest.fixture
def mapped(folder):
    """The same data, lane mapped by name, kiosk ignored by id, car by its own name."""
    (folder / "classes.yaml").write_text((folder / "classes.yaml").read_text() + MAP)
    return folder


def test_own_classes_are_a_label_space_in_the_order_of_the_file(folder):
    reader = READERS["folder"](folder, "train")
    assert reader.space.classes == ("lane", "car", "kiosk") and reader.space.ids == (7, 3, 20)
    assert reader.space.scored == (0, 1, 2) and reader.space.name == reader.name == "town"
    assert reader.label(0)[0, :5].tolist() == [255, 1, 0, 2, 255]


def test_colours_that_are_not_given_are_distinct_and_always_the_same(folder):
    classes = [f"  - {{name: c{i}, id: {i}}}" for i in range(1, 255)]
    given = "  - {name: c0, id: 0, colour: [128, 0, 0]}"
    (folder / "classes.yaml").write_text("\n".join(["classes:", given, *classes]))
    colours = READERS["folder"].label_space_at(folder).colours
    assert colours[0].tolist() == [128, 0, 0] and len(np.unique(colours, axis=0)) == 255
    assert colours.any(axis=1).all(), "black is for ignored pixels"
    assert colours[1:4].tolist() == [[0, 128, 0], [128, 128, 0], [0, 0, 128]]


def test_a_map_gives_labels_in_the_other_label_space_and_scores_what_it_reaches(mapped):
    reader = READERS["folder"](mapped, "train")
    road, car = STREET.classes.index("road"), STREET.classes.index("car")
    assert reader.label(0)[0, :5].tolist() == [255, car, road, 255, 255]
    assert reader.label_space == "cityscapes" and reader.space.classes == STREET.classes
    assert reader.space.scored == (road, car) and reader.space.subsets == {}
    check_same_space(reader.space, STREET, "tasks.street")


def test_a_map_that_reaches_every_class_gives_the_label_space_itself(folder):
    classes = "".join(f"  - {{name: {name}, id: {i}}}\n" for i, name in enumerate(STREET.classes))
    (folder / "classes.yaml").write_text(f"classes:\n{classes}label_space: cityscapes\n")
    assert READERS["folder"].label_space_at(folder) == STREET


def test_a_merged_class_counts_as_the_one_it_is_merged_into(folder):
    (folder / "classes.yaml").write_text("classes: [{name: rider, id: 3}]\nlabel_space: camvid\n")
    assert READERS["folder"].label_space_at(folder).scored == (STREET.classes.index("bicycle"),)


def test_own_classes_do_not_go_with_those_of_an_official_set(folder):
    with pytest.raises(InputError, match=r"town \(3 classes\).*only in town: lane, kiosk.*`map` in its classes\.yaml"):
        check_same_space(STREET, READERS["folder"].label_space_at(folder), "tasks.street")


def test_ids_are_paths_and_splits_are_folders(folder):
    reader = READERS["folder"](folder, "all")
    assert reader.splits == ("train", "val", "all")
    assert reader.ids == ["train/north/a", "train/south.01", "val/b"]
    assert READERS["folder"](folder, "val").ids == ["val/b"]


def test_without_folders_everything_is_one_split(folder):
    for part in ("images", "labels"):
        for path in [path for path in (folder / part).rglob("*") if path.is_file()]:
            path.rename(folder / part / path.name)
        for path in [path for path in (folder / part).iterdir() if path.is_dir()]:
            (path / "north").rmdir() if (path / "north").exists() else None
            path.rmdir()
    assert READERS["folder"](folder, "all").ids == ["a", "b", "south.01"]
    with pytest.raises(InputError, match=r"no split 'train'\. Choose one of all\."):
        READERS["folder"](folder, "train")


def test_a_view_carries_the_label_space_and_so_do_its_translations(mapped, tmp_path):
    write_view(READERS["folder"](mapped, "train"), tmp_path / "view", **SIZES)
    (mapped / "classes.yaml").unlink()
    view = View.open(tmp_path / "view")
    write_image_view(tmp_path / "translated", view.ids, view.images, like=view)
    for found in (view, View.open(tmp_path / "translated")):
        assert found.label_space.scored == (0, 13) and found.classes == STREET.classes
        assert (found.label_space.colours == STREET.colours).all()


def test_another_map_starts_the_view_anew(folder, tmp_path):
    """The classes stay, what is ignored changes: nothing that was read before the change may stay."""
    broken = READERS["folder"](folder, "train")
    content = broken.image_path(1).read_bytes()
    broken.image_path(1).write_bytes(b"")
    with pytest.raises(InputError, match=r"south\.01\.png"):
        write_view(broken, tmp_path / "views/view", **SIZES, workers=1)
    broken.image_path(1).write_bytes(content)
    (folder / "classes.yaml").write_text((folder / "classes.yaml").read_text().replace("[0]", "[0, 9]"))
    reader, read = READERS["folder"](folder, "train"), []
    image = reader.image
    reader.image = lambda item: read.append(item) or image(item)
    write_view(reader, tmp_path / "views/view", **SIZES)
    assert sorted(read) == [0, 1]


PAGE = (Path(__file__).parents[2] / "docs/data.md").read_text()
SECTION = PAGE.split("## Your own data\n")[1].split("\n## ")[0]
TREE, OWN, MAPPED, CONFIGURED = re.findall(r"```(?:yaml)?\n(.*?)```", SECTION, flags=re.DOTALL)


@pytest.fixture
def documented(tmp_path):
    """The tree of the page, with tiny images."""
    first, *names = TREE.split()
    root = tmp_path / Path(first).name
    for seed, name in enumerate(names):
        if name.startswith("images/"):
            save(root / name, picture(seed))
        elif name.startswith("labels/"):
            save(root / name, stripes([7, 20, 3, 4, 0, 255]))
    assert {Path(name).parts[0] for name in names} == {"classes.yaml", "images", "labels"}
    return root


@pytest.mark.parametrize(
    "text, classes, scored",
    [(OWN, "lane kiosk tram tree", "lane kiosk tram tree"), (MAPPED, " ".join(STREET.classes[:1]), "road car train")],
    ids=["own", "mapped"],
)
def test_the_example_of_the_page_works(documented, text, classes, scored, tmp_path):
    (documented / "classes.yaml").write_text(text)
    (data,) = yaml.safe_load(CONFIGURED).values()
    section = DataSet(**{**data, "root": str(documented)})
    check_data_set(section, "tasks.town.target")
    label_space = label_space_of(section)
    assert label_space.classes[: len(classes.split())] == tuple(classes.split())
    assert [label_space.classes[i] for i in label_space.scored] == scored.split()
    for split, count in ((section.train, 3), (section.validation, 1)):
        reader = READERS[section.reader](section.root, split, **section.options)
        passport, _ = issue_passport(reader, full=True)
        assert passport["verdict"] in ("ok", "warning") and passport["counts"]["usable"] == count
        write_view(reader, tmp_path / split, **SIZES)
        view = View.open(tmp_path / split)
        assert view.label_space == label_space and len(view) == count
        assert set(np.unique(reader.label(0))) == {*reader.producible(), 255}


def test_jpeg_images_come_as_they_are_decoded(folder):
    reader = READERS["folder"](folder, "val")
    with Image.open(folder / "images/val/b.jpg") as image:
        assert (reader.image(0) == np.asarray(image)).all()
