"""Recommended numbers of seeds, replicates and images, tried in simulations by the tests that judge a run."""

import math

import numpy as np
import pytest

from dakpn.evaluation.power import Difference, Side, pair_ways, power, recommend
from dakpn.evaluation.statistics import Measured, combined

LEVEL, MARGIN = 0.005, 1.0
DRAWS = np.random.default_rng(0).standard_normal(200)
DRAWS = (DRAWS - DRAWS.mean()) / DRAWS.std()


def recommended(gap):
    return recommend(pair_ways(gap, LEVEL, MARGIN, LEVEL))


def decided(rng, value, sides, images, times=500):
    """How often runs with (standard deviation, seeds) decide; two sides have seeds of their own."""
    count = 0
    for _ in range(times):
        terms = []
        for own, (deviation, seeds) in enumerate(sides):
            first = own == 0
            shift = (value + images * rng.standard_normal()) * first
            scores = shift + deviation * rng.standard_normal(seeds)
            mean, named = scores.mean(), {(own, seed): score for seed, score in enumerate(scores)}
            terms.append((Measured(mean, mean + first * images * DRAWS, named, "points"), 1.0))
        gap = combined(*terms)
        count += gap.differs() <= LEVEL or gap.equivalent(MARGIN) <= LEVEL
    return count / times


@pytest.mark.parametrize(
    ("value", "sides", "images"),
    [
        (3.0, [(4.0, 3)], 0.0),
        (-3.0, [(4.0, 3)], 0.5),
        (6.0, [(2.0, 3)], 1.0),
        (0.0, [(0.5, 3)], 0.1),
        (3.0, [(4.0, 8), (1.0, 3)], 0.5),
    ],
    ids=["seeds only", "below", "both", "equal", "own seeds"],
)
def test_the_recommended_number_of_seeds_decides_in_80_of_100_repetitions(value, sides, images):
    gap = Difference(value, images**2, tuple(Side(deviation**2, seeds) for deviation, seeds in sides))
    more = recommended(gap).seeds
    found = decided(np.random.default_rng(1), value, [(d, seeds + more) for d, seeds in sides], images)
    expected = power(pair_ways(gap, LEVEL, MARGIN, LEVEL), seeds=more)
    assert expected >= 0.8 and found == pytest.approx(expected, abs=0.06)
    if more > 1:
        assert power(pair_ways(gap, LEVEL, MARGIN, LEVEL), seeds=more - 1) < 0.8


def test_replicates_help_as_far_as_segmenters_make_the_noise():
    more = recommended(Difference(5.0, 0.01, (Side(4.0, 8, segmenter=4.0),)))
    assert 2 <= more.replicates < 20
    found = decided(np.random.default_rng(2), 5.0, [(2.0 / math.sqrt(more.replicates), 8)], 0.1)
    assert found >= 0.75
    assert recommended(Difference(1.5, 0.01, (Side(16.0, 3, segmenter=1.0),))).replicates == math.inf
    assert math.isnan(recommended(Difference(1.5, 0.01, (Side(16.0, 3),))).replicates)


def test_replicates_halve_at_most_what_is_measured():
    gap = Difference(5.0, 0.01, (Side(4.0, 3, segmenter=50.0),))
    assert gap.noise(replicates=2)[0] == pytest.approx(gap.noise()[0] / math.sqrt(2))


def test_images_help_as_far_as_they_make_the_noise():
    more = recommended(Difference(4.0, 4.0, (Side(0.1, 5),)))
    assert 1 < more.images < 20 and more.seeds == math.inf
    found = decided(np.random.default_rng(3), 4.0, [(math.sqrt(0.1), 5)], 2.0 / math.sqrt(more.images))
    assert found >= 0.75
    assert recommended(Difference(1.5, 0.01, (Side(16.0, 3),))).images == math.inf


def test_a_difference_beside_the_margin_takes_more_seeds_than_are_tried():
    assert recommended(Difference(1.0, 0.0, (Side(400.0, 3),))).seeds is None
    assert math.isnan(recommended(Difference(1.0, 0.0, (Side(4.0, 3),))).images)


def test_noise_is_that_of_the_engine():
    rng = np.random.default_rng(4)
    first, second = (Measured(0.0, rng.standard_normal(9), dict(enumerate(rng.standard_normal(4)))) for _ in range(2))
    other = Measured(0.0, second.draws, dict(enumerate(rng.standard_normal(6))))
    for pair in ((first, second), (first, other)):
        gap = combined((pair[0], 1.0), (pair[1], -1.2))
        own = Difference.between((pair[0], 1.0, 0.1), (pair[1], -1.2, 0.1))
        assert own.noise() == pytest.approx((gap.error, gap.freedom, gap.images))


def test_a_way_of_many_differences_takes_more_than_its_hardest():
    gap = Difference(3.0, 0.0, (Side(4.0, 3),))
    (one,), _ = pair_ways(gap, LEVEL, MARGIN, LEVEL)
    assert recommend([[one] * 5]).seeds > recommend([[one]]).seeds
    # Any of several ways is enough.
    assert recommend([[one] * 5, [one]]).seeds == recommend([[one]]).seeds
