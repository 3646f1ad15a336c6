"""Uncertainty: how far scores and their differences would move with other training seeds and other test images."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from dakpn.evaluation.metrics import METRICS, Absent, from_marginals, marginals

SHARE_POWER = 0.75
CHUNK = 1_000  # resamples at a time: bounds memory, 4 MB of weights per 500 images


def paired_bootstrap(
    counts: Mapping[str, np.ndarray],
    *,
    resamples: int = 10_000,
    seed: int = 0,
    absent: Absent = "exclude",
    classes: Sequence[int] | None = None,
    average: Literal["dataset", "image"] = "dataset",
    training: bool = True,
) -> Mapping[str, Mapping[str, np.ndarray]]:
    """Resampled scores of several methods, drawn with the same seeds and the same images for all of them.

    counts: method -> (S,N,n,n) confusion matrices of S training seeds on N images, in one order for all methods.
    Returns attribute of Scores -> method -> (resamples,) Draws that lie around the mean over seeds and are not limited
    to [0,1]; `difference` compares two of them.

    absent, classes: as in `dakpn.evaluation.metrics.scores`. average: "dataset" scores the matrix summed over the
    drawn images, "image" takes the mean of their own scores, without those that have none. training: False leaves the
    noise of training seeds out.

    Images are drawn with replacement. Seeds are few: drawing S of them with replacement would understate their variance
    by (S-1)/S and ignore its uncertainty. Their mean moves by a normal with their observed covariance, and all
    deviations are scaled to a t. Its degrees of freedom are S-1 over the seeds' share of the variance to the power of
    SHARE_POWER: exact where only seeds or only (many) images matter, and between Satterthwaite's power of 2, which is
    too narrow for few seeds, and S-1 for the seeds alone, which is too wide (decision seed-spread, by simulation: 95 %
    intervals cover about 95 to 97 % from 3 seeds on, 92.5 to 97 % with 2). With S = 1 seeds cannot be drawn: the scores
    vary over test images only, not over trainings.

    All scores are nan for fewer than two images. Raises ValueError when the methods' shapes differ.
    """
    shapes = {np.shape(matrices) for matrices in counts.values()}
    if len(shapes) != 1 or any(len(shape) != 4 for shape in shapes):
        raise ValueError(f"counts must be (S,N,n,n), one shape for all methods, not {sorted(shapes)}")
    seeds, images = next(iter(shapes))[:2]
    if images < 2:
        return {metric: dict.fromkeys(counts, np.full(resamples, np.nan)) for metric in METRICS.values()}
    options = (absent, classes, average)
    statistics = {m: _Statistic(marginals(np.asarray(matrices)), *options) for m, matrices in counts.items()}
    of_images, of_seeds = np.random.default_rng(seed).spawn(2)
    # What all methods share: (R,S) normals that move the mean over seeds (or none), and the seed of the scaling.
    chance = (of_seeds.standard_normal((resamples, seeds)) if training else None, seed)
    parts = {method: [] for method in counts}
    for start in range(0, resamples, CHUNK):
        weights = _image_weights(of_images, min(CHUNK, resamples - start), images)
        for method, statistic in statistics.items():
            parts[method].append(statistic(weights).mean(axis=-1))
    drawn = {}
    for method, statistic in statistics.items():
        observed = statistic(np.ones((1, images)))[:, 0]
        drawn[method] = [_draws(*both, chance) for both in zip(np.concatenate(parts[method], 1), observed, strict=True)]
    return {name: {m: drawn[m][index] for m in counts} for index, name in enumerate(METRICS.values())}


class Draws(np.ndarray):
    """(R,) scores and what they were made of, so that a difference of two is drawn with its own degrees of freedom.

    parts: (R,) means over seeds under resampled images, the (S,) observed scores, and what all methods share; None for
    an array that was computed from others.
    """

    parts: tuple[np.ndarray, np.ndarray, tuple[np.ndarray | None, int]] | None = None


def _draws(of_images: np.ndarray, of_seeds: np.ndarray, chance: tuple[np.ndarray | None, int]) -> Draws:
    seeds, middle = len(of_seeds), of_images.mean()
    deviations = of_images - middle
    normal, scaling = chance
    if seeds > 1 and normal is not None:
        images_variance, seeds_variance = deviations.var(), of_seeds.var(ddof=1) / seeds
        centred = normal - normal.mean(axis=1, keepdims=True)
        deviations = deviations + centred @ of_seeds / np.sqrt(seeds * (seeds - 1))
        if seeds_variance > 0:
            freedom = (seeds - 1) * (1 + images_variance / seeds_variance) ** SHARE_POWER
            scale = np.random.default_rng([scaling, 1]).chisquare(freedom, len(deviations)) / freedom
            deviations = deviations / np.sqrt(scale)
    draws = (middle + deviations).view(Draws)
    draws.parts = (of_images, of_seeds, chance)
    return draws


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


def interval(draws: np.ndarray) -> tuple[float, float]:
    """The central 95 % interval of (R,) draws; (nan, nan) when a draw is nan."""
    tail = (1 - 0.95) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


class PairedTest(NamedTuple):
    """Score of a minus score of b: the 95 % interval and the two-sided p of "no difference"."""

    low: float
    high: float
    p: float


def difference(draws_a: np.ndarray, draws_b: np.ndarray) -> PairedTest:
    """Compare two methods by paired (R,) draws of one `paired_bootstrap`; other arrays are subtracted as they are.

    p is at least 2/(R+1), and 1 for draws that agree.
    """
    gap = np.asarray(draws_a) - np.asarray(draws_b)
    parts_a, parts_b = getattr(draws_a, "parts", None), getattr(draws_b, "parts", None)
    if parts_a and parts_b and parts_a[2] is parts_b[2]:
        gap = np.asarray(_draws(parts_a[0] - parts_b[0], parts_a[1] - parts_b[1], parts_a[2]))
    if np.isnan(gap).any():
        return PairedTest(np.nan, np.nan, np.nan)
    rarer = min((gap <= 0).sum(), (gap >= 0).sum())
    return PairedTest(*interval(gap), min(1.0, float(2 * (rarer + 1) / (len(gap) + 1))))


def _image_weights(rng: np.random.Generator, resamples: int, images: int) -> np.ndarray:
    """(resamples, images) float64: how often each image is drawn."""
    drawn = rng.integers(images, size=(resamples, images)) + images * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * images).reshape(resamples, images).astype(np.float64)
