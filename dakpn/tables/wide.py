"""A tidy table as people read it: one line per method, one column per panel, metric and source."""

from collections.abc import Callable
from itertools import groupby

import pandas as pd

from dakpn.tables.notes import LEADING, MARKS

TITLES = {
    "params": "Params trained (M)",
    "params_training": "Params in training (M)",
    "params_inference": "Params at inference (M)",
    "train_iteration": "Train (s/iteration)",
    "train_epoch": "Train (s/epoch)",
    "inference_image": "Inference (s/image)",
    "peak_memory": "Peak memory (MiB)",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "flip_rate": "Flip rate (%)",
    "reach_fixed": "Reach, parameters fixed (px)",
    "reach": "Reach, end to end (px)",
    "edge_shift": "Edge shift (px)",
    "semantic_flip": "Semantic flips (%)",
}
UNITS = {"dB": " (dB)", "points": " (points)"}
TASKS = {"street": "Street", "face": "Face"}
CONDITIONS = "Measured on"
ABSENT = "–"


def wide(
    tidy: pd.DataFrame, escape: Callable[[str], str] = str, underline: Callable[[str], str] = str, rows: str = "Method"
) -> pd.DataFrame:
    """One line per method, one column per panel (resolution or task), metric and source; all texts are escaped.

    Columns are tuples (panel, metric, source), the first holds the method's label, `rows` its heading. The leading
    metric stands first in its panel. Reported and measured numbers never share a column. Levels without any text are
    left out.
    """
    methods = list(dict.fromkeys(tidy["method"]))
    columns = {("", "", escape(rows)): {method: escape(method) for method in methods}}
    numbers = tidy.assign(panel=panels(tidy))
    both = (numbers["source"] == "reported").any()
    # A method may lack the first metric of a panel, whose columns still stand together and in the order of TITLES.
    places, metrics = list(dict.fromkeys(numbers["panel"])), list(TITLES)
    groups = sorted(
        numbers.groupby(["panel", "metric"], sort=False),
        key=lambda group: (
            places.index(group[0][0]),
            group[0][1] != LEADING,
            metrics.index(group[0][1]) if group[0][1] in TITLES else -1,
        ),
    )
    for (panel, metric), chosen in groups:
        heading = TITLES.get(metric, metric) + UNITS.get(chosen["unit"].iloc[0], "")
        for source, lines in chosen.sort_values("source", ascending=False, kind="stable").groupby("source", sort=False):
            cells = {line.method: _cell(line, escape, underline) for line in lines.itertuples()}
            key = (escape(panel), escape(heading), source if both else "")
            columns[key] = {m: cells.get(m, escape(ABSENT)) for m in methods}
    if tidy["device"].notna().any():
        columns["", "", CONDITIONS] = {method: escape(text) for method, text in conditions(tidy).items()}
    frame = pd.DataFrame(columns, index=methods)
    frame.columns = pd.MultiIndex.from_tuples(columns)
    # Leave out a level with texts over the label columns only.
    for level in (2, 0):
        if not any(key[level] for key in list(columns)[1:]):
            frame.columns = pd.MultiIndex.from_tuples(_without(frame.columns, level))
    return frame


def panels(tidy: pd.DataFrame) -> pd.Series:
    """The heading over a group of columns, for each line: the task (and size) in a table of several, else the paper's
    size and the run's.
    """
    if tidy["task"].nunique() > 1:
        lines = zip(tidy["task"], tidy["resolution"], strict=True)
        texts = [f"{TASKS.get(task, task)} {resolution}".strip() for task, resolution in lines]
    else:
        sizes = tidy.dropna(subset="size").groupby("resolution")["size"].first()
        texts = [f"{r} (measured at {sizes[r]})" if r and sizes.get(r, r) != r else r for r in tidy["resolution"]]
    return pd.Series(texts, tidy.index, dtype=object)


def conditions(tidy: pd.DataFrame) -> dict[str, str]:
    """Method -> device, batch and image size of its timings: "H200; train, peak: batch 8, 96x160; inference: ..."."""
    texts = {}
    for method, lines in tidy.groupby("method", sort=False):
        parts, keys = [], ["device", "batch", "size"]
        for (device, batch, size), chosen in lines.dropna(subset="device").groupby(keys, sort=False):
            parts += [device] * (device not in parts)
            about = ", ".join(dict.fromkeys(metric.split("_")[0] for metric in chosen["metric"]))
            parts.append(f"{about}: batch {int(batch)}, {size}")
        texts[method] = "; ".join(parts) or ABSENT
    return texts


def spans(columns: pd.MultiIndex, level: int) -> list[tuple[str, int]]:
    """(heading, columns that it spans) at `level`: neighbours that agree there and in every level above."""
    return [(key[-1], len(list(run))) for key, run in groupby(columns, key=lambda key: key[: level + 1])]


def _cell(line, escape: Callable[[str], str], underline: Callable[[str], str]) -> str:
    marks = line.marks.split()
    shown = escape(line.shown)
    return (underline(shown) if "underline" in marks else shown) + escape("".join(MARKS[mark][0] for mark in marks))


def _without(columns: pd.MultiIndex, level: int) -> list[tuple[str, ...]]:
    """Column keys without one level; a text only there (the first column's heading) moves to the remaining level."""
    keys = []
    for key in columns:
        rest = [text for i, text in enumerate(key) if i != level]
        keys.append(tuple(rest if any(rest) else [*rest[:-1], key[level]]))
    return keys
