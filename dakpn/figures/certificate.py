"""The geometry certificate's worst images: flipped classes, and how far a change of one pixel reaches."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.figures.canvas import new_figure, save, show
from dakpn.files import read_arrays

FIELDS = ("methods", "source", "truth", "true_classes", "translation", "classes", "pixel", "response")
FAINTEST, STRONGEST = 0.5, 128.0
"""Ends of the response's logarithmic scale in 8-bit steps: the smallest that counts, and the change of the pixel."""


def certificate_maps(maps: str | Path, label_space: LabelSpace, path: str | Path, *, labels: Mapping[str, str]) -> None:
    """One line per method. Of its image with the most flips: source, true rendering, translation, the judge's classes
    on both, and the flipped pixels. Of the change that reached farthest: the response, with its pixel circled.

    maps: .npz with, per method (first axis), source, truth, translation (H,W,3) uint8, classes, true_classes (h,w)
    uint8 train ids, pixel (row, column), response (H,W) in 8-bit steps. labels: {method key: label}. Raises InputError
    for a missing field.
    """
    data = read_arrays(maps, FIELDS)
    flipped = data["classes"] != data["true_classes"]
    columns = {
        "Source": data["source"],
        "True rendering": data["truth"],
        "Translation": data["translation"],
        "Classes, true": label_space.colourise(data["true_classes"]),
        "Classes, translation": label_space.colourise(data["classes"]),
        "Flips": np.where(flipped[..., None], label_space.colourise(data["classes"]), 235).astype(np.uint8),
    }
    response = np.log10(np.clip(data["response"], FAINTEST, STRONGEST))
    low, high = np.log10([FAINTEST, STRONGEST])
    height, width = data["source"].shape[1:3]
    across = 1.9 if width > height else 1.3
    down = across * height / width
    count = len(data["methods"])
    figure = new_figure(across * 7 + 1.3, (down + 0.06) * count + 0.9)
    panels = figure.subplots(count + 1, 7, squeeze=False, height_ratios=[down] * count + [0.08])
    for row, line in enumerate(panels[:count]):
        # Classes have the judge's size; drawn over the image's rectangle they can be compared with it.
        for axes, images in zip(line, columns.values(), strict=False):
            show(axes, images[row], extent=(0, width, height, 0))
        drawn = show(line[6], response[row], cmap="magma_r", vmin=low, vmax=high, extent=(0, width, height, 0))
        y, x = data["pixel"][row] + 0.5
        line[6].plot(x, y, "o", markersize=7, markerfacecolor="none", markeredgecolor="#0072B2", markeredgewidth=1.2)
        flips = f"{100 * flipped[row].mean():.0f} % flips"
        method = str(data["methods"][row])
        line[0].set_ylabel(f"{labels.get(method, method)}\n{flips}", rotation=0, ha="right", va="center", fontsize=8)
    for axes, title in zip(panels[0], [*columns, "Response to one pixel"], strict=True):
        axes.set_title(title, fontsize=9)
    ticks = [0.5, 1, 2, 4, 8, 16, 32, 64, 128]
    for axes in panels[count, :6]:
        axes.set_axis_off()
    bar = figure.colorbar(drawn, cax=panels[count, 6], orientation="horizontal", ticks=np.log10(ticks))
    bar.ax.set_xticklabels([f"{tick:g}" for tick in ticks], fontsize=6)
    bar.set_label("8-bit steps", fontsize=8)
    save(figure, path)
