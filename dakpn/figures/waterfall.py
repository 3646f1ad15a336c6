"""The shift card as a waterfall: what each group of shifts costs, its parts, and what they cost together."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from dakpn.figures.canvas import beside, new_figure, save_chart, signed
from dakpn.figures.palette import BLUE, GREY, GRID, INK, VERMILION
from dakpn.tables.notes import LEADING

LINE = 19
TOGETHER = "beyond their sum"


def steps(card: pd.DataFrame) -> pd.DataFrame:
    """Lines of a waterfall: name, start, end, spread (standard deviation over seeds, nan with one), and kind: end,
    group, part or rest.

    card: of one task, as table `shift` has it; "part (group)" names a part. A group of one part is shown alone.
    """
    value, loss = (card[card["metric"] == name].set_index("method") for name in (LEADING, f"{LEADING} lost"))
    first, last = value["value"].iloc[0], value["value"].iloc[-1]
    names, level = list(value.index), first
    lines = [(names[0], 0.0, first, value["seed_sd"].iloc[0], "end")]
    for group in (name for name in names[1:-1] if "(" not in name):
        lines.append((group, level, level - loss.loc[group, "value"], loss.loc[group, "seed_sd"], "group"))
        parts = [name for name in names if name.endswith(f" ({group})")]
        for part in parts if len(parts) > 1 else ():
            end = level - loss.loc[part, "value"]
            lines.append((part.partition(" (")[0], level, end, loss.loc[part, "seed_sd"], "part"))
        level -= loss.loc[group, "value"]
    lines += [(TOGETHER, level, last, float("nan"), "rest"), (names[-1], 0.0, last, value["seed_sd"].iloc[-1], "end")]
    return pd.DataFrame(lines, columns=["name", "start", "end", "spread", "kind"])


def shift_waterfall(card: pd.DataFrame, path: str | Path) -> None:
    """One panel per task side by side: mIOU in percent from no shift to all shifts."""
    tasks = {task: steps(rows) for task, rows in card.groupby("task", sort=False)}
    figure = new_figure(LINE * max(map(len, tasks.values())) + 70)
    panels = figure.subplots(1, len(tasks), squeeze=False)[0]
    names = [list(lines["name"]) for lines in tasks.values()]
    for place, ((task, lines), axes) in enumerate(zip(tasks.items(), panels, strict=True)):
        _panel(axes, lines)
        axes.set_title(task.capitalize())
        if place and names[place] == names[0]:
            axes.set_yticklabels([])
    save_chart(figure, path)


def _panel(axes: Axes, lines: pd.DataFrame) -> None:
    for place, line in enumerate(lines.itertuples()):
        change = line.end - line.start
        colour = {"end": INK, "rest": GREY}.get(line.kind, VERMILION if change < 0 else BLUE)
        tall = 0.3 if line.kind == "part" else 0.7
        axes.barh(place, change, height=tall, left=line.start, color=colour, alpha=0.5 if line.kind == "part" else 0.9)
        axes.errorbar(line.end, place, xerr=line.spread, fmt="none", ecolor=INK, elinewidth=0.8)
        words = f"{line.end:.1f}" if line.kind == "end" else signed(change, 1)
        # Losses run to the left, and their numbers stand at the right.
        at = max(line.start, line.end + (0 if line.spread != line.spread else line.spread))
        beside(axes, words, (at, place))
    indented = [
        "      " * (kind == "part") + name.replace("_", " ")
        for name, kind in zip(lines["name"], lines["kind"], strict=True)
    ]
    axes.set_yticks(range(len(lines)), indented)
    for text, kind in zip(axes.get_yticklabels(), lines["kind"], strict=True):
        text.set_fontweight("normal" if kind == "part" else "bold")
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlim(0, 1.2 * lines["end"].max())
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("mIOU, percent")
    axes.grid(True, axis="x", **GRID)
    axes.set_axisbelow(True)
