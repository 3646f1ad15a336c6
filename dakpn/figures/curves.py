"""Training curves: one small panel per training job."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.lines import Line2D

from dakpn.errors import InputError
from dakpn.figures.canvas import COLOURS, new_figure, save
from dakpn.figures.trajectory import WATCHED

POINTS = 400
STYLES = ("-", "--", ":", "-.")


def training_curves(histories: Mapping[str, str | Path], path: str | Path, *, columns: int = 4) -> None:
    """One panel per history.csv (`step` and named losses): thin lines are values, thick ones their running mean. What
    else was watched in a training is left out (`dakpn.figures.trajectory.watched_curves`).

    A panel whose losses are all positive and span more than two decades has a logarithmic axis. Raises InputError for
    no history or one without rows.
    """
    if not histories:
        raise InputError("training curves: no history was given. Train at least one network.")
    frames = {label: pd.read_csv(file) for label, file in histories.items()}
    frames = {label: frame.drop(columns=frame.filter(regex=WATCHED)) for label, frame in frames.items()}
    names = list(dict.fromkeys(name for frame in frames.values() for name in frame.columns if name != "step"))
    style = {name: (COLOURS[i % len(COLOURS)], STYLES[i // len(COLOURS) % len(STYLES)]) for i, name in enumerate(names)}
    columns = min(columns, len(frames))
    lines = -(-len(frames) // columns)
    per_line = max(2, int(3.1 * columns / 1.5))
    legend = 0.22 * -(-len(names) // per_line) + 0.2
    figure = new_figure(max(3.1 * columns, 4.5), 2.2 * lines + legend)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels[len(frames) :]:
        axes.set_axis_off()
    for (label, frame), axes in zip(frames.items(), panels, strict=False):
        if frame.empty:
            raise InputError(f"{histories[label]}: the training history is empty. Train again.")
        _panel(axes, label, frame, style)
    handles = [Line2D([], [], color=colour, linestyle=dash, label=name) for name, (colour, dash) in style.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=per_line, fontsize=8, frameon=False)
    save(figure, path)


def _panel(axes, label: str, frame: pd.DataFrame, style: dict[str, tuple[str, str]]) -> None:
    losses = frame.drop(columns="step").dropna(axis="columns", how="all")
    thin = frame.index[:: max(1, len(frame) // POINTS)]
    mean = losses.rolling(max(1, len(frame) // 20), min_periods=1).mean()
    for name in losses:
        colour, dash = style[name]
        axes.plot(frame["step"].loc[thin], losses[name].loc[thin], color=colour, linewidth=0.5, alpha=0.3)
        axes.plot(frame["step"].loc[thin], mean[name].loc[thin], color=colour, linestyle=dash, linewidth=1.4)
    low, high = losses.min().min(), losses.max().max()
    if low > 0 and high / low > 100:
        axes.set_yscale("log")
    axes.set_title(label, fontsize=8)
    axes.set_xlabel("step", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.grid(True, linewidth=0.3)
