"""Figures 3 and 5: source images, every method's translations of them, and real images for reference."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dakpn.figures.canvas import new_figure, read_samples, save, show


def translation_grid(
    samples: Mapping[str, str | Path], references: np.ndarray, path: str | Path, *, columns: int = 4
) -> None:
    """Rows: source, the methods in the order of `samples`, real images; columns: the first `columns` images.

    samples: {label: samples.npz} with ids, source and translation (K,H,W,3) uint8. references: (>=1,H,W,3) uint8 real
    images, unpaired; a column without one stays white. Raises InputError when the files show different images.
    """
    loaded = read_samples(samples, ("source", "translation"))
    source = next(iter(loaded.values()))["source"][:columns]
    rows = {"Source": source, **{label: entry["translation"][: len(source)] for label, entry in loaded.items()}}
    real = np.full((len(source), *references.shape[1:]), 255, np.uint8)
    real[: len(references)] = references[: len(source)]
    rows["Real (random)"] = real
    width = 2.2 if source.shape[2] > source.shape[1] else 1.6
    ratio = max(images.shape[1] / images.shape[2] for images in rows.values())
    figure = new_figure(width * len(source) + 1.1, (width * ratio + 0.08) * len(rows) + 0.1)
    panels = figure.subplots(len(rows), len(source), squeeze=False)
    for (label, images), line in zip(rows.items(), panels, strict=True):
        for image, axes in zip(images, line, strict=True):
            show(axes, image)
        line[0].set_ylabel(label.replace(" ", "\n", 1), rotation=0, ha="right", va="center", fontsize=9)
    save(figure, path)
