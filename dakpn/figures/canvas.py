"""What all figures share: the canvas without a display, the order of methods, image panels, atomic PNG files."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dakpn.errors import InputError
from dakpn.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 150
# Okabe and Ito's eight colours, distinct for colour-blind readers; yellow is grey here: on white it is hard to see.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure of width x height inches that arranges its panels itself."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: "Figure", path: str | Path) -> None:
    """Write the figure as PNG, atomically, white background."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI, facecolor="white")


def show(axes: "Axes", image: np.ndarray, **options) -> object:
    """Draw an image without ticks; pixels stay pixels. Returns matplotlib's image, for a colour bar."""
    options.setdefault("interpolation", "nearest")
    drawn = axes.imshow(image, **options)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return drawn


def image_rows(rows: Mapping[str, np.ndarray], path: str | Path, *, width: float) -> None:
    """A grid of images: one labelled row per entry, (K,H,W,3) uint8, the same K in all; `width` inches per image."""
    rows = dict(rows)
    count = len(next(iter(rows.values())))
    ratio = max(images.shape[1] / images.shape[2] for images in rows.values())
    figure = new_figure(width * count + 1.1, (width * ratio + 0.08) * len(rows) + 0.1)
    panels = figure.subplots(len(rows), count, squeeze=False)
    for (label, images), line in zip(rows.items(), panels, strict=True):
        for image, axes in zip(images, line, strict=True):
            show(axes, image)
        line[0].set_ylabel(label.replace(" ", "\n", 1), rotation=0, ha="right", va="center", fontsize=9)
    save(figure, path)


def read_samples(paths: Mapping[str, str | Path], fields: Iterable[str]) -> dict[str, dict[str, np.ndarray]]:
    """{label: {"ids": ..., field: array}} out of .npz files; all must show the same images in the same order.

    Raises InputError for a missing field and for files with different ids.
    """
    samples: dict[str, dict[str, np.ndarray]] = {}
    for label, path in paths.items():
        with np.load(path, allow_pickle=False) as stored:
            missing = [field for field in ("ids", *fields) if field not in stored]
            if missing:
                raise InputError(f"{path}: it has no {', '.join(missing)}. Make the samples again.")
            samples[label] = {field: stored[field] for field in ("ids", *fields)}
        first = next(iter(samples.values()))["ids"]
        if not np.array_equal(samples[label]["ids"], first):
            raise InputError(f"{path}: its images are not those of {next(iter(paths.values()))}. Make both again.")
    if not samples:
        raise InputError("figure: no samples were given. Run at least one method.")
    return samples
