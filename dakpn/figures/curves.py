"""Training curves: one panel per training, trainings with the same losses beneath each other."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from dakpn.errors import InputError
from dakpn.figures.canvas import new_figure, save_chart
from dakpn.figures.palette import GRID, SERIES

POINTS = 200
COLUMNS, LEGEND, HEIGHT = 3, 4, 165
DECADES = 1.5
"""A panel whose losses are positive and span more of them has a logarithmic axis."""
WATCHED = r"^(theta_|clipped$)"
"""Columns of a history that are no losses."""
NAMES = {
    "kpn_patch": "KPN, patches",
    "kpn_low": "KPN, low resolution",
    "d_patch": "discriminator, patches",
    "d_low": "discriminator, low res.",
    "vsa": "hypervectors (VSA)",
    "nce": "patches (NCE)",
    "nce_identity": "patches, identity",
    "kl": "KL divergence",
    "generator": "generator, sum",
    "random_generator": "random generator, sum",
}
"""Losses that are not called by their column's name."""


def loss_name(column: str) -> str:
    """What a figure calls a column of a history."""
    return NAMES.get(column) or column.replace("_", " ")


def training_curves(histories: Mapping[str, str | Path], path: str | Path) -> None:
    """One panel per history.csv (`step` and named losses) against iterations; a legend for all panels with the same
    losses. Thin lines are values, thick ones their running mean.

    Raises InputError for no history or one without rows.
    """
    if not histories:
        raise InputError("training curves: no history was given. Train at least one network.")
    blocks: dict[tuple[str, ...], dict[str, pd.DataFrame]] = {}
    for label, file in histories.items():
        frame = pd.read_csv(file).dropna(axis="columns", how="all")
        if frame.empty:
            raise InputError(f"{file}: the training history is empty. Train again.")
        frame = frame.drop(columns=frame.filter(regex=WATCHED)).set_index("step")
        blocks.setdefault(tuple(frame), {})[label] = frame
    shapes = [(-(-len(frames) // COLUMNS), -(-len(losses) // LEGEND)) for losses, frames in blocks.items()]
    heights = [HEIGHT * lines + 19 * rows + 10 for lines, rows in shapes]
    figure = new_figure(sum(heights))
    parts = figure.subfigures(len(blocks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for part, (lines, _), (losses, frames) in zip(parts, shapes, blocks.items(), strict=True):
        panels = part.subplots(lines, min(COLUMNS, len(frames)), squeeze=False).ravel()
        for axes, (label, frame) in zip(panels, frames.items(), strict=False):
            _panel(axes, label, frame)
        for axes in panels[len(frames) :]:
            axes.set_axis_off()
        handles = [Line2D([], [], label=loss_name(name), **style) for name, style in _styles(losses)]
        part.legend(handles=handles, loc="outside lower center", ncols=LEGEND, handlelength=1.6)
    save_chart(figure, path)


def _styles(losses: Iterable[str]) -> Iterable[tuple[str, dict[str, str]]]:
    for place, name in enumerate(losses):
        yield name, {"color": SERIES[place % len(SERIES)], "linestyle": ("-", "--")[place // len(SERIES) % 2]}


def _panel(axes: Axes, label: str, losses: pd.DataFrame) -> None:
    mean = losses.rolling(max(1, len(losses) // 20), min_periods=1).mean()
    thin = slice(None, None, max(1, len(losses) // POINTS))
    for name, style in _styles(losses):
        if len(losses) >= 20:
            axes.plot(losses[name].iloc[thin], color=style["color"], linewidth=0.6, alpha=0.4)
        axes.plot(mean[name].iloc[thin], linewidth=1.6, **style)
    low, high = losses.min().min(), losses.max().max()
    if low > 0 and high / low > 10**DECADES:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    axes.set(title=label, xlabel="iteration", ylabel="loss")
    axes.locator_params(axis="x", nbins=4)
    axes.grid(True, **GRID)
