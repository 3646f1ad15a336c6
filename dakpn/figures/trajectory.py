"""Score against training length, and what was watched in the trainings behind it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.lines import Line2D

from dakpn.errors import InputError
from dakpn.figures.canvas import log_ticks, new_figure, save_chart
from dakpn.figures.palette import BLUE, GREEN, GRID, INK, VERMILION, styles
from dakpn.tables.trajectory import ORACLE, SOURCE, best_control

PANELS = {
    "Discriminator's loss": ("d_patch", "d_low"),
    "Weight of theta": ("theta_weight_hue", "theta_weight_saturation", "theta_weight_value"),
    "Bias of theta": ("theta_bias_hue", "theta_bias_saturation", "theta_bias_value"),
    "Blur of theta, pixels": ("theta_sigma_red", "theta_sigma_green", "theta_sigma_blue"),
    "Noise of theta": ("theta_noise_red", "theta_noise_green", "theta_noise_blue"),
    "Clipped pixels, share": ("clipped",),
}
COLOURS = {
    "patches; hue; red": VERMILION,
    "low resolution; saturation; blue": BLUE,
    "value; green": GREEN,
}
"""Of lines, by what they show."""
_OF_COLUMN = {"patch": VERMILION, "hue": VERMILION, "red": VERMILION, "low": BLUE, "saturation": BLUE, "blue": BLUE}
_OF_COLUMN |= {"value": GREEN, "green": GREEN, "clipped": INK}
"""By the last word of a column's name."""


def score_against_length(
    points: pd.DataFrame, path: str | Path, *, labels: Mapping[str, str], controls: Sequence[str]
) -> None:
    """mIoU on the target against iterations and against seconds of training, both logarithmic: mean and range over
    seeds. Lines: the untranslated source, the best of `controls` and the target.

    points: of one task, as `dakpn.tables.trajectory.points` gives them. labels: method -> label, in display order.
    """
    fixed, curves = points[points["iteration"].isna()], points.dropna(subset="iteration")
    style = styles(labels)
    figure = new_figure(360)
    panels = dict(zip(("iteration", "seconds"), figure.subplots(1, 2, sharey=True), strict=True))
    for method, dash in {SOURCE: ":", best_control(fixed, controls): "-.", ORACLE: "--"}.items():
        if method in set(fixed["method"]):
            height = fixed.loc[fixed["method"] == method, "segmentation"].mean()
            for axes in panels.values():
                axes.axhline(height, color=INK, linestyle=dash, linewidth=1, label=labels[method])
    for method in (name for name in labels if name in set(curves["method"])):
        groups = curves[curves["method"] == method].groupby("iteration")
        scores, (colour, marker) = groups["segmentation"], style[method]
        for column, axes in panels.items():
            across = groups[column].mean() if column == "seconds" else scores.mean().index
            axes.plot(across, scores.mean(), color=colour, marker=marker, markersize=5, label=labels[method])
            axes.fill_between(across, scores.min(), scores.max(), color=colour, alpha=0.15, linewidth=0)
    for axes, name in zip(panels.values(), ("iterations", "seconds of training"), strict=True):
        log_ticks(axes)
        axes.set_xlabel(name)
        axes.grid(True, **GRID)
    iterations = sorted(curves["iteration"].unique())
    panels["iteration"].set_xticks(iterations, [f"{iteration:g}" for iteration in iterations])
    panels["iteration"].set_ylabel("mIoU on the target, percent")
    handles, names = panels["iteration"].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4)
    save_chart(figure, path)


def watched_curves(histories: Mapping[str, str | Path], path: str | Path) -> None:
    """Per training of DA-KPN, label -> history.csv: the discriminator's losses, the mean of every channel of theta, and
    the share of clipped pixels, against iterations.

    Raises InputError for a history without these columns.
    """
    figure = new_figure(310 * len(histories) + 30)
    handles = [Line2D([], [], label=name, color=colour) for name, colour in COLOURS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(COLOURS))
    parts = figure.subfigures(len(histories), 1, squeeze=False)[:, 0]
    for (label, file), part in zip(histories.items(), parts, strict=True):
        history = pd.read_csv(file)
        if missing := [name for names in PANELS.values() for name in names if name not in history]:
            raise InputError(f"{file}: it has no {', '.join(missing)}. Train again.")
        part.suptitle(label, fontweight="bold", fontsize=12)
        panels = part.subplots(2, 3, sharex=True).ravel()
        for (title, names), axes in zip(PANELS.items(), panels, strict=True):
            for name in names:
                axes.plot(history["step"], history[name], color=_OF_COLUMN[name.rpartition("_")[2]])
            axes.set_title(title)
            axes.grid(True, **GRID)
        for axes in panels[3:]:
            axes.set_xlabel("iteration")
    save_chart(figure, path)
