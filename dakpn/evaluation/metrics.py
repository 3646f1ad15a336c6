"""Pixel accuracy, class accuracy and mean IoU from confusion matrices.

A score is computed from one matrix summed over the whole set, not as a mean of per-image scores. How an absent class is
scored is a policy; it is stated beside every number because it moves mean IoU by many points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

METRICS = {"pxAcc": "pixel_accuracy", "clsAcc": "class_accuracy", "mIOU": "mean_iou"}
"""Name in tables -> attribute of `Scores`."""
Absent = Literal["exclude", "one", "zero"]
ABSENT = {"exclude": np.nan, "one": 1.0, "zero": 0.0}


@dataclass(frozen=True)
class Scores:
    """Scores in [0,1]; `iou` has one value per class, nan where the class is absent and excluded."""

    pixel_accuracy: float
    class_accuracy: float
    mean_iou: float
    iou: np.ndarray


def scores(confusion: np.ndarray, absent: Absent = "exclude", classes: Sequence[int] | None = None) -> Scores:
    """Scores of an (n,n) matrix, row = target, or of (N,n,n) matrices, which are summed first.

    absent: the value of 0/0 in a class's accuracy (no such pixel in the targets) and in its IoU (none in the
    predictions either): left out of the mean, one (the released code), or zero. classes: the classes the means run
    over, all by default. Raises ValueError on an unknown policy or a shape that is not that of confusion matrices.
    Without any counted pixel all scores are nan.
    """
    matrix = np.asarray(confusion)
    if matrix.ndim not in (2, 3) or matrix.shape[-1] != matrix.shape[-2]:
        raise ValueError(f"a confusion matrix is (n,n) or (N,n,n), not {matrix.shape}")
    matrix = matrix.sum(axis=0) if matrix.ndim == 3 else matrix
    *means, iou = from_marginals(marginals(matrix), absent, classes)
    return Scores(*map(float, means), iou)


def marginals(confusion: np.ndarray) -> np.ndarray:
    """(...,n,n) counts -> (...,3,n) float64: right pixels, targets and predictions per class."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    return np.stack([right, confusion.sum(axis=-1), confusion.sum(axis=-2)], axis=-2).astype(np.float64)


def from_marginals(
    sums: np.ndarray, absent: Absent = "exclude", classes: Sequence[int] | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(...,3,n) from `marginals`, summed -> pixel accuracy, class accuracy, mean IoU, all (...), and IoU (...,n)."""
    if absent not in ABSENT:
        raise ValueError(f"absent: {absent!r} is none of {', '.join(ABSENT)}")
    right, targets, predictions = sums[..., 0, :], sums[..., 1, :], sums[..., 2, :]
    chosen = list(range(right.shape[-1])) if classes is None else list(classes)
    total = targets.sum(axis=-1)
    counted = total > 0
    accuracy = _ratio(right, targets, ABSENT[absent])
    # Without a counted pixel there is no score, whatever the policy.
    iou = np.where(counted[..., None], _ratio(right, targets + predictions - right, ABSENT[absent]), np.nan)
    class_accuracy = np.where(counted, _mean(accuracy[..., chosen]), np.nan)
    return _ratio(right.sum(axis=-1), total, np.nan), class_accuracy, _mean(iou[..., chosen]), iou


def _ratio(numerator: np.ndarray, denominator: np.ndarray, empty: float) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.full_like(numerator, empty), where=denominator > 0)


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis without nan; nan where nothing is left."""
    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1).astype(np.float64), np.nan)
