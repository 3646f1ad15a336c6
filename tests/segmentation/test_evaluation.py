"""Scoring passes: what each switch compares, against cityscapesScripts and a literal reading of the released scorer."""

import dataclasses
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official
from cityscapesscripts.helpers.labels import trainId2label
from PIL import Image

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.views import View
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.protocols import PROTOCOLS, score_rows, scores_under
from dakpn.segmentation.evaluation import evaluate

STREET = LABEL_SPACES["cityscapes"]
SIZE, LOW = (12, 16), (4, 4)


class Oracle:
    """A network that reads the class off the red channel: train id k is drawn as red 10 k."""

    def eval(self):
        return self

    def __call__(self, image):
        classes = torch.arange(19).view(1, -1, 1, 1)
        return {"out": -(image[:, :1] * 25.5 - classes).abs()}


def view(labels, predicted=None, ids=None):
    """A view of labels (N,H,W) whose images make the oracle predict `predicted`."""
    predicted = labels if predicted is None else predicted
    red = np.zeros((*predicted.shape, 3), np.uint8)
    red[..., 0] = 10 * np.where(predicted == 255, 0, predicted)
    facts = dict(label_space=STREET.to_dict(), image_size=labels.shape[1:], low_size=LOW)
    low = np.zeros((len(labels), *LOW), np.uint8)
    names = ids or [str(i) for i in range(len(labels))]
    return View(Path("view"), names, red, np.repeat(low[..., None], 3, 3), labels, low, facts)


def random_labels(seed, images=5, void=0.2, classes=19):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, (images, *SIZE)).astype(np.uint8)
    labels[rng.random(labels.shape) < void] = 255
    return labels


def score(view_, label_space=STREET, **options):
    return evaluate(Oracle(), view_, label_space, options.pop("resolution", SIZE), "cpu", **options)


