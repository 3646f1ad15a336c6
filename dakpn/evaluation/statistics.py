"""Uncertainty: how far scores and their differences would move with other training seeds and other test images.

One engine for tables, shares of the gap, claims and sensitivity. A `Measured` number carries its noise; `combined` adds
and subtracts such numbers, paired over all that they share.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from scipy.stats import norm, t

from dakpn.evaluation.metrics import METRICS, Absent, from_marginals, marginals

SHARE_POWER = 0.75
CHUNK = 1_000  # resamples at a time, fewer where images are many:
WEIGHED = 1_000_000  # weights at a time: bounds memory to 8 MB, which a processor's cache may hold
GRID = np.linspace(-8, 8, 321)
WEIGHTS = norm.pdf(GRID) / norm.pdf(GRID).sum()
"""Standard normal noise as points and weights."""


@dataclass(frozen=True)
class Measured:
    """A measured number and its noise.

    draws: (R,) values with other test images, or (1,) where those are not resampled; the same images in every number
    that it is combined with. seeds: training seed -> its value, the mean over its replicates; empty where none is
    involved. error, freedom: standard error and degrees of freedom of further noise that nothing shares, such as a
    timing's. decides: False where a source of noise was not measured (one training seed, one reading).
    """

    value: float
    draws: np.ndarray
    seeds: Mapping[int, float] = field(default_factory=dict)
    unit: str = ""
    decides: bool = True
    error: float = 0.0
    freedom: float = math.inf

    def scaled(self, factor: float, unit: str) -> "Measured":
        """The same number in another unit."""
        seeds = {seed: factor * value for seed, value in self.seeds.items()}
        own = dict(value=factor * self.value, draws=factor * self.draws, seeds=seeds, error=factor * self.error)
        return replace(self, **own, unit=unit)

    def interval(self) -> tuple[float, float]:
        """The 95 % interval; see `Combination.interval`."""
        return combined((self, 1.0)).interval()


@dataclass(frozen=True)
class Combination:
    """A weighted sum of measured numbers around `centre`: normal noise of standard deviation `images` from test images,
    and noise from training seeds or repetitions, a t of `freedom` degrees of freedom with the scale `error`.
    """

    value: float
    centre: float
    images: float
    error: float
    freedom: float
    unit: str
    decides: bool

    def above(self, bound: float) -> float:
        """One-sided p of "not above `bound`"; 1 where the noise is unknown.

        The two kinds of noise are added as they are. The degrees of freedom of `interval` are right for 95 %, but too
        many for the small p that a correction over many comparisons needs.
        """
        distance = self.centre - bound
        if math.isnan(self.error) or math.isnan(self.images):
            return 1.0
        if self.error == 0:
            return float(norm.sf(distance / self.images)) if self.images else float(distance <= 0)
        return float(WEIGHTS @ t.sf((distance + self.images * GRID) / self.error, self.freedom))

    def below(self, bound: float) -> float:
        """One-sided p of "not below `bound`"."""
        return replace(self, centre=-self.centre).above(-bound)

    def differs(self) -> float:
        """Two-sided p of "zero"; nan where a source of noise was not measured."""
        return min(1.0, 2 * min(self.above(0.0), self.below(0.0))) if self._known else math.nan

    def equivalent(self, margin: float) -> float:
        """p of "`margin` or more away from zero": the larger of two one-sided tests (Schuirmann 1987); nan likewise."""
        return max(self.above(-margin), self.below(margin)) if self._known else math.nan

    @property
    def _known(self) -> bool:
        return self.decides and not (math.isnan(self.error) or math.isnan(self.images))

    def interval(self) -> tuple[float, float]:
        """The 95 % interval; nan where the noise is unknown.

        Its degrees of freedom are those of the seeds over the seeds' share of the variance to the power of SHARE_POWER:
        exact where only seeds or only (many) images matter, and between Satterthwaite's power of 2, which is too narrow
        for few seeds, and the seeds' alone, which is too wide (decision seed-spread, by simulation).
        """
        both, freedom = math.hypot(self.images, self.error), math.inf
        if self.error > 0:
            freedom = self.freedom * (1 + (self.images / self.error) ** 2) ** SHARE_POWER
        half = both * float(t.ppf(0.975, freedom)) if both else both
        return self.centre - half, self.centre + half


def combined(*terms: tuple[Measured, float]) -> Combination:
    """The sum of measured numbers times their factors, with the noise that is left when what they share cancels."""
    value = sum(factor * number.value for number, factor in terms)
    draws = sum(factor * number.draws for number, factor in terms)
    error, freedom = _seed_noise(terms)
    unpaired = math.hypot(*(factor * number.error for number, factor in terms))
    if unpaired or math.isnan(unpaired):
        error, freedom = math.hypot(error, unpaired), min(freedom, *(number.freedom for number, _ in terms))
    decides = all(number.decides for number, _ in terms)
    return Combination(value, float(draws.mean()), float(draws.std()), error, freedom, terms[0][0].unit, decides)


def _seed_noise(terms: Sequence[tuple[Measured, float]]) -> tuple[float, float]:
    """(standard error, degrees of freedom) of a weighted sum of means over training seeds.

    Numbers with the same seeds are paired, because segmenters of one seed start from the same weights: the spread is
    that of the sum. Otherwise the means count as independent, with Welch's degrees of freedom: with a covariance from
    the few shared seeds, intervals are too narrow (by simulation).
    """
    several = [(number.seeds, factor) for number, factor in terms if len(number.seeds) > 1]
    if not several:
        return 0.0, math.inf
    if len({tuple(sorted(seeds)) for seeds, _ in several}) == 1:
        sums = [sum(factor * seeds[seed] for seeds, factor in several) for seed in several[0][0]]
        return float(np.std(sums, ddof=1)) / math.sqrt(len(sums)), len(sums) - 1
    variances = [factor**2 * np.var(list(seeds.values()), ddof=1) / len(seeds) for seeds, factor in several]
    weights = sum(v**2 / (len(seeds) - 1) for v, (seeds, _) in zip(variances, several, strict=True))
    return math.sqrt(sum(variances)), float(sum(variances) ** 2 / weights) if weights else math.inf


def measure(
    counts: Mapping[str, Mapping[int, np.ndarray]],
    *,
    resamples: int = 10_000,
    seed: int = 0,
    absent: Absent = "exclude",
    classes: Sequence[int] | None = None,
    average: Literal["dataset", "image"] = "dataset",
) -> Mapping[str, Mapping[str, Measured]]:
    """Attribute of Scores -> method -> its score in [0,1], under the same resampled images for all methods.

    counts: method -> training seed -> (K,N,n,n) confusion matrices of K segmenter replicates on N images, in one order
    for all. Scores are means over seeds of means over replicates. absent, classes: as in
    `dakpn.evaluation.metrics.scores`. average: "dataset" scores the matrix summed over the images, "image" takes the
    mean of their own scores, without those that have none. Images are drawn with replacement; draws are nan for fewer
    than two. Raises ValueError when the methods' images differ in number.
    """
    shapes = [{array.shape for array in seeds.values()} for seeds in counts.values()]
    numbers = {shape[1:] for of in shapes for shape in of}
    if len(numbers) != 1 or any(len(of) > 1 for of in shapes):
        raise ValueError(f"counts must hold the same images and classes for all methods, not {sorted(numbers)}")
    images = next(iter(numbers))[0]
    options = (absent, classes, average)
    sums = {m: np.concatenate([marginals(array) for array in seeds.values()]) for m, seeds in counts.items()}
    statistics = {method: _Statistic(of, *options) for method, of in sums.items()}
    rng, parts = np.random.default_rng(seed), {method: [] for method in counts}
    chunk = max(1, min(CHUNK, WEIGHED // images))
    for start in range(0, resamples if images > 1 else 0, chunk):
        weights = _image_weights(rng, min(chunk, resamples - start), images)
        for method, statistic in statistics.items():
            parts[method].append(statistic(weights).mean(axis=-1))
    result: dict[str, dict[str, Measured]] = {name: {} for name in METRICS.values()}
    for method, statistic in statistics.items():
        observed = statistic(np.ones((1, images)))[:, 0].reshape(3, len(counts[method]), -1).mean(axis=-1)
        draws = np.concatenate(parts[method], axis=1) if images > 1 else np.full((3, 1), np.nan)
        for name, of_images, of_seeds in zip(METRICS.values(), draws, observed, strict=True):
            seeds = dict(zip(counts[method], map(float, of_seeds), strict=True))
            result[name][method] = Measured(float(of_seeds.mean()), of_images, seeds, decides=len(seeds) > 1)
    return result


class _Statistic:
    """The scores of a method as a function of how often each image is drawn: (R,N) weights -> (3,R,S) in METRICS."""

    def __init__(self, sums: np.ndarray, absent: str, classes: Sequence[int] | None, average: str):
        self.options, self.average, self.shape = (absent, classes), average, sums.shape
        if average == "image":
            values = np.stack(from_marginals(sums, *self.options)[:3])  # (3,S,N)
            sums = np.stack([np.nan_to_num(values), np.isfinite(values)])
            self.columns = np.moveaxis(sums, -1, 0).reshape(sums.shape[-1], -1)
        else:
            self.columns = sums.swapaxes(0, 1).reshape(sums.shape[1], -1)

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        # Whole numbers below 2**53: for the data set the product is exact in float64.
        product = weights @ self.columns
        seeds = self.shape[0]
        if self.average == "image":
            total, number = np.moveaxis(product.reshape(-1, 2, 3, seeds), 0, 2)
            return np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
        return np.stack(from_marginals(product.reshape(-1, seeds, *self.shape[2:]), *self.options)[:3])


def _image_weights(rng: np.random.Generator, resamples: int, images: int) -> np.ndarray:
    """(resamples, images) float64: how often each image is drawn."""
    drawn = rng.integers(images, size=(resamples, images)) + images * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * images).reshape(resamples, images).astype(np.float64)
