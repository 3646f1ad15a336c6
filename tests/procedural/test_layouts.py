"""The layouts: what the official sets are known for, and the counts that readers see."""

import json

import numpy as np
import pytest
from PIL import Image

from dakpn.data import READERS
from dakpn.errors import InputError
from dakpn.procedural import generate, generate_pairs
from dakpn.procedural.celebamask_hq import original_number, part_masks
from dakpn.procedural.gta5 import frame_sizes

COUNTS = {"train": 6, "val": 4, "test": 3}
SIZE = (32, 48)


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("procedural")
    for dataset in ("gta5", "cityscapes", "celebamask-hq"):
        generate(dataset, folder / dataset, counts=COUNTS, size=SIZE, seed=1)
    generate("facesynthetics", folder / "facesynthetics", counts={"train": 12}, size=SIZE, seed=1)
    return folder


@pytest.mark.parametrize(
    ("dataset", "split"),
    [
        (name, split)
        for name in ("gta5", "cityscapes", "celebamask-hq")
        for split in READERS[name].splits
        if split in COUNTS
    ],
)
def test_every_split_has_the_usable_images_asked_for(roots, dataset, split):
    reader = READERS[dataset](roots / dataset, split)
    assert len(reader) == COUNTS[split]
    assert not reader.missing
    for k in range(len(reader)):
        assert reader.image(k).shape[:2] == reader.label(k).shape


def test_facesynthetics_training_part_has_the_count_asked_for(roots):
    assert len(READERS["facesynthetics"](roots / "facesynthetics", "train")) == 12


def test_gta5_labels_are_palette_images_with_gta_colours(roots):
    with Image.open(roots / "gta5/labels/00001.png") as label:
        assert label.mode == "P"
        palette = np.array(label.getpalette()).reshape(-1, 3)
    assert palette[4].tolist() == [20, 20, 20]
    assert palette[34].tolist() == [0, 0, 142]


def test_gta5_has_its_two_image_sizes_and_its_defects(roots):
    def size(kind, number):
        with Image.open(roots / f"gta5/{kind}/{number:05d}.png") as image:
            return image.size

    sizes = {size("images", number) for number in range(1, 14)}
    assert len(sizes) == 2
    assert all(height % 8 and width % 8 for width, height in sizes)
    assert size("images", 20806) != size("labels", 20806)
    assert size("images", 15188) == size("images", 17705) < min(sizes)
    with Image.open(roots / "gta5/images/15188.png") as white, Image.open(roots / "gta5/images/17705.png") as black:
        assert white.getextrema() == ((255, 255),) * 3 and black.getextrema() == ((0, 0),) * 3


def test_gta5_frame_sizes_have_the_remainders_of_the_real_ones():
    for size in ((96, 160), (720, 1280), (101, 163)):
        frames = frame_sizes(size)
        assert [(h % 8, w % 8) for h, w in frames] == [(1052 % 8, 1914 % 8), (1046 % 8, 1914 % 8)]
        assert all(0 < h - size[0] <= 8 and 0 < w - size[1] <= 8 for h, w in frames)


def test_gta5_split_file_holds_disjoint_uint16_columns(roots):
    from scipy.io import loadmat

    splits = [loadmat(roots / "gta5/split.mat")[f"{name}Ids"] for name in COUNTS]
    assert all(ids.dtype == np.uint16 and ids.shape[1] == 1 for ids in splits)
    numbers = np.concatenate(splits).ravel()
    assert sorted(numbers) == sorted(int(path.stem) for path in (roots / "gta5/images").iterdir())
    assert len(set(numbers.tolist())) == len(numbers)


