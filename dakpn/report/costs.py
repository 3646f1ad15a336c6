"""What a run cost: costs.csv as lines of text, per stage and per job."""

from typing import Any

import pandas as pd

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


def _text(value: Any) -> str:
    """Empty for a missing value; whole numbers without ".0", which pandas adds to a column with gaps."""
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _memory(mib: float | None) -> str:
    return "" if pd.isna(mib) else f"{mib:.0f} MiB"
