"""What would decide open claims: the recommended seeds are tried by judging the claim in simulated runs."""

import math

import numpy as np
import pandas as pd
import pytest

from dakpn.claims.evidence import from_scores
from dakpn.claims.ledger import load_ledger
from dakpn.claims.power import Origin, origins, power_rows, write_power
from dakpn.claims.verdicts import against_run
from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.evaluation.comparison import Counts
from dakpn.evaluation.statistics import Measured
from dakpn.paper import PAPER, load_tables
from dakpn.tables.power import Prices

SPEC = load_tables(PAPER)
TABLES = SPEC["tables"]
CLAIMS = {claim.id: claim for claim in load_ledger(PAPER / "claims.yaml", TABLES).claims}
COSTS = pd.DataFrame([("segmenter", "roads", "own", seed, 30.0) for seed in range(3)])
COSTS.columns = ["stage", "task", "method", "seed", "seconds"]
PRICES = Prices(COSTS.assign(domain=None, resolution="", segmenter=""), {"own": True}, {})
PATTERN = np.array([-1.0, 0.0, 1.0])
"""Three seeds with mean 0 and standard deviation 1."""


def places(claim):
    sides = [
        side
        for part in claim.inequalities(TABLES)
        for side in ([part.here, part.there] if hasattr(part, "here") else [part])
    ]
    return {place for side in sides for place in (side.first, side.second)}


def run(claim, levels, noise):
    """Scores of every place of a claim: the mean of its row, and the deviations that `noise()` gives, of own seeds."""
    found = {}
    for index, place in enumerate(sorted(places(claim))):
        seeds = levels.get(place.row, 40.0) + noise()
        named = {100 * index + own: float(value) for own, value in enumerate(seeds)}
        found[place] = Measured(seeds.mean(), np.array([seeds.mean()]), named, "points")
    return found


def recommended(claim, measured):
    origin = {place: Origin("roads", "own", math.nan, 1, 50) for place in measured}
    return power_rows([claim], TABLES, measured, origin, PRICES)


@pytest.mark.parametrize(
    ("name", "levels", "deviation"),
    [
        ("abstract-gans-s", {"DA-KPN-S": 44.0}, 3.0),
        ("abstract-gans-s", {"DA-KPN-S": 36.0}, 3.0),
        ("table3-s-par", {}, 1.0),
        ("table3-s-par", {"DA-KPN-S": 44.0}, 3.0),
        ("faces-similar", {"DA-KPN-T": 48.0, "CycleGAN": 32.0}, 5.0),
    ],
    ids=["supported", "contradicted", "on par", "not on par", "same order"],
)
def test_the_recommended_seeds_decide_the_claim_in_80_of_100_runs(name, levels, deviation):
    claim, rng = CLAIMS[name], np.random.default_rng(0)
    rows = recommended(claim, run(claim, levels, lambda: deviation * PATTERN))
    assert list(rows["id"]) == [name]
    more = int(rows["further seeds"].iloc[0])
    assert more > 1 and rows["price of further seeds"].iloc[0] == pytest.approx(30 * more)
    decided = []
    for _ in range(200):
        found = run(claim, levels, lambda: deviation * rng.standard_normal(3 + more))
        decided.append(against_run([claim], TABLES, found)[0].verdict != "inconclusive")
    assert np.mean(decided) >= 0.75


def test_only_open_claims_about_scores_of_several_seeds_have_a_row():
    claim = CLAIMS["abstract-gans-s"]
    far = run(claim, {"DA-KPN-S": 90.0}, lambda: 0.1 * PATTERN)
    assert recommended(claim, far).empty
    one = run(claim, {"DA-KPN-S": 41.0}, lambda: np.zeros(1))
    assert recommended(claim, one).empty
    near = run(claim, {"DA-KPN-S": 41.0}, lambda: 3.0 * PATTERN)
    assert len(recommended(claim, near)) == 1
    assert power_rows([claim], TABLES, near, {}, PRICES).empty


def test_open_claims_are_written_with_their_prices(tmp_path):
    claim = CLAIMS["abstract-gans-s"]
    rows = recommended(claim, run(claim, {"DA-KPN-S": 44.0}, lambda: 3.0 * PATTERN))
    write_power(rows, tmp_path / "claims-power")
    read = pd.read_csv(tmp_path / "claims-power.csv")
    assert read["further seeds"].tolist() == rows["further seeds"].tolist()
    for suffix in ("md", "html"):
        text = (tmp_path / f"claims-power.{suffix}").read_text()
        assert claim.quote in text and "Further seeds" in text
        assert f"{read['further seeds'][0]:.0f} (" in text
    write_power(rows.iloc[:0], tmp_path / "none")
    assert pd.read_csv(tmp_path / "none.csv").empty


def test_origins_are_those_of_the_stores():
    rng, classes = np.random.default_rng(0), np.arange(19)

    def counts(seeds):
        matrices = np.zeros((2, 10, 19, 19), np.int64)
        matrices[:, :, classes, classes] = rng.integers(100, 200, (2, 10, 19))
        matrices[:, :, classes, (classes + 1) % 19] = 100
        return {seed: matrices + 3 * seed for seed in range(seeds)}

    of = {"cyclegan": counts(3), "dakpn-s": counts(3)}
    groups = {
        (kind, "street", "a"): Counts(tuple(map(str, range(10))), LABEL_SPACES["cityscapes"], of)
        for kind in ("segmentation", "fcn_score")
    }
    about = dict(resolutions={"street": ["a"]}, protocol="paper")
    found = origins(groups, SPEC, **about, tasks={"street": "roads"}, optimised=dict.fromkeys(of, True))
    assert found.keys() == from_scores(groups, SPEC, **about, resamples=10).keys()
    for place, origin in found.items():
        assert (origin.task, origin.replicates, origin.images) == ("roads", 2, 10)
        kind = SPEC["tables"][place.table]["kind"]
        assert (origin.segmenter > 0) if kind == "segmentation" else math.isnan(origin.segmenter)
