"""Uncertainty: how far a score would move with other test images."""

from collections.abc import Callable

import numpy as np


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
