"""Score against training length, and what was watched in the trainings behind it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from dakpn.errors import InputError
from dakpn.figures.canvas import COLOURS, new_figure, save
from dakpn.tables.trajectory import ORACLE, SOURCE, best_control

WATCHED = r"^(theta_|clipped$)"
"""Columns of a history that are no losses."""
PANELS = {
    "Discriminator's loss": ("d_patch", "d_low"),
    "Weight of theta": ("theta_weight_hue", "theta_weight_saturation", "theta_weight_value"),
    "Bias of theta": ("theta_bias_hue", "theta_bias_saturation", "theta_bias_value"),
    "Blur of theta, pixels": ("theta_sigma_red", "theta_sigma_green", "theta_sigma_blue"),
    "Noise of theta": ("theta_noise_red", "theta_noise_green", "theta_noise_blue"),
    "Clipped pixels, share": ("clipped",),
}
LEGENDS = {"d_patch": "patches", "d_low": "low resolution"}
CHANNELS = dict(zip(("blue", "red", "green"), COLOURS[1:], strict=False))


def score_against_length(
    points: pd.DataFrame, path: str | Path, *, labels: Mapping[str, str], controls: Sequence[str]
) -> None:
    """mIoU on the target against iterations and against seconds of training, both logarithmic: mean and range over
    seeds. Lines: the untranslated source, the best of `controls` and the target.

    points: of one task, as `dakpn.tables.trajectory.points` gives them. labels: method -> label, in display order.
    """
    fixed, curves = points[points["iteration"].isna()], points.dropna(subset="iteration")
    figure = new_figure(9.5, 4.2)
    panels = dict(zip(("iteration", "seconds"), figure.subplots(1, 2, sharey=True), strict=True))
    for method, dash in {SOURCE: ":", best_control(fixed, controls): "-.", ORACLE: "--"}.items():
        if method in set(fixed["method"]):
            height = fixed.loc[fixed["method"] == method, "segmentation"].mean()
            for axes in panels.values():
                axes.axhline(height, color=COLOURS[0], linestyle=dash, linewidth=1, label=labels[method])
    drawn = [name for name in labels if name in set(curves["method"])]
    for number, method in enumerate(drawn):
        groups = curves[curves["method"] == method].groupby("iteration")
        scores, colour = groups["segmentation"], COLOURS[1 + number % (len(COLOURS) - 1)]
        for column, axes in panels.items():
            across = groups[column].mean() if column == "seconds" else scores.mean().index
            axes.plot(
                across, scores.mean(), color=colour, marker="o", markersize=3, linewidth=1.4, label=labels[method]
            )
            axes.fill_between(across, scores.min(), scores.max(), color=colour, alpha=0.15, linewidth=0)
    for axes, name in zip(panels.values(), ("Iterations", "Seconds of training"), strict=True):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
        axes.set_xlabel(name, fontsize=8)
        axes.tick_params(labelsize=7, which="both")
        axes.grid(True, linewidth=0.3)
    panels["iteration"].set_xticks(sorted(curves["iteration"].unique()), minor=False)
    panels["iteration"].set_ylabel("mIoU on the target, percent", fontsize=8)
    handles, names = panels["iteration"].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    save(figure, path)


def watched_curves(histories: Mapping[str, str | Path], path: str | Path) -> None:
    """One line per training of DA-KPN, label -> history.csv: the discriminator's losses, the mean of every channel of
    theta, and the share of clipped pixels, against iterations.

    Raises InputError for a history without these columns.
    """
    figure = new_figure(2.6 * len(PANELS), 2.1 * len(histories) + 0.3)
    lines = figure.subplots(len(histories), len(PANELS), squeeze=False, sharex="row")
    for (label, file), line in zip(histories.items(), lines, strict=True):
        history = pd.read_csv(file)
        if missing := [name for names in PANELS.values() for name in names if name not in history]:
            raise InputError(f"{file}: it has no {', '.join(missing)}. Train again.")
        for (title, names), axes in zip(PANELS.items(), line, strict=True):
            for name, colour in zip(names, COLOURS[1:], strict=False):
                legend = LEGENDS.get(name) or name.rpartition("_")[2]
                style = dict(color=CHANNELS.get(legend, colour), linewidth=1)
                axes.plot(history["step"], history[name], label=legend, **style)
            axes.set_title(title, fontsize=8)
            axes.set_xlabel("iteration", fontsize=7)
            axes.tick_params(labelsize=6)
            axes.grid(True, linewidth=0.3)
            if len(names) > 1:
                axes.legend(fontsize=6, frameon=False)
        line[0].set_ylabel(label, fontsize=8)
    save(figure, path)
