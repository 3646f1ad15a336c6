"""What would decide an open comparison: more training seeds, more segmenter replicates, or more test images."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr
from scipy.stats import chi2, norm, t

from dakpn.evaluation.statistics import Measured, combined

POWER = 0.8
"""How often a recommended number shall decide."""
MOST = 1000
"""More further seeds, replicates, or times as many images are not tried."""
GRID = np.linspace(-6, 6, 41)
WEIGHTS = norm.pdf(GRID) / norm.pdf(GRID).sum()
MIDDLES = (np.arange(10) + 0.5) / 10


class Side(NamedTuple):
    """Noise of training in a difference: the variance between the values of seeds, their number, and the variance of
    one segmenter replicate in it (nan where it is not known)."""

    variance: float
    seeds: int
    segmenter: float = math.nan


@dataclass(frozen=True)
class Difference:
    """A measured difference in points. images: its variance under other test images. sides: its noise of training; one
    where seeds are paired, two where the methods have other seeds. replicates: segmenters of each seed."""

    value: float
    images: float
    sides: tuple[Side, ...]
    replicates: int = 1

    @classmethod
    def between(cls, *terms: tuple[Measured, float, float], replicates: int = 1) -> "Difference":
        """The sum of measured numbers times factors, paired as in `dakpn.evaluation.statistics`. terms: number, factor,
        variance of one segmenter replicate."""
        gap = combined(*(term[:2] for term in terms))
        parts = [(n.seeds, factor, factor**2 * segmenter) for n, factor, segmenter in terms if len(n.seeds) > 1]
        if len({tuple(sorted(seeds)) for seeds, *_ in parts}) == 1:
            sums = [sum(factor * seeds[seed] for seeds, factor, _ in parts) for seed in parts[0][0]]
            sides = [Side(float(np.var(sums, ddof=1)), len(sums), sum(segmenter for *_, segmenter in parts))]
        else:
            sides = [
                Side(factor**2 * float(np.var(list(seeds.values()), ddof=1)), len(seeds), segmenter)
                for seeds, factor, segmenter in parts
            ]
        return cls(gap.value, gap.images**2, tuple(sides), replicates)

    def noise(self, seeds: float = 0, replicates: float | None = None, images: float = 1) -> tuple[float, float, float]:
        """(standard error of training, its degrees of freedom, standard deviation of images) with that many further
        seeds for each method, replicates in all, and times as many images. nan where a replicate's worth is unknown."""
        now, parts = self.replicates, []
        for variance, count, segmenter in self.sides:
            if replicates is not None:
                # Paired or estimated, a segmenter's variance may exceed what it is a part of; nan stays.
                variance -= (1 / now - 1 / replicates) * np.minimum(segmenter, now * variance)
            parts.append((variance / (count + seeds), count + seeds - 1))
        total = sum(variance for variance, _ in parts)
        weights = sum(variance**2 / freedom for variance, freedom in parts)
        return math.sqrt(total), total**2 / weights if weights else math.inf, math.sqrt(self.images / images)


class Region(NamedTuple):
    """Decides where a difference is found between `low` and `high`, with a one-sided p of at most `level` at each."""

    low: float
    high: float
    level: float


Way = Sequence[tuple[Difference, Region]]
"""A way to be decided: all of these differences are found in their regions."""


class Recommendation(NamedTuple):
    """The smallest numbers that decide with a chance of POWER, each alone, if differences and noise are as measured:
    further seeds, replicates in all, and times as many test images. inf: not even infinitely many, because of the other
    noise; None: more than MOST; nan: not known."""

    seeds: float | None
    replicates: float | None
    images: float | None


def pair_ways(gap: Difference, level: float, margin: float, level_equal: float) -> list[Way]:
    """How a pair is decided: different from zero at the two-sided `level`, in the measured direction, or within
    `margin` at `level_equal`."""
    apart = Region(0.0, math.inf, level / 2) if gap.value > 0 else Region(-math.inf, 0.0, level / 2)
    return [[(gap, apart)], [(gap, Region(-margin, margin, level_equal))]]


def recommend(ways: Sequence[Way]) -> Recommendation:
    """What would decide in one of `ways`."""
    gaps = [gap for way in ways for gap, _ in way]
    replicates = max(gap.replicates for gap in gaps)
    known = all(not math.isnan(gap.noise(replicates=math.inf)[0]) for gap in gaps)
    imaged = any(gap.images for gap in gaps)
    return Recommendation(
        _smallest(lambda number: power(ways, seeds=number), 1),
        _smallest(lambda number: power(ways, replicates=number), replicates + 1) if known else math.nan,
        _smallest(lambda number: power(ways, images=number), 2) if imaged else math.nan,
    )


def power(ways: Sequence[Way], **design: float) -> float:
    """Chance that the likeliest of `ways` decides, at least. design: as in `Difference.noise`."""
    # Boole's inequality bounds the chance that all differences of a way are found.
    return max(1 - sum(1 - _chance(gap, region, design) for gap, region in way) for way in ways)


def _chance(gap: Difference, region: Region, design: dict[str, float]) -> float:
    """Chance that a repetition finds `gap` in `region`, over what it may measure as difference and as noise."""
    error, freedom, images = gap.noise(**design)
    noise = math.hypot(error, images) or 1e-12
    if error and math.isfinite(freedom):
        errors = error * np.sqrt(chi2.ppf(MIDDLES, freedom) / freedom)
    else:
        errors = np.array([error])
    needed = _needed(errors, freedom, images, region.level)
    below, above = (norm.cdf((end - gap.value) / noise) for end in (region.low + needed, region.high - needed))
    return float(np.maximum(0.0, above - below).mean())


def _needed(errors: np.ndarray, freedom: float, images: float, level: float) -> np.ndarray:
    """How far from a bound a difference has to lie for a one-sided p of `level`, for each standard error of training;
    p is that of `dakpn.evaluation.statistics.Combination.above`."""
    if not errors.any() or math.isinf(freedom):
        return np.hypot(errors, images) * norm.isf(level)
    low, high = np.zeros_like(errors), images * norm.isf(level / 2) + errors * t.isf(level / 2, freedom)
    for _ in range(20):
        middle = (low + high) / 2
        p = stdtr(freedom, -(middle[:, None] + images * GRID) / errors[:, None]) @ WEIGHTS
        low, high = np.where(p > level, middle, low), np.where(p > level, high, middle)
    return high


def _smallest(chance: Callable[[float], float], first: int) -> float | None:
    """The smallest number from `first` on with a chance of POWER; see Recommendation."""
    if chance(math.inf) < POWER:
        return math.inf
    step = 0
    while chance(first + step) < POWER:
        if step == MOST - 1:
            return None
        step = min(2 * step + 1, MOST - 1)
    # Doubling first, because most answers are small.
    low, high = first + (step + 1) // 2, first + step
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= POWER else (middle + 1, high)
    return low
