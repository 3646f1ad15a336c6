"""Figure 4: what segmenters trained on different translations predict on real images."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.patches import Patch

from dakpn.data.label_spaces import LabelSpace
from dakpn.figures.canvas import new_figure, read_samples, save, show


def segmentation_predictions(
    predictions: Mapping[str, str | Path], label_space: LabelSpace, path: str | Path, *, rows: int = 4
) -> None:
    """Columns: image, ground truth, the predictions in the order of `predictions`; one line per image; class legend.

    predictions: {label: predictions.npz} with ids, image (K,H,W,3) uint8, label and prediction (K,H,W) uint8 train ids.
    Ignored pixels (255) are black in the ground truth. The legend lists classes that occur.
    """
    loaded = read_samples(predictions, ("image", "label", "prediction"))
    first = {name: array[:rows] for name, array in next(iter(loaded.values())).items()}
    maps = {"Ground truth": first["label"], **{label: entry["prediction"][:rows] for label, entry in loaded.items()}}
    columns = {"Image": first["image"], **{label: label_space.colourise(entry) for label, entry in maps.items()}}
    seen = [i for i in np.unique(np.concatenate([entry.ravel() for entry in maps.values()])) if i < len(label_space)]
    count, ratio = len(first["image"]), first["image"].shape[1] / first["image"].shape[2]
    width = 2.2 if ratio < 1 else 1.6
    per_line = max(3, int(width * len(columns) / 1.15))
    legend = 0.2 * -(-len(seen) // per_line) + 0.2
    figure = new_figure(width * len(columns), (width * ratio + 0.06) * count + 0.3 + legend)
    panels = figure.subplots(count, len(columns), squeeze=False)
    for (label, images), line in zip(columns.items(), panels.T, strict=True):
        line[0].set_title(label, fontsize=9)
        for image, axes in zip(images, line, strict=True):
            show(axes, image)
    patches = [
        Patch(facecolor=label_space.colours[i] / 255, edgecolor="grey", label=label_space.classes[i]) for i in seen
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=per_line, fontsize=7, frameon=False)
    save(figure, path)
