"""What the paper reports beside what the run measured: gains over a common baseline, and ranks."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from dakpn.figures.canvas import WIDTH, apart, beside, new_figure, save_chart, signed
from dakpn.figures.palette import GREY, GRID, INK, Style, styles
from dakpn.tables.domain_gap import ORACLE, SOURCE
from dakpn.tables.notes import LEADING

COLUMNS, HEIGHT, LINE = 2, 235, 14
LEFT, RIGHT = 125, 90
"""Room for labels beside a panel, in pixels."""


class Column(NamedTuple):
    """One column of a table: method -> gain in points; of the measured ones also (low, high) of 95 %."""

    title: str
    baseline: str
    reported: dict[str, float]
    measured: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def columns(
    spoken: str, table: pd.DataFrame, differences: pd.DataFrame, rows: Mapping[str, str], labels: Mapping[str, str]
) -> list[Column]:
    """The columns of mIOU of a table with two methods or more that are both reported and measured; the first of them is
    the baseline. Reported methods that were not run are among the reported ones; the source is only measured.

    table, differences: as in the table's files. rows: label of a row -> method. labels: method -> its label.
    """
    table = table[table["metric"] == LEADING].dropna(subset="value").assign(method=lambda t: t["method"].map(rows))
    gaps, found = differences[differences["metric"] == LEADING].set_index(["resolution", "method"]), []
    for resolution, lines in table[table["method"] != ORACLE].groupby("resolution", sort=False, dropna=False):
        reported, measured = (lines[lines["source"] == of].set_index("method") for of in ("reported", "measured"))
        both = [name for name in reported.index if name in measured.index]
        if len(both) < 2:
            continue
        base, intervals = both[0], {}
        for name in (*both[1:], *{SOURCE} & {*measured.index}):
            size = measured.loc[name, "size"]
            for one, other, sign in ((name, base, 1), (base, name, -1)):
                key = (size, f"{labels[one]} less {labels[other]}")
                if key in gaps.index:
                    ends = sign * gaps.loc[key, "ci_low"], sign * gaps.loc[key, "ci_high"]
                    intervals[name] = (min(ends), max(ends))
        found.append(
            Column(
                spoken + f", {resolution}" * bool(resolution == resolution and resolution),
                base,
                (reported["value"] - reported.loc[base, "value"]).to_dict(),
                (measured.loc[[*both, *intervals.keys() - {*both}], "value"] - measured.loc[base, "value"]).to_dict(),
                intervals,
            )
        )
    return found


def reported_slopes(shown: list[Column], path: str | Path, *, labels: Mapping[str, str]) -> None:
    """One panel per column: gains as reported at the left, as measured at the right with 95 % intervals, and the rank
    among the methods that both have.

    labels: method -> label, in display order, of all methods that `shown` names.
    """
    lines, style = -(-len(shown) // COLUMNS), styles(labels)
    figure = new_figure(HEIGHT * lines)
    # Labels stand outside the axes, so that the room is given by hand.
    figure.set_layout_engine(None)
    wide, tall = WIDTH / COLUMNS - LEFT - RIGHT, HEIGHT - 75
    figure.subplots_adjust(LEFT / WIDTH, 40 / HEIGHT / lines, 1 - RIGHT / WIDTH, 1 - 35 / HEIGHT / lines)
    figure.subplots_adjust(wspace=(LEFT + RIGHT) / wide, hspace=75 / tall)
    panels = figure.subplots(lines, COLUMNS, squeeze=False).ravel()
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    for axes, column in zip(panels, shown, strict=False):
        _panel(axes, column, labels, style)
    save_chart(figure, path)


def _panel(axes: Axes, column: Column, labels: Mapping[str, str], style: Mapping[str, Style]) -> None:
    both = [name for name in column.reported if name in column.measured]
    for place, name in enumerate(column.measured):
        low, high = column.intervals.get(name, (0, 0))
        colour, marker = style[name]
        across = 1 + 0.05 * place
        axes.plot([across] * 2, [low, high], color=colour, linewidth=1, alpha=0.6)
        axes.plot(across, column.measured[name], marker, color=colour, markersize=6)
        if name in both:
            axes.plot([0, across], [column.reported[name], column.measured[name]], color=colour, linewidth=1.6)
    for name, gain in column.reported.items():
        colour, marker = style[name] if name in both else Style(GREY, "o")
        axes.plot(0, gain, marker, color=colour, markersize=6 if name in both else 4)
    left, right = -0.15, 1.15 + 0.05 * len(column.measured)
    axes.set_xlim(left, right)
    low, high = axes.get_ylim()
    room = LINE * (high - low) / (HEIGHT - 75)
    for side, gains in enumerate((column.reported, column.measured)):
        ranks = {name: f"{1 + sum(gains[other] > gains[name] for other in both)}" for name in both}
        edge = axes.get_xlim()[side]
        for name, height in zip(gains, apart(list(gains.values()), room), strict=True):
            label = labels[name].partition(" (")[0]
            words = [label, ranks.get(name, "")] if side == 0 else [ranks.get(name, ""), signed(gains[name], 1)]
            words += [label] * (side == 1 and name not in both)
            start = (0, 1 + 0.05 * list(gains).index(name))[side]
            colour = style[name].colour if name in both else GREY
            axes.plot([start, edge], [gains[name], height], color=colour, linewidth=0.7)
            where = {"xytext": (-4, 0), "ha": "right"} if side == 0 else {}
            beside(axes, "  ".join(filter(None, words)), (edge, height), color=INK if name in both else GREY, **where)
    axes.set_xlim(left, right)
    axes.set_xticks([0, 1], ["reported", "measured"])
    axes.set_yticks([])
    axes.axhline(0, **GRID)
    axes.spines["left"].set_visible(False)
    axes.set_title(f"{column.title}: points over {labels[column.baseline]}", loc="center", fontsize=11)