def test_cityscapes_files_agree_with_each_other(roots):
    names = sorted((roots / "cityscapes/gtFine/train").glob("*/*_labelIds.png"))
    assert len({path.parent for path in names}) > 1
    assert any("_000019_" not in path.name for path in names)
    for path in names:
        stem = str(path).removesuffix("labelIds.png")
        labels = np.array(Image.open(path))
        instances = np.array(Image.open(stem + "instanceIds.png"))
        assert labels.max() <= 33
        assert instances.dtype == np.uint16 or instances.dtype == np.int32
        np.testing.assert_array_equal(np.where(instances >= 1000, instances // 1000, instances), labels)
        assert Image.open(stem + "color.png").mode == "RGBA"
        content = json.loads(open(stem + "polygons.json").read())
        assert (content["imgHeight"], content["imgWidth"]) == labels.shape
        assert {"label", "polygon"} == set(content["objects"][0])


def test_cityscapes_test_labels_are_void(roots):
    labels = [np.array(Image.open(path)) for path in (roots / "cityscapes/gtFine/test").rglob("*_labelIds.png")]
    assert len(labels) == COUNTS["test"]
    assert set(np.unique(labels)) <= {0, 1, 2, 3}


def test_facesynthetics_writes_seventy_landmarks_inside_the_image(roots):
    rows = np.loadtxt(roots / "facesynthetics/000000_ldmks.txt")
    assert rows.shape == (70, 2)
    assert (rows >= 0).all() and (rows[:, 0] <= SIZE[1]).all() and (rows[:, 1] <= SIZE[0]).all()


def test_celebamask_hq_has_images_twice_the_masks_and_ids_on_both_sides_of_a_folder(roots):
    root = roots / "celebamask-hq"
    folders = sorted(path.name for path in (root / "CelebAMask-HQ-mask-anno").iterdir())
    assert folders == ["0", "1"]
    mask = next((root / "CelebAMask-HQ-mask-anno/1").glob("02000_*.png"))
    with Image.open(root / "CelebA-HQ-img/2000.jpg") as image, Image.open(mask) as part:
        assert image.format == "JPEG"
        assert image.size == (2 * part.size[0], 2 * part.size[1])
    masks = [np.array(Image.open(path)) for path in root.glob("CelebAMask-HQ-mask-anno/*/*.png")]
    assert sum(not mask.any() for mask in masks) == 1
    assert len(masks) < 18 * 13
    assert len(list(root.glob("*.txt"))) == 4


def test_celebamask_hq_mapping_has_rows_on_both_sides_of_each_boundary(roots):
    lines = (roots / "celebamask-hq/CelebA-HQ-to-CelebA-mapping.txt").read_text().splitlines()
    assert lines[0].split() == ["idx", "orig_idx", "orig_file"]
    rows = [line.split() for line in lines[1:]]
    assert all(int(file[:-4]) == int(index) + 1 for _, index, file in rows)
    assert {"162770.jpg", "162771.jpg", "182637.jpg", "182638.jpg"} <= {file for *_, file in rows}


@pytest.mark.parametrize(
    ("split", "count", "low", "high"),
    [("train", 24183, 1, 162770), ("val", 2993, 162771, 182637), ("test", 2824, 182638, 202599)],
)
def test_original_numbers_are_distinct_and_inside_their_split(split, count, low, high):
    numbers = [original_number(split, index) for index in range(count)]
    assert len(set(numbers)) == count
    assert low <= min(numbers) and max(numbers) <= high


def test_part_masks_overlap_and_merge_back_to_the_label():
    label = np.full((12, 12), 0, np.uint8)
    label[2:10, 2:10], label[4:6, 4:6], label[2:4, 2:8], label[2, 3:7] = 1, 2, 13, 14
    masks = part_masks(label, np.random.default_rng(0))
    assert (masks["skin"] & masks["hair"]).any() and (masks["hair"] & masks["hat"]).any()
    merged = np.zeros_like(label)
    for number, mask in enumerate(masks.values(), 1):
        merged[mask] = number
    np.testing.assert_array_equal(merged, label)


@pytest.mark.parametrize(
    ("task", "source", "target"), [("street", "gta5", "cityscapes"), ("face", "facesynthetics", "celebamask-hq")]
)
def test_pairs_show_the_same_scene_at_the_same_place(tmp_path, task, source, target):
    generate_pairs(task, tmp_path / "pairs", count=5, size=SIZE, seed=3)
    a, b = READERS[source](tmp_path / "pairs/source", "all"), READERS[target](tmp_path / "pairs/target", "val")
    assert len(a) == len(b) == 5
    for k in range(5):
        left, right = a.label(k), b.label(k)
        assert left.shape == right.shape == SIZE
        assert (left == right).mean() > 0.9  # plates and beards are annotated differently
        assert np.abs(a.image(k).astype(int) - b.image(k)).max() > 0


def test_images_do_not_depend_on_how_many_are_asked_for(tmp_path, roots):
    generate("cityscapes", tmp_path / "few", counts={"val": 2}, size=SIZE, seed=1)
    few, many = READERS["cityscapes"](tmp_path / "few", "val"), READERS["cityscapes"](roots / "cityscapes", "val")
    for k, name in enumerate(few.ids):
        np.testing.assert_array_equal(few.image(k), many.image(many.ids.index(name)))


@pytest.mark.parametrize(
    "arguments",
    [{"dataset": "kitti"}, {"counts": {"trian": 2}}, {"counts": {}}, {"counts": {"train": 0}}, {"size": (8, 8)}],
)
def test_impossible_requests_are_refused_and_leave_nothing(tmp_path, arguments):
    request = {"dataset": "gta5", "counts": {"train": 1}, "size": SIZE, "seed": 0} | arguments
    with pytest.raises(InputError):
        generate(request.pop("dataset"), tmp_path / "data", **request)
    assert not list(tmp_path.iterdir())
