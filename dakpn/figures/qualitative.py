"""Figures 3 and 5: source images, every method's translations of them, and real images for reference."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dakpn.figures.canvas import image_rows, read_samples

SOURCE = "Source"
REFERENCE = "Real (random)"


def translation_grid(
    samples: Mapping[str, str | Path], references: np.ndarray, path: str | Path, *, columns: int = 4
) -> None:
    """Rows: source, the methods in the order of `samples`, real images; columns: the first `columns` images.

    samples: {label: samples.npz} with ids, source and translation (K,H,W,3) uint8. references: (>=1,H,W,3) uint8 real
    images, unpaired; a column without one stays white. Raises InputError when the files show different images.
    """
    loaded = read_samples(samples, ("source", "translation"))
    source = next(iter(loaded.values()))["source"][:columns]
    rows = {SOURCE: source, **{label: entry["translation"][: len(source)] for label, entry in loaded.items()}}
    real = np.full((len(source), *references.shape[1:]), 255, np.uint8)
    real[: len(references)] = references[: len(source)]
    rows[REFERENCE] = real
    height, width = source.shape[1:3]
    image_rows(rows, path, width=2.2 if width > height else 1.6)
