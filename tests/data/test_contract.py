"""What every reader promises, checked on all of them."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tiny_images import picture, save

from dakpn.data import READERS
from dakpn.errors import InputError

NAMES = list(READERS)
SPLITS = {**{name: reader.splits for name, reader in READERS.items()}, "folder": ("train", "val", "all")}
SINGLE_CHANNEL = [name for name in NAMES if name not in ("celebamask-hq", "synthia")]


@pytest.mark.parametrize("name", NAMES)
def test_images_and_labels_have_the_promised_form(name, roots):
    for split in SPLITS[name]:
        reader = READERS[name](roots[name], split)
        assert len(reader) == len(reader.ids) > 0
        assert reader.ids == sorted(set(reader.ids))
        for i in range(len(reader)):
            image, label = reader.image(i), reader.label(i)
            assert image.dtype == label.dtype == np.uint8
            assert image.shape == (*label.shape, 3)
            assert set(np.unique(label).tolist()) <= reader.producible() | {255}
            assert all(path.is_file() for path in [reader.image_path(i), *reader.label_paths(i)])
        assert reader.space == READERS[name].label_space_at(roots[name]) and reader.space.name == reader.label_space
        assert reader.producible() <= set(range(len(reader.space)))


@pytest.mark.parametrize("name", NAMES)
def test_splits_are_disjoint(name, roots):
    splits = [set(READERS[name](roots[name], split).ids) for split in SPLITS[name] if split != "all"]
    assert sum(len(ids) for ids in splits) == len(set.union(*splits))


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_root_is_named_with_its_archive(name, tmp_path):
    with pytest.raises(InputError, match=r"nowhere.* (Unpack|Copy) "):
        READERS[name](tmp_path / "nowhere", "train")


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_root_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="(Unpack|Copy) "):
        READERS[name](tmp_path, "train")


@pytest.mark.parametrize("name", NAMES)
def test_a_split_without_files_is_refused(name, roots):
    for i in (whole := READERS[name](roots[name], "train")).ids:
        whole.image_path(whole.ids.index(i)).unlink()
    if name in ("facesynthetics", "synthia"):  # their splits are parts of what is there
        for path in roots[name].rglob("*.png"):
            path.unlink()
    with pytest.raises(InputError, match=str(roots[name])):
        READERS[name](roots[name], "train")


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_split_is_refused_with_the_known_ones(name, roots):
    with pytest.raises(InputError, match="'trian'.*train"):
        READERS[name](roots[name], "trian")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", ["half", "empty", "text"])
def test_a_damaged_image_is_named(name, damage, roots):
    reader = READERS[name](roots[name], "train")
    path = reader.image_path(0)
    content = {"half": path.read_bytes()[: path.stat().st_size // 2], "empty": b"", "text": b"<html>quota</html>"}
    path.write_bytes(content[damage])
    with pytest.raises(InputError, match=path.name):
        reader.image(0)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_short_anywhere_is_named(name, roots):
    reader = READERS[name](roots[name], "train")
    for path, read in ((reader.label_paths(0)[-1], reader.label), (reader.image_path(0), reader.image)):
        content = path.read_bytes()
        for length in [*range(0, len(content), len(content) // 16), len(content) - 20, len(content) - 1]:
            path.write_bytes(content[:length])
            with pytest.raises(InputError, match=path.name):
                read(0)
        path.write_bytes(content)


@pytest.mark.parametrize("name", NAMES)
def test_a_label_of_another_shape_than_its_image_is_named(name, roots):
    reader = READERS[name](roots[name], "train")
    path = reader.image_path(0)
    Image.fromarray(picture(0, (20, 46))).save(path)
    with pytest.raises(InputError, match=f"{reader.label_paths(0)[0].name}.*46x20"):
        reader.label(0)


@pytest.mark.parametrize("name", SINGLE_CHANNEL)
def test_a_label_saved_in_colour_is_refused(name, roots):
    reader = READERS[name](roots[name], "train")
    save(reader.label_paths(0)[0], picture(0))
    with pytest.raises(InputError, match=r"mode is RGB.*(Unpack|Copy) "):
        reader.label(0)


@pytest.mark.parametrize("name", SINGLE_CHANNEL)
def test_a_foreign_id_is_refused(name, roots):
    reader = READERS[name](roots[name], "train")
    label = np.array(Image.open(reader.label_paths(0)[0]))
    label[0, 0] = 99
    save(reader.label_paths(0)[0], label)
    with pytest.raises(InputError, match=r"\[99\]"):
        reader.label(0)


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_without_its_image_is_reported_as_missing(name, roots):
    whole = READERS[name](roots[name], "train")
    victim = whole.ids[0]
    whole.image_path(0).unlink()
    if len(whole) > 1:
        reader = READERS[name](roots[name], "train")
        assert victim in reader.missing
        assert reader.ids == whole.ids[1:]


def test_a_grey_image_becomes_rgb_and_a_16_bit_one_is_refused(camvid):
    reader = READERS["camvid"](camvid, "train")
    save(reader.image_path(0), picture(0)[..., 0])
    assert (reader.image(0) == picture(0)[..., :1]).all()
    save(reader.image_path(0), picture(0)[..., 0].astype(np.uint16) * 256)
    with pytest.raises(InputError, match="8-bit"):
        reader.image(0)


def test_importing_the_package_loads_no_torch():
    code = "import sys, dakpn.data, dakpn.data.views, dakpn.data.doctor; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "dakpn.data.gta5" in loaded
    assert not {"torch", "torchvision", "scipy", "pandas", "pydantic"} & set(loaded)
