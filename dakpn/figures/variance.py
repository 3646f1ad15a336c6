"""Where the noise of a score comes from, as stacked bars."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from dakpn.config.size import Size
from dakpn.evaluation.components import SOURCES
from dakpn.figures.canvas import beside, new_figure, save_chart
from dakpn.figures.palette import BLUE, GREY, VERMILION
from dakpn.tables.components import UNKNOWN

LINE = 22
COLOURS = dict(zip(SOURCES, (VERMILION, BLUE, GREY), strict=True))


def variance_split(rows: pd.DataFrame, path: str | Path, *, labels: Mapping[str, str]) -> None:
    """Per task, at its largest resolution, one bar per method: shares of the variance of one training's mIOU, and the
    standard deviation of all sources together in points.

    rows: table `components`. labels: method -> label, in display order.
    """
    panels = {}
    for task, own in rows.groupby("task", sort=False):
        size = max(own["resolution"].unique(), key=lambda size: Size.parse(size).area)
        parts = own[own["resolution"] == size].pivot(index="method", columns="metric", values="value")
        panels[f"{task.capitalize()}, {size}"] = parts.reindex([m for m in labels.values() if m in parts.index])
    heights = [LINE * len(parts) + 60 for parts in panels.values()]
    figure = new_figure(sum(heights) + 30)
    drawn = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (title, parts) in zip(drawn, panels.items(), strict=True):
        shares, left = parts[[f"{source} share" for source in SOURCES]], 0.0
        for source, name in zip(SOURCES, shares, strict=True):
            axes.barh(
                range(len(parts)), shares[name].fillna(0), left=left, color=COLOURS[source], label=source, height=0.7
            )
            left = left + shares[name].fillna(0)
        total = (parts[[f"{source} sd" for source in SOURCES]] ** 2).sum(axis=1, skipna=False) ** 0.5
        for place, deviation in enumerate(total):
            known = deviation == deviation
            beside(axes, f"{deviation:.1f} points" if known else UNKNOWN, (100 * known, place))
        axes.set_yticks(range(len(parts)), parts.index)
        axes.set(ylim=(len(parts) - 0.5, -0.5), xlim=(0, 112), xlabel="share of the variance, percent")
        axes.set_xticks(range(0, 101, 25))
        axes.set_title(title, loc="left")
    figure.legend(*drawn[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(SOURCES))
    save_chart(figure, path)
