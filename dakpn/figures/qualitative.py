"""Figures 3 and 5: source images, every method's translations of them, and real images for reference."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dakpn.figures.canvas import WIDTH, new_figure, read_samples, save_photographs, show

LABEL = 110
"""Width of the methods' names in pixels."""


def translation_grid(
    samples: Mapping[str, str | Path], references: np.ndarray, path: str | Path, *, columns: int = 4
) -> None:
    """Rows: source, the methods in the order of `samples`, real images; columns: the first `columns` images.

    samples: {label: samples.npz} with ids, source and translation (K,H,W,3) uint8. references: (>=1,H,W,3) uint8 real
    images, unpaired; a column without one stays empty. Raises InputError when the files show different images.
    """
    loaded = read_samples(samples, ("source", "translation"))
    source = next(iter(loaded.values()))["source"][:columns]
    rows = {"Source": source, **{label: entry["translation"][: len(source)] for label, entry in loaded.items()}}
    rows["Real, other scenes"] = references[: len(source)]
    ratio = max(images.shape[1] / images.shape[2] for images in rows.values())
    figure = new_figure(((WIDTH - LABEL) / len(source) * ratio + 4) * len(rows))
    panels = figure.subplots(len(rows), len(source), squeeze=False)
    for (label, images), line in zip(rows.items(), panels, strict=True):
        for axes in line[len(images) :]:
            axes.set_axis_off()
        for image, axes in zip(images, line, strict=False):
            show(axes, image)
        words = label.replace(", ", ",\n").replace(" (", "\n(").replace(" -", "\n-")
        line[0].set_ylabel(words, rotation=0, ha="right", va="center", fontsize=11)
    save_photographs(figure, path)
