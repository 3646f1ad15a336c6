"""Spending time on seeds: against trying all numbers of seeds, and in cases whose answer is plain."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import ttest_ind

from dakpn.errors import InputError
from dakpn.evaluation.allocation import allocate, half_width

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
