"""How many training seeds each method gets for a given time: a rule that needs variances and costs, but no scores."""

import math
from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

from scipy.stats import t

from dakpn.errors import InputError


class Allocation(NamedTuple):
    """Seeds of each method, what they cost in core-seconds, and the widest half of a 95 % interval of a difference
    between two methods, in points, with the two."""

    seeds: dict[str, int]
    seconds: float
    half_width: float
    widest: tuple[str, str]


def half_width(deviations: tuple[float, float], seeds: tuple[int, int]) -> float:
    """Half of the 95 % interval of a difference of two means over independent seeds (Welch 1947)."""
    parts = [(deviation**2 / count, count - 1) for deviation, count in zip(deviations, seeds, strict=True)]
    total = sum(variance for variance, _ in parts)
    if not total:
        return 0.0
    freedom = total**2 / sum(variance**2 / degrees for variance, degrees in parts)
    return float(t.ppf(0.975, freedom)) * math.sqrt(total)


def allocate(
    deviations: Mapping[str, float], seconds: Mapping[str, float], budget: float, least: int = 3
) -> Allocation:
    """Spend `budget` core-seconds on seeds so that the widest interval of a difference between two methods is small.

    deviations: method -> standard deviation over seeds in points. seconds: method -> core-seconds of one seed, from
    translator to score. least: seeds that every method gets, at least two. Greedy: as long as it can be paid, one of
    the two methods of the widest interval gets one seed more, that which narrows it most per second. Raises InputError
    when `least` seeds cost more than the budget.
    """
    seeds = dict.fromkeys(deviations, least)
    pairs = list(combinations(deviations, 2))

    def width(pair: tuple[str, str], further: str = "") -> float:
        return half_width(tuple(deviations[m] for m in pair), tuple(seeds[m] + (m == further) for m in pair))

    spent = least * sum(seconds[method] for method in seeds)
    if spent > budget:
        raise InputError(f"{least} seeds of every method take {spent:.0f} core-seconds, not {budget:.0f}. Give more.")
    while True:
        widest = max(pairs, key=width)
        payable = [method for method in widest if spent + seconds[method] <= budget]
        gains = {method: (width(widest) - width(widest, method)) / seconds[method] for method in payable}
        method = max(gains, key=gains.get, default=None)
        if method is None or gains[method] <= 0:
            return Allocation(seeds, spent, width(widest), widest)
        seeds[method] += 1
        spent += seconds[method]
