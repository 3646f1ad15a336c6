"""Spending time on seeds: against trying all numbers of seeds, and in cases whose answer is plain."""

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_ind

from dakpn.errors import InputError
from dakpn.evaluation.allocation import allocate, half_width

ROOT = Path(__file__).parents[2]
DEVIATIONS = {"dakpn-s": 4.0, "dakpn-t": 4.0, "cyclegan": 1.0, "fda": 0.5}
SECONDS = {"dakpn-s": 30.0, "dakpn-t": 30.0, "cyclegan": 75.0, "fda": 20.0}


def test_the_half_width_is_that_of_welchs_interval():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(4), 3 * rng.standard_normal(7)
    low, high = ttest_ind(a, b, equal_var=False).confidence_interval()
    assert half_width((a.std(ddof=1), b.std(ddof=1)), (4, 7)) == pytest.approx((high - low) / 2)
    assert half_width((0.0, 0.0), (3, 3)) == 0


def test_noisy_and_cheap_methods_get_the_seeds():
    spent = allocate(DEVIATIONS, SECONDS, 1000)
    assert spent.seeds["cyclegan"] == spent.seeds["fda"] == 3
    assert min(spent.seeds["dakpn-s"], spent.seeds["dakpn-t"]) > 8
    assert set(spent.widest) == {"dakpn-s", "dakpn-t"}
    assert spent.seconds == sum(spent.seeds[name] * SECONDS[name] for name in SECONDS)
    assert 1000 - 30 < spent.seconds <= 1000


@pytest.mark.parametrize("seed", range(8))
def test_the_widest_interval_is_close_to_the_narrowest_that_can_be_bought(seed):
    rng, names = np.random.default_rng(seed), list("abc")
    deviations = dict(zip(names, rng.choice([0.3, 1.0, 2.0, 4.0], 3), strict=True))
    seconds = dict(zip(names, rng.choice([20.0, 50.0, 100.0], 3), strict=True))
    budget = 3 * sum(seconds.values()) * 1.5
    widths = {}
    for counts in product(*(range(3, int(budget / seconds[name]) + 1) for name in names)):
        seeds = dict(zip(names, counts, strict=True))
        if sum(seeds[name] * seconds[name] for name in names) <= budget:
            pairs = combinations(names, 2)
            widths[counts] = max(half_width((deviations[a], deviations[b]), (seeds[a], seeds[b])) for a, b in pairs)
    spent = allocate(deviations, seconds, budget)
    assert spent.half_width == pytest.approx(widths[tuple(spent.seeds.values())])
    assert spent.half_width <= 1.06 * min(widths.values())


def test_without_time_for_the_least_number_the_budget_is_named():
    assert allocate(DEVIATIONS, SECONDS, 465).seeds == dict.fromkeys(SECONDS, 3)
    with pytest.raises(InputError, match="3 seeds of every method take 465 core-seconds, not 464"):
        allocate(DEVIATIONS, SECONDS, 464)


def test_the_table_in_the_documentation_follows_from_its_own_deviations_and_seconds():
    text = (ROOT / "docs" / "miniature.md").read_text(encoding="utf-8")
    table = text[text.index("| method | sd, points") :].partition("\n\n")[0].splitlines()
    times = [float(cell.rstrip("x ")) for cell in table[0].strip("| ").split(" | ")[3:]]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    (*_, widths), rows = rows[-1:], rows[:-1]
    deviations, seconds = ({row[0]: float(row[column]) for row in rows} for column in (1, 2))
    for column, (share, width) in enumerate(zip(times, widths[3:], strict=True), start=3):
        spent = allocate(deviations, seconds, 3 * sum(seconds.values()) * share * (1 + 1e-9))
        assert spent.seeds == {row[0]: int(row[column]) for row in rows}
        assert f"{spent.half_width:.1f}" == width
