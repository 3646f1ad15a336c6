"""What a run cost: costs.csv as lines of text, per stage and per job."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from tabulate import tabulate

from dakpn.files import amount
from dakpn.tables.notes import duration


def stage_lines(costs: pd.DataFrame) -> list[tuple[str, ...]]:
    """(stage, jobs, total time, longest job, peak memory, devices) per stage in the order of the rows."""
    return [
        (
            stage,
            str(len(jobs)),
            duration(jobs["seconds"].sum()),
            duration(jobs["seconds"].max()),
            _memory(jobs["max_rss_mib"].max()),
            ", ".join(jobs["device"].dropna().unique()),
        )
        for stage, jobs in costs.groupby("stage", sort=False)
    ]


def cost_lines(costs: pd.DataFrame) -> list[tuple[str, ...]]:
    """(stage, task, method, resolution, segmenter, seed, time, memory, GPU memory) per job."""
    return [
        (
            *(_text(row[key]) for key in ("stage", "task", "method", "resolution", "segmenter", "seed")),
            duration(row["seconds"]),
            _memory(row["max_rss_mib"]),
            _memory(row["gpu_memory_mib"]),
        )
        for row in costs.to_dict("records")
    ]


def price_lines(rows: Iterable[Mapping[str, Any]], gpus: int) -> list[str]:
    """The table of `dakpn.efficiency.price.stage_rows` with a line of sums, as text. GPU-hours stand where there are
    GPUs.
    """
    rows = list(rows)
    summed = {key: sum(row[key] for row in rows) for key in ("jobs", "core_hours", "gpu_hours", "disk")}
    rows.append({"stage": "all", **summed, "longest": max((row["longest"] for row in rows), default=0), "basis": ""})
    table = [
        {
            "stage": row["stage"],
            "jobs": row["jobs"],
            "core-hours": f"{row['core_hours']:.2f}",
            **({"GPU-hours": f"{row['gpu_hours']:.2f}"} if gpus else {}),
            "longest job": duration(row["longest"]),
            "disk": amount(row["disk"]),
            "priced by": row["basis"],
        }
        for row in rows
    ]
    return tabulate(table, headers="keys", disable_numparse=True).splitlines()


def _text(value: Any) -> str:
    """Empty for a missing value; whole numbers without ".0", which pandas adds to a column with gaps."""
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _memory(mib: float | None) -> str:
    return "" if pd.isna(mib) else f"{mib:.0f} MiB"
