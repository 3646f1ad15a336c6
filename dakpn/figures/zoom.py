"""Figure 2: the same crop of the source and of every method's translation beside a crop of a real image, enlarged."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from dakpn.figures.canvas import WIDTH, new_figure, read_samples, save_photographs, show

COLUMNS = 4


def zoomed_crops(samples: Mapping[str, str | Path], reference: np.ndarray, path: str | Path) -> None:
    """The first image, whole, with the crop framed; then the crop of it, of every translation and of a real image,
    every pixel enlarged to a square.

    samples: {label: samples.npz} with ids, source and translation (K,H,W,3) uint8. reference: one real image (H,W,3)
    uint8. The crop is `busiest` of the source; the real image, which shows another scene, is cropped at the same place
    relative to its size.
    """
    loaded = read_samples(samples, ("source", "translation"))
    source = next(iter(loaded.values()))["source"][0]
    images = {"Source": source, **{label: entry["translation"][0] for label, entry in loaded.items()}}
    images["Real, another scene"] = reference
    crop = busiest(source)
    height, width = source.shape[:2]
    lines = -(-(len(images) + 1) // COLUMNS)
    figure = new_figure((WIDTH / COLUMNS * height / width + 18) * lines)
    panels = figure.subplots(lines, COLUMNS, squeeze=False).ravel()
    show(panels[0], source)
    frame(panels[0], crop)
    for image, axes in zip(images.values(), panels[1:], strict=False):
        scale = np.array([image.shape[0] / height, image.shape[1] / width] * 2)
        top, left, tall, wide = np.round(crop * scale).astype(int)
        show(axes, image[top : top + tall, left : left + wide])
    titles(panels, ["Source, whole", *images])
    save_photographs(figure, path)


def frame(axes: Axes, crop: tuple[int, int, int, int]) -> None:
    """Mark the window (top, left, height, width) of an image."""
    top, left, tall, wide = crop
    for colour, weight in (("black", 3.0), ("white", 1.2)):
        axes.add_patch(Rectangle((left - 0.5, top - 0.5), wide, tall, fill=False, edgecolor=colour, linewidth=weight))


def titles(panels: Iterable[Axes], names: Iterable[str]) -> None:
    """Write the names above the panels, and hide the panels that are left."""
    names = iter(names)
    for axes in panels:
        if name := next(names, ""):
            axes.set_title(name, fontsize=11, pad=3)
        else:
            axes.set_axis_off()


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