def test_scores_equal_cityscapes_scripts_under_its_policy(tmp_path, monkeypatch):
    # Classes 10 to 18 never occur: the official scorer leaves them out.
    truth, predicted = random_labels(0, classes=10), random_labels(1, void=0, classes=9)
    to_id = np.zeros(256, np.uint8)
    to_id[:19] = [trainId2label[k].id for k in range(19)]
    pairs = []
    for index, labels in enumerate((truth, predicted)):
        paths = [str(tmp_path / f"{index}-{image}.png") for image in range(len(labels))]
        for path, label in zip(paths, labels, strict=True):
            Image.fromarray(to_id[label]).save(path)
        pairs.append(paths)
    monkeypatch.setattr(official.args, "evalInstLevelScore", False)
    monkeypatch.setattr(official.args, "JSONOutput", False)
    monkeypatch.setattr(official.args, "quiet", True)
    expected = official.evaluateImgLists(pairs[1], pairs[0], official.args)
    store = score(view(truth, predicted))
    found, iou = scores_under(store.counts, PROTOCOLS["paper"], STREET)
    assert found["mIOU"] == pytest.approx(expected["averageScoreClasses"], abs=1e-6)
    for k, name in enumerate(STREET.classes):
        assert iou[k] == pytest.approx(expected["classScores"][name], abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("shards", [2, 3, 5])
def test_shards_divide_the_images_and_join_to_the_same_file(tmp_path, shards):
    """The network's answer depends on the batch, and there are three of them."""

    def of_batch(image):
        return {"out": Oracle()(image)["out"] + image.mean() * torch.linspace(0, 40, 19).view(1, -1, 1, 1)}

    of_batch.eval = lambda: None
    names = [f"{7 * i % 20:02}" for i in range(20)]
    shown, truth = view(random_labels(0, 20), ids=sorted(names)), view(random_labels(1, 20), ids=names)

    def scored(**share):
        return evaluate(of_batch, shown, STREET, SIZE, "cpu", truth=truth, **share)

    (whole := scored()).save(tmp_path / "whole.npz")
    for shard in range(shards):
        scored(shard=shard, shards=shards).save(tmp_path / f"{shard}.npz")
    shares = [ConfusionStore.load(tmp_path / f"{shard}.npz") for shard in range(shards)]
    ConfusionStore.joined(shares, truth.ids).save(tmp_path / "joined.npz")
    assert (tmp_path / "joined.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert sum(len(share.ids) for share in shares) == len(whole.ids) and max(len(share.ids) for share in shares) < 20
    with pytest.raises(InputError, match="shares of a score have other images"):
        ConfusionStore.joined(shares[1:], truth.ids)


def released_scores(truth, predicted):
    """The released scorer, pixel by pixel: no class is road, a ratio of nothing is one, 19 classes always count."""
    right, of_class, union, correct = [0] * 19, [0] * 19, [0] * 19, 0
    for wanted, given in zip(truth.ravel().tolist(), predicted.ravel().tolist(), strict=True):
        wanted = 0 if wanted == 255 else wanted
        of_class[wanted] += 1
        union[wanted] += 1
        if wanted == given:
            right[wanted] += 1
            correct += 1
        else:
            union[given] += 1
    accuracy = [r / n if n else 1.0 for r, n in zip(right, of_class, strict=True)]
    iou = [r / n if n else 1.0 for r, n in zip(right, union, strict=True)]
    return {"pxAcc": correct / truth.size, "clsAcc": sum(accuracy) / 19, "mIOU": sum(iou) / 19}


def test_scores_equal_a_literal_reading_of_the_released_scorer():
    truth, predicted = random_labels(2, classes=12), random_labels(3, void=0, classes=14)
    store = score(view(truth, predicted), void="road")
    found, _ = scores_under(store.counts, PROTOCOLS["released"], STREET)
    assert found == pytest.approx(released_scores(truth, predicted), abs=1e-6)


def test_void_pixels_are_ignored_or_road():
    truth = np.full((1, *SIZE), 255, np.uint8)
    truth[0, 0, 0] = 3
    images = view(truth, np.full_like(truth, 3))
    assert score(images).counts.sum() == 1
    as_road = score(images, void="road").counts[0]
    assert as_road.sum() == truth.size and as_road[0, 3] == truth.size - 1


def test_labels_of_the_source_are_scored_in_the_label_space_of_the_target():
    rider, bicycle, wall = (STREET.classes.index(name) for name in ("rider", "bicycle", "wall"))
    truth = np.full((1, *SIZE), wall, np.uint8)
    truth[0, 0, :3] = bicycle
    predicted = np.full_like(truth, rider)
    store = score(view(truth, predicted), LABEL_SPACES["camvid"])
    assert store.label_space == LABEL_SPACES["camvid"]
    assert store.counts.sum() == store.counts[0, bicycle, bicycle] == 3


def test_a_label_space_of_ones_own_goes_from_the_view_through_the_store_into_the_rows(tmp_path):
    names = tuple(f"class {k}" for k in range(19))
    own = dataclasses.replace(STREET, name="town", classes=names, scored=(0, 1, 2), subsets={})
    images = view(random_labels(6, classes=3), random_labels(7, void=0, classes=3))
    images = dataclasses.replace(images, facts={**images.facts, "label_space": own.to_dict()})
    score(images, images.label_space).save(tmp_path / "confusion.npz")
    store = ConfusionStore.load(tmp_path / "confusion.npz")
    rows, classes = score_rows(store)
    assert [row["class"] for row in classes if row["protocol"] == "paper"] == list(names[:3])
    # The same counts score the same under the official label space of as many classes.
    same = dataclasses.replace(STREET, scored=(0, 1, 2), subsets={})
    assert rows == score_rows(dataclasses.replace(store, label_space=same))[0]


def test_labels_of_other_classes_are_refused():
    with pytest.raises(InputError, match="^view: .*not of one label space"):
        score(view(random_labels(0)), LABEL_SPACES["celebamask-hq"])
    other = dataclasses.replace(STREET, classes=("lane", *STREET.classes[1:]))
    own = view(random_labels(0))
    own = dataclasses.replace(own, facts={**own.facts, "label_space": other.to_dict()})
    with pytest.raises(InputError, match=r"evaluation\.void: .*no class road"):
        score(own, other, void="road")


def test_a_label_is_brought_down_or_the_prediction_up():
    truth = np.zeros((1, *SIZE), np.uint8)
    truth[0, :, 1::2] = 5
    images = view(truth)
    down, up = (
        score(images, resolution=(6, 8), resize=resize).counts.sum() for resize in ("label-down", "prediction-up")
    )
    assert (down, up) == (6 * 8, 12 * 16)
    whole = score(images, resize="prediction-up")
    np.testing.assert_array_equal(whole.counts, score(images).counts)


def test_labels_and_images_that_are_scored_can_come_from_another_view():
    labels = random_labels(4, images=4)
    translated = view(labels)
    other = random_labels(5, images=2)
    truth = dataclasses.replace(view(other), ids=["3", "1"])
    store = score(translated, truth=truth)
    assert store.ids == ("3", "1")
    expected = score(view(other, labels[[3, 1]]))
    np.testing.assert_array_equal(store.counts, expected.counts)


def test_an_image_that_was_not_translated_is_named():
    with pytest.raises(InputError, match=r"image 9 .*evaluation\.splits"):
        score(view(random_labels(0, images=2)), truth=view(random_labels(0, images=1), ids=["9"]))


def test_memory_holds_one_batch_whatever_the_size_of_the_set():
    # 80 images more cost their matrices, 1.4 kB each, not their pixels (2.3 kB of labels and 6.9 kB of colours each).
    few, many = (view(np.zeros((images, 48, 48), np.uint8)) for images in (16, 96))

    def peak(images):
        tracemalloc.start()
        score(images, resolution=(48, 48))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(few)
    matrices = 80 * 19 * 19 * (4 + 4 + 8)
    assert peak(many) - peak(few) < matrices + 50_000
