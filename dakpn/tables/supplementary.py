"""Supplementary tables of measurements on procedural scenes, as tidy tables: means over seeds."""

import pandas as pd

from dakpn.tables.lines import frame, mean_line


def shift_table(rows: pd.DataFrame, *, run: str, protocol: str) -> pd.DataFrame:
    """The shift card: what each part of the procedural domain shift costs a source-only segmenter.

    rows: shift.csv (task, variant, group, metric, value in percent, loss_vs_none in percentage points, seed). Means
    over seeds; `metric` "x lost" is the loss of x.
    """
    lines = []
    keys = ["task", "variant", "group", "metric"]
    for (task, variant, group, metric), found in rows.groupby(keys, sort=False, dropna=False):
        label = variant if pd.isna(group) or group in ("", variant) else f"{variant} ({group})"
        line = dict(table="shift", task=task, method=label, run=run, protocol=protocol, source="measured")
        lines.append({**line, "metric": metric, **mean_line(found["value"], "percent")})
        lines.append({**line, "metric": f"{metric} lost", **mean_line(found["loss_vs_none"], "points")})
    return frame(lines)


def fidelity_table(
    rows: pd.DataFrame,
    spec: dict,
    *,
    run: str,
    protocol: str,
    labels: dict[str, str] | None = None,
    table: str = "fidelity",
) -> pd.DataFrame:
    """Measurements of every method on held-out scenes, means over seeds. rows: fidelity.csv, or geometry.csv with that
    `table`.
    """
    names = {**(labels or {}), **spec["labels"]}
    order = [key for key in names if key in set(rows["method"])]
    order += [key for key in rows["method"].unique() if key not in names]
    lines = []
    keys = ["task", "method", "metric", "unit"]
    groups = list(rows.groupby(keys, sort=False, dropna=False))
    for (task, method, metric, unit), found in sorted(groups, key=lambda group: order.index(group[0][1])):
        line = dict(table=table, task=task, method=names.get(method, method), metric=metric)
        line.update(run=run, protocol=protocol, source="measured")
        lines.append({**line, **mean_line(found["value"], "" if pd.isna(unit) else unit)})
    return frame(lines)
