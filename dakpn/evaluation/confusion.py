"""Confusion matrices, one per image: every score, policy and interval is computed from these, later, without a GPU."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zipfile import ZIP_LZMA, ZipFile

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.errors import InputError
from dakpn.files import atomic_path, read_arrays

if TYPE_CHECKING:  # tables and figures read stores without torch
    from torch import Tensor

Labels = TypeVar("Labels", "np.ndarray", "Tensor")


def confusion_matrix(prediction: Labels, target: Labels, num_classes: int, ignore_index: int = 255) -> Labels:
    """(B,H,W) integer predictions and targets -> (B,n,n) int64 counts, row = target, column = prediction.

    Both are tensors on one device or both arrays, and so is the result. Pixels whose target is `ignore_index` are not
    counted. Raises ValueError when the shapes differ or when a counted pixel holds a class outside 0..n-1.
    """
    if prediction.shape != target.shape or prediction.ndim != 3:
        raise ValueError(
            f"prediction {tuple(prediction.shape)} and target {tuple(target.shape)} must be one (B,H,W) shape"
        )
    if isinstance(target, np.ndarray):
        bincount, image = np.bincount, np.arange(len(target))
        prediction, target = prediction.astype(np.int64), target.astype(np.int64)
    else:
        import torch

        bincount, image = torch.bincount, torch.arange(len(target), device=target.device)
        prediction, target = prediction.long(), target.long()
    counted = target != ignore_index
    for name, labels in (("prediction", prediction), ("target", target)):
        outside = counted & ((labels < 0) | (labels >= num_classes))
        if outside.any():
            raise ValueError(f"{name} holds class {int(labels[outside][0])}, outside 0..{num_classes - 1}")
    cell = (image.reshape(-1, 1, 1) * num_classes + target) * num_classes + prediction
    counts = bincount(cell[counted], minlength=len(target) * num_classes**2)
    return counts.reshape(len(target), num_classes, num_classes)


@dataclass(frozen=True)
class ConfusionStore:
    """The (N,n,n) int64 matrices of N evaluated images, with their ids and the label space they are scored in."""

    ids: tuple[str, ...]
    counts: np.ndarray
    label_space: LabelSpace

    def save(self, path: str | Path, packed: bool = False) -> None:
        """Write a compressed .npz, atomically; the label space is JSON text in it. packed: slower and smaller."""
        counts = self.counts.astype(np.uint32)
        if packed and self.counts.max(initial=0) < 2**16:
            counts = np.asfortranarray(self.counts.astype(np.uint16))
        arrays = {
            "ids": np.array(self.ids),
            "counts": counts,
            "space": np.array(json.dumps(self.label_space.to_dict())),
        }
        with atomic_path(path) as temporary:
            if not packed:
                np.savez_compressed(temporary, **arrays)
                return
            with ZipFile(temporary, "w", ZIP_LZMA) as archive:
                for name, array in arrays.items():
                    with archive.open(f"{name}.npy", "w") as file:
                        np.lib.format.write_array(file, array)

    @classmethod
    def load(cls, path: str | Path) -> "ConfusionStore":
        """Read what `save` wrote. Raises InputError for a file that is damaged or holds no confusion matrices."""
        content = read_arrays(path, ("ids", "counts", "space"))
        counts, label_space = content["counts"], LabelSpace.from_dict(json.loads(str(content["space"])))
        shape = (len(content["ids"]), len(label_space), len(label_space))
        if counts.shape != shape or counts.dtype.kind not in "ui":
            found = f"{counts.dtype} {counts.shape}"
            raise InputError(f"{path}: holds {found} instead of counts {shape}. Delete the file and score again.")
        return cls(tuple(content["ids"].tolist()), counts.astype(np.int64), label_space)

    @classmethod
    def joined(cls, stores: Sequence["ConfusionStore"], ids: Sequence[str]) -> "ConfusionStore":
        """The store of the images `ids`, in this order, from stores of one label space that share them.

        Raises InputError where these have other images.
        """
        found = [name for store in stores for name in store.ids]
        if sorted(found) != sorted(ids):
            raise InputError(f"shares of a score have other images ({len(found)}) than it ({len(ids)}). Score again.")
        counts = dict(zip(found, np.concatenate([store.counts for store in stores]), strict=True))
        return cls(tuple(ids), np.stack([counts[name] for name in ids]), stores[0].label_space)
