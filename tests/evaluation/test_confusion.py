import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.functional.classification import multiclass_confusion_matrix

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore, confusion_matrix


def labels(seed, shape=(3, 5, 7), classes=4, ignore=True):
    generator = torch.Generator().manual_seed(seed)
    found = torch.randint(classes, shape, generator=generator)
    return torch.where(torch.rand(shape, generator=generator) < 0.2, 255, found) if ignore else found


def test_rows_are_targets_and_columns_predictions():
    counts = confusion_matrix(torch.tensor([[[1, 1]]]), torch.tensor([[[0, 255]]]), 2)
    assert counts.tolist() == [[[0, 1], [0, 0]]]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_sum_over_images_agrees_with_torchmetrics(seed):
    prediction, target = labels(seed, ignore=False), labels(seed + 1)
    expected = multiclass_confusion_matrix(prediction, target, 4, ignore_index=255)
    assert torch.equal(confusion_matrix(prediction, target, 4).sum(0), expected)


def test_batched_equals_single():
    prediction, target = labels(0, ignore=False), labels(1)
    single = [confusion_matrix(p[None], t[None], 4)[0] for p, t in zip(prediction, target, strict=True)]
    assert torch.equal(confusion_matrix(prediction, target, 4), torch.stack(single))


def test_uint8_and_all_ignored_images_are_counted_as_nothing():
    target = torch.full((2, 3, 3), 255, dtype=torch.uint8)
    assert confusion_matrix(torch.zeros_like(target), target, 4).sum() == 0


@pytest.mark.parametrize("prediction, target", [(4, 0), (0, 4), (-1, 0)])
def test_class_outside_the_space_is_an_error(prediction, target):
    with pytest.raises(ValueError, match="outside 0..3"):
        confusion_matrix(torch.full((1, 2, 2), prediction), torch.full((1, 2, 2), target), 4)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shape"):
        confusion_matrix(torch.zeros(1, 2, 2), torch.zeros(1, 2, 3), 4)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("least", [0, 2**16])
def test_store_round_trip(tmp_path, packed, least):
    store = ConfusionStore(("a", "b"), least + np.arange(722).reshape(2, 19, 19), LABEL_SPACES["camvid"])
    store.save(tmp_path / "confusion.npz", packed)
    found = ConfusionStore.load(tmp_path / "confusion.npz")
    assert (
        found.ids == store.ids and np.array_equal(found.counts, store.counts) and found.label_space == store.label_space
    )


def test_a_store_without_a_label_space_is_refused(tmp_path):
    np.savez(tmp_path / "confusion.npz", ids=np.array(["a"]), counts=np.zeros((1, 19, 19), np.uint32))
    with pytest.raises(InputError, match=r"confusion\.npz: it has no space. Delete"):
        ConfusionStore.load(tmp_path / "confusion.npz")


@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_arrays_are_counted_like_tensors(kind):
    prediction, target = labels(3, ignore=False), labels(4)
    counts = confusion_matrix(prediction.numpy().astype(kind), target.numpy().astype(kind), 4)
    assert isinstance(counts, np.ndarray) and counts.dtype == np.int64
    np.testing.assert_array_equal(counts, confusion_matrix(prediction, target, 4).numpy())


def test_evaluation_starts_without_torch():
    code = (
        "import sys, numpy as np, dakpn.evaluation.comparison\n"
        "from dakpn.evaluation.confusion import confusion_matrix\n"
        "confusion_matrix(np.zeros((1, 2, 2), int), np.zeros((1, 2, 2), int), 2)\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "dakpn.evaluation.protocols" in loaded and "torch" not in loaded


def test_a_damaged_store_is_named_whatever_is_damaged(tmp_path):
    """Every byte in turn is changed, at every tenth place the file ends; what is still read is what was written."""
    path = tmp_path / "confusion.npz"
    space = LABEL_SPACES["cityscapes"]
    store = ConfusionStore(("a",), np.arange(361).reshape(1, 19, 19), space)
    store.save(path)
    content = path.read_bytes()
    for place in range(0, len(content), 3):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :])
        _read_or_refused(path, store)
    for end in range(0, len(content), 10):
        path.write_bytes(content[:end])
        with pytest.raises(InputError, match=r"confusion\.npz: .*Delete the file"):
            ConfusionStore.load(path)


def _read_or_refused(path, store):
    try:
        found = ConfusionStore.load(path)
    except InputError as error:
        assert str(error).startswith(str(path)) and "Delete the file" in str(error)
    else:
        assert found.ids == store.ids and np.array_equal(found.counts, store.counts)
        assert found.label_space == store.label_space


def test_a_store_of_other_numbers_is_refused(tmp_path):
    space = np.array(json.dumps(LABEL_SPACES["cityscapes"].to_dict()))
    for counts in (np.full((1, 19, 19), np.nan), np.zeros((2, 19, 19), int), np.zeros((1, 18, 18), int)):
        np.savez(tmp_path / "confusion.npz", ids=np.array(["a"]), counts=counts, space=space)
        with pytest.raises(InputError, match="instead of counts"):
            ConfusionStore.load(tmp_path / "confusion.npz")
