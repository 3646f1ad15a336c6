"""Empty figures, image panels, samples, and atomic files: charts as SVG, photographs as PNG.

One unit is a CSS pixel where a figure is shown at WIDTH: a size of text is what the reader meets.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from matplotlib.ticker import NullLocator
from scipy.optimize import isotonic_regression

from dakpn.errors import InputError
from dakpn.figures.palette import INK
from dakpn.files import atomic_path, read_arrays

WIDTH = 720
"""Width of every figure as shown, in CSS pixels."""
SMALLEST = 11
"""Of a figure's texts, in CSS pixels."""
NEUTRAL = "#767676"
"""Text of photographs, which cannot follow the page: 4.5 : 1 on white, 3.9 : 1 on the page's dark ground."""
_UNIT = 72
_INKED = "text.color axes.edgecolor axes.labelcolor axes.titlecolor xtick.color ytick.color".split()
# For the whole process: nothing but this package draws.
matplotlib.rcParams.update(
    {name: INK for name in _INKED}
    | {
        "font.size": 11.5,
        "axes.titlesize": 12,
        "axes.labelsize": 11.5,
        "xtick.labelsize": SMALLEST,
        "ytick.labelsize": SMALLEST,
        "legend.fontsize": 11.5,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        # A label may hold dollars.
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "figure",
        "figure.constrained_layout.h_pad": 0.06,
        "figure.constrained_layout.w_pad": 0.06,
    }
)


def new_figure(height: float) -> Figure:
    """An empty figure of WIDTH x height pixels that arranges its panels itself."""
    return Figure(figsize=(WIDTH / _UNIT, height / _UNIT), layout="constrained")


def save_chart(figure: Figure, path: str | Path) -> None:
    """Write the figure as SVG, atomically, to be put into a page as it stands: no declaration, style sheet, font or
    background; what is drawn in INK takes the text's colour; ids begin with the file's name. The same figure gives the
    same bytes.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    name, text = Path(path).stem, stream.getvalue()
    text = re.sub(
        r"<!--.*?-->|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.DOTALL
    )
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r"; font-family: [^;\"]*|(?<=px)(; text-anchor: \w+)?; fill: currentColor", r"\1", text)
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", re.sub(r'="([\d.]+)pt"', r'="\1"', text))
    look = 'font-family="system-ui, sans-serif" stroke-linejoin="round" fill="currentColor"'
    text = text.replace("<svg ", f"<svg {look} ", 1)
    # A hundredth of a pixel is enough.
    text = re.sub(r'="[^"]*"', lambda found: re.sub(r"(\.\d\d)\d+", r"\1", found[0]), text)
    text = text.replace("xlink:href", "href").replace('xmlns:xlink="http://www.w3.org/1999/xlink" ', "")
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    with atomic_path(path) as temporary:
        temporary.write_text(re.sub(r"\s*\n\s*", "\n", text), encoding="utf-8")


def save_photographs(figure: Figure, path: str | Path) -> None:
    """Write the figure as PNG, atomically, two dots to the pixel, without background."""
    for text in figure.findobj(Text):
        if text.get_color() == INK:
            text.set_color(NEUTRAL)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=2 * _UNIT)


def show(axes: Axes, image: np.ndarray, **options) -> AxesImage:
    """Draw an image, (H,W,3) or (H,W), without ticks or interpolation."""
    drawn = axes.imshow(image, interpolation="nearest", **options)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return drawn


def signed(value: float, digits: int = 0) -> str:
    """A number with its sign, a true minus; zero has none."""
    return f"{value:+.{digits}f}".replace("-", "\u2212") if round(value, digits) else f"{0:.{digits}f}"


def beside(axes: Axes, words: str, place: tuple[float, float], **options) -> None:
    """Write at the right of a place in the data."""
    where = dict(xytext=(5, 0), textcoords="offset points", va="center", fontsize=SMALLEST)
    axes.annotate(words, place, **(where | options))


def log_ticks(axes: Axes) -> dict[float, str]:
    """Make the axis across logarithmic. Gives its ticks and their texts: powers of ten, between them 2 and 5 if few."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    steps = (1,) if high > 100 * low else (1, 2, 5)
    ticks = [step * 10.0**n for n in range(-9, 12) for step in steps if low <= step * 10.0**n <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    return {tick: f"{tick:g}" for tick in ticks}


def apart(places: Sequence[float], room: float) -> np.ndarray:
    """Places for texts at least `room` apart, as close as possible to `places` and in their order."""
    order, steps = np.argsort(places, kind="stable"), room * np.arange(len(places))
    moved = np.empty(len(places))
    moved[order] = isotonic_regression(np.asarray(places, float)[order] - steps).x + steps
    return moved


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
