"""Variance components against simulations with known variances, and against a published fit."""

import math

import numpy as np
import pytest

from dakpn.evaluation.components import SOURCES, components

IMAGES, COUNT = 0.25, 60


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch):
    monkeypatch.setattr("dakpn.evaluation.components.DRAWS", 1000)


def scored(rng, seeds, replicates, translator, segmenter):
    """(S,K) scores in points."""
    return 40 + translator * rng.standard_normal((seeds, 1)) + segmenter * rng.standard_normal((seeds, replicates))


def estimated(rng, replicates, translator=4.0, segmenter=1.0, seeds=3):
    """The components of an optimised method beside five that are not."""
    scores = {"own": scored(rng, seeds, replicates, translator, segmenter)}
    scores |= {f"fixed{n}": scored(rng, seeds, replicates, 0.0, segmenter) for n in range(5)}
    images = {name: IMAGES * rng.chisquare(COUNT - 1) / (COUNT - 1) for name in scores}
    return components(scores, images, {name: name == "own" for name in scores}, COUNT)


@pytest.mark.parametrize("replicates", [1, 2], ids=["pooled segmenter", "own replicates"])
def test_components_are_those_of_the_simulation(replicates):
    rng = np.random.default_rng(0)
    found = [estimated(rng, replicates) for _ in range(400)]
    means = [np.mean([one["own"][source].deviation ** 2 for one in found]) for source in SOURCES]
    assert means == pytest.approx([16, 1, IMAGES], rel=0.15)
    fixed = found[0]["fixed0"]
    assert fixed["translator"] == (0.0,) * 6
    assert fixed["segmenter"].share + fixed["images"].share == pytest.approx(1)


@pytest.mark.parametrize("replicates", [1, 2])
@pytest.mark.parametrize("translator", [0.0, 1.0, 4.0])
def test_intervals_of_deviations_and_shares_cover_the_truth(replicates, translator):
    rng, variances = np.random.default_rng(1), np.array([translator**2, 1.0, IMAGES])
    found = [estimated(rng, replicates, translator)["own"] for _ in range(400)]
    for source, variance in zip(SOURCES, variances, strict=True):
        deviation, share = math.sqrt(variance), variance / variances.sum()
        parts = [one[source] for one in found]
        covered = [[p.low <= deviation <= p.high, p.share_low <= share <= p.share_high] for p in parts]
        of_deviation, of_share = np.mean(covered, axis=0)
        # 95 %, up to the noise of 400 simulations; less for the others' shares beside a translator that never varies.
        assert 0.92 <= of_deviation <= 0.985
        assert (0.92 if translator or source == "translator" else 0.85) <= of_share <= 0.985


DYESTUFF = [
    [1545, 1440, 1440, 1520, 1580],
    [1540, 1555, 1490, 1560, 1495],
    [1595, 1550, 1605, 1510, 1560],
    [1445, 1440, 1595, 1465, 1545],
    [1595, 1630, 1515, 1635, 1625],
    [1520, 1455, 1450, 1480, 1445],
]
"""Batches x yields (Davies and Goldsmith 1972)."""


def test_the_estimates_are_those_of_restricted_maximum_likelihood():
    own = components({"own": np.array(DYESTUFF)}, {"own": IMAGES}, {"own": True}, COUNT)["own"]
    # As lme4 fits them (Bates et al. 2015).
    assert own["translator"].deviation ** 2 == pytest.approx(1764.05, abs=0.01)
    assert own["segmenter"].deviation ** 2 == pytest.approx(2451.25, abs=0.01)


def test_without_replicates_and_fixed_methods_translator_and_segmenter_cannot_be_told_apart():
    scores = scored(np.random.default_rng(0), 3, 1, 4.0, 1.0)
    own = components({"own": scores}, {"own": IMAGES}, {"own": True}, COUNT)["own"]
    assert np.isnan(own["translator"]).all() and np.isnan(own["segmenter"]).all() and math.isnan(own["images"].share)
    assert own["images"].low < own["images"].deviation == 0.5 < own["images"].high
    assert components({"own": scores[:1]}, {"own": IMAGES}, {"own": True}, COUNT) == {}


def test_methods_without_any_spread_have_no_shares():
    own = components({"own": np.full((3, 2), 40.0)}, {"own": 0.0}, {"own": False}, COUNT)["own"]
    assert own["segmenter"].deviation == 0 and math.isnan(own["segmenter"].share)
