"""Per-class IoU of the downstream segmenters: methods against classes, one panel per task."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import seaborn

from dakpn.config.size import Size
from dakpn.errors import InputError
from dakpn.figures.canvas import new_figure, save


def class_heatmap(classes: pd.DataFrame, path: str | Path, *, labels: Mapping[str, str]) -> None:
    """Mean IoU over seeds in percent, classes in the order of the rows; an absent class is an empty grey cell.

    classes: rows of classes.csv under one protocol, of which each task shows its largest size. labels: {method key:
    label} in display order; other methods are left out. Raises InputError where there are no rows.
    """
    if classes.empty:
        raise InputError("classes.csv: there are no rows. Score at least one segmenter.")
    tables = {}
    for task, rows in classes.groupby("task", sort=False):
        size = max(rows["resolution"].unique(), key=lambda size: Size.parse(size).area)
        chosen = rows[rows["resolution"] == size]
        table = chosen.groupby(["method", "class"], sort=False)["iou"].mean().unstack("class")
        table = table.reindex(columns=chosen["class"].unique())
        order = [method for method in labels if method in table.index]
        tables[f"{task.capitalize()}, {size}"] = table.loc[order].rename(index=dict(labels))
    heights = [0.28 * len(table) + 1.15 for table in tables.values()]
    widest = max(table.shape[1] for table in tables.values())
    figure = new_figure(0.46 * widest + 2.6, sum(heights))
    panels = figure.subplots(len(tables), 1, squeeze=False, height_ratios=heights)[:, 0]
    for (title, table), axes in zip(tables.items(), panels, strict=True):
        seaborn.heatmap(
            table,
            ax=axes,
            vmin=0,
            vmax=100,
            cmap="cividis",
            annot=True,
            fmt=".0f",
            annot_kws={"fontsize": 7},
            linewidths=0.5,
            cbar_kws={"label": "IoU (percent)", "pad": 0.01},
        )
        axes.set_facecolor("#d0d0d0")
        axes.collections[0].colorbar.ax.tick_params(labelsize=8)
        axes.set_title(title, fontsize=10)
        axes.set(xlabel="", ylabel="")
        axes.tick_params(axis="x", labelrotation=45, labelsize=8)
        axes.tick_params(axis="y", labelrotation=0, labelsize=8)
        for text in axes.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
    save(figure, path)
