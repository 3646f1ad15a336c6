"""Uncertainty: how far scores and their differences would move with other training seeds and other test images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dakpn.metrics import from_marginals, marginals

METRICS = ("pixel_accuracy", "class_accuracy", "mean_iou")

CHUNK = 1_000  # resamples at a time: bounds memory, 4 MB of weights per 500 images


def image_interval(
    counts: np.ndarray, statistic: Callable[[np.ndarray], float], *, resamples: int = 500, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of `statistic` over test images.

    counts: (N,n,n) confusion matrices; `statistic` takes their (n,n) sum. Images are drawn with replacement, which says
    what other test images would have given, not what another training seed would have. (nan, nan) for fewer than two
    images.
    """
    # Imported here because only scoring needs scipy and every other job would pay for it.
    from scipy.stats import bootstrap

    if len(counts) < 2:
        return float("nan"), float("nan")

    def of_images(indices: np.ndarray) -> float:
        drawn = np.bincount(indices, minlength=len(counts))
        return statistic(np.tensordot(drawn, counts, axes=1))

    interval = bootstrap(
        (np.arange(len(counts)),),
        of_images,
        n_resamples=resamples,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def paired_bootstrap(
    counts: Mapping[str, np.ndarray],
    *,
    resamples: int = 10_000,
    seed: int = 0,
    absent: Literal["exclude", "one", "zero"] = "exclude",
    classes: Sequence[int] | None = None,
) -> Mapping[str, Mapping[str, np.ndarray]]:
    """Resampled scores of several methods, drawn with the same seeds and the same images for all of them.

    counts: method -> (S,N,n,n) confusion matrices of S training seeds on N images, in one order for all methods.
    Returns metric (METRICS) -> method -> (resamples,) scores that lie around the mean over seeds and are not limited to
    [0,1]. `absent`, `classes`: as in `dakpn.metrics.scores`.

    Images are drawn with replacement. Seeds are few: drawing S of them with replacement would understate their spread
    by (S-1)/S and know nothing of its uncertainty. Their mean is moved instead by a multivariate t with S-1 degrees of
    freedom whose scale is the observed covariance of the methods over seeds (declared choice). The interval of a score
    or of a difference is then exact where only seeds matter, right for many images where only images matter, and wider
    than need be where both do, which shows for 2 or 3 seeds. With S = 1 seeds cannot be drawn: the scores say what
    other test images would have given, not what another training would have.

    All scores are nan for fewer than two images. Raises ValueError when the methods' shapes differ.
    """
    shapes = {np.shape(matrices) for matrices in counts.values()}
    if len(shapes) != 1 or any(len(shape) != 4 for shape in shapes):
        raise ValueError(f"counts must be (S,N,n,n), one shape for all methods, not {sorted(shapes)}")
    seeds, images = next(iter(shapes))[:2]
    of_images, of_seeds = np.random.default_rng(seed).spawn(2)
    sums = {method: marginals(np.asarray(matrices)) for method, matrices in counts.items()}
    observed = {method: from_marginals(part.sum(axis=1), absent, classes)[:3] for method, part in sums.items()}
    if images < 2:
        empty = np.full(resamples, np.nan)
        return {metric: dict.fromkeys(counts, empty) for metric in METRICS}
    shift = seed_shift(of_seeds, resamples, seeds)
    drawn = {metric: {method: [] for method in counts} for metric in METRICS}
    for start in range(0, resamples, CHUNK):
        weights = _image_weights(of_images, min(CHUNK, resamples - start), images)
        for method, part in sums.items():
            # Whole numbers below 2**53: the product is exact in float64.
            total = (weights @ part.swapaxes(0, 1).reshape(images, -1)).reshape(-1, seeds, *part.shape[2:])
            for metric, values in zip(METRICS, from_marginals(total, absent, classes)[:3], strict=True):
                drawn[metric][method].append(values.mean(axis=1))
    return {
        metric: {method: np.concatenate(drawn[metric][method]) + shift @ observed[method][index] for method in counts}
        for index, metric in enumerate(METRICS)
    }


def interval(draws: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """The central interval of (R,) draws; (nan, nan) when a draw is nan."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


@dataclass(frozen=True)
class Difference:
    """Method a less method b: the 95 % interval and the two-sided p of "no difference"."""

    low: float
    high: float
    p: float


def difference(draws_a: np.ndarray, draws_b: np.ndarray) -> Difference:
    """Compare two methods by paired (R,) draws. p is at least 2/(R+1), and 1 for draws that agree."""
    gap = np.asarray(draws_a) - np.asarray(draws_b)
    if np.isnan(gap).any():
        return Difference(np.nan, np.nan, np.nan)
    rarer = min((gap <= 0).sum(), (gap >= 0).sum())
    return Difference(*interval(gap), p=min(1.0, float(2 * (rarer + 1) / (len(gap) + 1))))


def _image_weights(rng: np.random.Generator, resamples: int, images: int) -> np.ndarray:
    """(resamples, images) float64: how often each image is drawn."""
    drawn = rng.integers(images, size=(resamples, images)) + images * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * images).reshape(resamples, images).astype(np.float64)


def seed_shift(rng: np.random.Generator, resamples: int, seeds: int) -> np.ndarray:
    """(resamples, seeds) weights of sum zero: their product with S scores is a t with S-1 degrees of freedom times the
    standard error of the scores' mean. All zero for one seed.
    """
    if seeds == 1:
        return np.zeros((resamples, 1))
    normal = rng.standard_normal((resamples, seeds))
    centred = normal - normal.mean(axis=1, keepdims=True)
    return centred / np.sqrt(seeds * rng.chisquare(seeds - 1, size=(resamples, 1)))


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's step-down correction of (K,) p-values, in their order: the chance of any false rejection stays below the
    level.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    raised = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    corrected = np.empty_like(raised)
    corrected[order] = raised
    return corrected
