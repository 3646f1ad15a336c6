"""Empty figures, image panels, samples, and atomic PNG files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from dakpn.errors import InputError
from dakpn.files import atomic_path, read_arrays

DPI = 150
# Okabe and Ito's eight colours, distinct for colour-blind readers; yellow is grey here: on white it is hard to see.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")

# A label may hold dollars.
rcParams["text.parse_math"] = False


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of width x height inches that arranges its panels itself."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def save(figure: Figure, path: str | Path) -> None:
    """Write the figure as PNG, atomically, white background."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI, facecolor="white")


def show(axes: Axes, image: np.ndarray, **options) -> AxesImage:
    """Draw an image, (H,W,3) or (H,W), without ticks or interpolation."""
    drawn = axes.imshow(image, interpolation="nearest", **options)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return drawn


def read_samples(paths: Mapping[str, str | Path], fields: Iterable[str]) -> dict[str, dict[str, np.ndarray]]:
    """{label: {"ids": ..., field: array}} of .npz files, which must show the same images in the same order.

    Raises InputError for no file, a missing field, and files with different ids.
    """
    if not paths:
        raise InputError("figure: no samples were given. Run at least one method.")
    samples = {label: read_arrays(path, ("ids", *fields)) for label, path in paths.items()}
    first, *_ = samples
    for label, path in paths.items():
        if not np.array_equal(samples[label]["ids"], samples[first]["ids"]):
            raise InputError(f"{path}: its images are not those of {paths[first]}. Make both again.")
    return samples
