"""mIOU against how faithful a translation is, and against what it costs: one mark per method."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import spearmanr

from dakpn.figures.canvas import log_ticks, new_figure, save_chart
from dakpn.figures.palette import GRID, INK, Style, method_legend, styles
from dakpn.tables.domain_gap import ORACLE, SOURCE
from dakpn.tables.notes import LEADING

FIDELITY = {"psnr": "PSNR, dB", "ssim": "SSIM", "flip_rate": "flips, percent"}
COSTS = {"training": "training, seconds", "translation": "translating the training set, seconds"}
HEIGHT = 250


def first_scores(tables: Iterable[pd.DataFrame], labels: Mapping[str, str]) -> pd.DataFrame:
    """Task, method, score and its standard deviation over seeds: mIOU in percent at each table's first resolution."""
    names, parts = {label: name for name, label in labels.items()}, []
    for table in tables:
        rows = table[(table["metric"] == LEADING) & (table["source"] == "measured")].dropna(subset="value")
        parts.append(rows[rows["resolution"].fillna("") == rows["resolution"].fillna("").iloc[0]])
    rows = pd.concat(parts).assign(method=lambda t: t["method"].map(names))
    return rows.rename(columns={"value": "score", "seed_sd": "spread"})[["task", "method", "score", "spread"]]


def prices(costs: pd.DataFrame, encoders: Mapping[str, str]) -> pd.DataFrame:
    """Task, method, and the seconds of COSTS, means over seeds. costs: of jobs that train or apply translators, and of
    encoders, as `dakpn.efficiency.job_costs` reads them. encoders: method -> the encoder that it is trained with, whose
    training counts.
    """
    seconds = costs.groupby(["stage", "task", "method"])["seconds"].mean()
    spent = pd.DataFrame({"training": seconds["translator"], "translation": seconds["translation"]}).reset_index()
    shared = costs[costs["stage"] == "encoder"].groupby(["task", "domain"])["seconds"].mean()
    own = [shared.get((row.task, encoders.get(row.method)), 0.0) for row in spent.itertuples()]
    return spent.assign(training=spent["training"] + own)


def score_against_fidelity(
    rows: pd.DataFrame, scores: pd.DataFrame, path: str | Path, *, labels: Mapping[str, str]
) -> None:
    """Three panels per task. rows: table `fidelity`. scores: from `first_scores`. labels: in display order."""
    names = {label: name for name, label in labels.items()}
    rows = rows.dropna(subset="value").assign(method=lambda t: t["method"].map(names))
    joined = rows.merge(scores, on=["task", "method"])
    tasks = joined["task"].unique()
    figure, panels = _panels(len(tasks), 3, _shown(joined, labels))
    for task, line in zip(tasks, panels, strict=True):
        for axes, (metric, name) in zip(line, FIDELITY.items(), strict=True):
            points = joined[(joined["task"] == task) & (joined["metric"] == metric)]
            _marks(axes, points.assign(x=points["value"], wide=points["seed_sd"]), styles(labels))
            rho = spearmanr(points["value"], points["score"]).statistic
            axes.set_title("" if math.isnan(rho) else f"rho {rho:.2f}".replace("-", "\u2212"), loc="right", fontsize=11)
            axes.set_xlabel(name)
        line[0].set_title(task.capitalize(), loc="left")
    save_chart(figure, path)


def score_against_cost(
    costs: pd.DataFrame, scores: pd.DataFrame, path: str | Path, *, labels: Mapping[str, str]
) -> None:
    """Two panels per task, logarithmic; lines: the source and the target. Methods that cost nothing stand at "none".

    costs: task, method, and the seconds of COSTS; scores: from `first_scores`.
    """
    joined = scores.merge(costs, on=["task", "method"], how="left")
    tasks = joined["task"].unique()
    figure, panels = _panels(len(tasks), 2, _shown(joined[~joined["method"].isin([SOURCE, ORACLE])], labels))
    for task, line in zip(tasks, panels, strict=True):
        own = joined[joined["task"] == task].set_index("method")
        points = own.drop([SOURCE, ORACLE], errors="ignore").reset_index()
        for axes, (kind, name) in zip(line, COSTS.items(), strict=True):
            none = points[kind].min() / 4 if points[kind].isna().any() else None
            _marks(axes, points.assign(x=points[kind].fillna(none or 1), wide=math.nan), styles(labels))
            for method, dash, side in ((SOURCE, ":", "top"), (ORACLE, "--", "bottom")):
                if method in own.index:
                    _line(axes, own.loc[method, "score"], dash, side, labels[method])
            ticks = log_ticks(axes)
            if none:
                ticks = {none: "none"} | {x: text for x, text in ticks.items() if x > 2 * none}
                axes.set_xticks(list(ticks), list(ticks.values()))
            axes.set_xlabel(name)
        line[0].set_title(task.capitalize(), loc="left")
    save_chart(figure, path)


def _line(axes: Axes, height: float, dash: str, side: str, label: str) -> None:
    axes.axhline(height, color=INK, linewidth=1, linestyle=dash)
    across = axes.get_yaxis_transform()
    axes.text(1, height, label, fontsize=11, ha="right", va=side, transform=across)


def _shown(rows: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, str]:
    return {name: label for name, label in labels.items() if name in set(rows["method"])}


def _panels(lines: int, columns: int, shown: Mapping[str, str]) -> tuple[Figure, list[list[Axes]]]:
    figure = new_figure(HEIGHT * lines + 20 * -(-len(shown) // 4) + 10)
    panels = figure.subplots(lines, columns, squeeze=False, sharey="row")
    for line in panels:
        line[0].set_ylabel("mIOU, percent")
    method_legend(figure, shown)
    return figure, panels


def _marks(axes: Axes, points: pd.DataFrame, style: Mapping[str, Style]) -> None:
    """points: x and wide, score and spread, method."""
    for point in points.itertuples():
        colour, marker = style[point.method]
        ends = dict(xerr=point.wide, yerr=point.spread)
        axes.errorbar(point.x, point.score, **ends, fmt="none", ecolor=colour, elinewidth=0.8, alpha=0.6)
        axes.plot(point.x, point.score, marker, color=colour, markersize=7)
    axes.grid(True, **GRID)
