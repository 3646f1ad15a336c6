"""Where a translation helps: per class and method, the IoU less that of the untranslated source."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes

from dakpn.errors import InputError
from dakpn.evaluation.comparison import Counts
from dakpn.evaluation.protocols import Protocol, protocol_named
from dakpn.evaluation.statistics import combined, measure
from dakpn.figures.canvas import new_figure, save_chart, signed
from dakpn.figures.palette import INK
from dakpn.tables.domain_gap import SOURCE
from dakpn.tables.scores import Stored, gather_groups

RESAMPLES = 1000
CELL = 21
PALE = 0.3


def class_heatmap(stores: Iterable[Stored], path: str | Path, *, labels: Mapping[str, str], protocol: str) -> None:
    """Points of IoU per class, mean over seeds; bold and in full colour where the 95 % interval excludes 0, pale
    elsewhere. The first line is the source's own IoU in percent. A class that is absent has an empty cell.

    stores: of segmentation, one resolution per task. labels: method -> label, in display order. Raises InputError where
    there are none.
    """
    groups = gather_groups(((store.task, store.resolution), (store.method, *store[4:])) for store in stores)
    if not groups:
        raise InputError("classes: there are no confusion stores. Score at least one segmenter.")
    parts = {}
    for (task, resolution), counts in groups.items():
        names = [name for name in labels if name in counts.of and name != SOURCE]
        parts[f"{task.capitalize()}, {resolution}"] = _differences(counts, names, protocol_named(protocol))
    heights = [CELL * (len(frames[0]) + 1) + 110 for frames in parts.values()]
    figure = new_figure(sum(heights))
    panels = figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
    for (title, frames), axes in zip(parts.items(), panels, strict=True):
        _panel(axes, *(frame.rename(index=dict(labels)) for frame in frames))
        axes.set_title(title, loc="left")
    save_chart(figure, path)


def _differences(counts: Counts, methods: list[str], protocol: Protocol) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Methods x classes: points above the source, after a line of the source's percent, and whether 0 is excluded."""
    points, apart = {}, {}
    for train_id in protocol.of(counts.label_space):
        # A mean over one class is its IoU.
        iou = measure(counts.of, resamples=RESAMPLES, absent=protocol.absent, classes=(train_id,))["mean_iou"]
        gains = {name: combined((iou[name], 1.0), (iou[SOURCE], -1.0)) for name in methods}
        ends = {name: gain.interval() for name, gain in gains.items()}
        name = counts.label_space.classes[train_id].replace("_", " ")
        points[name] = {SOURCE: 100 * iou[SOURCE].value} | {m: 100 * gain.value for m, gain in gains.items()}
        apart[name] = {SOURCE: False} | {m: low > 0 or high < 0 for m, (low, high) in ends.items()}
    return pd.DataFrame(points), pd.DataFrame(apart)


def _panel(axes: Axes, points: pd.DataFrame, apart: pd.DataFrame) -> None:
    gains = points.iloc[1:]
    reach = max(1.0, float(np.nanquantile(gains.abs(), 0.95)))
    scale = dict(vmin=-reach, vmax=reach, cmap=seaborn.color_palette("RdBu", 9, as_cmap=False), cbar=False, ax=axes)
    texts = points.map(lambda value: "" if np.isnan(value) else signed(value))
    texts.iloc[0] = [text.removeprefix("+") for text in texts.iloc[0]]
    for strong in (False, True):
        hidden = apart.ne(strong) | points.isna()
        hidden.iloc[0] = True
        look = {"fontsize": 11} | ({"fontweight": "bold"} if strong else {"color": INK})
        alpha = None if strong else PALE
        seaborn.heatmap(points, mask=hidden, annot=texts, fmt="", annot_kws=look, alpha=alpha, **scale)
    for column, text in enumerate(texts.iloc[0]):
        axes.text(column + 0.5, 0.5, text, ha="center", va="center", fontsize=11)
    axes.set(xlabel="", ylabel="")
    axes.set_yticks(np.arange(len(points)) + 0.5, [f"{points.index[0]}: IoU, %", *gains.index])
    axes.axhline(1, color=INK, linewidth=0.8)
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="y", labelrotation=0)
    axes.tick_params(axis="x", labelrotation=45)
    for text in axes.get_xticklabels():
        text.set(ha="right", rotation_mode="anchor")
