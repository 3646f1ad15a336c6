"""What a run spends beside its jobs' own work: Snakemake itself, loading libraries, and waiting."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MARK = "measured: "
"""Begins the last line of a finished job's log, before the JSON that `workflow.journal.logged` writes there."""


@dataclass(frozen=True)
class Overhead:
    """Core-seconds of a run: available are this machine's cores times the time in which any job ran, work is the CPU
    time of the jobs.
    """

    available: float
    work: float

    @property
    def share(self) -> float:
        """Share of the available core-seconds outside the jobs' own work, in [0,1]."""
        return max(0.0, 1 - self.work / self.available)

    def __str__(self) -> str:
        return (
            f"Of {self.available:.0f} core-seconds {100 * self.work / self.available:.0f} % were the jobs' own work; "
            "in the others Snakemake worked, libraries were loaded, or a core had nothing to do."
        )


def measure_overhead(results: str | Path, places: Iterable[str]) -> Overhead | None:
    """The overhead of finished jobs, None where no log holds a measurement.

    results: folder of the run. places: of its jobs, below the folder of logs. A job's time begins when it is started.
    Jobs that ran at different times, as after a kill, leave no gap between them.
    """
    spans, work = [], 0.0
    for place in places:
        log = Path(results, "logs", f"{place}.log")
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        if lines and MARK in lines[-1]:
            measured = json.loads(lines[-1].partition(MARK)[2])
            spans.append((measured["began"], measured["ended"]))
            work += measured["work"]
    busy, reached = 0.0, 0.0
    for began, ended in sorted(spans):
        busy += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return Overhead(busy * (os.cpu_count() or 1), work) if spans else None
