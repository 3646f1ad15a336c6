"""Shares of the gap between source and target: the arithmetic, and the guard."""

import numpy as np
import pandas as pd
import pytest

from dakpn.evaluation.metrics import METRICS
from dakpn.evaluation.statistics import Measured
from dakpn.tables.domain_gap import GAP, gap_table
from dakpn.tables.format import write
from dakpn.tables.lines import COLUMNS

LABELS = {
    "identity": "Source (untranslated)",
    "fda": "FDA",
    "cyclegan": "CycleGAN",
    "mine": "My method",
    "oracle": "Target",
}
RUN = dict(run="test", protocol="paper", labels=LABELS)


def measured(scores, half=0.5):
    """scores: {method: values by seed} -> mIOU whose 95 % interval over test images has the half-width `half`."""
    draws = {method: np.random.default_rng(n).standard_normal(20_000) for n, method in enumerate(scores)}
    return {
        method: {
            metric: Measured(
                float(np.mean(values)),
                np.mean(values) + half / 1.96 * draws[method],
                dict(enumerate(values)),
                "points",
                len(values) > 1,
            )
            for metric in METRICS
        }
        for method, values in scores.items()
    }


def shares(scores):
    table = gap_table({("street", "96x160"): scores}, **RUN)
    return table[table["metric"] == "mIOU"].set_index("method")


@pytest.mark.parametrize(
    "score, share", [(20.0, 0), (60.0, 100), (30.0, 25), (10.0, -25), (70.0, 125)], ids=lambda value: str(value)
)
def test_a_share_is_where_the_score_lies_between_source_and_target(score, share):
    found = shares(measured({"identity": [20.0], "oracle": [60.0], "fda": [score]}))
    assert found.loc["FDA", "value"] == pytest.approx(share)
    assert found.loc[GAP, "value"] == pytest.approx(40) and found.loc[GAP, "unit"] == "points"
    assert set(found.index) == {"FDA", GAP}


def test_scores_are_averaged_before_they_are_divided():
    found = shares(measured({"identity": [19, 20, 21], "oracle": [60, 60, 60], "fda": [29, 30, 34]}))
    line = found.loc["FDA"]
    # The mean of the seeds' own shares would be 27.57.
    assert line["value"] == pytest.approx(27.5, abs=1e-6) and line["seeds"] == 3
    assert line["seed_sd"] == pytest.approx(100 * 3**0.5 / 40)


@pytest.mark.parametrize(
    "target, half, known",
    [([21.5], 0.1, True), ([20.9], 0.1, False), ([24.0], 3.0, False), ([25.0], 3.0, True), ([10.0], 0.1, False)],
    ids=["clear", "under a point", "under its half-width", "above its half-width", "target below source"],
)
def test_a_share_of_a_small_gap_is_left_out(target, half, known):
    found = shares(measured({"identity": [20.0], "oracle": target, "fda": [20.5]}, half))
    assert found.loc["FDA"].notna()["value"] == known
    assert (found.loc["FDA", "shown"] == "gap too small") != known
    assert found.loc[GAP, "value"] == pytest.approx(target[0] - 20)


def test_a_gap_that_seeds_leave_open_is_small():
    steady = {"identity": [20.0, 20.2, 19.8], "oracle": [30.0, 30.2, 29.8], "fda": [25.0, 25.0, 25.0]}
    wild = {**steady, "identity": [10.0, 30.0, 20.0]}
    assert shares(measured(steady)).loc["FDA", "value"] == pytest.approx(50)
    assert pd.isna(shares(measured(wild)).loc["FDA", "value"])


def test_the_interval_is_that_of_a_simulation():
    random = np.random.default_rng(0)
    source, oracle, ours = (random.normal(mean, 2 / 1.96, 200_000) for mean in (20, 60, 35))
    low, high = np.quantile(100 * (ours - source) / (oracle - source), (0.025, 0.975))
    line = shares(measured({"identity": [20.0], "oracle": [60.0], "fda": [35.0]}, half=2)).loc["FDA"]
    assert line["ci_low"] == pytest.approx(low, abs=0.3) and line["ci_high"] == pytest.approx(high, abs=0.3)


def test_scores_without_both_ends_give_no_line():
    assert gap_table({("street", "96x160"): measured({"identity": [20.0], "fda": [30.0]})}, **RUN).empty


def test_resolutions_and_tasks_have_their_own_columns(tmp_path):
    scores = {"identity": [20.0], "oracle": [60.0], "mine": [30.0], "cyclegan": [40.0]}
    larger = {method: [value[0] + 10 * (method == "mine")] for method, value in scores.items()}
    small, large = measured(scores), measured(larger)
    table = gap_table({("street", "96x96"): small, ("street", "96x160"): large, ("face", "96x96"): small}, **RUN)
    assert list(table.columns) == COLUMNS
    assert list(dict.fromkeys(table["method"])) == ["CycleGAN", "My method", GAP]
    write(table[table["metric"] == "mIOU"], tmp_path / "gap", "Gap")
    text = (tmp_path / "gap.md").read_text()
    assert all(f"{name} mIOU" in text for name in ("Street 96x96", "Street 96x160", "Face 96x96"))
    line = next(line for line in text.splitlines() if "My method" in line)
    assert [cell.split()[0] for cell in line.split("|")[2:-1]] == ["25.0", "50.0", "25.0"]
