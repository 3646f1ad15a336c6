import numpy as np
import pytest

from dakpn.metrics import scores
from dakpn.statistics import image_interval


def accuracy(counts):
    return scores(counts).pixel_accuracy


def images(count, seed):
    right = np.random.default_rng(seed).binomial(100, 0.7, count)
    return np.array([[[r, 100 - r], [0, 0]] for r in right])


def test_interval_covers_the_truth_about_as_often_as_it_says():
    intervals = [image_interval(images(40, seed), accuracy, resamples=200, seed=seed) for seed in range(100)]
    covered = np.mean([low <= 0.7 <= high for low, high in intervals])
    assert 0.85 <= covered <= 1.0


def test_interval_shrinks_with_more_images_and_contains_the_score():
    few, many = image_interval(images(10, 0), accuracy), image_interval(images(400, 0), accuracy)
    assert many[1] - many[0] < (few[1] - few[0]) / 3
    assert many[0] <= accuracy(images(400, 0)) <= many[1]


def test_same_seed_same_interval():
    assert image_interval(images(20, 0), accuracy) == image_interval(images(20, 0), accuracy)


def test_one_image_has_no_interval():
    assert np.isnan(image_interval(images(1, 0), accuracy)).all()


def test_equal_images_have_an_interval_of_no_width():
    low, high = image_interval(np.repeat(images(1, 0), 5, axis=0), accuracy)
    assert low == pytest.approx(high)
