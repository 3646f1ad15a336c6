"""Variance components and recommended numbers of seeds, against simulations with known variances."""

import math

import numpy as np
import pytest

from dakpn.evaluation.comparison import LEVEL
from dakpn.evaluation.components import components, images_to_decide, seeds_to_decide
from dakpn.evaluation.statistics import Combination, Measured, combined

MARGIN = 1.0


def scored(rng, seeds, replicates, translator, segmenter):
    """(S,K) scores in points."""
    return 40 + translator * rng.standard_normal((seeds, 1)) + segmenter * rng.standard_normal((seeds, replicates))


def measured(scores, images=0.5):
    spread = np.array([-1.0, 1.0]) * images
    return Measured(float(scores.mean()), scores.mean() + spread, dict(enumerate(scores.mean(axis=1))), "points")


def estimated(rng, replicates, translator=4.0, segmenter=1.0, seeds=3):
    """The components of an optimised method beside five that are not."""
    scores = {"own": scored(rng, seeds, replicates, translator, segmenter)}
    scores |= {f"fixed{n}": scored(rng, seeds, replicates, 0.0, segmenter) for n in range(5)}
    numbers = {name: measured(values) for name, values in scores.items()}
    return components(numbers, scores, {name: name == "own" for name in scores})


@pytest.mark.parametrize("replicates", [1, 2], ids=["pooled segmenter", "own replicates"])
def test_components_are_those_of_the_simulation(replicates):
    rng = np.random.default_rng(0)
    found = [estimated(rng, replicates) for _ in range(1500)]
    own = [one["own"] for one in found]
    assert np.mean([one.translator for one in own]) == pytest.approx(16, rel=0.1)
    assert np.mean([one.segmenter for one in own]) == pytest.approx(1, rel=0.1)
    assert own[0].images == pytest.approx(0.25)
    assert all(one["fixed0"].translator == 0 and math.isnan(one["fixed0"].share) for one in found)


@pytest.mark.parametrize("replicates", [1, 2])
@pytest.mark.parametrize("translator", [0.0, 1.0, 4.0])
def test_the_interval_of_a_share_covers_the_truth(replicates, translator):
    rng, truth = np.random.default_rng(1), translator**2 / (translator**2 + 1.0 + 0.25)
    found = [estimated(rng, replicates, translator)["own"] for _ in range(1500)]
    assert 0.93 <= np.mean([one.low - 1e-9 <= truth <= one.high + 1e-9 for one in found]) <= 1.0
    assert translator or np.mean([one.high < 1e-9 for one in found]) < 0.05


def test_without_replicates_and_fixed_methods_translator_and_segmenter_cannot_be_told_apart():
    scores = {"own": scored(np.random.default_rng(0), 3, 1, 4.0, 1.0)}
    own = components({"own": measured(scores["own"])}, scores, {"own": True})["own"]
    assert math.isnan(own.translator) and math.isnan(own.segmenter) and math.isnan(own.share)
    one = {"own": scores["own"][:1]}
    assert components({"own": measured(one["own"])}, one, {"own": True}) == {}


def gap(value, error, images=0.0, seeds=3):
    return Combination(value, value, images, error, seeds - 1, "points", True)


@pytest.mark.parametrize(("value", "sd"), [(3.0, 4.0), (6.0, 4.0), (0.0, 0.5)], ids=["small", "large", "equal"])
def test_the_recommended_number_of_seeds_decides_in_80_of_100_repetitions(value, sd):
    seeds = seeds_to_decide(gap(value, sd / math.sqrt(3)), 3, MARGIN, pairs=10)
    rng, decided = np.random.default_rng(2), []
    for _ in range(1000):
        draws = value + sd * rng.standard_normal(seeds)
        number = Measured(draws.mean(), np.array([draws.mean()]), dict(enumerate(draws)), "points")
        result = combined((number, 1.0))
        decided.append(min(result.differs(), result.equivalent(MARGIN)) <= LEVEL / 10)
    assert 0.75 <= np.mean(decided) <= 0.95


def test_what_seeds_cannot_decide_is_said_and_images_may():
    noisy = gap(1.5, 0.2, images=1.0)
    assert seeds_to_decide(noisy, 3, MARGIN, pairs=10) is None
    factor = images_to_decide(gap(4.0, 0.0, images=2.0), MARGIN, pairs=10)
    assert 1 < factor < 20
    assert images_to_decide(gap(1.5, 3.0, images=1.0), MARGIN, pairs=10) is None
    assert seeds_to_decide(gap(10.0, 0.01), 3, MARGIN, pairs=10) == 3
