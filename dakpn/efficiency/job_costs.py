"""What jobs cost, from the small files that they leave, and what a run spends beside its jobs' own work."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

COLUMNS = "stage task domain method resolution segmenter seed seconds max_rss_mib device".split()
COLUMNS += ["gpu_memory_mib", "gpu_utilisation", "blur"]
MARK = "measured: "
"""Begins the last line of a finished job's log, before the JSON that `workflow.journal.logged` writes there."""


def read_costs(files: Iterable[str | Path]) -> pd.DataFrame:
    """One row per cost.json file with the columns COLUMNS, empty where a job has no such part."""
    return pd.DataFrame([json.loads(Path(file).read_text(encoding="utf-8")) for file in files], columns=COLUMNS)


def measured(results: str | Path, place: str) -> dict[str, float] | None:
    """began, ended (seconds since 1970) and work (CPU seconds) of the job at `place` of the run in `results`, from its
    log; None for a job that has not finished.
    """
    log = Path(results, "logs", f"{place}.log")
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return json.loads(lines[-1].partition(MARK)[2]) if lines and MARK in lines[-1] else None


def overhead_note(results: str | Path, places: Iterable[str]) -> str:
    """A sentence on finished jobs' share of the core-seconds of a run, empty where no log holds a measurement.

    Core-seconds are this machine's cores times the time in which any job ran; the share is the jobs' CPU time. results:
    folder of the run. places: of its jobs, below the folder of logs. A job's time begins when it is started. Jobs that
    ran at different times, as after a kill, leave no gap between them.
    """
    records = [record for place in places if (record := measured(results, place))]
    spans, work = [(record["began"], record["ended"]) for record in records], sum(one["work"] for one in records)
    busy, reached = 0.0, 0.0
    for began, ended in sorted(spans):
        busy += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    if not spans:
        return ""
    available = busy * (os.cpu_count() or 1)
    return (
        f"Of {available:.0f} core-seconds {100 * work / available:.0f} % were the jobs' own work; in the others "
        "Snakemake worked, libraries were loaded, or a core had nothing to do."
    )
