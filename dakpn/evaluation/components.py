"""Where the noise of a score comes from (translator, segmenter, test images), and what more of them would decide."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2, f

from dakpn.evaluation.comparison import LEVEL
from dakpn.evaluation.statistics import Combination, Measured

POWER, BOTH = 0.842, 1.282
"""Standard normal quantiles of 80 % on one side, and between two: how often a recommended number shall decide."""
MOST = 1000
"""The largest factor and number of seeds that are tried."""


@dataclass(frozen=True)
class Components:
    """Variances of the score of one training on one set of test images, in squared points.

    translator: nan where it cannot be told from the segmenter's. share: the translator's part of the sum, with the ends
    of its 95 % interval.
    """

    translator: float
    segmenter: float
    images: float
    share: float = math.nan
    low: float = math.nan
    high: float = math.nan


def components(
    numbers: Mapping[str, Measured], replicates: Mapping[str, np.ndarray], optimised: Mapping[str, bool]
) -> dict[str, Components]:
    """Method -> variance components of one column.

    numbers: method -> its score in points. replicates: method -> (S,K) scores in points. optimised: method -> whether
    its translator differs from seed to seed; where it does not, all spread is the segmenter's. With one replicate the
    segmenter's variance of an optimised method is taken from all methods that are not optimised, pooled: the assumption
    is that every method's segmenter varies alike. Nested analysis of variance; the interval of the translator's share
    follows from the F distribution of the ratio of mean squares (Searle, Casella and McCulloch 1992, section 3.6).
    Methods of one seed have no components.
    """
    several = {name: scores for name, scores in replicates.items() if len(scores) > 1}
    within = {name: _within(scores, optimised[name]) for name, scores in several.items()}
    pooled = [within[name] for name in within if not optimised[name]]
    freedom = sum(degrees for _, degrees in pooled)
    common = (sum(square * degrees for square, degrees in pooled) / freedom, freedom) if freedom else (math.nan, 0)
    result = {}
    for name, scores in several.items():
        images = float(numbers[name].draws.var())
        square, degrees = within[name] if within[name][1] else common
        if not optimised[name]:
            result[name] = Components(0.0, square, images)
            continue
        count, size = scores.shape
        between = size * float(scores.mean(axis=1).var(ddof=1))
        translator = max(0.0, (between - square) / size)
        result[name] = Components(math.nan if math.isnan(square) else translator, square, images)
        if degrees and square > 0:
            tails = f.ppf([0.975, 0.025], count - 1, degrees)
            ratios = [max(0.0, (between / square / tail - 1) / size) for tail in tails]
            rest = 1 + images / square
            shares = [ratio / (ratio + rest) for ratio in (translator / square, *ratios)]
            result[name] = replace(result[name], share=shares[0], low=shares[1], high=shares[2])
    return result


def spread(square: float, degrees: int) -> tuple[float, float]:
    """95 % interval of a standard deviation from its square and degrees of freedom, for normal noise."""
    low, high = (math.sqrt(degrees * square / chi2.ppf(tail, degrees)) for tail in (0.975, 0.025))
    return low, high


def _within(scores: np.ndarray, optimised: bool) -> tuple[float, int]:
    """Variance of the segmenter within one translation, and its degrees of freedom; nan, 0 where it is not measured."""
    seeds, size = scores.shape
    if not optimised:
        return float(scores.var(ddof=1)), scores.size - 1
    return (float(scores.var(axis=1, ddof=1).mean()), seeds * (size - 1)) if size > 1 else (math.nan, 0)


def seeds_to_decide(gap: Combination, seeds: int, margin: float, pairs: int) -> int | None:
    """The smallest number of seeds at which 80 of 100 repetitions would find `gap` different from zero or smaller than
    `margin`, if its value and its noise of one seed are as measured. None where MOST are not enough.

    seeds: that `gap` was measured with. pairs: number of comparisons that share the 5 % (Bonferroni).
    """
    return _smallest(gap, lambda more: _scaled(gap, more / seeds, 1.0, more - 1), range(seeds, MOST + 1), margin, pairs)


def images_to_decide(gap: Combination, margin: float, pairs: int) -> int | None:
    """The same for test images with the seeds as they are: the smallest factor by which their number has to grow."""
    return _smallest(gap, lambda more: _scaled(gap, 1.0, more, gap.freedom), range(1, MOST + 1), margin, pairs)


def _smallest(gap, scaled, numbers: Sequence[int], margin: float, pairs: int) -> int | None:
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _decides(scaled(numbers[middle]), margin, pairs) else (middle + 1, high)
    return numbers[low] if low < len(numbers) else None


def _scaled(gap: Combination, seeds: float, images: float, freedom: float) -> Combination:
    noise = dict(error=gap.error / math.sqrt(seeds), images=gap.images / math.sqrt(images), freedom=freedom)
    return replace(gap, **noise, centre=abs(gap.value))


def _decides(gap: Combination, margin: float, pairs: int) -> bool:
    """Whether a measurement that falls that many standard errors on the wrong side still decides."""
    noise = math.hypot(gap.error, gap.images)
    different = replace(gap, centre=max(0.0, gap.centre - POWER * noise)).differs()
    equivalent = replace(gap, centre=gap.centre + BOTH * noise).equivalent(margin)
    return min(different, equivalent) <= LEVEL / pairs
