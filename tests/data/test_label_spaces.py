"""The label tables: that of the official scripts against torchvision's, and what holds for all."""

import dataclasses
import json

import numpy as np
import pytest

from dakpn.data.label_spaces import IGNORE, LABEL_SPACES, LabelSpace, check_same_space
from dakpn.errors import InputError

SPACE = LABEL_SPACES["cityscapes"]


def test_cityscapes_equals_torchvision():
    datasets = pytest.importorskip("torchvision.datasets")
    theirs = sorted((c for c in datasets.Cityscapes.classes if 0 <= c.train_id < 255), key=lambda c: c.train_id)
    assert [(c.name, c.id, c.color) for c in theirs] == _ours()


def test_faces_are_the_ids_of_celebamask_hq_in_order():
    names = "skin nose eye_g l_eye r_eye l_brow r_brow l_ear r_ear mouth u_lip l_lip hair hat ear_r neck_l neck cloth"
    label_space = LABEL_SPACES["celebamask-hq"]
    assert label_space.classes == ("background", *names.split())
    assert label_space.ids == tuple(range(19))
    assert label_space.scored == tuple(range(1, 19))


@pytest.mark.parametrize("label_space", LABEL_SPACES.values(), ids=LABEL_SPACES)
def test_colours_tell_classes_apart(label_space):
    assert label_space.colours.shape == (len(label_space), 3)
    assert len(np.unique(label_space.colours, axis=0)) == len(label_space)
    assert set(label_space.scored) <= set(range(len(label_space)))


@pytest.mark.parametrize("label_space", LABEL_SPACES.values(), ids=LABEL_SPACES)
def test_a_label_space_survives_json(label_space):
    found = LabelSpace.from_dict(json.loads(json.dumps(label_space.to_dict())))
    assert found == label_space and found.to_dict() == label_space.to_dict()
    assert all(np.array_equal(*tables) for tables in zip(found.for_scoring(), label_space.for_scoring(), strict=True))


def test_labels_of_other_classes_or_in_another_order_are_not_of_one_space():
    check_same_space(SPACE, LABEL_SPACES["camvid"], "tasks.street")
    with pytest.raises(InputError, match=r"^tasks\.mixed: .*\(19 classes\).*only in cityscapes: road.*`map`"):
        check_same_space(SPACE, LABEL_SPACES["celebamask-hq"], "tasks.mixed")
    turned = dataclasses.replace(SPACE, classes=SPACE.classes[::-1])
    with pytest.raises(InputError, match="the order of the classes differs"):
        check_same_space(SPACE, turned, "tasks.street")


def test_camvid_counts_a_rider_as_bicycle_and_ignores_what_it_does_not_label():
    label, prediction = LABEL_SPACES["camvid"].for_scoring()
    rider, bicycle, wall = (SPACE.classes.index(name) for name in ("rider", "bicycle", "wall"))
    assert label[rider] == label[bicycle] == prediction[rider] == bicycle
    assert label[wall] == label[IGNORE] == IGNORE
    assert len(set(label.tolist()) - {IGNORE}) == 11


def test_colourise_gives_ignored_pixels_no_class_colour():
    assert SPACE.colourise(np.array([[0, IGNORE]])).tolist() == [[[128, 64, 128], [0, 0, 0]]]


def _ours():
    return list(zip(SPACE.classes, SPACE.ids, (tuple(c) for c in SPACE.colours.tolist()), strict=True))
