"""What a run cost: rows of costs.csv as lines of text, per stage and per job."""

from collections.abc import Mapping, Sequence
from typing import Any

from dakpn.tables.notes import duration

Rows = Sequence[Mapping[str, Any]]


def stage_lines(rows: Rows) -> list[tuple[str, str, str, str, str, str]]:
    """(stage, jobs, total time, longest job, peak memory, devices) per stage in the order of the rows."""
    stages: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        stages.setdefault(row["stage"], []).append(row)
    lines = []
    for stage, jobs in stages.items():
        seconds = [job["seconds"] for job in jobs]
        devices = dict.fromkeys(_text(job["device"]) for job in jobs)
        peak = max((job["max_rss_mib"] for job in jobs if _text(job["max_rss_mib"])), default=None)
        texts = (str(len(jobs)), duration(sum(seconds)), duration(max(seconds)), _memory(peak))
        lines.append((stage, *texts, ", ".join(device for device in devices if device)))
    return lines


def cost_lines(rows: Rows) -> list[tuple[str, ...]]:
    """(stage, task, method, resolution, segmenter, seed, time, memory, GPU memory) per job."""
    return [
        (
            *(_text(row[key]) for key in ("stage", "task", "method", "resolution", "segmenter", "seed")),
            duration(row["seconds"]),
            _memory(row["max_rss_mib"]),
            _memory(row["gpu_memory_mib"]),
        )
        for row in rows
    ]


def _text(value: Any) -> str:
    """Empty for a missing value; whole numbers without ".0", which pandas adds to a column with gaps."""
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _memory(mib: Any) -> str:
    return f"{mib:.0f} MiB" if _text(mib) else ""
