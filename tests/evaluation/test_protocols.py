"""Protocols: each is the scores that its parts say, and the multiverse holds every combination once."""

import numpy as np
import pytest

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.errors import InputError
from dakpn.evaluation.confusion import ConfusionStore
from dakpn.evaluation.metrics import METRICS, scores
from dakpn.evaluation.protocols import PROTOCOLS, multiverse, protocol_named, score_rows, scores_under

STREET, FACE = LABEL_SPACES["cityscapes"], LABEL_SPACES["celebamask-hq"]


def counts(label_space, images=6, seed=0):
    """Few classes per image, and one class that occurs nowhere."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 50, (images, len(label_space), len(label_space)))
    found[:, :, 9], found[:, 9, :] = 0, 0
    for image in found:
        image[rng.permutation(len(label_space))[:8], :] = 0
    unscored = sorted(set(range(len(label_space))) - set(label_space.scored))
    found[:, unscored, :] = 0
    return found


@pytest.mark.parametrize(
    "label_space, number, classes",
    [(STREET, 12, {19, 16}), (FACE, 18, {19, 18, 16}), (LABEL_SPACES["camvid"], 12, {19, 11})],
)
def test_the_multiverse_holds_every_combination_once_and_opens_with_paper_and_released(label_space, number, classes):
    found = multiverse(label_space)
    assert [p.name for p in found[:2]] == ["paper", "released"]
    assert len({(p.absent, p.of(label_space), p.average) for p in found}) == len(found) == number
    assert {len(p.of(label_space)) for p in found} == classes


@pytest.mark.parametrize("label_space", [STREET, FACE], ids=lambda label_space: label_space.name)
def test_scores_under_a_protocol_are_the_scores_that_its_parts_say(label_space):
    images = counts(label_space)
    for protocol in multiverse(label_space):
        found, _ = scores_under(images, protocol, label_space)
        options = (protocol.absent, protocol.of(label_space))
        if protocol.average == "dataset":
            expected = {m: getattr(scores(images, *options), a) for m, a in METRICS.items()}
        else:
            single = [scores(image, *options) for image in images]
            expected = {m: np.mean([getattr(one, a) for one in single]) for m, a in METRICS.items()}
        assert found == pytest.approx(expected)


def test_a_name_made_of_parts_is_the_protocol_of_the_multiverse():
    assert protocol_named("released") is PROTOCOLS["released"]
    for protocol in multiverse(FACE)[2:]:
        assert protocol_named(protocol.name) == protocol


@pytest.mark.parametrize("name", ["papers", "exclude-16", "skip-16-image"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(InputError, match=name):
        protocol_named(name)


def test_a_class_set_that_the_space_lacks_is_refused():
    with pytest.raises(InputError, match="no class set '18'"):
        protocol_named("exclude-18-image").of(STREET)


def test_an_image_without_a_counted_pixel_does_not_enter_the_mean_over_images():
    images = counts(STREET)
    empty = np.concatenate([images, np.zeros((1, 19, 19), dtype=images.dtype)])
    protocol = protocol_named("exclude-all-image")
    assert scores_under(empty, protocol, STREET)[0] == pytest.approx(scores_under(images, protocol, STREET)[0])


def test_rows_hold_every_metric_with_an_interval_and_every_class():
    store = ConfusionStore(tuple("abcdef"), counts(FACE), FACE)
    rows, classes = score_rows(store)
    assert [(row["protocol"], row["metric"]) for row in rows] == [(p, m) for p in PROTOCOLS for m in METRICS]
    assert all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in rows)
    assert [len([c for c in classes if c["protocol"] == name]) for name in PROTOCOLS] == [18, 19]
