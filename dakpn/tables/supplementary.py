"""Supplementary tables of measurements on procedural scenes, as tidy tables: means over seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dakpn.evaluation.comparison import in_points
from dakpn.evaluation.protocols import protocol_named
from dakpn.tables.domain_gap import gap_table
from dakpn.tables.lines import IMAGES_ONLY, frame, mean_line
from dakpn.tables.notes import seed_note
from dakpn.tables.scores import Stored, gather_groups

TITLES = {
    "gap": "Gap: how much of the way from untranslated source to a network trained on real labels a method goes",
    "shift": "Shift card: what each part of the procedural domain shift costs a network trained on untranslated source",
    "fidelity": "Fidelity: translations of held-out scenes against the true rendering of the same scenes",
    "geometry": "Geometry certificate: whether a method moves or renames what held-out scenes show",
}
NOTES = {
    "gap": [
        "(score - source) / (target - source) in percent, of scores averaged over seeds; [95 % interval: noise of test "
        "images and of seeds].",
        "Left out where the gap is not larger than one point and than its own 95 % half-width.",
    ],
    "shift": ["New scenes, the same for every variant but layout; lost: points below the unshifted scenes."],
    "fidelity": [
        "flip_rate: share of the pixels that the judge names correctly on the true rendering and wrongly here."
    ],
    "geometry": [
        "Reach: how far from one changed source pixel an output pixel moves by more than half an 8-bit step; the "
        "largest of 32 trials, so a lower bound. Parameters fixed: the low-resolution image that theta is read from is "
        "held; DA-KPN's kernel then allows 12 pixels. Methods that read no such image have one reach only.",
        "Edge shift: mean displacement of 32x32 tiles of edges against the source, at most 4 pixels along each axis. "
        "Target: the true rendering of the same scenes, so the estimate for the camera alone.",
        "Semantic flips: share of all pixels that the judge names otherwise than on the true rendering.",
    ],
}


def supplement(
    name: str,
    rows: pd.DataFrame | Sequence[Stored],
    *,
    labels: Mapping[str, str],
    images_only: Mapping[str, Sequence[str]] | None = None,
    **about: str,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A supplementary table, and its title and sentences, ready for `write(table, stem, ...)`.

    name: gap, shift, fidelity or geometry. rows: of its CSV file; for the gap the stores. labels: method -> label in
    display order. images_only: see `fidelity_table`. about: run and protocol.
    """
    if name == "shift":
        table = shift_table(rows, **about)
    elif name == "gap":
        groups = gather_groups(((s.task, s.resolution), s[2:3] + s[4:]) for s in rows)
        scores = {group: in_points(counts, protocol_named(about["protocol"])) for group, counts in groups.items()}
        table = gap_table(scores, **about, labels=labels)
    else:
        table = fidelity_table(rows, **about, labels=labels, table=name, images_only=images_only)
    seeds = {row.seed for row in rows} if name == "gap" else set(rows["seed"])
    above = [seed_note()] if len(seeds) == 1 else []
    return table, {
        "title": TITLES[name],
        "notes": NOTES[name],
        "above": above,
        "rows": "Shift" if name == "shift" else "Method",
    }


def shift_table(rows: pd.DataFrame, **about: str) -> pd.DataFrame:
    """The shift card: what each part of the procedural domain shift costs a source-only segmenter.

    rows: shift.csv (task, variant, group, metric, value in percent, loss_vs_none in percentage points, seed). Means
    over seeds; `metric` "x lost" is the loss of x. about: run and protocol.
    """
    lines = []
    keys = ["task", "variant", "group", "metric"]
    for (task, variant, group, metric), values in rows.groupby(keys, sort=False, dropna=False):
        label = variant if pd.isna(group) or group in ("", variant) else f"{variant} ({group})"
        line = dict(table="shift", task=task, method=label, source="measured", **about)
        lines.append({**line, "metric": metric, **mean_line(values["value"], "percent")})
        lines.append({**line, "metric": f"{metric} lost", **mean_line(values["loss_vs_none"], "points")})
    return frame(lines)


def fidelity_table(
    rows: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    table: str = "fidelity",
    images_only: Mapping[str, Sequence[str]] | None = None,
    **about: str,
) -> pd.DataFrame:
    """Measurements of every method on held-out scenes, means over seeds. rows: fidelity.csv, or geometry.csv with that
    `table`. images_only: task -> methods without translations of these scenes; they get rows that say so. about: run
    and protocol.
    """
    order, lines = list(labels), []
    metrics = rows[["task", "metric", "unit"]].drop_duplicates()
    without = [(task, method) for task, methods in (images_only or {}).items() for method in methods]
    absent = [metrics[metrics["task"] == task].assign(method=method) for task, method in without]
    rows = pd.concat([rows, *absent], ignore_index=True)
    groups = list(rows.groupby(["task", "method", "metric", "unit"], sort=False, dropna=False))
    for (task, method, metric, unit), values in sorted(groups, key=lambda group: order.index(group[0][1])):
        line = dict(table=table, task=task, method=labels[method], metric=metric, source="measured", **about)
        line |= mean_line(values["value"], "" if pd.isna(unit) else unit)
        lines.append({**line, "shown": IMAGES_ONLY} if (task, method) in without else line)
    return frame(lines)
