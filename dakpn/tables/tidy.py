"""Tables 1-6 as tidy tables (dakpn.tables.lines): what the paper reports beside what a run measured."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dakpn.errors import InputError
from dakpn.evaluation.comparison import Comparison
from dakpn.tables.lines import IMAGES_ONLY, NOT_RUN, frame, mean_line

Comparisons = Mapping[str, Mapping[str, Comparison]]
"""Size of the run -> metric -> comparison of all methods."""


def tidy(
    name: str,
    entry: Mapping[str, Any],
    paper: pd.DataFrame,
    rows: pd.DataFrame,
    *,
    run: str,
    protocol: str,
    resolutions: Sequence[str],
    comparisons: Comparisons | None = None,
) -> pd.DataFrame:
    """A table with the columns COLUMNS, in display order.

    name: of the table, which its lines bear where it is none of the paper's. entry: from `dakpn.plan.entries`. paper:
    from `load_paper`. rows: scores as in scores.csv, or of timing.csv for the timing table. protocol: only scores of
    this protocol are used. resolutions: the run's image sizes for this table's task ("96x160"), smallest first; the
    paper's map to them by position.

    A score is the mean over seeds, `seed_sd` their sample standard deviation. `ci_low`, `ci_high` and `group` come from
    the comparisons: the 95 % interval over seeds and test images, and letters that methods share which cannot be told
    apart. Raises InputError for rows of another run, for two values of one number, and for a printed value without a
    place.
    """
    table = entry["number"] or name
    printed = paper[paper["table"] == table]
    for column, wanted in (("task", entry["task"]), ("kind", entry["kind"]), ("protocol", protocol)):
        if column in rows:
            rows = rows[rows[column] == wanted]
    others = sorted(set(rows["run"].dropna()) - {run}) if "run" in rows else []
    if others:
        raise InputError(f"rows of run {others[0]!r}: the table is of run {run!r}. Build a table from one run's rows.")
    measure = _timing if entry["kind"] == "timing" else _score
    lines, placed = [], 0
    for row in entry["rows"]:
        label, method, absent = row["label"], row["method"], IMAGES_ONLY if row.get("images_only") else NOT_RUN
        for slot in entry["resolutions"]:
            size = position(resolutions, slot["position"])
            for metric in entry["metrics"]:
                place = dict(method=label, resolution=slot["paper"], metric=metric["name"])
                line = dict(table=table, task=entry["task"] or entry["role"], **place)
                reported = printed[(printed[list(place)] == list(place.values())).all(axis=1)]
                for fact in reported.to_dict("records"):
                    kept = {key: fact[key] for key in ("value", "unit", "shown", "marks")}
                    lines.append({**line, **kept, "source": "reported"})
                placed += len(reported)
                measured = measure(rows[rows["method"] == method], metric, size, entry)
                if measured and comparisons:
                    measured |= _judged(measured["shown"], comparisons[size][metric["name"]], method)
                measured = measured or dict(seeds=0, shown=absent)
                line.update(unit=metric.get("unit", "percent"), run=run, protocol=protocol, source="measured")
                lines.append({**line, **measured})
    if placed != len(printed):
        raise InputError(
            f"paper/tables.yaml: table {table} places {placed} of {len(printed)} printed values. Add the missing rows."
        )
    return frame(lines)


def significant(value: float, digits: int = 3) -> str:
    """`value` with at least `digits` significant digits and no exponent: 0.0123, 2.77, 11327."""
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{max(0, digits - 1 - magnitude)}f}"


def position(resolutions: Sequence[str], index: int) -> str | None:
    """The run's resolution that stands for a column of the paper, None where the run has too few."""
    return resolutions[index] if -len(resolutions) <= index < len(resolutions) else None


def _score(rows: pd.DataFrame, metric: dict, size: str | None, entry: Mapping[str, Any]) -> dict | None:
    rows = rows[(rows["metric"] == metric["name"]) & (rows["resolution"] == size)].dropna(subset="value")
    if rows.empty:
        return None
    if rows["seed"].duplicated().any():
        method = rows["method"].iloc[0]
        raise InputError(f"scores.csv: {method} has two values of {metric['name']} for one seed at {size}. Keep one.")
    return {**mean_line(rows["value"], "percent"), "size": size}


def _judged(shown: str, comparison: Comparison, method: str | None) -> dict:
    low, high = (round(100 * min(max(end, 0.0), 1.0), 8) for end in comparison.intervals[method])
    group, interval = comparison.groups[method], "" if pd.isna(low) else f" [{low:.2f}, {high:.2f}]"
    return dict(ci_low=low, ci_high=high, group=group, shown=f"{shown}{interval} {group}".rstrip())


def preferred_timing(rows: pd.DataFrame, metric: dict, entry: Mapping[str, Any]) -> pd.Series | None:
    """Among several measurements of one number, that under the paper's conditions; None where there is none."""
    rows = rows[rows["metric"] == metric.get("measured", metric["name"])].dropna(subset="value")
    if rows.empty:
        return None
    far = (rows["widths"] != "paper") * 2 + (rows["size"] != entry["paper_size"])
    return rows.loc[far.idxmin()]


def _timing(rows: pd.DataFrame, metric: dict, size: str | None, entry: Mapping[str, Any]) -> dict | None:
    best = preferred_timing(rows, metric, entry)
    if best is None:
        return None
    counted = metric["name"].startswith("params")
    shown = significant(best["value"])
    if not counted and pd.notna(best["low"]) and best["repeats"] > 1:
        shown += f" ({significant(best['low'])} to {significant(best['high'])})"
    marks = ["other-size"] * (not counted and best["size"] != entry["paper_size"])
    marks += ["other-width"] * (best["widths"] != "paper")
    conditions = {} if counted else {key: best[key] for key in ("size", "device", "batch")}
    quartiles = dict(quartile_low=best["low"], quartile_high=best["high"])
    return dict(value=best["value"], seeds=1, shown=shown, marks=" ".join(marks), **quartiles, **conditions)
