"""Figure 2: the same crop of the source and of every method's translation beside a crop of a real image, enlarged."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle

from dakpn.figures.canvas import new_figure, read_samples, save, show


def zoomed_crops(samples: Mapping[str, str | Path], reference: np.ndarray, path: str | Path) -> None:
    """Upper row: the first image, whole, with the crop framed. Lower row: the crop, every pixel enlarged to a square.

    samples: {label: samples.npz} with ids, source and translation (K,H,W,3) uint8. reference: one real image (H,W,3)
    uint8. The crop is `busiest` of the source; the real image, which shows another scene, is cropped at the same place
    relative to its size.
    """
    loaded = read_samples(samples, ("source", "translation"))
    source = next(iter(loaded.values()))["source"][0]
    images = {"Real": reference, "Source": source}
    images.update({label: entry["translation"][0] for label, entry in loaded.items()})
    crop = busiest(source)
    height, width = source.shape[:2]
    ratios = [height / width, crop[2] / crop[3]]
    figure = new_figure(1.9 * len(images) + 0.2, 1.9 * sum(ratios) + 0.5)
    panels = figure.subplots(2, len(images), squeeze=False, height_ratios=ratios)
    for (label, image), whole, part in zip(images.items(), *panels, strict=True):
        scale = np.array([image.shape[0] / height, image.shape[1] / width] * 2)
        top, left, tall, wide = np.round(crop * scale).astype(int)
        show(whole, image)
        for colour, weight in (("black", 3.0), ("white", 1.2)):
            corner = (left - 0.5, top - 0.5)
            whole.add_patch(Rectangle(corner, wide, tall, fill=False, edgecolor=colour, linewidth=weight))
        whole.set_title(label, fontsize=9)
        show(part, image[top : top + tall, left : left + wide])
    save(figure, path)


def busiest(image: np.ndarray, share: float = 0.3) -> tuple[int, int, int, int]:
    """(top, left, height, width) of the window with `share` of the image's sides and the largest sum of brightness
    steps: a rule, so that no method is favoured. image: (H,W,3) uint8.
    """
    grey = image.astype(np.float64).mean(axis=2)
    steps = np.zeros_like(grey)
    steps[1:] += np.abs(np.diff(grey, axis=0))
    steps[:, 1:] += np.abs(np.diff(grey, axis=1))
    tall, wide = (max(2, round(side * share)) for side in grey.shape)
    total = np.pad(steps.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    sums = total[tall:, wide:] - total[:-tall, wide:] - total[tall:, :-wide] + total[:-tall, :-wide]
    top, left = np.unravel_index(sums.argmax(), sums.shape)
    return int(top), int(left), tall, wide
