"""Pixel accuracy, class accuracy and mean IoU from confusion matrices.

One matrix summed over the whole set decides a score, never a mean of per-image scores. What a class counts that never
occurs is a policy, stated beside every number, because it moves mean IoU by many points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

ABSENT = {"exclude": np.nan, "one": 1.0, "zero": 0.0}


@dataclass(frozen=True)
class Scores:
    """Scores in [0,1]; `iou` has one value per class, nan where the class is absent and excluded."""

    pixel_accuracy: float
    class_accuracy: float
    mean_iou: float
    iou: np.ndarray


def scores(
    confusion: np.ndarray,
    absent: Literal["exclude", "one", "zero"] = "exclude",
    classes: Sequence[int] | None = None,
) -> Scores:
    """Scores of an (n,n) matrix, row = target, or of (N,n,n) matrices, which are summed first.

    absent: what a 0/0 counts, in a class's accuracy (no such pixel in the targets) and in its IoU (none in the
    predictions either): left out of the mean, one (the released code), or zero. classes: the classes the means run
    over, all by default. Raises ValueError on an unknown policy or a shape that is no confusion matrix. Without any
    counted pixel all scores are nan.
    """
    if absent not in ABSENT:
        raise ValueError(f"absent: {absent!r} is none of {', '.join(ABSENT)}")
    matrix = np.asarray(confusion)
    if matrix.ndim not in (2, 3) or matrix.shape[-1] != matrix.shape[-2]:
        raise ValueError(f"a confusion matrix is (n,n) or (N,n,n), not {matrix.shape}")
    matrix = (matrix.sum(axis=0) if matrix.ndim == 3 else matrix).astype(np.float64)
    chosen = list(range(len(matrix))) if classes is None else list(classes)
    right, targets, predictions = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    if targets.sum() == 0:
        return Scores(np.nan, np.nan, np.nan, np.full(len(matrix), np.nan))
    accuracy = _ratio(right, targets, ABSENT[absent])
    iou = _ratio(right, targets + predictions - right, ABSENT[absent])
    return Scores(
        pixel_accuracy=float(right.sum() / targets.sum()),
        class_accuracy=_mean(accuracy[chosen]),
        mean_iou=_mean(iou[chosen]),
        iou=iou,
    )


def _ratio(numerator: np.ndarray, denominator: np.ndarray, empty: float) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.full_like(numerator, empty), where=denominator > 0)


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
