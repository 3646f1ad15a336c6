"""The geometry certificate's worst images: flipped classes, and how far a change of one pixel reaches."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dakpn.data.label_spaces import LabelSpace
from dakpn.figures.canvas import NEUTRAL, WIDTH, new_figure, save_photographs, show
from dakpn.figures.classes import Classes
from dakpn.files import read_arrays

FIELDS = ("methods", "source", "truth", "true_classes", "translation", "classes", "pixel", "response")
FAINTEST, STRONGEST = 0.5, 128.0
"""Ends of the response's logarithmic scale in 8-bit steps: the smallest that counts, and the change of the pixel."""
TICKS = (0.5, 1, 4, 16, 64, 128)
LABEL = 90
"""Width of the methods' names in pixels."""


def certificate_maps(maps: str | Path, label_space: LabelSpace, path: str | Path, *, labels: Mapping[str, str]) -> None:
    """One line per method. Of its image with the most flips: source, true rendering, translation, the judge's classes
    on both, and the flipped pixels. Of the change that reached farthest: the response, with its pixel circled.

    maps: .npz with, per method (first axis), source, truth, translation (H,W,3) uint8, classes, true_classes (h,w)
    uint8 train ids, pixel (row, column), response (H,W) in 8-bit steps. labels: {method key: label} in display order.
    Raises InputError for a missing field.
    """
    data = read_arrays(maps, FIELDS)
    names, shown = data["methods"].tolist(), list(labels)
    order = sorted(range(len(names)), key=lambda row: shown.index(names[row]) if names[row] in shown else len(shown))
    flipped = data["classes"] != data["true_classes"]
    classes = Classes(label_space, [data["classes"], data["true_classes"]])
    painted = classes.paint(data["classes"])
    apart = np.kron(flipped, np.ones((painted.shape[1] // flipped.shape[1],) * 2, bool))
    columns = {
        "Source": data["source"],
        "True\nrendering": data["truth"],
        "Translation": data["translation"],
        "Classes,\ntrue": classes.paint(data["true_classes"]),
        "Classes,\ntranslation": painted,
        "Flips": np.concatenate([painted, np.where(apart, 255, 0)[..., None].astype(np.uint8)], axis=-1),
    }
    strength = np.where(data["response"] < FAINTEST, np.nan, data["response"])
    response = np.log10(np.clip(strength, FAINTEST, STRONGEST))
    low, high = np.log10([FAINTEST, STRONGEST])
    height, width = data["source"].shape[1:3]
    down = (WIDTH - LABEL) / 7 * height / width + 4
    figure = new_figure(max(down, 36) * len(order) + 100 + classes.height)
    panels = figure.subplots(len(order), 7, squeeze=False)
    for row, line in zip(order, panels, strict=True):
        # Classes have the judge's size; drawn over the image's rectangle they can be compared with it.
        for axes, images in zip(line, columns.values(), strict=False):
            show(axes, images[row], extent=(0, width, height, 0))
        drawn = show(line[6], response[row], cmap="autumn_r", vmin=low, vmax=high, extent=(0, width, height, 0))
        # What shows through elsewhere is the page.
        for axes in line[5:]:
            axes.spines[:].set(visible=True, color=NEUTRAL, linewidth=0.6)
        y, x = data["pixel"][row] + 0.5
        line[6].plot(x, y, "o", markersize=7, markerfacecolor="none", markeredgecolor="#0072B2", markeredgewidth=1.2)
        label = labels.get(names[row], names[row]).replace(", ", ",\n").replace(" (", "\n(").replace(" -", "\n-")
        words = f"{label}\n{100 * flipped[row].mean():.0f} % flips"
        line[0].set_ylabel(words, rotation=0, ha="right", va="center", fontsize=11)
    for axes, title in zip(panels[0], [*columns, "Response\nto one pixel"], strict=True):
        axes.set_title(title, fontsize=11)
    bar = figure.colorbar(drawn, ax=panels, orientation="horizontal", ticks=np.log10(TICKS), aspect=60, pad=0.01)
    bar.ax.set_xticklabels([f"{tick:g}" for tick in TICKS])
    bar.set_label("Response in 8-bit steps")
    classes.legend(figure)
    save_photographs(figure, path)
