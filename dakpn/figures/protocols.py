"""Ranks of methods under every protocol, as a bump chart."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from dakpn.config.size import Size
from dakpn.figures.canvas import beside, new_figure, save_chart
from dakpn.figures.palette import GRID, styles
from dakpn.tables.notes import LEADING

LINE = 22


def protocol_ranks(tables: Iterable[pd.DataFrame], path: str | Path, *, labels: Mapping[str, str]) -> None:
    """Per table, at its largest resolution: rank by mIOU over the protocols, best on top.

    tables: the multiverse of tables of segmentation. labels: method -> label, in display order.
    """
    panels = {}
    for table in tables:
        size = max(table["resolution"].unique(), key=lambda size: Size.parse(size).area)
        rows = table[(table["metric"] == LEADING) & (table["resolution"] == size)]
        ranks = rows.pivot(index="protocol", columns="method", values="place").reindex(rows["protocol"].unique())
        panels[f"{rows['task'].iloc[0].capitalize()}, {size}"] = ranks
    heights = [LINE * ranks.shape[1] + 130 for ranks in panels.values()]
    figure = new_figure(sum(heights))
    drawn = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    style = styles(labels)
    for axes, (title, ranks) in zip(drawn, panels.items(), strict=True):
        for method, label in labels.items():
            if label in ranks:
                colour, marker = style[method]
                axes.plot(range(len(ranks)), ranks[label], color=colour, marker=marker, markersize=6, linewidth=1.8)
                beside(axes, label, (0, ranks[label].iloc[0]), xytext=(-9, 0), ha="right")
                beside(axes, f"{ranks[label].iloc[-1]:.0f}", (len(ranks) - 1, ranks[label].iloc[-1]), xytext=(9, 0))
        axes.set_ylim(ranks.shape[1] + 0.5, 0.5)
        axes.set_xlim(-0.1, len(ranks) - 0.9)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(True, axis="x", **GRID)
        axes.set_xticks(range(len(ranks)), ranks.index, rotation=35, ha="right", rotation_mode="anchor")
        axes.set_title(title, loc="left")
    save_chart(figure, path)
