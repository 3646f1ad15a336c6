"""Confusion matrices, one per image: every score, policy and interval is computed from these, later, without a GPU."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dakpn.files import atomic_path


def confusion_matrix(prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int = 255) -> Tensor:
    """(B,H,W) integer predictions and targets -> (B,n,n) int64 counts, row = target, column = prediction.

    Pixels whose target is `ignore_index` are not counted. Raises ValueError when the shapes differ or when a counted
    pixel holds a class outside 0..n-1.
    """
    if prediction.shape != target.shape or prediction.ndim != 3:
        raise ValueError(
            f"prediction {tuple(prediction.shape)} and target {tuple(target.shape)} must be one (B,H,W) shape"
        )
    prediction, target = prediction.long(), target.long()
    counted = target != ignore_index
    for name, labels in (("prediction", prediction), ("target", target)):
        outside = counted & ((labels < 0) | (labels >= num_classes))
        if outside.any():
            raise ValueError(f"{name} holds class {int(labels[outside][0])}, outside 0..{num_classes - 1}")
    image = torch.arange(len(target), device=target.device).view(-1, 1, 1).expand_as(target)
    cell = (image * num_classes + target) * num_classes + prediction
    counts = torch.bincount(cell[counted], minlength=len(target) * num_classes**2)
    return counts.view(-1, num_classes, num_classes)


@dataclass(frozen=True)
class ConfusionStore:
    """The (N,n,n) int64 matrices of N evaluated images, with their ids."""

    ids: tuple[str, ...]
    counts: np.ndarray

    def save(self, path: str | Path) -> None:
        """Write a compressed .npz, atomically."""
        with atomic_path(path) as temporary:
            np.savez_compressed(temporary, ids=np.array(self.ids), counts=self.counts.astype(np.uint32))

    @classmethod
    def load(cls, path: str | Path) -> "ConfusionStore":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as content:
            return cls(tuple(content["ids"].tolist()), content["counts"].astype(np.int64))
